// The client end: calls get serials, replies find their calls, a window holds back what the server would not read.
import type { Channel } from './channel.ts';
import {
  broken,
  closedByUser,
  endOfFile,
  givenUp,
  knownAsUnsupported,
  lostWhileWaiting,
  refusal,
} from './call-errors.ts';
import { CallWindow } from './call-window.ts';
import { CallerStreams } from './caller-streams.ts';
import type { LibvirtError } from './error.ts';
import type { KeepaliveOptions } from './keepalive.ts';
import { PacketConnection } from './packet-connection.ts';
import { type PacketHeader, PacketStatus, PacketType } from './packet.ts';
import { type PendingCall, PendingCalls } from './pending-calls.ts';
import type { EventRow, Procedure, Program } from './program.ts';
import type { DriverStream } from './stream.ts';
import { Reader } from './xdr.ts';

/** How a {@link Caller} behaves. */
export interface CallerOptions {
  /** Programs whose events are wanted. */
  readonly programs?: readonly Program[];
  /** Calls that may be unanswered at once, fixed; left out, see {@link Caller.maxInFlight}. */
  readonly maxInFlight?: number;
}

/** What belongs to one call. */
export interface CallerCallOptions {
  /** Gives the call up. Before it is sent it rejects with the signal's reason, afterwards with `outcomeUnknown`. */
  readonly signal?: AbortSignal | undefined;
  /** The driver-facing end of the call's stream; it is joined to the wire when the server says yes. */
  readonly stream?: DriverStream | undefined;
  /** Reads nothing behind a reply that is no error until {@link Caller.resume} or {@link Caller.switchChannel}. */
  readonly pauseAfterReply?: boolean;
  /** Leaves at once, however many are unanswered or wait: for the question whether more may be. */
  readonly ahead?: boolean;
}

// What was sent gets this long to leave when the connection is closed: a server that reads nothing must not keep us.
const CLOSE_MS = 2000;

const reader = new Reader(new Uint8Array(0));

/** The client end of a connection. */
export class Caller {
  /** Resolves with the reason when the connection has ended, whoever ended it. */
  readonly closed: Promise<LibvirtError>;
  private readonly connection: PacketConnection;
  private readonly programs = new Map<number, Program>();
  private readonly window: CallWindow;
  private readonly pending = new PendingCalls();
  private readonly streams: CallerStreams;
  private waiting: PendingCall[] = [];
  private waitingFrom = 0;
  private givenUpWaiting = 0;
  private endReason: LibvirtError | undefined;
  private resolveClosed!: (reason: LibvirtError) => void;
  private eventListener: ((row: EventRow, message: unknown) => void) | undefined;
  private crowdedListener: (() => void) | undefined;

  constructor(channel: Channel, options: CallerOptions = {}) {
    this.window = new CallWindow(options.maxInFlight);
    for (const program of options.programs ?? []) this.programs.set(program.number, program);
    this.closed = new Promise((resolve) => {
      this.resolveClosed = resolve;
    });
    this.connection = new PacketConnection(channel, {
      packet: (header, bytes, start, end, owned) => this.take(header, bytes, start, end, owned),
      drain: () => this.streams.drained(),
      closed: (reason) => this.end(reason),
    });
    this.streams = new CallerStreams(this.connection, () => this.pending.size > 0);
    this.connection.open();
  }

  /** Says who takes events of the programs given at construction. */
  onEvent(listener: (row: EventRow, message: unknown) => void): void {
    this.eventListener = listener;
  }

  /** Says who is told, once, that a call has to wait for answers to others. */
  onCrowded(listener: () => void): void {
    this.crowdedListener = listener;
  }

  /** Starts to watch the server; its silence ends the connection. */
  startKeepalive(options: KeepaliveOptions): void {
    // libvirtd sends pings of its own as soon as it was asked whether it knows them.
    this.streams.watched = true;
    this.connection.startKeepalive(options);
  }

  /**
   * Calls that may be unanswered at once; more wait here. As few as suit a stock libvirtd, apart from calls that have
   * shown to be quick, until it is set: a server that reads on may get more.
   */
  get maxInFlight(): number {
    return this.window.size;
  }

  set maxInFlight(size: number) {
    this.window.size = size;
    // Not only with the next answer: those that are out may take their time.
    if (!this.connection.isClosed) this.sendWaiting();
  }

  /** Calls that were sent and not answered yet. */
  get inFlight(): number {
    return this.pending.size;
  }

