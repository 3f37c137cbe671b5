// Tests of calls whose link breaks before they leave: they are not of unknown outcome, and may be made again.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Caller } from './caller.ts';
import type { Channel, ChannelSink } from './channel.ts';
import { int } from './codec.ts';
import { ErrorCode, ErrorDomain } from './error-codes.ts';
import { LibvirtError } from './error.ts';
import { procedure, program } from './program.ts';
import { streamPair } from './stream.ts';

const rows = program('sample', 0x1234, 1, {
  add: procedure(1, () => [{ a: int }, { sum: int }]),
  upload: procedure(2, () => [{ flags: int }, {}, { writeStream: true }]),
});

/** A link that can break before anybody hears of it, as a socket does. */
class BreakingChannel implements Channel {
  readonly pendingBytes = 0;
  isBroken = false;
  readonly written: Uint8Array[] = [];
  private sink: ChannelSink | undefined;

  open(sink: ChannelSink): void {
    this.sink = sink;
  }

  write(bytes: Uint8Array): boolean {
    if (!this.isBroken) this.written.push(bytes.slice());
    return true;
  }

  writeBoth(head: Uint8Array, tail: Uint8Array): boolean {
    this.write(head);
    return this.write(tail);
  }

  pause(): void {}
  resume(): void {}
  close(reason?: LibvirtError): void {
    this.end(reason ?? null);
  }
  destroy(reason: LibvirtError): void {
    this.end(reason);
  }
  end(reason: LibvirtError | null): void {
    this.sink?.end(reason);
  }
}

const gone = new LibvirtError(ErrorCode.SystemError, 'Cannot write data: Broken pipe', { domain: ErrorDomain.Rpc });

const tick = () => new Promise<void>((resolve) => queueMicrotask(resolve));

test('a call that a broken link kept from leaving is rejected with the reason of the end; earlier ones may have run', async () => {
  const channel = new BreakingChannel();
  const caller = new Caller(channel, { maxInFlight: 2 });
  const sent = caller.call(rows.add, { a: 1 });
  await tick();

  channel.isBroken = true;
  const unsent = caller.call(rows.add, { a: 2 });
  await tick();
  const waiting = caller.call(rows.add, { a: 3 });
  const outcomes = Promise.allSettled([sent, unsent, waiting]);
  channel.end(gone);

  const reasons = (await outcomes).map((outcome) => (outcome as PromiseRejectedResult).reason as LibvirtError);
  assert.equal(channel.written.length, 1);
  assert.deepEqual(
    reasons.map(({ outcomeUnknown }) => outcomeUnknown),
    [true, false, false],
  );
  assert.deepEqual(
    reasons.map((reason) => reason === gone),
    [false, true, true],
  );
});

test('a call of the very tick in which the link ends is rejected with the reason of the end', async () => {
  const channel = new BreakingChannel();
  const caller = new Caller(channel);
  const unsent = caller.call(rows.add, { a: 1 });

  channel.end(gone);

  await assert.rejects(unsent, (thrown) => thrown === gone);
  assert.deepEqual(channel.written, []);
});

test('calls that left in one write share its fate, though the write was long', async () => {
  const channel = new BreakingChannel();
  const caller = new Caller(channel, { maxInFlight: 100_000 });
  const outcomes = Promise.allSettled(Array.from({ length: 9000 }, (_, a) => caller.call(rows.add, { a })));
  channel.isBroken = true;
  await tick();

  channel.end(gone);

  const unknown = (await outcomes).map(
    (outcome) => ((outcome as PromiseRejectedResult).reason as LibvirtError).outcomeUnknown,
  );
  const sent = channel.written.reduce((sum, bytes) => sum + bytes.length, 0) / 32;
  assert.ok(sent > 0 && sent < 9000, `${sent} calls left`);
  assert.equal(unknown.lastIndexOf(true), sent - 1);
  assert.equal(unknown.indexOf(false), sent);
});

test('the stream of a call that did not leave is as new, and goes with the next one', async () => {
  const broken = new BreakingChannel();
  const { caller: near, driver } = streamPair();
  const first = new Caller(broken);
  broken.isBroken = true;
  const unsent = first.call(rows.upload, { flags: 0 }, { stream: driver });
  await tick();
  broken.end(gone);
  await assert.rejects(unsent, (thrown) => thrown === gone);
  assert.equal(near.write(new Uint8Array(3)), true);

  const second = new BreakingChannel();
  const again = new Caller(second).call(rows.upload, { flags: 0 }, { stream: driver });
  await tick();
  second.end(gone);

  await assert.rejects(again, { outcomeUnknown: true });
  assert.throws(() => near.write(new Uint8Array(3)), gone);
});
