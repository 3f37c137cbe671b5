// Packets over a channel, the part that both ends share: framing, batched output, holding back, keepalive.
import type { Channel } from './channel.ts';
import { ErrorCode, ErrorDomain } from './error-codes.ts';
import { LibvirtError, toLibvirtError } from './error.ts';
import { Framer } from './framer.ts';
import {
  KEEPALIVE_PROGRAM,
  KEEPALIVE_VERSION,
  Keepalive,
  type KeepaliveOptions,
  KeepaliveProcedure,
} from './keepalive.ts';
import { closePacket, openPacket, PacketStatus, PacketType, type PacketHeader, readHeader } from './packet.ts';
import { Writer } from './xdr.ts';

/** What the end above a {@link PacketConnection} does with what comes. */
export interface PacketHandler {
  /**
   * Takes a packet that is not keepalive.
   *
   * @param header valid during the call only
   * @param bytes holds the payload from `start` up to `end`; data of a stream may come in pieces, each with the header
   * @param owned true when parts of `bytes` may be kept without copying
   */
  packet(header: PacketHeader, bytes: Uint8Array, start: number, end: number, owned: boolean): void;
  /** A ping was answered. */
  ponged?(): void;
  /** Everything written has left. */
  drain(): void;
  /** The connection has ended; called once. @param reason null when the peer closed in order */
  closed(reason: LibvirtError | null): void;
}

/** Why a connection is not read for a while; it is read again when no reason is left. */
export type HoldReason = string | object;

// Output buffers that are free, for all connections: a connection has one only between its first packet of a tick and
// the write at the end of that tick, so idle connections cost none.
const freeWriters: Writer[] = [];
let freeBytes = 0;
// An event for many clients needs a buffer for each of them in one tick: they start small, and many are kept.
const MAX_FREE_BYTES = 8_388_608;
const WRITER_BYTES = 2048;
// A writer that grew beyond this is dropped after use, so that one large reply does not stay in memory.
const MAX_KEPT_BYTES = 1_048_576;
// More than this in one tick is written before the tick ends.
const FLUSH_BYTES = 262_144;

// Packets are handled one at a time in the whole process, so one header and one view serve all connections.
const header: PacketHeader = { program: 0, version: 0, procedure: 0, type: 0, serial: 0, status: 0 };
let viewBytes: Uint8Array | null = null;
let view: DataView = new DataView(new ArrayBuffer(0));

function viewOf(bytes: Uint8Array): DataView {
  if (bytes !== viewBytes) {
    viewBytes = bytes;
    view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }
  return view;
}

/** Packets over a channel. */
export class PacketConnection {
  private channel: Channel;
  private readonly handler: PacketHandler;
  private readonly framer: Framer;
  private out: Writer | null = null;
  private corked = false;
  private flushScheduled = false;
  private readonly holds = new Set<HoldReason>();
  private keepalive: Keepalive | null = null;
  private ended = false;
  private openStreams = 0;
  private outputTimeoutMs = 0;
  private outputTimer: ReturnType<typeof setTimeout> | null = null;
  private closeReason: LibvirtError | null | undefined;
  private writes = 0;

  /** @param limit most bytes of a packet that comes, without its length word; asked for each packet */
  constructor(channel: Channel, handler: PacketHandler, limit?: () => number) {
    this.channel = channel;
    this.handler = handler;
    this.framer = new Framer(
      (bytes, start, end, owned) => this.take(bytes, start, end, owned),
      limit,
      (head, bytes, start, end, owned) => {
        readHeader(viewOf(head), 0, header);
        this.keepalive?.received();
        this.handler.packet(header, bytes, start, end, owned);
      },
    );
  }

  /** Starts reading. */
  open(): void {
    this.channel.open({
      data: (chunk, shared) => this.receive(chunk, shared),
      drain: () => this.handler.drain(),
      end: (reason) => this.finish(reason),
    });
  }

  /**
   * Puts a layer between packets and channel: what was sent before leaves as it is, all that follows goes through the
   * layer, both ways.
   *
   * @throws LibvirtError `Rpc` when the peer has sent more already, which nobody protected; the connection is to be ended
   */
  switchChannel(wrap: (channel: Channel) => Channel): void {
    if (this.corked || this.framer.hasRest) {
      throw new LibvirtError(ErrorCode.Rpc, 'the peer sent unprotected data after the end of authentication', {
        domain: ErrorDomain.Rpc,
      });
    }
    this.flush();
    this.channel = wrap(this.channel);
    this.open();
  }