  /**
   * Makes a call. Calls of one tick leave in one write; they go out in the order they were made.
   *
   * @returns the decoded reply
   * @throws LibvirtError with `remote: true` for the server's error, with `outcomeUnknown: true` when the call was sent
   *   and is given up or its link broke, and the very reason of {@link Caller.closed} when it certainly was not sent
   */
  call<A, R>(procedure: Procedure<A, R>, args: A, options?: CallerCallOptions): Promise<R> {
    return new Promise<R>((resolve, reject) => {
      const signal = options?.signal;
      if (this.endReason !== undefined) {
        reject(this.endReason);
        return;
      }
      if (this.connection.isClosed) {
        // The end is under way. Rejecting at once would let a caller who tries again keep it from ever coming.
        void this.closed.then(reject);
        return;
      }
      if (signal?.aborted) {
        // oxlint-disable-next-line typescript/prefer-promise-reject-errors -- the reason is the caller's own, whatever it is.
        reject(signal.reason);
        return;
      }
      const call: PendingCall = {
        procedure,
        args,
        resolve,
        reject,
        stream: options?.stream,
        wireStream: undefined,
        pauses: options?.pauseAfterReply ?? false,
        settled: false,
        release: undefined,
        serial: -1,
        write: 0,
        sentAt: 0,
      };
      if (signal !== undefined) this.listen(call, signal);
      const free = this.waiting.length === this.waitingFrom && this.mayLeave(call);
      if (free || options?.ahead === true) this.send(call);
      else this.wait(call);
    });
  }

  /** Goes on reading after a call with `pauseAfterReply`. */
  resume(): void {
    this.connection.unhold('reply');
  }

  /**
   * Puts a layer under the connection, after a call with `pauseAfterReply`, and goes on reading.
   *
   * @throws LibvirtError `Rpc` when the server has sent more already
   */
  switchChannel(wrap: (channel: Channel) => Channel): void {
    this.connection.switchChannel(wrap);
    this.resume();
  }

  /** Ends the connection. Pending calls reject. @returns when it has ended */
  async close(reason?: LibvirtError): Promise<void> {
    const why = reason ?? closedByUser();
    this.connection.close(why);
    if (this.endReason !== undefined) return;
    const timer = setTimeout(() => this.connection.destroy(why), CLOSE_MS);
    await this.closed;
    clearTimeout(timer);
  }

  private listen(call: PendingCall, signal: AbortSignal): void {
    const listener = () => {
      if (call.settled) return;
      call.settled = true;
      if (call.serial < 0) this.forgetWaiting();
      call.reject(call.serial >= 0 ? givenUp(call.procedure, signal.reason) : signal.reason);
    };
    signal.addEventListener('abort', listener, { once: true });
    call.release = () => signal.removeEventListener('abort', listener);
  }

  private mayLeave(call: PendingCall): boolean {
    const { pending } = this;
    return this.window.allows(call, pending.size, pending.oldest);
  }

  private send(call: PendingCall): void {
    const { procedure } = call;
    const serial = this.pending.freeSerial();
    const writer = this.connection.begin(
      procedure.program.number,
      procedure.program.version,
      procedure.number,
      PacketType.Call,
      serial,
      PacketStatus.Ok,
    );
    try {
      procedure.args.encode(writer, call.args);
    } catch (thrown) {
      this.connection.rollback();
      this.settle(call);
      call.reject(thrown);
      return;
    }
    call.write = this.connection.nextWrite;
    call.sentAt = Date.now();
    this.pending.add(call, serial);
    if (this.pending.size === 1) this.streams.throttle();
    if (call.stream !== undefined) call.wireStream = this.streams.begin(procedure, serial, call.stream);
    this.connection.commit();
  }

  private wait(call: PendingCall): void {
    this.waiting.push(call);
    const listener = this.crowdedListener;
    this.crowdedListener = undefined;
    listener?.();
  }

  // Behind calls that are never answered, those that were given up would gather without end.
  private forgetWaiting(): void {
    this.givenUpWaiting++;
    if (this.givenUpWaiting * 2 <= this.waiting.length - this.waitingFrom) return;
    this.waiting = this.waiting.slice(this.waitingFrom).filter((call) => !call.settled);
    this.waitingFrom = 0;
    this.givenUpWaiting = 0;
  }

