// The client's end of a stream on the wire, joined to a stream inside the process; how far it reads ahead of its reader.
import { ErrorCode, ErrorDomain } from './error-codes.ts';
import { LibvirtError } from './error.ts';
import type { PacketConnection } from './packet-connection.ts';
import { PacketStatus } from './packet.ts';
import type { Procedure } from './program.ts';
import { type DriverStream, itemWeight } from './stream.ts';
import { WireStream } from './wire-stream.ts';

// Answers to calls, and the data of other streams, come behind the data of a stream. While somebody waits for those, data
// is read beyond the high-water mark of a slow reader, for that reader may be the one who waits: so much at once, and
// then, as nobody can tell a slow reader from a waiting one, a little more after each while. A little more is read, too,
// so that the server's pings are found and answered, but not for ever: after minutes, the server may leave.
const MOST_BEYOND = 67_108_864;
const MOST_FOR_PINGS = 268_435_456;
const STEP_BEYOND = 1_048_576;
const PATIENCE_MS = 1000;

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