  /** True once the connection has ended or is about to. */
  get isClosed(): boolean {
    return this.ended || this.closeReason !== undefined;
  }

  /** Bytes that wait to leave. */
  get pendingBytes(): number {
    return this.channel.pendingBytes + (this.out?.position ?? 0);
  }

  /**
   * Starts a packet. Everything that is begun in one tick leaves in one write.
   *
   * @returns the writer to append the payload to; close it with {@link commit} or {@link rollback}
   */
  begin(program: number, version: number, procedure: number, type: number, serial: number, status: number): Writer {
    let out = this.out;
    if (out === null) {
      out = freeWriters.pop() ?? null;
      if (out === null) out = new Writer(WRITER_BYTES);
      else freeBytes -= out.bytes.length;
      this.out = out;
      if (!this.corked) this.scheduleFlush();
    }
    this.packetStart = openPacket(out, program, version, procedure, type, serial, status);
    return out;
  }

  private packetStart = 0;

  /** The write that packets begun now leave with; for {@link hasLeft}. */
  get nextWrite(): number {
    return this.writes;
  }

  /** False when certainly no packet of that write has left, nor will. Asked once the connection has ended. */
  hasLeft(write: number): boolean {
    return write < this.writes;
  }

  /** Ends the packet that {@link begin} started. */
  commit(): void {
    const out = this.out as Writer;
    closePacket(out, this.packetStart);
    if (out.position >= FLUSH_BYTES) this.flush();
  }

  /** Takes back the packet that {@link begin} started. */
  rollback(): void {
    (this.out as Writer).position = this.packetStart;
  }

  /** Sends a packet whose payload is not copied; it belongs to the connection from now on. @returns false when the channel is full */
  sendBytes(
    program: number,
    version: number,
    procedure: number,
    type: number,
    serial: number,
    status: number,
    payload: Uint8Array,
  ): boolean {
    if (this.isClosed) return true;
    this.flush();
    const head = new Writer(28);
    const start = openPacket(head, program, version, procedure, type, serial, status);
    closePacket(head, start, payload.length);
    const sent = this.channel.writeBoth(head.bytes, payload);
    if (!sent) this.watchOutput();
    return sent;
  }

  /** Sends a packet without payload. */
  sendEmpty(program: number, version: number, procedure: number, type: number, serial: number, status: number): void {
    if (this.isClosed) return;
    this.begin(program, version, procedure, type, serial, status);
    this.commit();
  }

  /** Writes out what has gathered. */
  flush(): void {
    const out = this.out;
    if (out === null) return;
    this.out = null;
    let reusable = true;
    if (out.position > 0 && !this.isClosed) {
      reusable = this.channel.write(out.written());
      if (this.channel.isBroken !== true) this.writes++;
    }
    if (!reusable) this.watchOutput();
    const size = out.bytes.length;
    if (reusable && size <= MAX_KEPT_BYTES && freeBytes + size <= MAX_FREE_BYTES) {
      out.position = 0;
      freeBytes += size;
      freeWriters.push(out);
    }
  }

  /** Stops reading for a reason of the caller's; repeated holds for one reason count once. */
  hold(reason: HoldReason): void {
    if (this.holds.size === 0 && !this.ended) {
      this.framer.stop();
      this.channel.pause();
    }
    this.holds.add(reason);
  }

  /** Takes a reason back; reading goes on when none is left. */
  unhold(reason: HoldReason): void {
    if (!this.holds.delete(reason) || this.holds.size > 0 || this.ended) return;
    this.channel.resume();
    // Packets that were kept are handled in a new tick: whoever lets go may still be in the middle of something.
    queueMicrotask(() => this.replay());
  }

  /** True while the connection is not read. */
  get isHeld(): boolean {
    return this.holds.size > 0;
  }

  /** From now on the peer must take something of what waits for it every so many milliseconds; else the connection ends. */
  limitOutputWait(timeoutMs: number): void {
    this.outputTimeoutMs = timeoutMs;
  }

