// Streams on the wire: the client's end of one, joined to a stream inside the process, and the server's end of one.
import { type Codec, hyper, struct, uint } from './codec.ts';
import { ErrorCode, ErrorDomain } from './error-codes.ts';
import { encodeError } from './error-wire.ts';
import { LibvirtError, toLibvirtError } from './error.ts';
import { keepPart, releasePart } from './kept-memory.ts';
import type { PacketConnection } from './packet-connection.ts';
import { PacketStatus, PacketType, STREAM_PAYLOAD_BYTES } from './packet.ts';
import type { Procedure } from './program.ts';
import { type DriverSink, type DriverStream, itemWeight, STREAM_HIGH_WATER } from './stream.ts';

/** Payload of a hole (`virNetStreamHole`). */
export const holeHeader: Codec<{ length: bigint; flags: number }> = struct({ length: hyper, flags: uint });

// More than this waiting in the channel, and a stream stops adding to it.
const CHANNEL_HIGH_WATER = 1_048_576;

// Answers to calls, and the data of other streams, come behind the data of a stream. While somebody waits for those, data
// is read beyond the high-water mark of a slow reader, for that reader may be the one who waits: so much at once, and
// then, as nobody can tell a slow reader from a waiting one, a little more after each while. A little more is read, too,
// so that the server's pings are found and answered, but not for ever: after minutes, the server may leave.
const MOST_BEYOND = 67_108_864;
const MOST_FOR_PINGS = 268_435_456;
const STEP_BEYOND = 1_048_576;
const PATIENCE_MS = 1000;

// A piece below this is copied: kept as it is, it would keep all the memory that was read along with it.
const LEAST_KEPT_BYTES = 16_384;

/** What is kept of a stream's data that came in a packet. */
export function keptPiece(bytes: Uint8Array, start: number, end: number, owned: boolean): Uint8Array {
  if (!owned || end - start < LEAST_KEPT_BYTES) return bytes.slice(start, end);
  const piece = bytes.subarray(start, end);
  keepPart(piece);
  return piece;
}

// What both ends do alike: packets of one serial.
class WireStream {
  protected readonly connection: PacketConnection;
  protected readonly procedure: Procedure;
  protected readonly serial: number;
  protected over = false;
  private readonly forget: () => void;

  constructor(connection: PacketConnection, procedure: Procedure, serial: number, forget: () => void) {
    this.connection = connection;
    this.procedure = procedure;
    this.serial = serial;
    this.forget = forget;
    connection.streamBegan();
  }

  protected sendData(chunk: Uint8Array): boolean {
    const { program, number } = this.procedure;
    for (let at = 0; at < chunk.length; at += STREAM_PAYLOAD_BYTES) {
      const part =
        chunk.length <= STREAM_PAYLOAD_BYTES
          ? chunk
          : chunk.subarray(at, Math.min(at + STREAM_PAYLOAD_BYTES, chunk.length));
      this.connection.sendBytes(
        program.number,
        program.version,
        number,
        PacketType.Stream,
        this.serial,
        PacketStatus.Continue,
        part,
      );
    }
    return this.connection.pendingBytes < CHANNEL_HIGH_WATER;
  }

  protected sendStatus(status: number): void {
    const { program, number } = this.procedure;
    this.connection.sendEmpty(program.number, program.version, number, PacketType.Stream, this.serial, status);
  }

  protected sendHole(length: bigint): boolean {
    if (this.connection.isClosed) return true;
    const { program, number } = this.procedure;
    const writer = this.connection.begin(
      program.number,
      program.version,
      number,
      PacketType.StreamHole,
      this.serial,
      PacketStatus.Continue,
    );
    holeHeader.encode(writer, { length, flags: 0 });
    this.connection.commit();
    return this.connection.pendingBytes < CHANNEL_HIGH_WATER;
  }

  protected sendError(error: LibvirtError): void {
    if (this.connection.isClosed) return;
    const { program, number } = this.procedure;
    const writer = this.connection.begin(
      program.number,
      program.version,
      number,
      PacketType.Stream,
      this.serial,
      PacketStatus.Error,
    );
    encodeError(writer, error);
    this.connection.commit();
  }

  protected finishHere(): void {
    if (this.over) return;
    this.over = true;
    this.connection.streamEnded();
    this.connection.unhold(this);
    this.forget();
  }
}

/** What shares the connection with a stream. */
interface Neighbours {
  /** True while a call waits for its answer, or the reader of another stream for its data. */
  wait(): boolean;
  /** True when the server sends pings and leaves if they are not answered. */
  isWatched(): boolean;
  /** The reader of the stream has caught up. */
  caughtUp(): void;
  /** The stream is over. */
  forget(): void;
}

/** The client's end: carries bytes between the wire and the driver-facing end that came with the call. */
export class WireCallStream extends WireStream {
  private readonly local: DriverStream;
  private readonly neighbours: Neighbours;
  private joined = false;
  private paused = false;
  private atEnd = false;
  // The reader has not taken what came; so much came since then.
  private behind = false;
  private beyond = 0;
  // So much may come, after some waiting.
  private granted = 0;
  private patience: ReturnType<typeof setTimeout> | undefined;
  private finishing: { resolve(): void; reject(error: LibvirtError): void } | undefined;

