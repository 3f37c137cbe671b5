// A campaign of mutated packets against a daemon: pseudo-random, so that a number brings every one of them back.
import { once } from 'node:events';
import { connect, type NetConnectOpts } from 'node:net';
import { admin, lxc, qemu, remote } from '@virtwire/protocol';
import { type Procedure, type Program, programOf } from '@virtwire/rpc';

/** A source of numbers that gives the same ones for the same seed (mulberry32). */
export function numbers(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

type Numbers = (below: number) => number;

const extremes = [
  0, 1, 3, 4, 27, 28, 29, 0x7fffffff, 0x80000000, 0xffffffff, 33_554_432, 33_554_436, 33_554_437, 4_194_304,
];

/** Makes well-formed packets and damages them. */
export class PacketMill {
  private readonly draw: Numbers;
  private readonly procedures: readonly Procedure[];
  private readonly opening: Uint8Array;

  /** @param without procedures that would end what is under test by doing what they are for */
  constructor(draw: Numbers, programs: readonly Program[], opening: Uint8Array, without: readonly Procedure[] = []) {
    this.draw = draw;
    this.opening = opening;
    this.procedures = programs
      .flatMap(({ byNumber }) => [...byNumber.values()])
      .filter((row): row is Procedure => row.kind === 'procedure' && !without.includes(row));
  }

  /** What opens a connection properly, so that the calls behind it reach the driver. */
  get open(): Uint8Array {
    return this.opening;
  }

  /** One packet; most are damaged somewhere. */
  packet(): Uint8Array {
    const { draw } = this;
    const row = this.procedures[draw(this.procedures.length)] as Procedure;
    const payload = this.payload();
    const bytes = new Uint8Array(28 + payload.length);
    const view = new DataView(bytes.buffer);
    const words = [
      bytes.length,
      row.program.number,
      row.program.version,
      row.number,
      draw(4) === 0 ? draw(6) : 0,
      draw(1000),
      0,
    ];
    for (const [index, word] of words.entries()) view.setUint32(index * 4, word);
    bytes.set(payload, 28);
    switch (draw(10)) {
      case 0:
        view.setUint32((draw(10) === 0 ? 0 : 1 + draw(6)) * 4, extremes[draw(extremes.length)] ?? 0);
        break;
      case 1:
        for (let flips = 1 + draw(8); flips > 0; flips--) {
          const at = draw(50) === 0 ? draw(4) : 4 + draw(bytes.length - 4);
          bytes[at] = (bytes[at] ?? 0) ^ (1 << draw(8));
        }
        break;
      case 2:
        view.setUint32(12, draw(2000) - 500);
        break;
      case 3:
        // Cut short: usually framed as such, for bytes that belong to nothing end the connection.
        if (draw(10) === 0) return bytes.subarray(0, draw(bytes.length));
        view.setUint32(0, 28 + draw(payload.length + 1));
        return bytes.subarray(0, view.getUint32(0));
      default:
        break;
    }
    return bytes;
  }

  // Words that a decoder may take for lengths, counts and flags, with texts between them.
  private payload(): Uint8Array {
    const { draw } = this;
    const pieces: Uint8Array[] = [];
    for (let count = draw(8); count > 0; count--) {
      if (draw(3) === 0)
        pieces.push(text(['test', 'default', '', 'x'.repeat(draw(300)), '<domain/>', '../../x'][draw(6)] ?? ''));
      else pieces.push(word(draw(3) === 0 ? (extremes[draw(extremes.length)] ?? 0) : draw(16)));
    }
    return concat(pieces);
  }
}

function word(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}

function text(value: string): Uint8Array {
  const raw = new TextEncoder().encode(value);
  return concat([word(raw.length), raw, new Uint8Array((4 - (raw.length % 4)) % 4)]);
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

function call(procedure: Procedure, payload: Uint8Array): Uint8Array {
  const head = [28 + payload.length, procedure.program.number, procedure.program.version, procedure.number, 0, 0, 0];
  return concat([...head.map(word), payload]);
}

/** Packets of the programs that clients call, behind an open of the test driver. */
export function clientMill(seed: number): PacketMill {
  const programs = [remote[programOf], qemu[programOf], lxc[programOf]];
  const open = call(remote.connectOpen as Procedure, concat([word(1), text('test:///default'), word(0)]));
  return new PacketMill(numbers(seed), programs, open, [remote.connectClose as Procedure]);
}

/** Packets of the admin program, without those that are there to end the daemon. */
export function adminMill(seed: number): PacketMill {
  const ends = [admin.connectSetDaemonTimeout, admin.connectDaemonShutdown, admin.connectSetLoggingOutputs];
  const open = call(admin.connectOpen as Procedure, word(0));
  return new PacketMill(numbers(seed), [admin[programOf]], open, ends as Procedure[]);
}

/** Sends so many packets over as many connections as the daemon makes of them, some at once. @returns connections used */
export async function campaign(target: NetConnectOpts, mill: PacketMill, packets: number, at = 8): Promise<number> {
  let left = packets;
  let connections = 0;
  const lane = async () => {
    while (left > 0) {
      connections++;
      const socket = connect(target);
      // That the daemon ends a connection is what it should do to most of them.
      socket.on('error', () => {});
      const closed = new Promise<void>((resolve) => void socket.once('close', () => resolve()));
      socket.resume();
      socket.write(mill.open);
      for (let batch = 0; batch < 25 && left > 0 && !socket.destroyed; batch++) {
        const chunk: Uint8Array[] = [];
        for (let count = Math.min(20, left); count > 0; count--) chunk.push(mill.packet());
        left -= chunk.length;
        const written = new Promise<void>((resolve) => void socket.write(Buffer.concat(chunk), () => resolve()));
        await Promise.race([written, closed]);
      }
      socket.end();
      await Promise.race([closed, once(socket, 'data').catch(() => {})]);
      socket.destroy();
      await closed;
    }
  };
  await Promise.all(Array.from({ length: at }, lane));
  return connections;
}
