import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ErrorCode } from './error-codes.ts';
import { LibvirtError } from './error.ts';
import { STREAM_HIGH_WATER, streamPair } from './stream.ts';

test('what one side writes reaches the other, holes and order included', async () => {
  const { caller, driver } = streamPair();
  const received: unknown[] = [];
  driver.receive({
    data: (chunk) => received.push(chunk.length),
    hole: (length) => received.push(length),
    finish: () => void received.push('finish'),
    abort: () => assert.fail('not aborted'),
  });

  caller.write(new Uint8Array(3));
  caller.hole(5n);
  caller.write(new Uint8Array(2));
  await caller.finish();

  assert.deepEqual(received, [3, 5n, 2, 'finish']);
  assert.throws(() => caller.write(new Uint8Array(1)), LibvirtError);
});

test('a paused receiver makes the sender wait at the high-water mark', async () => {
  const { caller, driver } = streamPair();
  let bytes = 0;
  driver.receive({ data: (chunk) => (bytes += chunk.length), hole: () => {}, finish: () => {}, abort: () => {} });
  driver.pause();

  const first = caller.write(new Uint8Array(STREAM_HIGH_WATER - 1));
  const second = caller.write(new Uint8Array(1));
  const drained = caller.drained();
  const before = bytes;
  driver.resume();
  await drained;

  assert.equal(first, true);
  assert.equal(second, false);
  assert.equal(before, 0);
  assert.equal(bytes, STREAM_HIGH_WATER);
});

test('an error of the driver reaches the caller once, by finish when it is waiting', async () => {
  const { caller, driver } = streamPair();
  driver.receive({
    data: () => {},
    hole: () => {},
    finish: () => Promise.reject(new LibvirtError(ErrorCode.OperationFailed, 'disk is full')),
    abort: () => assert.fail('not aborted'),
  });

  await assert.rejects(caller.finish(), { code: ErrorCode.OperationFailed });
  await assert.rejects(caller.finish(), { code: ErrorCode.OperationFailed });
});

test('the caller gives up: the driver hears of it once', () => {
  const { caller, driver } = streamPair();
  const reasons: string[] = [];
  driver.receive({ data: () => {}, hole: () => {}, finish: () => {}, abort: (reason) => reasons.push(reason.message) });

  caller.abort();
  caller.abort();
  driver.write(new Uint8Array(1));

  assert.deepEqual(reasons, ['operation aborted: stream aborted']);
});

test('what the driver sends before the caller listens is kept', () => {
  const { caller, driver } = streamPair();
  const received: unknown[] = [];

  driver.write(new Uint8Array(4));
  driver.end();
  caller.receive({
    data: (chunk) => received.push(chunk.length),
    hole: () => {},
    end: () => received.push('end'),
    fail: () => assert.fail('not failed'),
  });

  assert.deepEqual(received, [4, 'end']);
});
