// Streams at their edges: a caller that leaves before the driver listens, floods of small packets, replies that do not decode.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Caller } from './caller.ts';
import { type Channel, type ChannelSink, memoryChannelPair } from './channel.ts';
import { int, string } from './codec.ts';
import { ErrorCode, ErrorDomain } from './error-codes.ts';
import { LibvirtError } from './error.ts';
import { closePacket, openPacket, PacketStatus, PacketType } from './packet.ts';
import { procedure, program, programOf } from './program.ts';
import { Responder, type ResponderOptions } from './responder.ts';
import { type CallerStream, type DriverSink, type DriverStream, streamPair } from './stream.ts';
import { Writer } from './xdr.ts';

const rows = program('sample', 0x1234, 1, {
  text: procedure(1, () => [{}, { text: string(4) }]),
  upload: procedure(4, () => [{ flags: int }, {}, { writeStream: true, sparseFlag: 1 }]),
  download: procedure(5, () => [{ flags: int }, {}, { readStream: true, sparseFlag: 1 }]),
  badDownload: procedure(6, () => [{ flags: int }, { text: string(4) }, { readStream: true }]),
});
const programs = [rows[programOf]];

function serve(channel: Channel, dispatch: ResponderOptions['dispatch']): Responder {
  return new Responder(channel, { programs, maxRequests: 5, dispatch, onClose: () => {} });
}

function packet(
  procedure: number,
  type: number,
  status: number,
  payload: Uint8Array = new Uint8Array(),
  serial = 0,
): Uint8Array {
  const writer = new Writer();
  const start = openPacket(writer, 0x1234, 1, procedure, type, serial, status);
  writer.raw(payload);
  closePacket(writer, start);
  return writer.written().slice();
}

const flags = (value: number) => Uint8Array.of(0, 0, 0, value);
const ignore = { data: () => {}, drain: () => {}, end: () => {} };
const settle = () => new Promise((resolve) => void setImmediate(resolve));

function recorder(into: unknown[]): DriverSink {
  return {
    data: (chunk) => into.push(chunk.length),
    hole: (length) => into.push(length),
    finish: () => void into.push('finish'),
    abort: (reason) => into.push(`abort: ${reason.message}`),
  };
}

test('a driver that begins to listen after its caller has gone is told so', async () => {
  for (const leave of ['abort', 'disconnect'] as const) {
    const [near, far] = memoryChannelPair();
    const { promise: opened, resolve: open } = Promise.withResolvers<void>();
    const told: unknown[] = [];
    const { promise: listening, resolve: listened } = Promise.withResolvers<void>();
    serve(far, async (_row, _args, { stream }) => {
      await opened;
      stream?.receive(recorder(told));
      listened();
      return {};
    });
    near.open(ignore);

    near.write(packet(4, PacketType.Call, PacketStatus.Ok, flags(0)));
    if (leave === 'abort') near.write(packet(4, PacketType.Stream, PacketStatus.Error));
    else near.close();
    await settle();
    open();
    await listening;

    assert.equal(told.length, 1, leave);
    assert.match(String(told[0]), /^abort: /, leave);
  }
});

test('a driver in the process that begins to listen after its caller gave up is told so', () => {
  const told: unknown[] = [];
  const { caller, driver } = streamPair();

  caller.abort();
  driver.receive(recorder(told));

  assert.deepEqual(told, ['abort: operation aborted: stream aborted']);
});

test('a caller that gives up while the server says yes leaves no stream behind at the server', async () => {
  const [near, far] = memoryChannelPair();
  const told: unknown[] = [];
  serve(far, (_row, _args, { stream }) => {
    stream?.receive(recorder(told));
    return {};
  });
  const caller = new Caller(near, { programs });
  const { caller: local, driver } = streamPair();

  const reply = caller.call(rows.upload, { flags: 0 }, { stream: driver });
  local.abort();
  await reply;
  await settle();

  assert.deepEqual(told, ['abort: stream aborted at client request']);
  await caller.close();
});

test('a driver whose answer cannot be sent is told that its stream is over', async () => {
  const [near, far] = memoryChannelPair();
  const told: unknown[] = [];
  serve(far, (_row, _args, { stream }) => {
    stream?.receive(recorder(told));
    return { text: 'too long' };
  });
  const caller = new Caller(near, { programs });
  const { driver } = streamPair();

  await assert.rejects(caller.call(rows.badDownload, { flags: 0 }, { stream: driver }));

  assert.equal(told.length, 1);
  await caller.close();
});

