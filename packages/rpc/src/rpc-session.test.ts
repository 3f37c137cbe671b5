// Both ends of a connection together, over memory: calls, errors, windows, streams, hostile packets.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Caller } from './caller.ts';
import { type Channel, memoryChannelPair } from './channel.ts';
import { int, string } from './codec.ts';
import { ErrorCode, ErrorDomain } from './error-codes.ts';
import { LibvirtError } from './error.ts';
import { PacketStatus, PacketType, openPacket, closePacket } from './packet.ts';
import { event, procedure, program, programOf } from './program.ts';
import { Responder, type ResponderOptions } from './responder.ts';
import { type DriverStream, streamPair } from './stream.ts';
import { Writer } from './xdr.ts';

const rows = program('sample', 0x1234, 1, {
  add: procedure(1, () => [{ a: int, b: int }, { sum: int }]),
  fail: procedure(2, () => [{ text: string() }, {}]),
  slow: procedure(3, () => [{ id: int }, { id: int }]),
  upload: procedure(4, () => [{ flags: int }, {}, { writeStream: true, sparseFlag: 1 }]),
  download: procedure(5, () => [{ flags: int }, {}, { readStream: true, sparseFlag: 1 }]),
  short: procedure(6, () => [{}, { text: string(4) }]),
  happened: event(7, () => [{ callbackID: int, what: string() }]),
  secret: procedure(8, () => [{}, {}]),
});
const programs = [rows[programOf]];

type Dispatch = ResponderOptions['dispatch'];

interface Session {
  caller: Caller;
  responder: Responder;
  serverClosed: Promise<LibvirtError | null>;
  log: string[];
}

function session(dispatch: Dispatch, options: Partial<ResponderOptions> & { maxInFlight?: number } = {}): Session {
  const [near, far] = memoryChannelPair();
  const { responder, serverClosed, log } = serve(far, dispatch, options);
  const caller = new Caller(near, { programs, ...(options.maxInFlight ? { maxInFlight: options.maxInFlight } : {}) });
  return { caller, responder, serverClosed, log };
}

function serve(channel: Channel, dispatch: Dispatch, options: Partial<ResponderOptions> = {}) {
  const log: string[] = [];
  let onClose!: (reason: LibvirtError | null) => void;
  const serverClosed = new Promise<LibvirtError | null>((resolve) => {
    onClose = resolve;
  });
  const responder = new Responder(channel, {
    programs,
    maxRequests: 5,
    dispatch,
    onClose,
    log: (level, text) => log.push(`${level}: ${text}`),
    ...options,
  });
  return { responder, serverClosed, log };
}

const plain: Dispatch = (row, args) => {
  if (row === rows.add) {
    const { a, b } = args as { a: number; b: number };
    return { sum: a + b };
  }
  if (row === rows.fail) {
    throw new LibvirtError(ErrorCode.NoDomain, (args as { text: string }).text, { domain: ErrorDomain.Test, int1: 5 });
  }
  if (row === rows.short) return { text: 'too long' };
  throw new Error(`no answer to ${row.name}`);
};

test('a call gets its answer, an error keeps all its fields', async () => {
  const { caller } = session(plain);

  assert.deepEqual(await caller.call(rows.add, { a: 20, b: 22 }), { sum: 42 });
  await assert.rejects(caller.call(rows.fail, { text: 'vm1' }), (error) => {
    assert.ok(error instanceof LibvirtError);
    const { code, domain, message, level, str1, str2, str3, int1, int2, remote } = error;
    assert.deepEqual(
      { code, domain, message, level, str1, str2, str3, int1, int2, remote },
      {
        code: 42,
        domain: 12,
        message: 'Domain not found: vm1',
        level: 2,
        str1: 'Domain not found: %s',
        str2: 'vm1',
        str3: null,
        int1: 5,
        int2: -1,
        remote: true,
      },
    );
    return true;
  });
  await caller.close();
});