  // One timer while anything waits, however often it is written to: most connections never have one.
  private watchOutput(): void {
    if (this.outputTimeoutMs <= 0 || this.outputTimer !== null || this.ended) return;
    const before = this.unsentBytes;
    this.outputTimer = setTimeout(() => {
      this.outputTimer = null;
      const now = this.unsentBytes;
      if (this.channel.pendingBytes === 0) return;
      if (now !== before) this.watchOutput();
      else this.destroy(outputTimeout(now, this.outputTimeoutMs));
    }, this.outputTimeoutMs);
  }

  private get unsentBytes(): number {
    return this.channel.unsentBytes ?? this.channel.pendingBytes;
  }

  /** Tells that a stream has begun whose data is kept; each such call needs one of {@link streamEnded}. */
  streamBegan(): void {
    if (this.openStreams++ === 0) this.channel.keepChunks?.(true);
  }

  /** Tells that a stream of {@link streamBegan} is over. */
  streamEnded(): void {
    if (--this.openStreams === 0) this.channel.keepChunks?.(false);
  }

  /** Starts to watch the peer; replaces an earlier watch. */
  startKeepalive(options: KeepaliveOptions): void {
    this.keepalive?.stop();
    this.keepalive = new Keepalive(
      options,
      () => this.sendKeepalive(KeepaliveProcedure.Ping),
      () => this.destroy(keepaliveTimeout()),
      () => this.isHeld,
    );
  }

  /** Lets what was sent leave, then ends the connection. */
  close(reason?: LibvirtError): void {
    if (this.isClosed) return;
    this.flush();
    this.closeReason = reason ?? null;
    this.framer.stop();
    this.channel.close(reason);
  }

  /** Ends the connection at once. */
  destroy(reason: LibvirtError): void {
    if (this.ended) return;
    this.closeReason ??= reason;
    this.framer.stop();
    this.channel.destroy(reason);
  }

  private receive(chunk: Uint8Array, shared: boolean): void {
    if (this.isClosed) return;
    this.corked = true;
    try {
      this.framer.push(chunk, shared);
    } catch (thrown) {
      this.destroy(toLibvirtError(thrown, ErrorDomain.Rpc));
    }
    this.corked = false;
    this.flush();
  }

  private replay(): void {
    if (this.isClosed || this.isHeld) return;
    this.corked = true;
    try {
      this.framer.resume();
    } catch (thrown) {
      this.destroy(toLibvirtError(thrown, ErrorDomain.Rpc));
    }
    this.corked = false;
    this.flush();
  }

  private take(bytes: Uint8Array, start: number, end: number, owned: boolean): void {
    readHeader(viewOf(bytes), start, header);
    this.keepalive?.received();
    if (header.program === KEEPALIVE_PROGRAM && header.type === PacketType.Message) {
      if (header.procedure === KeepaliveProcedure.Ping) {
        this.sendKeepalive(KeepaliveProcedure.Pong);
        this.handler.ponged?.();
      }
      return;
    }
    this.handler.packet(header, bytes, start + 28, end, owned);
  }

  private sendKeepalive(procedure: number): void {
    this.sendEmpty(KEEPALIVE_PROGRAM, KEEPALIVE_VERSION, procedure, PacketType.Message, 0, PacketStatus.Ok);
  }

  private scheduleFlush(): void {
    if (this.flushScheduled) return;
    this.flushScheduled = true;
    queueMicrotask(() => {
      this.flushScheduled = false;
      if (!this.corked) this.flush();
    });
  }

  private finish(reason: LibvirtError | null): void {
    if (this.ended) return;
    this.ended = true;
    this.keepalive?.stop();
    if (this.outputTimer !== null) clearTimeout(this.outputTimer);
    this.out = null;
    this.handler.closed(this.closeReason ?? reason);
  }
}

function outputTimeout(bytes: number, timeoutMs: number): LibvirtError {
  return new LibvirtError(
    ErrorCode.Rpc,
    `the peer has read none of the ${bytes} bytes that wait for it in ${timeoutMs / 1000} seconds`,
    { domain: ErrorDomain.Rpc },
  );
}

function keepaliveTimeout(): LibvirtError {
  return new LibvirtError(ErrorCode.InternalError, 'connection closed due to keepalive timeout', {
    domain: ErrorDomain.Rpc,
  });
}
