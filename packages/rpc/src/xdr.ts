// XDR on bytes: a Reader and a Writer that check every length before they use it (RFC 4506, big-endian).
import { ErrorCode, ErrorDomain } from './error-codes.ts';
import { LibvirtError } from './error.ts';

/** Longest string libvirt accepts on the wire, in bytes (VIR_NET_MESSAGE_STRING_MAX). */
export const MAX_STRING_BYTES = 4_194_304;

const utf8Decoder = new TextDecoder();
const utf8Encoder = new TextEncoder();
// Below this many bytes a loop beats the call into TextDecoder or TextEncoder (measured on Node 24).
const SHORT_TEXT = 48;

/** Reads XDR values from a range of bytes. Any value that does not fit throws {@link LibvirtError} with code `Rpc`. */
export class Reader {
  private bytes: Uint8Array;
  private view: DataView;
  /** Index of the next byte to read, counted from the start of the array. */
  position: number;
  private end: number;

  constructor(bytes: Uint8Array, start = 0, end = bytes.length) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.position = start;
    this.end = end;
  }

  /** Points the reader at another range, so that one reader serves many packets. */
  reset(bytes: Uint8Array, start: number, end: number): this {
    if (bytes !== this.bytes) {
      this.bytes = bytes;
      this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    }
    this.position = start;
    this.end = end;
    return this;
  }

  /** Bytes that are left in the range. */
  get remaining(): number {
    return this.end - this.position;
  }

  private take(length: number): number {
    const at = this.position;
    if (length > this.end - at) throw decodeError();
    this.position = at + length;
    return at;
  }

  /** A signed 32-bit number. */
  int(): number {
    return this.view.getInt32(this.take(4));
  }

  /** An unsigned 32-bit number. */
  uint(): number {
    return this.view.getUint32(this.take(4));
  }

  /** A signed 64-bit number. */
  hyper(): bigint {
    return this.view.getBigInt64(this.take(8));
  }

  /** An unsigned 64-bit number. */
  uhyper(): bigint {
    return this.view.getBigUint64(this.take(8));
  }

  /** A 64-bit floating point number. */
  double(): number {
    return this.view.getFloat64(this.take(8));
  }

  /** A count or length, at most `max`. */
  count(max: number): number {
    const count = this.uint();
    if (count > max) throw decodeError();
    return count;
  }

  /** A string of at most `max` bytes. A NUL byte inside is refused: libvirt would cut the string there. */
  string(max: number): string {
    const length = this.count(max);
    const start = this.take((length + 3) & ~3);
    const bytes = this.bytes;
    if (length <= SHORT_TEXT) {
      let text = '';
      let index = start;
      for (const end = start + length; index < end; index++) {
        const byte = bytes[index] as number;
        if (byte >= 0x80 || byte === 0) break;
        text += String.fromCharCode(byte);
      }
      if (index === start + length) return text;
    }
    const range = bytes.subarray(start, start + length);
    if (range.includes(0)) throw decodeError();
    return utf8Decoder.decode(range);
  }

  /** Bytes without a length in front, padded to four. The result is a copy. */
  fixedOpaque(length: number): Uint8Array {
    const start = this.take((length + 3) & ~3);
    return this.bytes.slice(start, start + length);
  }

  /** Bytes with their length in front, at most `max`, padded to four. The result is a copy. */
  opaque(max: number): Uint8Array {
    return this.fixedOpaque(this.count(max));
  }

  /** `count` characters of four bytes each, as libvirt sends its char arrays; the low byte counts. */
  chars(count: number): Uint8Array {
    const start = this.take(count * 4);
    const out = new Uint8Array(count);
    for (let index = 0; index < count; index++) out[index] = this.bytes[start + index * 4 + 3] as number;
    return out;
  }

  /** Sixteen bytes as the canonical text of a UUID, in lower case. */
  uuid(): string {
    const at = this.take(16);
    const b = this.bytes;
    const h = (index: number) => hexPairs[b[at + index] as number] as string;
    return (
      `${h(0)}${h(1)}${h(2)}${h(3)}-${h(4)}${h(5)}-${h(6)}${h(7)}-` +
      `${h(8)}${h(9)}-${h(10)}${h(11)}${h(12)}${h(13)}${h(14)}${h(15)}`
    );
  }

  /** The bytes that are left, as a view on the same memory. */
  rest(): Uint8Array {
    const start = this.take(this.end - this.position);
    return this.bytes.subarray(start, this.end);
  }
}

const hexPairs: readonly string[] = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

// Value of a hexadecimal digit by its character code; 255 = not a digit.
const hexDigits = new Uint8Array(128).fill(255);
for (let digit = 0; digit < 16; digit++) {
  hexDigits[digit.toString(16).charCodeAt(0)] = digit;
  hexDigits[digit.toString(16).toUpperCase().charCodeAt(0)] = digit;
}

/** Writes XDR values into a buffer that grows as needed. */
export class Writer {
  /** The buffer; only the bytes before {@link Writer.position} are valid. It is replaced when it grows. */
  bytes: Uint8Array;
  private view: DataView;
  /** Index of the next byte to write = bytes written so far. */
  position = 0;

  constructor(capacity = 1024) {
    this.bytes = new Uint8Array(capacity);
    this.view = new DataView(this.bytes.buffer);
  }