test('10,000 calls at once come back in order, at most as many at once as the window allows', async () => {
  let atOnce = 0;
  let most = 0;
  const { caller } = session(
    async (_row, args) => {
      most = Math.max(most, ++atOnce);
      await Promise.resolve();
      atOnce--;
      return { id: (args as { id: number }).id };
    },
    { maxRequests: 1000, maxInFlight: 4 },
  );
  const order: number[] = [];

  await Promise.all(
    Array.from({ length: 10_000 }, async (_, id) => {
      const answer = await caller.call(rows.slow, { id });
      order.push(answer.id);
    }),
  );

  assert.equal(most, 4);
  assert.deepEqual(
    order,
    Array.from({ length: 10_000 }, (_, id) => id),
  );
  await caller.close();
});

test('the server works on at most maxRequests calls of a client at once', async () => {
  const release: (() => void)[] = [];
  const { caller, responder } = session(
    (_row, args) => new Promise((resolve) => release.push(() => resolve({ id: (args as { id: number }).id }))),
    { maxRequests: 3, maxInFlight: 100 },
  );

  const calls = Array.from({ length: 10 }, (_, id) => caller.call(rows.slow, { id }));
  let most = 0;
  for (let answered = 0; answered < 10; answered++) {
    while (release.length === 0) await new Promise(setImmediate);
    await new Promise(setImmediate);
    most = Math.max(most, responder.requestsAtWork);
    release.shift()?.();
  }

  assert.deepEqual(
    (await Promise.all(calls)).map((answer) => answer.id),
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
  );
  assert.equal(most, 3);
  await caller.close();
});

test('an abort before sending rejects with its reason, afterwards with outcomeUnknown', async () => {
  const { caller } = session(() => new Promise(() => {}), { maxInFlight: 1 });
  const first = new AbortController();
  const second = new AbortController();

  const sent = caller.call(rows.slow, { id: 1 }, { signal: first.signal });
  const waiting = caller.call(rows.slow, { id: 2 }, { signal: second.signal });
  await new Promise(setImmediate);
  first.abort(new Error('enough'));
  second.abort(new Error('never mind'));

  await assert.rejects(
    sent,
    (error) => error instanceof LibvirtError && error.outcomeUnknown && (error.cause as Error).message === 'enough',
  );
  await assert.rejects(waiting, { message: 'never mind' });
  await caller.close();
});

test('a reply to a call that was given up frees its place and nothing else', async () => {
  let release!: (value: unknown) => void;
  const { caller } = session(
    (row, args) =>
      row === rows.slow ? new Promise((resolve) => (release = resolve)) : plain(row, args, undefined as never),
    {
      maxInFlight: 1,
    },
  );
  const controller = new AbortController();

  const given = caller.call(rows.slow, { id: 1 }, { signal: controller.signal });
  const next = caller.call(rows.add, { a: 1, b: 1 });
  await new Promise(setImmediate);
  controller.abort();
  await assert.rejects(given);
  release({ id: 1 });

  assert.deepEqual(await next, { sum: 2 });
  await caller.close();
});

test('a lost connection rejects every call once, sent ones as outcomeUnknown', async () => {
  const { caller, responder } = session(() => new Promise(() => {}), { maxInFlight: 2 });
  const calls = Array.from({ length: 4 }, (_, id) => caller.call(rows.slow, { id }));

  await new Promise(setImmediate);
  responder.destroy(new LibvirtError(ErrorCode.InternalError, 'test'));
  const results = await Promise.allSettled(calls);

  const reasons = results.map((result) => (result as PromiseRejectedResult).reason as LibvirtError);
  assert.deepEqual(
    reasons.map((reason) => reason.outcomeUnknown),
    [true, true, false, false],
  );
  for (const reason of reasons) assert.equal(reason.message, 'End of file while reading data: Input/output error');
  assert.equal((await caller.closed).message, 'End of file while reading data: Input/output error');
  await assert.rejects(caller.call(rows.add, { a: 1, b: 1 }), LibvirtError);
});