test('a client that floods a paused stream with holes is not read any more', async () => {
  const [near, far] = memoryChannelPair();
  const received: unknown[] = [];
  let stream!: DriverStream;
  serve(far, (_row, _args, context) => {
    stream = context.stream as DriverStream;
    stream.receive(recorder(received));
    stream.pause();
    return {};
  });
  near.open(ignore);
  const payload = new Writer();
  payload.hyper(1n);
  payload.uint(0);
  const hole = packet(4, PacketType.StreamHole, PacketStatus.Continue, payload.written());
  const total = 200_000;

  near.write(packet(4, PacketType.Call, PacketStatus.Ok, flags(1)));
  const many = Buffer.concat(Array.from({ length: 1000 }, () => hole));
  for (let sent = 0; sent < total; sent += 1000) near.write(many);
  await settle();

  assert.ok(near.pendingBytes > (total * hole.length) / 2, `${near.pendingBytes} bytes were not taken`);
  stream.resume();
  await settle();
  assert.equal(near.pendingBytes, 0);
  assert.equal(received.length, total);
});

test('a client that floods a paused stream with ends is heard once', async () => {
  const [near, far] = memoryChannelPair();
  const received: unknown[] = [];
  let stream!: DriverStream;
  const { promise: confirmed, resolve: confirm } = Promise.withResolvers<void>();
  serve(far, (_row, _args, context) => {
    stream = context.stream as DriverStream;
    stream.receive({
      ...recorder(received),
      finish: () => {
        received.push('finish');
        return confirmed;
      },
    });
    stream.pause();
    return {};
  });
  near.open(ignore);
  const end = packet(4, PacketType.Stream, PacketStatus.Ok);

  near.write(packet(4, PacketType.Call, PacketStatus.Ok, flags(1)));
  for (let i = 0; i < 10; i++) near.write(end);
  near.write(packet(4, PacketType.Stream, PacketStatus.Continue, new Uint8Array(3)));
  await settle();
  stream.resume();
  near.write(end);
  await settle();
  confirm();
  await settle();

  assert.deepEqual(received, ['finish']);
});

test('a call whose reply does not decode rejects', async () => {
  const long = new Writer();
  long.uint(4_000_000_000);
  for (const [status, payload] of [
    [PacketStatus.Ok, long.written()],
    [PacketStatus.Error, new Uint8Array(3)],
    [7, new Uint8Array()],
  ] as const) {
    const [near, far] = memoryChannelPair();
    const caller = new Caller(near, { programs });
    far.open(ignore);

    const reply = caller.call(rows.text, {});
    const outcome = Promise.race([reply.catch((thrown: unknown) => thrown), settle().then(settle).then(settle)]);
    far.write(packet(1, PacketType.Reply, status, payload));

    assert.ok((await outcome) instanceof LibvirtError, `status ${status}`);
    await caller.close();
  }
});

const MIB = 1024 * 1024;

function sendingServer(channel: Channel, total: number): void {
  serve(channel, (row, _args, { stream }) => {
    if (row !== rows.download) return { text: 'yes' };
    const to = stream as DriverStream;
    const chunk = new Uint8Array(262_120);
    const send = async () => {
      for (let sent = 0; sent < total; sent += chunk.length) {
        if (!to.write(chunk.subarray(0, Math.min(chunk.length, total - sent)))) await to.drained();
      }
      to.end();
    };
    to.receive(recorder([]));
    void send();
    return {};
  });
}

async function received(local: CallerStream): Promise<number> {
  let bytes = 0;
  await new Promise<void>((resolve, reject) => {
    local.receive({ data: (chunk) => (bytes += chunk.length), hole: () => {}, end: resolve, fail: reject });
  });
  await local.finish();
  return bytes;
}

async function within<T>(promise: Promise<T>, turns: number): Promise<T | null> {
  const patience = async () => {
    for (let turn = 0; turn < turns; turn++) await settle();
    return null;
  };
  return Promise.race([promise, patience()]);
}

