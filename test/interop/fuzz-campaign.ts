// A campaign of mutated packets against a daemon: pseudo-random, so that a number brings every one of them back.
import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { admin, lxc, qemu, remote } from '@virtwire/protocol';
import {
  type Args,
  Caller,
  type Channel,
  Framer,
  HEADER_BYTES,
  MAX_PACKET_BYTES,
  memoryChannelPair,
  PacketType,
  type Procedure,
  type Program,
  programOf,
} from '@virtwire/rpc';

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

// Streams have most to get wrong; descriptors end the connection, so that they come seldom.
const stream = [PacketType.Stream, PacketType.Stream, PacketType.StreamHole];
const others = [PacketType.Call, PacketType.Reply, PacketType.Message, PacketType.ReplyWithFds];
const types = [...stream, ...stream, ...others, ...stream, ...others, ...stream, ...others, PacketType.CallWithFds];

/** Makes well-formed packets and damages them. */
export class PacketMill {
  /** A call that shows when it is answered that all packets before it have been dealt with. */
  readonly marker: Procedure;
  private readonly draw: Numbers;
  private readonly procedures: readonly Procedure[];
  private readonly without: readonly Procedure[];

  /** @param without procedures that would end what is under test by doing what they are for */
  constructor(draw: Numbers, programs: readonly Program[], marker: Procedure, without: readonly Procedure[] = []) {
    this.draw = draw;
    this.marker = marker;
    this.without = without;
    this.procedures = programs
      .flatMap(({ byNumber }) => [...byNumber.values()])
      .filter((row): row is Procedure => row.kind === 'procedure' && !without.includes(row));
  }

  /** One packet; most are damaged somewhere. */
  packet(): Uint8Array {
    for (;;) {
      const bytes = this.damaged();
      if (!this.isLeftOut(bytes)) return bytes;
    }
  }

  // Damage may make one procedure of another.
  private isLeftOut(bytes: Uint8Array): boolean {
    if (bytes.length < 16) return false;
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    return this.without.some(
      ({ program, number }) => view.getUint32(4) === program.number && view.getUint32(12) === number,
    );
  }

