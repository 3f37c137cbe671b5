// The server end: decodes calls, asks the dispatcher, sends replies. Answers that are known at once leave in the same tick.
import type { Channel } from './channel.ts';
import { ErrorCode, ErrorDomain } from './error-codes.ts';
import { encodeError } from './error-wire.ts';
import { LibvirtError, toLibvirtError } from './error.ts';
import type { KeepaliveOptions } from './keepalive.ts';
import { PacketConnection } from './packet-connection.ts';
import { type PacketHeader, PacketStatus, PacketType } from './packet.ts';
import type { Answer, EventRow, Procedure, Program } from './program.ts';
import type { DriverStream } from './stream.ts';
import { WireDriverStream } from './wire-driver-stream.ts';
import { holeHeader, keptPiece } from './wire-stream.ts';
import { Reader } from './xdr.ts';

/** What travels with a call to the dispatcher. */
export interface ResponderContext {
  /** Aborted when the client goes away. */
  readonly signal: AbortSignal;
  /** The stream of the call, if its procedure has one. */
  readonly stream?: DriverStream;
}

/** How a {@link Responder} behaves. */
export interface ResponderOptions {
  /** Programs that are served. */
  readonly programs: readonly Program[];
  /** Calls of this client that may be at work at once; at that number reading stops. Answers given at once do not count. */
  readonly maxRequests: number;
  /** Most bytes of a packet that comes, asked for each; 32 MiB when left out. */
  readonly maxPacketBytes?: () => number;
  /**
   * Time in which the client must take something of what waits for it, in milliseconds; 0 or left out: for ever.
   */
  readonly outputTimeoutMs?: number;
  /** Answers a call: the value when it is known at once, otherwise a promise. */
  dispatch(procedure: Procedure, args: unknown, context: ResponderContext): Answer<unknown>;
  /** Says why a call is refused before its arguments are read, or undefined. */
  mayCall?(procedure: Procedure): LibvirtError | undefined;
  /** The connection has ended. @param reason null when the client closed in order */
  onClose(reason: LibvirtError | null): void;
  /** What happened that is worth a line in the log. */
  log?(level: 'debug' | 'info' | 'warning' | 'error', text: string): void;
}

// A client that does not read what answers it, be it refusals or pongs, is not read either, beyond this many bytes.
const OUTPUT_HIGH_WATER = 4_194_304;

const reader = new Reader(new Uint8Array(0));

/** The server end of a connection. */
export class Responder {
  private readonly options: ResponderOptions;
  private readonly connection: PacketConnection;
  private readonly programs: ReadonlyMap<number, Program>;
  private streams: Map<number, WireDriverStream> | null = null;
  private atWork = 0;
  private closing = false;
  private pausing = false;
  private nextChannel: ((channel: Channel) => Channel) | null = null;
  private gone = false;
  private controller: AbortController | null = null;

  constructor(channel: Channel, options: ResponderOptions) {
    this.options = options;
    this.programs = programMap(options.programs);
    this.connection = new PacketConnection(
      channel,
      {
        packet: (header, bytes, start, end, owned) => this.take(header, bytes, start, end, owned),
        ponged: () => this.holdWhenFull(),
        drain: () => this.drained(),
        closed: (reason) => this.end(reason),
      },
      options.maxPacketBytes,
    );
    this.connection.limitOutputWait(options.outputTimeoutMs ?? 0);
    this.connection.open();
  }

  /** Aborted when the client goes away. Made when first asked for. */
  get signal(): AbortSignal {
    if (this.controller === null) {
      this.controller = new AbortController();
      if (this.gone) this.controller.abort(clientGone());
    }
    return this.controller.signal;
  }

  /** Bytes that wait for the client to read them. */
  get pendingBytes(): number {
    return this.connection.pendingBytes;
  }

  /** Calls that are at work. */
  get requestsAtWork(): number {
    return this.atWork;
  }

  /** Starts to watch the client; its silence ends the connection. */
  startKeepalive(options: KeepaliveOptions): void {
    this.connection.startKeepalive(options);
  }

  /** Sends an event. @throws LibvirtError `Rpc` if the message breaks a limit */
  sendEvent<M>(row: EventRow<M>, message: M): void {
    if (this.connection.isClosed) return;
    // Events carry serial 1, as libvirtd sends them.
    const writer = this.connection.begin(
      row.program.number,
      row.program.version,
      row.number,
      PacketType.Message,
      1,
      PacketStatus.Ok,
    );
    try {
      row.message.encode(writer, message);
    } catch (thrown) {
      this.connection.rollback();
      throw thrown;
    }
    this.connection.commit();
  }

  /**
   * Sends an event whose message was encoded before, for any number of clients.
   *
   * @param body the encoded message; its first four bytes, the callback id, are replaced
   */
  sendEncodedEvent(row: EventRow, callbackId: number, body: Uint8Array): void {
    if (this.connection.isClosed) return;
    const writer = this.connection.begin(
      row.program.number,
      row.program.version,
      row.number,
      PacketType.Message,
      1,
      PacketStatus.Ok,
    );
    const at = writer.position;
    writer.raw(body);
    writer.patchUint(at, callbackId);
    this.connection.commit();
  }