test('arguments that break a limit reject before anything is sent', async () => {
  const { caller } = session(plain);

  await assert.rejects(caller.call(rows.fail, { text: 'a\0b' }), { code: ErrorCode.Rpc });

  assert.deepEqual(await caller.call(rows.add, { a: 1, b: 2 }), { sum: 3 });
  await caller.close();
});

test('an answer that breaks a limit is sent as an error', async () => {
  const { caller } = session(plain);

  await assert.rejects(caller.call(rows.short, {}), { code: ErrorCode.Rpc, remote: true });
  await caller.close();
});

test('a fault of a handler is an internal error without its stack, which goes to the log', async () => {
  const { caller, log } = session(plain);

  await assert.rejects(caller.call(rows.slow, { id: 1 }), {
    code: ErrorCode.InternalError,
    message: 'internal error: no answer to slow',
  });
  assert.match(log.join('\n'), /error: slow: Error: no answer to slow\n {4}at /);
  await caller.close();
});

test('a call that is not allowed is refused before its arguments are read', async () => {
  const refusal = new LibvirtError(ErrorCode.Rpc, 'authentication required', { domain: ErrorDomain.Rpc });
  const { caller } = session(plain, { mayCall: (row) => (row === rows.add ? undefined : refusal) });

  await assert.rejects(caller.call(rows.fail, { text: 'x' }), { message: 'authentication required' });
  assert.deepEqual(await caller.call(rows.add, { a: 1, b: 2 }), { sum: 3 });
  await caller.close();
});

test('events arrive decoded, encoded once or each time', async () => {
  const { caller, responder } = session(plain);
  const events: unknown[] = [];
  caller.onEvent((row, message) => events.push([row.name, message]));
  const writer = new Writer();
  rows.happened.message.encode(writer, { callbackID: 0, what: 'stop' });

  responder.sendEvent(rows.happened, { callbackID: 3, what: 'start' });
  responder.sendEncodedEvent(rows.happened, 9, writer.written());
  await caller.call(rows.add, { a: 1, b: 2 });

  assert.deepEqual(events, [
    ['happened', { callbackID: 3, what: 'start' }],
    ['happened', { callbackID: 9, what: 'stop' }],
  ]);
  await caller.close();
});

// ---- streams

function receiveInto(list: unknown[], stream: DriverStream, finish: () => void | Promise<void> = () => {}): void {
  stream.receive({
    data: (chunk) => list.push(chunk.length),
    hole: (length) => list.push(length),
    finish: () => {
      list.push('finish');
      return finish();
    },
    abort: (reason) => list.push(`abort: ${reason.message}`),
  });
}

test('an upload arrives in order, with holes, and is confirmed when the driver says so', async () => {
  const received: unknown[] = [];
  const { caller } = session((_row, _args, context) => {
    receiveInto(received, context.stream as DriverStream);
    return {};
  });
  const { caller: near, driver } = streamPair();

  await caller.call(rows.upload, { flags: 1 }, { stream: driver });
  near.write(new Uint8Array(10));
  near.hole(100n);
  near.write(new Uint8Array(300_000));
  await near.finish();

  assert.deepEqual(received, [10, 100n, 262_120, 37_880, 'finish']);
  await caller.close();
});

test('what a driver sends before its reply comes after the reply', async () => {
  const { caller } = session((_row, _args, context) => {
    const stream = context.stream as DriverStream;
    receiveInto([], stream);
    stream.write(new Uint8Array(5));
    stream.hole(7n);
    stream.end();
    return {};
  });
  const { caller: near, driver } = streamPair();
  const received: unknown[] = [];

  await caller.call(rows.download, { flags: 1 }, { stream: driver });
  await new Promise<void>((resolve, reject) => {
    near.receive({
      data: (chunk) => received.push(chunk.length),
      hole: (length) => received.push(length),
      end: resolve,
      fail: reject,
    });
  });
  await near.finish();

  assert.deepEqual(received, [5, 7n]);
  await caller.close();
});

