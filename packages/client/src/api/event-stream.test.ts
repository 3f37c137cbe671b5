// Tests of event streams: order, bounds, ends.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ErrorCode, LibvirtError } from '@virtwire/rpc';
import { type EventOptions, EventStream } from './event-stream.ts';

function makeStream(options?: EventOptions) {
  const source = {
    emit: (() => {}) as (event: number) => void,
    lose: (() => {}) as (reason: LibvirtError | null) => void,
    unsubscribed: 0,
    confirm: () => {},
    refuse: (() => {}) as (reason: Error) => void,
  };
  const stream = new EventStream<number>(
    (listener) => {
      source.emit = listener;
      return new Promise((resolve, reject) => {
        source.confirm = () =>
          resolve(() => {
            source.unsubscribed += 1;
          });
        source.refuse = reject;
      });
    },
    (listener) => {
      source.lose = listener;
      return () => {};
    },
    options,
  );
  return { source, stream };
}

test('events come in order, those before the first reading included', async () => {
  const { source, stream } = makeStream();
  source.confirm();
  await stream.ready;

  for (let count = 0; count < 3000; count += 1) source.emit(count);
  const seen: number[] = [];
  for await (const event of stream) {
    seen.push(event);
    if (seen.length === 3000) break;
  }

  assert.deepEqual(
    seen,
    Array.from({ length: 3000 }, (_, index) => index),
  );
  assert.equal(source.unsubscribed, 1);
});

test('a reader who waits gets the event at once', async () => {
  const { source, stream } = makeStream();

  const [first, second] = [stream.next(), stream.next()];
  source.emit(1);
  source.emit(2);

  assert.deepEqual(
    [await first, await second],
    [
      { done: false, value: 1 },
      { done: false, value: 2 },
    ],
  );
});

test('a full queue gives what waits, then ends the stream with an error', async () => {
  const { source, stream } = makeStream({ queueLimit: 2 });
  source.confirm();
  await stream.ready;

  for (const event of [1, 2, 3, 4]) source.emit(event);

  assert.equal((await stream.next()).value, 1);
  assert.equal((await stream.next()).value, 2);
  await assert.rejects(stream.next(), { code: ErrorCode.OperationFailed, message: /event queue is full/ });
  assert.deepEqual(await stream.next(), { done: true, value: undefined });
  assert.equal(source.unsubscribed, 1);
});

test('a registration that is refused rejects ready and the reader', async () => {
  const { source, stream } = makeStream();
  const refused = new LibvirtError(ErrorCode.NoSupport, 'events');

  source.refuse(refused);

  await assert.rejects(stream.ready, refused);
  await assert.rejects(stream.next(), refused);
});

test('a signal ends the iteration quietly', async () => {
  const controller = new AbortController();
  const { source, stream } = makeStream({ signal: controller.signal });
  source.confirm();
  await stream.ready;

  const next = stream.next();
  controller.abort();

  assert.deepEqual(await next, { done: true, value: undefined });
  assert.equal(source.unsubscribed, 1);
});

test('a stream that ends before its registration is confirmed takes the registration back afterwards', async () => {
  const { source, stream } = makeStream();

  await stream.return();
  source.confirm();
  await stream.ready;

  assert.equal(source.unsubscribed, 1);
});

test('a lost connection ends the stream with its reason, a closed one quietly', async () => {
  const lost = makeStream();
  const closed = makeStream();
  const reason = new LibvirtError(ErrorCode.Rpc, 'gone');

  lost.source.emit(1);
  lost.source.lose(reason);
  closed.source.lose(null);

  assert.equal((await lost.stream.next()).value, 1);
  await assert.rejects(lost.stream.next(), reason);
  assert.deepEqual(await closed.stream.next(), { done: true, value: undefined });
});