  /** Ends the connection after the reply to the call that is being handled, and whatever was sent before, has left. */
  closeAfterReply(): void {
    this.closing = true;
  }

  /**
   * Reads nothing more until the reply to the call that is being handled has been sent. To be called before the handler
   * returns.
   */
  pauseUntilReply(): void {
    this.pausing = true;
    this.connection.hold('reply');
  }

  /** Puts a layer under the connection once the reply to the call that is being handled has been sent. */
  switchChannelAfterReply(wrap: (channel: Channel) => Channel): void {
    this.nextChannel = wrap;
  }

  /** Lets what was sent leave, then ends the connection. */
  close(reason?: LibvirtError): void {
    this.connection.close(reason);
  }

  /** Ends the connection at once. */
  destroy(reason: LibvirtError): void {
    this.connection.destroy(reason);
  }

  private take(header: PacketHeader, bytes: Uint8Array, start: number, end: number, owned: boolean): void {
    if (header.type === PacketType.Call) this.takeCall(header, bytes, start, end);
    else if (header.type === PacketType.Stream || header.type === PacketType.StreamHole) {
      this.takeStream(header, bytes, start, end, owned);
    } else if (header.type === PacketType.CallWithFds) {
      this.takeCall(header, bytes, behindDescriptorCount(bytes, start, end), end);
    } else {
      this.options.log?.('error', `Unexpected message type ${header.type}`);
    }
  }

  private takeCall(header: PacketHeader, bytes: Uint8Array, start: number, end: number): void {
    const { serial } = header;
    const program = this.programs.get(header.program);
    if (program === undefined || program.version !== header.version) {
      this.refuse(header, `Cannot find program ${header.program | 0} version ${header.version | 0}`);
      return;
    }
    if (header.status !== PacketStatus.Ok) {
      this.refuse(header, `Unexpected message status ${header.status}`);
      return;
    }
    const row = program.byNumber.get(header.procedure);
    if (row === undefined || row.kind !== 'procedure') {
      this.refuse(header, `unknown procedure: ${header.procedure}`);
      return;
    }
    let stream: WireDriverStream | undefined;
    let answer: Answer<unknown>;
    try {
      const refusal = this.options.mayCall?.(row);
      if (refusal !== undefined) throw refusal;
      const args: unknown = row.args.decode(reader.reset(bytes, start, end));
      if (row.readStream === true || row.writeStream === true) {
        stream = this.openStream(row, serial, args);
        answer = this.options.dispatch(row, args, { signal: this.signal, stream });
      } else {
        // It is the context itself of calls without a stream: its signal is made when somebody asks.
        answer = this.options.dispatch(row, args, this);
      }
    } catch (thrown) {
      stream?.drop();
      this.replyError(row, serial, thrown);
      this.unpause();
      return;
    }
    if (answer instanceof Promise) this.wait(row, serial, answer, stream);
    else {
      this.reply(row, serial, answer, stream);
      this.unpause();
    }
  }

  private unpause(): void {
    if (!this.pausing) return;
    this.pausing = false;
    this.connection.unhold('reply');
  }

  private wait(row: Procedure, serial: number, answer: Promise<unknown>, stream: WireDriverStream | undefined): void {
    this.atWork++;
    if (this.atWork >= this.options.maxRequests) this.connection.hold('requests');
    const paused = this.pausing;
    this.pausing = false;
    const done = () => {
      this.atWork--;
      if (paused) this.connection.unhold('reply');
      this.connection.unhold('requests');
    };
    answer.then(
      (value) => {
        this.reply(row, serial, value, stream);
        done();
      },
      (thrown) => {
        stream?.drop();
        this.replyError(row, serial, thrown);
        done();
      },
    );
  }

  private reply(row: Procedure, serial: number, value: unknown, stream: WireDriverStream | undefined): void {
    if (this.connection.isClosed) return;
    const writer = this.connection.begin(
      row.program.number,
      row.program.version,
      row.number,
      PacketType.Reply,
      serial,
      PacketStatus.Ok,
    );
    try {
      row.ret.encode(writer, value);
    } catch (thrown) {
      this.connection.rollback();
      stream?.drop();
      this.replyError(row, serial, thrown);
      return;
    }
    this.connection.commit();
    stream?.start();
    this.afterReply();
  }

  private replyError(row: Procedure, serial: number, thrown: unknown): void {
    const error = toLibvirtError(thrown);
    if (!(thrown instanceof LibvirtError)) {
      this.options.log?.(
        'error',
        `${row.name}: ${thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)}`,
      );
    }
    this.sendError(row.program.number, row.program.version, row.number, serial, error);
    this.afterReply();
  }