test('an error of the driver ends the stream, later data is ignored, the connection lives', async () => {
  const { caller } = session((row, args, context) => {
    if (row !== rows.upload) return plain(row, args, context);
    const stream = context.stream as DriverStream;
    stream.receive({
      data: () => {
        throw new LibvirtError(ErrorCode.OperationFailed, 'disk is full');
      },
      hole: () => {},
      finish: () => {},
      abort: () => assert.fail('not aborted'),
    });
    return {};
  });
  const { caller: near, driver } = streamPair();
  const failed = new Promise<LibvirtError>((resolve) => {
    near.receive({ data: () => {}, hole: () => {}, end: () => {}, fail: resolve });
  });

  await caller.call(rows.upload, { flags: 0 }, { stream: driver });
  near.write(new Uint8Array(10));
  near.write(new Uint8Array(10));

  assert.equal((await failed).message, 'operation failed: disk is full');
  await assert.rejects(near.finish(), { message: 'operation failed: disk is full' });
  assert.deepEqual(await caller.call(rows.add, { a: 1, b: 2 }), { sum: 3 });
  await caller.close();
});

test('the driver hears of a caller that gives up, and of one that goes away', async () => {
  const received: unknown[] = [];
  const { caller } = session((_row, _args, context) => {
    receiveInto(received, context.stream as DriverStream);
    return {};
  });
  const one = streamPair();
  const two = streamPair();

  await caller.call(rows.upload, { flags: 0 }, { stream: one.driver });
  await caller.call(rows.upload, { flags: 0 }, { stream: two.driver });
  one.caller.abort();
  await new Promise(setImmediate);
  await caller.close();
  await new Promise(setImmediate);

  assert.deepEqual(received, ['abort: stream aborted at client request', 'abort: the client has disconnected']);
});

test('a driver that pauses stops the reading of its client at the high-water mark, and no byte is lost', async () => {
  let stream!: DriverStream;
  let bytes = 0;
  const { caller } = session((_row, _args, context) => {
    stream = context.stream as DriverStream;
    stream.receive({ data: (chunk) => (bytes += chunk.length), hole: () => {}, finish: () => {}, abort: () => {} });
    stream.pause();
    return {};
  });
  const { caller: near, driver } = streamPair();

  await caller.call(rows.upload, { flags: 0 }, { stream: driver });
  let sent = 0;
  const chunk = new Uint8Array(262_120);
  let waited = false;
  while (sent < 40 * chunk.length) {
    sent += chunk.length;
    if (!near.write(chunk)) {
      waited = true;
      const drained = near.drained();
      setImmediate(() => stream.resume());
      await drained;
    }
  }
  stream.resume();
  await near.finish();

  assert.equal(waited, true);
  assert.equal(bytes, sent);
  await caller.close();
});

// ---- packets that should not come

function raw(
  fields: { program?: number; version?: number; procedure?: number; type?: number; serial?: number; status?: number },
  payload: Uint8Array = new Uint8Array(),
): Uint8Array {
  const writer = new Writer();
  const start = openPacket(
    writer,
    fields.program ?? 0x1234,
    fields.version ?? 1,
    fields.procedure ?? 1,
    fields.type ?? PacketType.Call,
    fields.serial ?? 0,
    fields.status ?? PacketStatus.Ok,
  );
  writer.raw(payload);
  closePacket(writer, start);
  return writer.written().slice();
}