  // Sends calls that waited, as far as the window allows.
  private sendWaiting(): void {
    while (this.waitingFrom < this.waiting.length) {
      const call = this.waiting[this.waitingFrom] as PendingCall;
      if (!call.settled && !this.mayLeave(call)) break;
      this.waitingFrom++;
      if (call.settled) this.givenUpWaiting--;
      else this.send(call);
    }
    if (this.waitingFrom === this.waiting.length) {
      this.waiting = [];
      this.waitingFrom = 0;
    } else if (this.waitingFrom > 1024) {
      this.waiting = this.waiting.slice(this.waitingFrom);
      this.waitingFrom = 0;
    }
  }

  private settle(call: PendingCall): void {
    call.settled = true;
    call.release?.();
    call.release = undefined;
  }

  private take(header: PacketHeader, bytes: Uint8Array, start: number, end: number, owned: boolean): void {
    switch (header.type) {
      case PacketType.Reply:
        this.takeReply(header, bytes, start, end);
        break;
      case PacketType.Message:
        this.takeEvent(header, bytes, start, end);
        break;
      case PacketType.Stream:
      case PacketType.StreamHole:
        this.streams.take(header, bytes, start, end, owned);
        break;
      default:
        throw broken(
          `got unexpected RPC call prog ${header.program} vers ${header.version} proc ${header.procedure} type ${header.type}`,
        );
    }
  }

  private takeReply(header: PacketHeader, bytes: Uint8Array, start: number, end: number): void {
    const { serial } = header;
    const call = this.pending.get(serial);
    if (call === undefined) {
      if (header.status === PacketStatus.Error && this.streams.takeError(serial, bytes, start, end)) return;
      throw broken(`No call waiting for reply with prog ${header.program} vers ${header.version} serial ${serial}`);
    }
    const { procedure } = call;
    if (header.program !== procedure.program.number || header.version !== procedure.program.version) {
      throw broken(`No call waiting for reply with prog ${header.program} vers ${header.version} serial ${serial}`);
    }
    if (header.procedure !== procedure.number) {
      throw broken(`reply of procedure ${header.procedure} to a call of ${procedure.number}`);
    }
    this.pending.delete(call);
    this.window.answered(call);
    if (call.pauses && header.status === PacketStatus.Ok) this.connection.hold('reply');
    if (this.waiting.length > 0) this.sendWaiting();
    if (this.pending.size === 0) this.streams.throttle();
    if (header.status === PacketStatus.Error) {
      const error = refusal(bytes, start, end);
      call.wireStream?.failed(error);
      this.refuse(call, knownAsUnsupported(error));
      return;
    }
    if (call.settled) {
      // The caller went away while the server said yes: the server must not be left with a stream nobody reads.
      call.wireStream?.abandon();
      return;
    }
    let value: unknown;
    try {
      if (header.status !== PacketStatus.Ok) throw broken(`got unexpected RPC reply status ${header.status}`);
      value = procedure.ret.decode(reader.reset(bytes, start, end));
    } catch (thrown) {
      // The packets around it are whole: as in libvirt, the one call fails and the connection goes on.
      call.wireStream?.abandon();
      this.refuse(call, thrown);
      return;
    }
    this.settle(call);
    call.wireStream?.join();
    call.resolve(value as never);
  }

  private refuse(call: PendingCall, reason: unknown): void {
    if (call.settled) return;
    this.settle(call);
    call.reject(reason);
  }

  private takeEvent(header: PacketHeader, bytes: Uint8Array, start: number, end: number): void {
    const program = this.programs.get(header.program);
    const row = program?.version === header.version ? program.byNumber.get(header.procedure) : undefined;
    // A newer server may send events that nobody here knows.
    if (row === undefined || row.kind !== 'event') return;
    const message = row.message.decode(reader.reset(bytes, start, end));
    this.eventListener?.(row, message);
  }

  private end(reason: LibvirtError | null): void {
    const error = reason ?? endOfFile();
    this.endReason = error;
    const sent: PendingCall[] = [];
    const unsent: PendingCall[] = [];
    for (const call of this.pending.clear()) (this.connection.hasLeft(call.write) ? sent : unsent).push(call);
    // The stream of an unsent call is as new: it may go with the same call over another link.
    for (const call of unsent) call.wireStream?.unsent();
    for (const call of this.waiting.slice(this.waitingFrom)) unsent.push(call);
    this.waiting = [];
    this.waitingFrom = 0;
    this.streams.lost(error);
    for (const call of sent) {
      call.stream?.fail(error);
      this.refuse(call, lostWhileWaiting(call.procedure, error));
    }
    for (const call of unsent) this.refuse(call, error);
    this.resolveClosed(error);
  }
}