  constructor(
    connection: PacketConnection,
    procedure: Procedure,
    serial: number,
    local: DriverStream,
    neighbours: Neighbours,
  ) {
    super(connection, procedure, serial, () => neighbours.forget());
    this.local = local;
    this.neighbours = neighbours;
  }

  /** True while its reader has not taken what came. */
  get isBehind(): boolean {
    return this.behind;
  }

  /** Starts to carry to the server, once that has said yes to the call. What it sent before its reply waits already. */
  join(): void {
    if (this.over) return;
    this.joined = true;
    this.local.receive({
      data: (chunk) => this.afterSend(this.sendData(chunk)),
      hole: (length) => this.afterSend(this.sendHole(length)),
      finish: () =>
        new Promise<void>((resolve, reject) => {
          if (this.over) {
            resolve();
            return;
          }
          this.finishing = { resolve, reject };
          this.sendStatus(PacketStatus.Ok);
        }),
      abort: () => this.abandon(),
    });
  }

  /** Gives the stream up: the server is told, its late packets are ignored. */
  abandon(): void {
    if (this.over) return;
    this.sendStatus(PacketStatus.Error);
    this.finishHere();
  }

  /** The channel can take more. */
  channelDrained(): void {
    if (!this.paused || this.over) return;
    this.paused = false;
    this.local.resume();
  }

  /** Bytes came. */
  data(chunk: Uint8Array): void {
    this.afterReceive(this.local.write(chunk), chunk);
  }

  /** A hole came. */
  hole(length: bigint): void {
    if (length <= 0n)
      throw new LibvirtError(ErrorCode.Rpc, `invalid stream hole of ${length} bytes`, { domain: ErrorDomain.Rpc });
    this.afterReceive(this.local.hole(length), length);
  }

  /** The server has sent all. */
  ended(): void {
    if (this.atEnd) return;
    this.atEnd = true;
    this.local.end();
  }

  /** The server has confirmed the end. */
  confirmed(): void {
    if (this.over) return;
    this.finishHere();
    if (this.finishing !== undefined) this.finishing.resolve();
    else this.local.end();
  }

  /** The server has ended the stream with an error. */
  failed(error: LibvirtError): void {
    if (this.over) return;
    this.finishHere();
    if (this.finishing !== undefined) this.finishing.reject(error);
    else this.local.fail(error);
  }

  /** The connection is gone. */
  lost(error: LibvirtError): void {
    this.failed(error);
  }

  /** The connection is gone before the call was sent: the driver-facing end does not hear of it. */
  unsent(): void {
    this.finishHere();
  }

  private afterSend(more: boolean): void {
    if (more || this.paused) return;
    this.paused = true;
    this.local.pause();
  }

  /** Reads on, or not, now that somebody else waits, or nobody any more. */
  throttle(): void {
    if (!this.behind || this.over) return;
    const waits = this.neighbours.wait();
    if (this.beyond < (waits ? Math.max(MOST_BEYOND, this.granted) : this.granted)) this.connection.unhold(this);
    else this.connection.hold(this);
    if (waits || this.mayReadForPings) this.patience ??= setTimeout(() => this.grant(), PATIENCE_MS);
  }

  protected override finishHere(): void {
    clearTimeout(this.patience);
    super.finishHere();
  }

  private afterReceive(more: boolean, item: Uint8Array | bigint): void {
    if (more || this.over) return;
    // Reading must go on until the reply has come.
    if (!this.joined) {
      throw new LibvirtError(ErrorCode.Rpc, 'too much stream data of an unanswered call', { domain: ErrorDomain.Rpc });
    }
    this.beyond += itemWeight(item);
    if (!this.behind) {
      this.behind = true;
      void this.local.drained().then(() => this.caughtUp());
    }
    this.throttle();
  }

  private caughtUp(): void {
    this.behind = false;
    this.beyond = 0;
    this.granted = 0;
    clearTimeout(this.patience);
    this.patience = undefined;
    this.connection.unhold(this);
    this.neighbours.caughtUp();
  }

  private get mayReadForPings(): boolean {
    return this.neighbours.isWatched() && this.beyond < MOST_FOR_PINGS;
  }

  private grant(): void {
    this.patience = undefined;
    const waits = this.neighbours.wait() && this.beyond >= MOST_BEYOND;
    if (waits || this.mayReadForPings) this.granted = this.beyond + STEP_BEYOND;
    this.throttle();
  }
}

type Incoming = Uint8Array | bigint | 'finish';

/** The server's end: what a driver gets as the stream of a call. */
export class WireDriverStream extends WireStream implements DriverStream {
  private readonly allowHoles: boolean;
  private sink: DriverSink | undefined;
  private paused = false;
  private started = false;
  // What the handler wrote before its reply left.
  private early: (Uint8Array | bigint | 'end' | LibvirtError)[] = [];
  private incoming: Incoming[] = [];
  private incomingBytes = 0;
  private finished = false;
  // Why the caller is gone, for a driver that does not listen yet.
  private left: LibvirtError | undefined;
  private drainWaiters: (() => void)[] = [];

