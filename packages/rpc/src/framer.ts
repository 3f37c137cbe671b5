// Cuts a flow of bytes into whole packets. The length is checked before anything is kept for it.
import { ErrorCode, ErrorDomain } from './error-codes.ts';
import { LibvirtError } from './error.ts';
import { keepPart } from './kept-memory.ts';
import { HEADER_BYTES, isStreamData, MAX_PACKET_BYTES } from './packet.ts';

/**
 * Takes a whole packet.
 *
 * @param bytes holds the packet from `start` (its length word) up to `end`
 * @param owned true when the memory is never used again, so that a part may be kept without copying
 */
export type PacketListener = (bytes: Uint8Array, start: number, end: number, owned: boolean) => void;

/**
 * Takes a piece of the payload of a packet with stream data, which need not be whole: its bytes are only passed on.
 *
 * @param head the packet's length word and header; valid during the call
 * @param bytes holds the piece from `start` up to `end`; never empty
 * @param owned as for {@link PacketListener}
 */
export type PieceListener = (head: Uint8Array, bytes: Uint8Array, start: number, end: number, owned: boolean) => void;

// What is kept for a packet that is still arriving starts at most this large and doubles as bytes really come,
// so that a length word alone costs nobody 32 MiB.
const FIRST_ALLOCATION = 65_536;

/** Collects chunks and gives whole packets, in order, each as soon as it is complete; stream data also in pieces. */
export class Framer {
  private readonly listener: PacketListener;
  private readonly limit: () => number;
  // The packet that is still arriving: `have` of `need` bytes; `need` is 0 while the length word is incomplete.
  private partial: Uint8Array | null = null;
  private have = 0;
  private need = 0;
  private stopped = false;
  private backlog: Uint8Array[] = [];
  private readonly piece: PieceListener | null;
  // Head of the packet that is being given in pieces, and how much of it is still to come.
  private head: Uint8Array | null = null;
  private headLeft = 0;

  /**
   * @param piece takes stream data in pieces; left out, it comes in whole packets
   * @param limit most bytes of a packet without its length word; asked for each packet, as it may change
   *   (before authentication it is lower)
   */
  constructor(
    listener: PacketListener,
    limit: () => number = () => MAX_PACKET_BYTES,
    piece: PieceListener | null = null,
  ) {
    this.listener = listener;
    this.limit = limit;
    this.piece = piece;
  }

  /**
   * Takes a chunk of bytes.
   *
   * @param shared true when the memory is used again after the call
   * @throws LibvirtError `Rpc` for an impossible length; the flow cannot be used any more
   */
  push(chunk: Uint8Array, shared: boolean): void {
    if (this.stopped) {
      this.holdBack(shared ? chunk.slice() : chunk);
      return;
    }
    let at = 0;
    if (this.head !== null) at = this.givePiece(chunk, 0, !shared);
    if (this.partial !== null) {
      at = this.fill(chunk, !shared);
      if (this.partial !== null) return;
    }
    const size = chunk.length;
    while (!this.stopped && size - at >= 4) {
      const length = lengthAt(chunk, at);
      this.check(length);
      if (length > size - at) break;
      const start = at;
      at += length;
      this.listener(chunk, start, at, !shared);
    }
    if (at === size) return;
    if (this.stopped) this.holdBack(shared ? chunk.slice(at) : chunk.subarray(at));
    else if (this.beginsPieces(chunk, at)) {
      this.beginPieces(chunk.slice(at, at + HEADER_BYTES), chunk, at + HEADER_BYTES, !shared);
    } else this.keep(chunk, at);
  }

  /** Stops giving packets, even in the middle of a chunk; what comes is kept. */
  stop(): void {
    this.stopped = true;
  }

  /** Gives what was kept, then goes on. */
  resume(): void {
    if (!this.stopped) return;
    this.stopped = false;
    while (!this.stopped && this.backlog.length > 0) {
      const rest = this.backlog;
      this.backlog = [];
      for (const [index, chunk] of rest.entries()) {
        if (this.stopped) {
          this.backlog.push(...rest.slice(index));
          break;
        }
        this.push(chunk, false);
      }
    }
  }

