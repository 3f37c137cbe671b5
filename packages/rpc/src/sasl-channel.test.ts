// The security layer under a connection: frames cut anywhere, the moment of the switch, peers that talk too early.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Caller } from './caller.ts';
import { type Channel, memoryChannelPair } from './channel.ts';
import { int, string } from './codec.ts';
import { LibvirtError } from './error.ts';
import { closePacket, openPacket, PacketStatus, PacketType } from './packet.ts';
import { procedure, program, programOf } from './program.ts';
import { Responder } from './responder.ts';
import { MAX_SASL_FRAME_BYTES, type SecurityLayer, saslChannel } from './sasl-channel.ts';
import { Writer } from './xdr.ts';

const rows = program('sample', 0x1234, 1, {
  login: procedure(1, () => [{}, { complete: int }]),
  echo: procedure(2, () => [{ text: string() }, { text: string() }]),
});
const programs = [rows[programOf]];

// A layer that turns every bit, and says what it was given; 0xaa in front shows that a frame came through it.
function flippingLayer(maxPlainBytes = 100): SecurityLayer {
  return {
    ssf: 1,
    maxPlainBytes,
    wrap: (bytes) => {
      assert.ok(bytes.length <= maxPlainBytes);
      const frame = new Uint8Array(bytes.length + 5);
      new DataView(frame.buffer).setUint32(0, bytes.length + 1);
      frame[4] = 0xaa;
      frame.set(
        bytes.map((byte) => byte ^ 0xff),
        5,
      );
      return frame;
    },
    unwrap: (body) => {
      if (body[0] !== 0xaa) throw new LibvirtError(39, 'not from the layer');
      return body.slice(1).map((byte) => byte ^ 0xff);
    },
  };
}

const layered = (channel: Channel) => saslChannel(channel, flippingLayer());

// What arrives at one end of a pair, joined.
function collect(channel: Channel) {
  const chunks: Uint8Array[] = [];
  const ended = new Promise<LibvirtError | null>((resolve) => {
    channel.open({ data: (chunk) => chunks.push(chunk.slice()), drain: () => {}, end: resolve });
  });
  return { all: () => Buffer.concat(chunks), ended };
}

test('what is written comes out whole, wherever frames and chunks end', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.uint8Array({ maxLength: 350 }), { maxLength: 8 }),
      fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1 }),
      async (writes, cuts) => {
        const [near, wire] = memoryChannelPair();
        const sent = collect(wire);
        const writer = saslChannel(near, flippingLayer());
        for (const [index, bytes] of writes.entries()) {
          if (index % 2 === 0) writer.write(bytes);
          else writer.writeBoth(bytes.subarray(0, 3), bytes.subarray(3));
        }
        writer.close();
        await sent.ended;

        const [there, far] = memoryChannelPair();
        const received = collect(saslChannel(far, flippingLayer()));
        const bytes = sent.all();
        for (let at = 0, cut = 0; at < bytes.length; cut++) {
          const size = cuts[cut % cuts.length] as number;
          there.write(bytes.subarray(at, at + size));
          at += size;
        }
        there.close();
        assert.equal(await received.ended, null);

        assert.deepEqual(received.all(), Buffer.concat(writes));
      },
    ),
    { numRuns: 60 },
  );
});

test('a frame longer than the buffer is refused before anything is kept for it', async () => {
  const [near, far] = memoryChannelPair();
  const received = collect(saslChannel(far, flippingLayer()));
  const length = new Uint8Array(4);
  new DataView(length.buffer).setUint32(0, MAX_SASL_FRAME_BYTES + 1);

  near.write(length);

  const reason = await received.ended;
  assert.equal(reason?.message, 'internal error: SASL data length 65537 too long, max 65536');
});

test('a frame that the layer refuses ends the channel, and nothing behind it is delivered', async () => {
  const [near, far] = memoryChannelPair();
  const received = collect(saslChannel(far, flippingLayer()));
  const good = flippingLayer().wrap(Buffer.from('good'));

  near.write(Buffer.concat([good, Uint8Array.of(0, 0, 0, 1, 0), good]));

  assert.match((await received.ended)?.message ?? '', /not from the layer/);
  assert.equal(received.all().toString(), 'good');
});