  private refuse(header: PacketHeader, text: string): void {
    const error = new LibvirtError(ErrorCode.Rpc, text, { domain: ErrorDomain.Rpc });
    this.sendError(header.program, header.version, header.procedure, header.serial, error);
    this.holdWhenFull();
  }

  private sendError(program: number, version: number, procedure: number, serial: number, error: LibvirtError): void {
    if (this.connection.isClosed) return;
    const writer = this.connection.begin(program, version, procedure, PacketType.Reply, serial, PacketStatus.Error);
    encodeError(writer, error);
    this.connection.commit();
  }

  private afterReply(): void {
    if (this.nextChannel !== null) this.switchChannel(this.nextChannel);
    if (this.closing) {
      this.connection.close();
      return;
    }
    this.holdWhenFull();
  }

  private holdWhenFull(): void {
    if (this.connection.pendingBytes >= OUTPUT_HIGH_WATER) this.connection.hold('output');
  }

  private switchChannel(wrap: (channel: Channel) => Channel): void {
    this.nextChannel = null;
    try {
      this.connection.switchChannel(wrap);
    } catch (thrown) {
      this.connection.destroy(toLibvirtError(thrown, ErrorDomain.Rpc));
    }
  }

  private openStream(row: Procedure, serial: number, args: unknown): WireDriverStream {
    this.streams ??= new Map();
    if (this.streams.has(serial)) {
      throw new LibvirtError(ErrorCode.Rpc, `serial ${serial} belongs to a stream that is still open`, {
        domain: ErrorDomain.Rpc,
      });
    }
    const flags = (args as { flags?: unknown }).flags;
    const sparse = row.sparseFlag !== undefined && typeof flags === 'number' && (flags & row.sparseFlag) !== 0;
    const stream = new WireDriverStream(this.connection, row, serial, sparse, () => this.streams?.delete(serial));
    this.streams.set(serial, stream);
    return stream;
  }

  private takeStream(header: PacketHeader, bytes: Uint8Array, start: number, end: number, owned: boolean): void {
    const stream = this.streams?.get(header.serial);
    if (stream === undefined) {
      this.options.log?.('info', `no stream with serial ${header.serial}`);
      return;
    }
    if (header.type === PacketType.StreamHole) {
      stream.holeFromCaller(holeHeader.decode(reader.reset(bytes, start, end)).length);
    } else if (header.status === PacketStatus.Continue) {
      stream.data(keptPiece(bytes, start, end, owned));
    } else if (header.status === PacketStatus.Ok) {
      stream.finish();
    } else if (header.status === PacketStatus.Error) {
      stream.abort();
    } else {
      throw new LibvirtError(ErrorCode.Rpc, `unexpected stream status ${header.status}`, { domain: ErrorDomain.Rpc });
    }
  }

  private drained(): void {
    this.connection.unhold('output');
    if (this.streams === null) return;
    for (const stream of Array.from(this.streams.values())) stream.channelDrained();
  }

  private end(reason: LibvirtError | null): void {
    this.gone = true;
    if (this.streams !== null || this.controller !== null) {
      const error = reason ?? clientGone();
      if (this.streams !== null) for (const stream of Array.from(this.streams.values())) stream.lost(error);
      this.controller?.abort(error);
    }
    this.options.onClose(reason);
  }
}

function clientGone(): LibvirtError {
  return new LibvirtError(ErrorCode.Rpc, 'the client has disconnected', { domain: ErrorDomain.Rpc });
}

// One map per list of programs, not one per connection.
const programMaps = new WeakMap<readonly Program[], ReadonlyMap<number, Program>>();

function programMap(programs: readonly Program[]): ReadonlyMap<number, Program> {
  let map = programMaps.get(programs);
  if (map === undefined) {
    map = new Map(programs.map((program) => [program.number, program]));
    programMaps.set(programs, map);
  }
  return map;
}

/** Most descriptors that may come with a packet (VIR_NET_MESSAGE_NUM_FDS_MAX). */
const MAX_DESCRIPTORS = 32;

// A packet may be of this type and bring none. Descriptors cannot be received over sockets of Node, which leaves them to
// the system to close, whoever sends them; the bytes that carry them would be taken for packets.
function behindDescriptorCount(bytes: Uint8Array, start: number, end: number): number {
  if (end - start < 4) throw rpcError(ErrorCode.Rpc, 'Unable to decode number of FDs');
  const count = new DataView(bytes.buffer, bytes.byteOffset + start, 4).getUint32(0);
  if (count > MAX_DESCRIPTORS) {
    throw rpcError(ErrorCode.Rpc, `Received too many FDs ${count}, expected ${MAX_DESCRIPTORS} maximum`);
  }
  if (count > 0) throw rpcError(ErrorCode.InternalError, 'Receiving file descriptors is not supported on this socket');
  return start + 4;
}

function rpcError(code: ErrorCode, detail: string): LibvirtError {
  return new LibvirtError(code, detail, { domain: ErrorDomain.Rpc });
}