  /** True when bytes of an incomplete packet, or packets held back, are kept. */
  get hasRest(): boolean {
    return this.partial !== null || this.head !== null || this.backlog.length > 0;
  }

  // Kept and never given back, for it is cut into parts of their own later: its memory is not used again.
  private holdBack(chunk: Uint8Array): void {
    keepPart(chunk);
    this.backlog.push(chunk);
  }

  private check(length: number): void {
    const limit = this.limit();
    if (length >= HEADER_BYTES && length - 4 <= limit) return;
    // libvirt's own texts; it prints the length without its own word, signed.
    const shown = (length - 4) | 0;
    const text =
      length < HEADER_BYTES
        ? length < 4
          ? `packet ${shown} bytes received from server too small, want 4`
          : 'Unable to decode message header'
        : `packet ${shown} bytes received from server too large, want ${limit}`;
    throw new LibvirtError(ErrorCode.Rpc, text, { domain: ErrorDomain.Rpc });
  }

  private beginsPieces(bytes: Uint8Array, at: number): boolean {
    return this.piece !== null && bytes.length - at >= HEADER_BYTES && isStreamData(bytes, at);
  }

  // Returns how much of the chunk was used.
  private beginPieces(head: Uint8Array, chunk: Uint8Array, from: number, owned: boolean): number {
    this.head = head;
    this.headLeft = lengthAt(head, 0) - HEADER_BYTES;
    return this.givePiece(chunk, from, owned);
  }

  private givePiece(chunk: Uint8Array, from: number, owned: boolean): number {
    const head = this.head as Uint8Array;
    const end = Math.min(chunk.length, from + this.headLeft);
    if (end === from) return from;
    this.headLeft -= end - from;
    if (this.headLeft === 0) this.head = null;
    this.piece?.(head, chunk, from, end, owned);
    return end;
  }

  private keep(chunk: Uint8Array, from: number): void {
    const left = chunk.length - from;
    this.need = left >= 4 ? lengthAt(chunk, from) : 0;
    this.partial = new Uint8Array(Math.max(left, this.need === 0 ? 64 : Math.min(this.need, FIRST_ALLOCATION)));
    this.partial.set(from === 0 ? chunk : chunk.subarray(from));
    this.have = left;
  }

  // Adds to the packet that is arriving; gives it when it is whole. Returns how much of the chunk was used.
  private fill(chunk: Uint8Array, owned: boolean): number {
    let at = 0;
    while (this.partial !== null && at < chunk.length) {
      const want = this.wanted() - this.have;
      const take = Math.min(want, chunk.length - at);
      this.room(this.have + take);
      this.partial.set(at === 0 && take === chunk.length ? chunk : chunk.subarray(at, at + take), this.have);
      this.have += take;
      at += take;
      if (take < want) return at;
      if (this.need === 0) {
        this.need = lengthAt(this.partial, 0);
        this.check(this.need);
      }
      if (this.have === HEADER_BYTES && this.need > HEADER_BYTES && this.beginsPieces(this.partial, 0)) {
        const head = this.partial.slice(0, HEADER_BYTES);
        this.partial = null;
        return this.beginPieces(head, chunk, at, owned);
      }
      if (this.have < this.need) continue;
      const whole = this.partial;
      const { need } = this;
      this.partial = null;
      this.listener(whole, 0, need, true);
    }
    return at;
  }

  // How far to fill: the length word, then the header if stream data may be given in pieces, then the whole.
  private wanted(): number {
    if (this.need === 0) return 4;
    return this.piece !== null && this.have < HEADER_BYTES ? HEADER_BYTES : this.need;
  }

  private room(bytes: number): void {
    const partial = this.partial as Uint8Array;
    if (bytes <= partial.length) return;
    const larger = new Uint8Array(Math.min(Math.max(bytes, partial.length * 4), Math.max(this.need, bytes)));
    larger.set(partial.subarray(0, this.have));
    this.partial = larger;
  }
}

function lengthAt(bytes: Uint8Array, at: number): number {
  return (
    (((bytes[at] as number) << 24) |
      ((bytes[at + 1] as number) << 16) |
      ((bytes[at + 2] as number) << 8) |
      (bytes[at + 3] as number)) >>>
    0
  );
}