function serve(channel: Channel) {
  let onClose!: (reason: LibvirtError | null) => void;
  const closed = new Promise<LibvirtError | null>((resolve) => {
    onClose = resolve;
  });
  const responder: Responder = new Responder(channel, {
    programs,
    maxRequests: 5,
    onClose,
    dispatch: async (row, args) => {
      if (row === rows.echo) return args;
      responder.pauseUntilReply();
      await Promise.resolve();
      responder.switchChannelAfterReply(layered);
      return { complete: 1 };
    },
  });
  return { responder, closed };
}

// Joins two channels and notes what passes, as a wire would.
function tap(one: Channel, two: Channel): { seen: () => Buffer } {
  const chunks: Uint8Array[] = [];
  const pass = (from: Channel, to: Channel) =>
    from.open({
      data: (chunk) => {
        chunks.push(chunk.slice());
        to.write(chunk);
      },
      drain: () => {},
      end: (reason) => (reason === null ? to.close() : to.destroy(reason)),
    });
  pass(one, two);
  pass(two, one);
  return { seen: () => Buffer.concat(chunks) };
}

test('both ends switch at the right packet: the reply in clear, everything behind it protected', async () => {
  const [near, wireNear] = memoryChannelPair();
  const [wireFar, far] = memoryChannelPair();
  const wire = tap(wireNear, wireFar);
  serve(far);
  const caller = new Caller(near);

  const reply = await caller.call(rows.login, {}, { pauseAfterReply: true });
  caller.switchChannel(layered);
  const texts = await Promise.all(
    ['one', 'x'.repeat(1000), 'three'].map(async (text) => (await caller.call(rows.echo, { text })).text),
  );

  assert.deepEqual(reply, { complete: 1 });
  assert.deepEqual(texts, ['one', 'x'.repeat(1000), 'three']);
  assert.equal(wire.seen().includes('three'), false);
  await caller.close();
});

test('a call that pauses goes on in clear when no layer was agreed', async () => {
  const [near, far] = memoryChannelPair();
  const responder = new Responder(far, {
    programs,
    maxRequests: 5,
    onClose: () => {},
    dispatch: (row, args) => (row === rows.echo ? args : { complete: 1 }),
  });
  const caller = new Caller(near);

  await caller.call(rows.login, {}, { pauseAfterReply: true });
  caller.resume();

  assert.deepEqual(await caller.call(rows.echo, { text: 'clear' }), { text: 'clear' });
  assert.equal(responder.requestsAtWork, 0);
  await caller.close();
});

function packet(row: (typeof rows)['login'] | (typeof rows)['echo'], type: number, serial: number, body: number[]) {
  const writer = new Writer(64);
  const start = openPacket(writer, row.program.number, 1, row.number, type, serial, PacketStatus.Ok);
  writer.raw(Uint8Array.from(body));
  closePacket(writer, start);
  return writer.written().slice();
}

test('a server that sends more in clear behind the last reply is refused', async () => {
  const [near, far] = memoryChannelPair();
  const requests = collect(far);
  const caller = new Caller(near);
  const reply = packet(rows.login, PacketType.Reply, 0, [0, 0, 0, 1]);

  const call = caller.call(rows.login, {}, { pauseAfterReply: true });
  far.write(Buffer.concat([reply, packet(rows.login, PacketType.Message, 1, [])]));
  await call;

  assert.throws(() => caller.switchChannel(layered), { message: /sent unprotected data after the end of authentic/ });
  await caller.close();
  await requests.ended;
});

for (const [what, tail] of [
  ['a whole packet', packet(rows.echo, PacketType.Call, 1, [0, 0, 0, 0])],
  ['the beginning of a packet', Uint8Array.of(0, 0)],
] as const) {
  test(`a client that sends ${what} in clear behind its last message is cut off`, async () => {
    const [near, far] = memoryChannelPair();
    const answers = collect(near);
    const { closed } = serve(far);

    near.write(Buffer.concat([packet(rows.login, PacketType.Call, 0, []), tail]));

    assert.match((await closed)?.message ?? '', /unprotected data after the end of authentication/);
    await answers.ended;
  });
}