test('a call on the same connection is answered while a download waits for its reader', async () => {
  const [near, far] = memoryChannelPair();
  sendingServer(far, 24 * MIB);
  const caller = new Caller(near, { programs });
  const { caller: local, driver } = streamPair();
  await caller.call(rows.download, { flags: 0 }, { stream: driver });
  for (let i = 0; i < 20; i++) await settle();

  assert.deepEqual(await within(caller.call(rows.text, {}), 200), { text: 'yes' });
  assert.equal(await received(local), 24 * MIB);
  await caller.close();
});

test('a download is read to its end while another one waits for its reader', async () => {
  const [near, far] = memoryChannelPair();
  sendingServer(far, 24 * MIB);
  const caller = new Caller(near, { programs });
  const [slow, fast] = [streamPair(), streamPair()];
  await caller.call(rows.download, { flags: 0 }, { stream: slow.driver });
  await caller.call(rows.download, { flags: 0 }, { stream: fast.driver });

  assert.equal(await within(received(fast.caller), 500), 24 * MIB);
  assert.equal(await within(received(slow.caller), 500), 24 * MIB);
  await caller.close();
});

test('a download whose reader is slow is not read on when nobody else waits', async () => {
  const [near, far] = memoryChannelPair();
  sendingServer(far, 24 * MIB);
  const caller = new Caller(near, { programs });
  const { caller: local, driver } = streamPair();
  let taken = 0;
  const counting: DriverStream = {
    ...driver,
    write: (chunk) => {
      taken += chunk.length;
      return driver.write(chunk);
    },
  };
  await caller.call(rows.download, { flags: 0 }, { stream: counting });
  await caller.call(rows.text, {});
  for (let i = 0; i < 50; i++) await settle();

  assert.ok(taken < 12 * MIB, `${taken} bytes`);
  assert.equal(await received(local), 24 * MIB);
  await caller.close();
});

test('pings are answered while a download waits for its reader, and a little is read for them at a time', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout', 'setInterval', 'Date'] });
  const [near, far] = memoryChannelPair();
  sendingServer(far, 48 * MIB);
  let taken = 0;
  const caller = new Caller(near, { programs });
  caller.startKeepalive({ intervalS: 5, count: 5 });
  const { caller: local, driver } = streamPair();
  const counting: DriverStream = {
    ...driver,
    write: (chunk) => {
      taken += chunk.length;
      return driver.write(chunk);
    },
  };
  await caller.call(rows.download, { flags: 0 }, { stream: counting });
  const atSecond: number[] = [];
  for (let second = 0; second < 10; second++) {
    for (let i = 0; i < 20; i++) await settle();
    atSecond.push(taken);
    t.mock.timers.tick(1000);
  }

  const steps = atSecond.slice(1).map((bytes, second) => bytes - (atSecond[second] as number));
  assert.ok(
    steps.every((bytes) => bytes > 0 && bytes <= 2 * MIB),
    steps.join(),
  );
  assert.equal(await received(local), 48 * MIB);
  await caller.close();
});

test('an error too long for the wire still ends its stream', async () => {
  const [near, far] = memoryChannelPair();
  let stream!: DriverStream;
  serve(far, (_row, _args, context) => {
    stream = context.stream as DriverStream;
    return {};
  });
  const caller = new Caller(near, { programs });
  const { caller: local, driver } = streamPair();
  await caller.call(rows.download, { flags: 0 }, { stream: driver });
  const failed = new Promise<LibvirtError>((resolve) => {
    local.receive({ data: () => {}, hole: () => {}, end: () => {}, fail: resolve });
  });

  stream.fail(new LibvirtError(ErrorCode.OperationFailed, 'x'.repeat(5_000_000), { domain: ErrorDomain.Streams }));

  assert.equal((await failed).code, ErrorCode.OperationFailed);
  await caller.close();
});

test('closing does not wait for ever for a server that reads nothing', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  let sink: ChannelSink | undefined;
  const stuck: Channel = {
    open: (to) => (sink = to),
    write: () => false,
    writeBoth: () => false,
    pendingBytes: 1,
    pause: () => {},
    resume: () => {},
    close: () => {},
    destroy: (reason) => sink?.end(reason),
  };
  const caller = new Caller(stuck, { programs });
  const pending = assert.rejects(caller.call(rows.text, {}), { message: 'internal error: client socket is closed' });
  await settle();

  let closed = false;
  const closing = caller.close().then(() => (closed = true));
  await settle();
  assert.equal(closed, false);
  t.mock.timers.tick(2000);
  await settle();

  assert.equal(closed, true);
  await closing;
  await pending;
});