  private damaged(): Uint8Array {
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
      draw(4) === 0 ? (types[draw(types.length)] ?? 0) : 0,
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

function marking({ program, number }: Procedure, serial: number): Uint8Array {
  return concat([HEADER_BYTES, program.number, program.version, number, PacketType.Call, serial, 0].map(word));
}

/** Packets of the programs that clients call. */
export function clientMill(seed: number): PacketMill {
  const programs = [remote[programOf], qemu[programOf], lxc[programOf]];
  return new PacketMill(numbers(seed), programs, remote.connectGetLibVersion, [remote.connectClose]);
}

/** Packets of the admin program, without those that are there to end the daemon. */
export function adminMill(seed: number): PacketMill {
  const ends = [admin.connectSetDaemonTimeout, admin.connectDaemonShutdown, admin.connectSetLoggingOutputs];
  return new PacketMill(numbers(seed), [admin[programOf]], admin.connectGetLibVersion, ends);
}

/** A connection whose first calls were answered; the channel under it is then taken over. */
export class Takeover {
  private readonly caller: Caller;

  constructor(channel: Channel) {
    this.caller = new Caller(channel, { programs: [remote[programOf], admin[programOf]] });
  }

  call: Caller['call'] = (...args) => this.caller.call(...args);

  /** Gives what is said from now on to `channel`. */
  switchChannel(wrap: (channel: Channel) => Channel): void {
    this.caller.switchChannel(wrap);
  }

  resume(): void {
    this.caller.resume();
  }

  /** Gives up a connection that was not taken over. */
  async close(): Promise<void> {
    await this.caller.close();
  }

  /** Makes the last call, behind which nothing is read any more. @returns the bare channel */
  async release<A>(last: Procedure<A>, args: Args<Procedure<A>>): Promise<Channel> {
    await this.caller.call(last as Procedure, args, { pauseAfterReply: true });
    let bare: Channel | undefined;
    const [stub] = memoryChannelPair();
    this.caller.switchChannel((channel) => {
      bare = channel;
      return stub;
    });
    assert.ok(bare);
    return bare;
  }
}

/** Opens the test driver, so that the calls behind it reach it. */
export async function openedForClients(channel: Channel): Promise<Channel> {
  return new Takeover(channel).release(remote.connectOpen, { name: 'test:///default', flags: 0 });
}

/** Opens the administration of a daemon. */
export async function openedForAdmin(channel: Channel): Promise<Channel> {
  return new Takeover(channel).release(admin.connectOpen, { flags: 0 });
}

/** What a campaign did. */
export interface Outcome {
  /** Packets that the daemon has dealt with: it answered what came behind them, or ended the connection over them. */
  readonly packets: number;
  readonly connections: number;
}

const BATCH = 20;
const BATCHES = 25;
/** How long a daemon may take for a batch, or to end a connection, in milliseconds. */
const PATIENCE_MS = 60_000;
/** As much is sent behind a packet that claims to be longer than it is. */
const FILLING_BYTES = 65_536;
const CONFUSION_MS = 200;
const FIRST_MARKER = 0x70000000;

/**
 * Sends mutated packets until the daemon has dealt with so many, over as many connections as it makes of them.
 *
 * @param opened makes a connection and opens it
 * @param lanes connections at once
 */
export async function campaign(
  opened: () => Promise<Channel>,
  mill: PacketMill,
  packets: number,
  lanes = 8,
): Promise<Outcome> {
  let done = 0;
  let connections = 0;
  const lane = async () => {
    while (done < packets) {
      connections++;
      const attack = new Attack(await opened());
      for (let batch = 0; batch < BATCHES && done < packets && !attack.over; batch++) {
        const more = await attack.batch(mill);
        done += more;
      }
      await attack.end();
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return { packets: done, connections };
}

/** One connection that is being abused. */
export class Attack {
  /** True when the daemon has ended it. */
  over = false;
  /** Replies that came. */
  answered = 0;
  private readonly channel: Channel;
  private readonly closed: Promise<void>;
  private marker = FIRST_MARKER;
  private marked: (() => void) | undefined;

  constructor(channel: Channel) {
    this.channel = channel;
    const framer = new Framer((bytes, start) => this.packet(new DataView(bytes.buffer, bytes.byteOffset + start)));
    this.closed = new Promise((resolve) => {
      channel.open({
        data: (chunk, shared) => framer.push(chunk, shared),
        drain: () => {},
        end: () => {
          this.over = true;
          resolve();
        },
      });
    });
    // Reading stopped behind the reply to the last call of who had the channel before.
    channel.resume();
  }

  /** Sends packets and waits until they have been dealt with. @returns how many of them were */
  async batch(mill: PacketMill): Promise<number> {
    const pieces: Uint8Array[] = [];
    let last: Uint8Array | undefined;
    while (last === undefined && pieces.length < BATCH) {
      const packet = mill.packet();
      if (endsConnection(packet)) last = packet;
      else pieces.push(packet);
    }
    const { answered } = this;
    // Of those behind the one that ended the connection nothing is known.
    if (!(await this.ping(mill.marker, pieces))) return Math.min(this.answered - answered + 1, pieces.length);
    return pieces.length + (last !== undefined && (await this.confuse(last)) ? 1 : 0);
  }

  // Behind a packet that says a wrong length nothing has a meaning. What fills it up goes on as impossible lengths.
  private async confuse(packet: Uint8Array): Promise<boolean> {
    const missing = saidLength(packet) - packet.length;
    const isWaitedFor = missing > FILLING_BYTES && saidLength(packet) <= MAX_PACKET_BYTES + 4;
    this.channel.write(isWaitedFor ? packet : concat([packet, new Uint8Array(FILLING_BYTES + 8).fill(0xff)]));
    await Promise.race([this.closed, delay(isWaitedFor ? 0 : CONFUSION_MS, undefined, { ref: false })]);
    const { over } = this;
    await this.end();
    return over;
  }

  /** Sends bytes with a call behind them. @returns true when it was answered, false when the connection ended */
  async ping(marker: Procedure, before: readonly Uint8Array[] = []): Promise<boolean> {
    const marked = new Promise<boolean>((resolve) => (this.marked = () => resolve(true)));
    this.channel.write(concat([...before, marking(marker, ++this.marker)]));
    return within(Promise.race([marked, this.closed.then(() => false)]), 'the daemon answers nothing');
  }

  /** Ends the connection, and waits until that has happened. */
  async end(): Promise<void> {
    this.channel.close();
    await within(this.closed, 'the daemon does not end the connection');
  }

  private packet(view: DataView): void {
    if (view.getInt32(16) !== PacketType.Reply) return;
    if (view.getUint32(20) !== this.marker) this.answered++;
    else this.marked?.();
  }
}

function endsConnection(packet: Uint8Array): boolean {
  if (saidLength(packet) !== packet.length) return true;
  return new DataView(packet.buffer, packet.byteOffset).getInt32(16) === PacketType.CallWithFds;
}

// A packet may be cut off even inside of its length.
function saidLength(packet: Uint8Array): number {
  return packet.length < 4 ? 0xffff : new DataView(packet.buffer, packet.byteOffset).getUint32(0);
}

async function within<T>(what: Promise<T>, otherwise: string): Promise<T> {
  const timer = Promise.withResolvers<never>();
  const running = setTimeout(() => timer.reject(new Error(otherwise)), PATIENCE_MS);
  try {
    return await Promise.race([what, timer.promise]);
  } finally {
    clearTimeout(running);
  }
}