  /** The bytes written so far, as a view on the writer's own memory. */
  written(): Uint8Array {
    return this.bytes.subarray(0, this.position);
  }

  /** Makes room for `length` bytes and moves past them; they keep whatever was in memory. @returns where they start. */
  reserve(length: number): number {
    const at = this.position;
    const needed = at + length;
    if (needed > this.bytes.length) this.grow(needed);
    this.position = needed;
    return at;
  }

  private grow(needed: number): void {
    const larger = new Uint8Array(Math.max(needed, this.bytes.length * 2));
    larger.set(this.bytes.subarray(0, this.position));
    this.bytes = larger;
    this.view = new DataView(larger.buffer);
  }

  /** Overwrites the unsigned 32-bit number at `at`. */
  patchUint(at: number, value: number): void {
    this.view.setUint32(at, value);
  }

  /** A signed 32-bit number. */
  int(value: number): void {
    const at = this.reserve(4);
    this.view.setInt32(at, value);
  }

  /** An unsigned 32-bit number. */
  uint(value: number): void {
    const at = this.reserve(4);
    this.view.setUint32(at, value);
  }

  /** A signed 64-bit number. */
  hyper(value: bigint): void {
    const at = this.reserve(8);
    this.view.setBigInt64(at, value);
  }

  /** An unsigned 64-bit number. */
  uhyper(value: bigint): void {
    const at = this.reserve(8);
    this.view.setBigUint64(at, value);
  }

  /** A 64-bit floating point number. */
  double(value: number): void {
    const at = this.reserve(8);
    this.view.setFloat64(at, value);
  }

  /** A string of at most `max` bytes, with its length in front and padded to four. */
  string(value: string, max: number): void {
    const length = value.length;
    if (length <= SHORT_TEXT) {
      const at = this.reserve(4 + ((length + 3) & ~3));
      const bytes = this.bytes;
      let index = 0;
      for (; index < length; index++) {
        const code = value.charCodeAt(index);
        if (code >= 0x80 || code === 0) break;
        bytes[at + 4 + index] = code;
      }
      if (index === length && length <= max) {
        for (let pad = at + 4 + length; pad < this.position; pad++) bytes[pad] = 0;
        this.view.setUint32(at, length);
        return;
      }
      this.position = at;
    }
    if (value.includes('\0')) throw encodeError('string contains a NUL character');
    // Three bytes are enough for any UTF-16 unit; a second try is never needed.
    if (length > max) throw encodeError(`string of ${length} characters exceeds the maximum of ${max} bytes`);
    const at = this.reserve(4 + length * 3 + 3);
    const { written } = utf8Encoder.encodeInto(value, this.bytes.subarray(at + 4));
    if (written > max) throw encodeError(`string of ${written} bytes exceeds the maximum of ${max} bytes`);
    this.view.setUint32(at, written);
    this.pad(at + 4 + written);
  }

  private pad(end: number): void {
    const padded = (end + 3) & ~3;
    for (let index = end; index < padded; index++) this.bytes[index] = 0;
    this.position = padded;
  }

  /** Bytes without a length in front, padded to four. */
  fixedOpaque(value: Uint8Array): void {
    const at = this.reserve((value.length + 3) & ~3);
    this.bytes.set(value, at);
    this.pad(at + value.length);
  }

  /** Bytes with their length in front, at most `max`, padded to four. */
  opaque(value: Uint8Array, max: number): void {
    if (value.length > max) throw encodeError(`${value.length} bytes exceed the maximum of ${max}`);
    this.uint(value.length);
    this.fixedOpaque(value);
  }

  /** Characters of four bytes each, as libvirt sends its char arrays. */
  chars(value: Uint8Array): void {
    const at = this.reserve(value.length * 4);
    this.bytes.fill(0, at, this.position);
    for (let index = 0; index < value.length; index++) this.bytes[at + index * 4 + 3] = value[index] as number;
  }

  /** A UUID from its text: 32 hexadecimal digits, dashes anywhere between pairs are skipped. */
  uuid(value: string): void {
    const at = this.reserve(16);
    let from = 0;
    for (let index = 0; index < 16; index++) {
      if (value.charCodeAt(from) === 0x2d) from++;
      const high = hexDigits[value.charCodeAt(from)] ?? 255;
      const low = hexDigits[value.charCodeAt(from + 1)] ?? 255;
      if (high > 15 || low > 15) throw encodeError(`'${value}' is not a UUID`);
      this.bytes[at + index] = (high << 4) | low;
      from += 2;
    }
    if (from !== value.length) throw encodeError(`'${value}' is not a UUID`);
  }

  /** Bytes as they are, without length or padding. */
  raw(value: Uint8Array): void {
    const at = this.reserve(value.length);
    this.bytes.set(value, at);
  }
}

/** The error of a payload that is short, or has a length over its limit; libvirtd's text. */
function decodeError(): LibvirtError {
  return new LibvirtError(ErrorCode.Rpc, 'Unable to decode message payload', { domain: ErrorDomain.Rpc });
}

function encodeError(detail: string): LibvirtError {
  return new LibvirtError(ErrorCode.Rpc, `Unable to encode message payload: ${detail}`, { domain: ErrorDomain.Rpc });
}