// Sends packets to a server and gives what comes back, until the server answers a good call or ends the connection.
async function exchange(
  packets: readonly Uint8Array[],
): Promise<{ replies: { status: number; text: string }[]; ended: boolean; log: string[] }> {
  const [near, far] = memoryChannelPair();
  const { log } = serve(far, (row, args, context) => {
    if (context.stream !== undefined) {
      receiveInto([], context.stream);
      return {};
    }
    return plain(row, args, context);
  });
  const replies: { status: number; text: string }[] = [];
  let ended = false;
  await new Promise<void>((resolve) => {
    near.open({
      data: (chunk) => {
        const view = new DataView(chunk.buffer, chunk.byteOffset, chunk.byteLength);
        for (let at = 0; at < chunk.length; at += view.getUint32(at)) {
          const end = at + view.getUint32(at);
          if (view.getUint32(at + 20) === 999) {
            resolve();
            return;
          }
          replies.push({
            status: view.getUint32(at + 24),
            text: new TextDecoder('latin1').decode(chunk.subarray(at + 28, end)),
          });
        }
      },
      drain: () => {},
      end: () => {
        ended = true;
        resolve();
      },
    });
    for (const packet of packets) near.write(packet);
    const good = new Uint8Array(8);
    near.write(raw({ serial: 999 }, good));
  });
  near.close();
  return { replies, ended, log };
}

test("a bad call is answered with libvirt's error and the connection goes on", async () => {
  const cases: [Uint8Array, RegExp][] = [
    [raw({ program: 0x12345678 }), /Cannot find program 305419896 version 1/],
    [raw({ version: 9 }), /Cannot find program 4660 version 9/],
    [raw({ procedure: -1 }), /unknown procedure: -1/],
    [raw({ procedure: 7 }), /unknown procedure: 7/],
    [raw({ status: 2 }), /Unexpected message status 2/],
    [raw({}, new Uint8Array(3)), /Unable to decode message payload/],
    [raw({ procedure: 2 }, Uint8Array.of(0xff, 0xff, 0xff, 0xff)), /Unable to decode message payload/],
  ];
  for (const [packet, text] of cases) {
    const { replies, ended } = await exchange([packet]);

    assert.equal(ended, false);
    assert.equal(replies.length, 1);
    assert.equal(replies[0]?.status, 1);
    assert.match(replies[0]?.text ?? '', text);
  }
});

test('packets that answer nothing are dropped and the connection goes on', async () => {
  for (const type of [PacketType.Reply, PacketType.Message, PacketType.Stream, 7, -3]) {
    const { replies, ended } = await exchange([raw({ type, serial: 5, status: PacketStatus.Continue })]);

    assert.equal(ended, false);
    assert.equal(replies.length, 0);
  }
});

test('a hole on a stream that allows none, or of no length, ends the connection', async () => {
  const hole = new Writer();
  hole.hyper(10n);
  hole.uint(0);
  const empty = new Writer();
  empty.hyper(-1n);
  empty.uint(0);
  const open = (flags: number) => raw({ procedure: 4, serial: 3 }, Uint8Array.of(0, 0, 0, flags));
  const packet = (payload: Writer) =>
    raw({ procedure: 4, serial: 3, type: PacketType.StreamHole, status: 2 }, payload.written());

  assert.equal((await exchange([open(0), packet(hole)])).ended, true);
  assert.equal((await exchange([open(1), packet(empty)])).ended, true);
  assert.equal((await exchange([open(1), packet(hole)])).ended, false);
});

test('a call that may bring file descriptors and brings none is a call', async () => {
  const argument = Uint8Array.of(0, 0, 0, 5, 0, 0, 0, 6);
  const plain = await exchange([raw({ serial: 4 }, argument)]);
  const other = await exchange([
    raw({ type: PacketType.CallWithFds, serial: 4 }, Uint8Array.of(0, 0, 0, 0, ...argument)),
  ]);

  assert.equal(plain.replies[0]?.status, 0);
  assert.deepEqual(other, plain);
});

