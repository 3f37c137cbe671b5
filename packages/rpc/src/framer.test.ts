import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { LibvirtError } from './error.ts';
import { Framer } from './framer.ts';
import { MAX_PACKET_BYTES } from './packet.ts';

function packet(length: number, fill = 7): Uint8Array {
  const bytes = new Uint8Array(length).fill(fill);
  new DataView(bytes.buffer).setUint32(0, length);
  return bytes;
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

function collect(limit?: number): { framer: Framer; packets: Uint8Array[] } {
  const packets: Uint8Array[] = [];
  const framer = new Framer(
    (bytes, start, end) => packets.push(bytes.slice(start, end)),
    limit === undefined ? undefined : () => limit,
  );
  return { framer, packets };
}

test('gives the same packets however the bytes are cut', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 28, max: 300 }), { maxLength: 20 }),
      fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 50 }),
      fc.boolean(),
      (lengths, cuts, shared) => {
        const sent = lengths.map((length, index) => packet(length, index));
        const flow = join(sent);
        const { framer, packets } = collect();

        const buffer = new Uint8Array(256);
        for (let at = 0, cut = 0; at < flow.length; cut++) {
          const size = Math.min(cuts[cut % cuts.length] as number, flow.length - at);
          if (shared) {
            buffer.set(flow.subarray(at, at + size));
            framer.push(buffer.subarray(0, size), true);
            buffer.fill(0xff);
          } else {
            framer.push(flow.slice(at, at + size), false);
          }
          at += size;
        }

        assert.deepEqual(packets, sent);
        assert.equal(framer.hasRest, false);
      },
    ),
  );
});

test('refuses an impossible length before anything else of the packet has come', () => {
  const cases: [number, RegExp][] = [
    [0, /packet -4 bytes received from server too small, want 4/],
    [4, /Unable to decode message header/],
    [27, /Unable to decode message header/],
    [MAX_PACKET_BYTES + 5, /packet 33554433 bytes received from server too large, want 33554432/],
    [0xffff_ffff, /packet -5 bytes received from server too large/],
  ];
  for (const [length, text] of cases) {
    const { framer, packets } = collect();
    const word = new Uint8Array(4);
    new DataView(word.buffer).setUint32(0, length);

    assert.throws(
      () => framer.push(word, false),
      (error) => error instanceof LibvirtError && text.test(error.message),
    );
    assert.equal(packets.length, 0);
  }
});

test('accepts a packet of exactly the limit and asks for the limit each time', () => {
  let limit = 100;
  const packets: number[] = [];
  const framer = new Framer(
    (_bytes, start, end) => packets.push(end - start),
    () => limit,
  );

  framer.push(packet(104), false);
  assert.throws(() => framer.push(packet(105), false), LibvirtError);
  limit = 101;
  framer.push(packet(105), false);

  assert.deepEqual(packets, [104, 105]);
});

test('keeps little for a long packet until its bytes really come', () => {
  const { framer, packets } = collect();
  const long = packet(20_000_000);

  framer.push(long.subarray(0, 10), false);
  const partial = (framer as unknown as { partial: Uint8Array }).partial;
  for (let at = 10; at < long.length; at += 1_000_000) framer.push(long.subarray(at, at + 1_000_000), true);

  assert.ok(partial.length <= 65_536);
  assert.equal(packets.length, 1);
  assert.equal(packets[0]?.length, 20_000_000);
});

test('stops in the middle of a chunk and goes on where it stopped', () => {
  const order: string[] = [];
  const framer = new Framer((bytes, start) => {
    order.push(`packet ${bytes[start + 4]}`);
    if (bytes[start + 4] === 1 || bytes[start + 4] === 3) framer.stop();
  });
  const flow = join([packet(30, 0), packet(30, 1), packet(30, 2), packet(30, 3), packet(30, 4)]);

  framer.push(flow.subarray(0, 100), true);
  framer.push(flow.subarray(100), true);
  order.push('held');
  framer.resume();
  order.push('held again');
  framer.resume();

  assert.deepEqual(order, ['packet 0', 'packet 1', 'held', 'packet 2', 'packet 3', 'held again', 'packet 4']);
});

test('gives stream data in pieces that make up the same payload, and all else whole', () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ length: fc.integer({ min: 28, max: 300 }), stream: fc.boolean() }), { maxLength: 20 }),
      fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 50 }),
      (kinds, cuts) => {
        const sent = kinds.map(({ length, stream }, index) => {
          const bytes = packet(length, index);
          const view = new DataView(bytes.buffer);
          view.setUint32(16, stream ? 3 : 1);
          view.setUint32(24, stream ? 2 : 0);
          return bytes;
        });
        const flow = join(sent);
        const got: Uint8Array[] = [];
        let open: { parts: Uint8Array[]; left: number } | null = null;
        const framer = new Framer(
          (bytes, start, end) => {
            assert.equal(open, null);
            got.push(bytes.slice(start, end));
          },
          undefined,
          (head, bytes, start, end) => {
            assert.ok(end > start);
            open ??= { parts: [head.slice()], left: new DataView(head.buffer, head.byteOffset).getUint32(0) - 28 };
            open.parts.push(bytes.slice(start, end));
            open.left -= end - start;
            if (open.left > 0) return;
            got.push(join(open.parts));
            open = null;
          },
        );

        for (let at = 0, cut = 0; at < flow.length; cut++) {
          const size = Math.min(cuts[cut % cuts.length] as number, flow.length - at);
          framer.push(flow.slice(at, at + size), false);
          at += size;
        }

        assert.deepEqual(got, sent);
      },
    ),
  );
});

test('random bytes only ever raise a LibvirtError', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 10 }), (chunks) => {
      const { framer } = collect(4096);
      try {
        for (const chunk of chunks) framer.push(chunk, false);
      } catch (thrown) {
        assert.ok(thrown instanceof LibvirtError);
      }
    }),
  );
});