  constructor(
    connection: PacketConnection,
    procedure: Procedure,
    serial: number,
    allowHoles: boolean,
    forget: () => void,
  ) {
    super(connection, procedure, serial, forget);
    this.allowHoles = allowHoles;
  }

  write(chunk: Uint8Array): boolean {
    if (this.over || chunk.length === 0) return true;
    if (!this.started) {
      this.early.push(chunk);
      return false;
    }
    return this.sendData(chunk);
  }

  hole(length: bigint): boolean {
    if (this.over) return true;
    if (!this.started) {
      this.early.push(length);
      return false;
    }
    return this.sendHole(length);
  }

  drained(): Promise<void> {
    if (this.over || (this.started && this.connection.pendingBytes < CHANNEL_HIGH_WATER)) return Promise.resolve();
    return new Promise((resolve) => this.drainWaiters.push(resolve));
  }

  end(): void {
    if (this.over) return;
    if (this.started) this.sendStatus(PacketStatus.Continue);
    else this.early.push('end');
  }

  fail(error: LibvirtError): void {
    if (this.over) return;
    if (!this.started) {
      this.early.push(error);
      return;
    }
    this.sendError(error);
    this.stop();
  }

  receive(sink: DriverSink): void {
    this.sink = sink;
    if (this.left !== undefined) sink.abort(this.left);
  }

  release(chunk: Uint8Array): void {
    releasePart(chunk);
  }

  pause(): void {
    this.paused = true;
  }

  resume(): void {
    this.paused = false;
    this.deliver();
  }

  /** The reply has been sent: what was held back may follow. */
  start(): void {
    this.started = true;
    const { early } = this;
    this.early = [];
    for (const item of early) {
      if (item === 'end') this.end();
      else if (item instanceof LibvirtError) this.fail(item);
      else if (typeof item === 'bigint') this.hole(item);
      else this.write(item);
    }
    this.channelDrained();
    this.deliver();
  }

  /** The call failed: the stream never was. */
  drop(): void {
    this.leave(new LibvirtError(ErrorCode.Rpc, 'the call of the stream failed', { domain: ErrorDomain.Rpc }));
  }

  /** The channel can take more. */
  channelDrained(): void {
    const waiters = this.drainWaiters;
    if (waiters.length === 0) return;
    this.drainWaiters = [];
    for (const resolve of waiters) resolve();
  }

  /** A packet of the client for this stream. @throws LibvirtError `Rpc` when the connection must end */
  data(chunk: Uint8Array): void {
    this.push(chunk);
  }

  /** A hole of the client. */
  holeFromCaller(length: bigint): void {
    if (!this.allowHoles || length <= 0n) {
      throw new LibvirtError(ErrorCode.Rpc, 'Unexpected stream hole', { domain: ErrorDomain.Rpc });
    }
    this.push(length);
  }

  /** The client is done. */
  finish(): void {
    this.push('finish');
  }

  /** The client gave up. */
  abort(): void {
    if (this.over) return;
    this.sendStatus(PacketStatus.Ok);
    this.leave(new LibvirtError(ErrorCode.Rpc, 'stream aborted at client request', { domain: ErrorDomain.Rpc }));
  }

  /** The connection is gone. */
  lost(reason: LibvirtError): void {
    this.leave(reason);
  }

  private leave(reason: LibvirtError): void {
    if (this.over) return;
    this.stop();
    this.left = reason;
    this.sink?.abort(reason);
  }

  private push(item: Incoming): void {
    // Nothing follows the end.
    if (this.over || this.finished) return;
    this.finished = item === 'finish';
    if (this.started && !this.paused && this.incoming.length === 0) {
      this.hand(item);
      return;
    }
    this.incoming.push(item);
    this.incomingBytes += itemWeight(item);
    if (this.incomingBytes >= STREAM_HIGH_WATER) this.connection.hold(this);
  }

  private deliver(): void {
    while (this.started && !this.paused && !this.over) {
      const item = this.incoming.shift();
      if (item === undefined) break;
      this.incomingBytes -= itemWeight(item);
      this.hand(item);
    }
    if (this.incomingBytes < STREAM_HIGH_WATER) this.connection.unhold(this);
  }

  private hand(item: Incoming): void {
    try {
      if (item instanceof Uint8Array) this.sink?.data(item);
      else if (typeof item === 'bigint') this.sink?.hole(item);
      else this.confirm(this.sink?.finish());
    } catch (thrown) {
      this.fail(toLibvirtError(thrown));
    }
  }

  private confirm(done: void | Promise<void>): void {
    if (done === undefined) {
      this.confirmNow();
      return;
    }
    done.then(
      () => this.confirmNow(),
      (thrown) => this.fail(toLibvirtError(thrown)),
    );
  }

  private confirmNow(): void {
    if (this.over) return;
    this.sendStatus(PacketStatus.Ok);
    this.stop();
  }

  private stop(): void {
    this.incoming = [];
    this.incomingBytes = 0;
    this.early = [];
    this.finishHere();
    this.channelDrained();
  }
}