test('file descriptors, too many of them, and none of their number end the connection', async () => {
  for (const payload of [[0, 0, 0, 1], [0, 0, 0, 33], [255, 255, 255, 255], [0, 0, 0], []]) {
    const { replies, ended } = await exchange([raw({ type: PacketType.CallWithFds }, Uint8Array.from(payload))]);

    assert.deepEqual(replies, []);
    assert.equal(ended, true, String(payload));
  }
});

test('trailing bytes of a payload are ignored', async () => {
  const { replies } = await exchange([raw({ serial: 4 }, Uint8Array.of(0, 0, 0, 1, 0, 0, 0, 2, 9, 9, 9, 9))]);

  assert.deepEqual(
    replies.map((reply) => reply.status),
    [0],
  );
});

test('a client that gets a reply nobody asked for ends the connection with a reason', async () => {
  const [near, far] = memoryChannelPair();
  const caller = new Caller(near, { programs });
  far.open({ data: () => {}, drain: () => {}, end: () => {} });

  far.write(raw({ type: PacketType.Reply, serial: 77 }));

  assert.match((await caller.closed).message, /No call waiting for reply with prog 4660 vers 1 serial 77/);
});

// A server whose answers are written by hand: it gives a client and the way to send packets to it.
function handmadeServer(): { caller: Caller; send: (...packets: Uint8Array[]) => void } {
  const [near, far] = memoryChannelPair();
  const caller = new Caller(near, { programs });
  far.open({ data: () => {}, drain: () => {}, end: () => {} });
  return { caller, send: (...packets) => packets.forEach((packet) => far.write(packet)) };
}

function eightBytesAndFlags(length: bigint): Uint8Array {
  const writer = new Writer();
  writer.hyper(length);
  writer.uint(0);
  return writer.written().slice();
}

test('data and holes that a server sends before its reply are kept for the stream', async () => {
  const { caller, send } = handmadeServer();
  const { caller: near, driver } = streamPair();
  const received: unknown[] = [];

  const reply = caller.call(rows.download, { flags: 1 }, { stream: driver });
  const of = { procedure: 5, serial: 0 };
  send(
    raw({ ...of, type: PacketType.StreamHole, status: PacketStatus.Continue }, eightBytesAndFlags(1000n)),
    raw({ ...of, type: PacketType.Stream, status: PacketStatus.Continue }, new Uint8Array(5)),
    raw({ ...of, type: PacketType.Reply }),
    raw({ ...of, type: PacketType.Stream, status: PacketStatus.Continue }),
  );
  await reply;
  await new Promise<void>((resolve, reject) => {
    near.receive({
      data: (chunk) => received.push(chunk.length),
      hole: (length) => received.push(length),
      end: resolve,
      fail: reject,
    });
  });

  assert.deepEqual(received, [1000n, 5]);
  await caller.close();
});

test('a server that floods a stream without having answered the call loses the connection', async () => {
  const { caller, send } = handmadeServer();
  const { driver } = streamPair();

  const reply = caller.call(rows.download, { flags: 1 }, { stream: driver });
  const flood = raw(
    { procedure: 5, serial: 0, type: PacketType.Stream, status: PacketStatus.Continue },
    new Uint8Array(2 ** 20),
  );
  const rejected = assert.rejects(reply, /stream data of an unanswered call/);
  for (let i = 0; i < 10; i++) send(flood);

  await rejected;
  assert.match((await caller.closed).message, /stream data of an unanswered call/);
});

test('pings are answered, before anything else and while calls are at work', async () => {
  const [near, far] = memoryChannelPair();
  serve(far, () => new Promise(() => {}));
  const pong = new Promise<number>((resolve) => {
    near.open({
      data: (chunk) => resolve(new DataView(chunk.buffer, chunk.byteOffset).getInt32(12)),
      drain: () => {},
      end: () => {},
    });
  });

  near.write(raw({ program: 0x6b656570, procedure: 1, type: PacketType.Message }));

  assert.equal(await pong, 2);
});
