// XDR on bytes: a Reader and a Writer that check every length before they use it (RFC 4506, big-endian).
import { ErrorCode, ErrorDomain } from './error-codes.ts';
import { LibvirtError } from './error.ts';

/** Longest string libvirt accepts on the wire, in bytes (VIR_NET_MESSAGE_STRING_MAX). */
export const MAX_STRING_BYTES = 4_194_304;

// A leading byte order mark is a character like any other: libvirt does not know it.
const utf8Decoder = new TextDecoder('utf-8', { ignoreBOM: true });
const utf8Encoder = new TextEncoder();
// Below this many bytes a loop beats the call into TextDecoder or TextEncoder (measured on Node 24).
const SHORT_TEXT = 48;

// Not (length + 3) & ~3: from 2 GiB on that would be negative.
function padded(length: number): number {
  return length + (-length & 3);
}

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
    const start = this.take(padded(length));
    const bytes = this.bytes;
    if (length <= SHORT_TEXT) {
      const text = asciiText(bytes, start, start + length);
      if (text !== null) return text;
    }
    const range = bytes.subarray(start, start + length);
    if (range.includes(0)) throw decodeError();
    return utf8Decoder.decode(range);
  }

  /** Bytes without a length in front, padded to four. The result is a copy. */
  fixedOpaque(length: number): Uint8Array {
    const start = this.take(padded(length));
    // Not slice(): of a Node Buffer it would be a view, and a Buffer.
    const copy = new Uint8Array(length);
    copy.set(this.bytes.subarray(start, start + length));
    return copy;
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
    const view = this.view;
    const first = view.getInt32(at);
    const second = view.getInt32(at + 4);
    const third = view.getInt32(at + 8);
    const fourth = view.getInt32(at + 12);
    const slot = (first ^ Math.imul(fourth, 0x9e3779b1)) & (UUID_SLOTS - 1);
    const key = slot * 4;
    const known = uuidTexts[slot] as string;
    if (
      known !== '' &&
      uuidKeys[key] === first &&
      uuidKeys[key + 1] === second &&
      uuidKeys[key + 2] === third &&
      uuidKeys[key + 3] === fourth
    ) {
      return known;
    }
    uuidKeys[key] = first;
    uuidKeys[key + 1] = second;
    uuidKeys[key + 2] = third;
    uuidKeys[key + 3] = fourth;
    const text = uuidText(this.bytes, at);
    uuidTexts[slot] = text;
    return text;
  }

  /** The bytes that are left, as a view on the same memory. */
  rest(): Uint8Array {
    const start = this.take(this.end - this.position);
    return this.bytes.subarray(start, this.end);
  }
}

// The same few objects come up in call after call: their UUIDs are kept as text, a newer one in the same slot replaces
// an older one. Saves nine tenths of the time of a hit, and the memory of equal strings.
const UUID_SLOTS = 4096;
const uuidTexts: string[] = Array.from({ length: UUID_SLOTS }, () => '');
const uuidKeys = new Int32Array(UUID_SLOTS * 4);

const hexCodes = Uint8Array.from('0123456789abcdef', (digit) => digit.charCodeAt(0));

function uuidText(b: Uint8Array, at: number): string {
  const high = (index: number) => hexCodes[(b[at + index] as number) >> 4] as number;
  const low = (index: number) => hexCodes[(b[at + index] as number) & 15] as number;
  // One call with all codes makes one flat string; anything joined would be a tree of pieces.
  // biome-ignore format: one line per group of the text
  return String.fromCharCode(
    high(0), low(0), high(1), low(1), high(2), low(2), high(3), low(3), 0x2d,
    high(4), low(4), high(5), low(5), 0x2d,
    high(6), low(6), high(7), low(7), 0x2d,
    high(8), low(8), high(9), low(9), 0x2d,
    high(10), low(10), high(11), low(11), high(12), low(12), high(13), low(13), high(14), low(14), high(15), low(15),
  );
}

// Text of bytes that are all ASCII and not NUL, otherwise null.
function asciiText(bytes: Uint8Array, start: number, end: number): string | null {
  let text = '';
  let at = start;
  // Eight at a time: fewer pieces to join.
  for (; at + 8 <= end; at += 8) {
    const a = bytes[at] as number;
    const b = bytes[at + 1] as number;
    const c = bytes[at + 2] as number;
    const d = bytes[at + 3] as number;
    const e = bytes[at + 4] as number;
    const f = bytes[at + 5] as number;
    const g = bytes[at + 6] as number;
    const h = bytes[at + 7] as number;
    if ((a | b | c | d | e | f | g | h) >= 0x80) return null;
    if (a === 0 || b === 0 || c === 0 || d === 0 || e === 0 || f === 0 || g === 0 || h === 0) return null;
    text += String.fromCharCode(a, b, c, d, e, f, g, h);
  }
  for (; at < end; at++) {
    const byte = bytes[at] as number;
    if (byte >= 0x80 || byte === 0) return null;
    text += String.fromCharCode(byte);
  }
  return text;
}

const DASH = 0x2d;
// Value of a hexadecimal digit by its character code, -1 for any other character.
const hexDigits = new Int8Array(0x10000).fill(-1);
for (let digit = 0; digit < 16; digit++) {
  hexDigits[digit.toString(16).charCodeAt(0)] = digit;
  hexDigits[digit.toString(16).toUpperCase().charCodeAt(0)] = digit;
}

// Sixteen bits from four hexadecimal digits; below zero when one of them is none, for -1 has all bits set.
function fourDigits(text: string, from: number): number {
  const a = hexDigits[text.charCodeAt(from)] as number;
  const b = hexDigits[text.charCodeAt(from + 1)] as number;
  const c = hexDigits[text.charCodeAt(from + 2)] as number;
  const d = hexDigits[text.charCodeAt(from + 3)] as number;
  return (a << 12) | (b << 8) | (c << 4) | d;
}

/** Writes XDR values into a buffer that grows as needed. */
export class Writer {
  /** The buffer; only the bytes before {@link Writer.position} are valid. It is replaced when it grows. */
  bytes: Uint8Array;
  private view: DataView;
  private last: Uint8Array | null = null;
  /** Index of the next byte to write = bytes written so far. */
  position = 0;

  constructor(capacity = 1024) {
    this.bytes = new Uint8Array(capacity);
    this.view = new DataView(this.bytes.buffer);
  }

  /** The bytes written so far, as a view on the writer's own memory; the same one while neither memory nor length change. */
  written(): Uint8Array {
    const { last } = this;
    if (last !== null && last.length === this.position) return last;
    return (this.last = this.bytes.subarray(0, this.position));
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
    this.last = null;
    this.view = new DataView(larger.buffer);
  }

  /** Overwrites the unsigned 32-bit number at `at`. */
  patchUint(at: number, value: number): void {
    this.view.setUint32(at, value);
  }

  /** A signed 32-bit number. */
  int(value: number): void {
    if ((value | 0) !== value) throw notANumber(value, 'signed');
    const at = this.reserve(4);
    this.view.setInt32(at, value);
  }

  /** An unsigned 32-bit number. */
  uint(value: number): void {
    if (value >>> 0 !== value) throw notANumber(value, 'unsigned');
    const at = this.reserve(4);
    this.view.setUint32(at, value);
  }

  /** A signed 64-bit number. */
  hyper(value: bigint): void {
    if (BigInt.asIntN(64, value) !== value) throw encodeError(`${value} is not a signed 64-bit number`);
    const at = this.reserve(8);
    this.view.setBigInt64(at, value);
  }

  /** An unsigned 64-bit number. */
  uhyper(value: bigint): void {
    if (BigInt.asUintN(64, value) !== value) throw encodeError(`${value} is not an unsigned 64-bit number`);
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

  /** A UUID from its canonical text, in upper or lower case. */
  uuid(value: string): void {
    if (value.length !== 36) throw notUuid(value);
    for (let dash = 8; dash <= 23; dash += 5) if (value.charCodeAt(dash) !== DASH) throw notUuid(value);
    const a = fourDigits(value, 0);
    const b = fourDigits(value, 4);
    const c = fourDigits(value, 9);
    const d = fourDigits(value, 14);
    const e = fourDigits(value, 19);
    const f = fourDigits(value, 24);
    const g = fourDigits(value, 28);
    const h = fourDigits(value, 32);
    if ((a | b | c | d | e | f | g | h) < 0) throw notUuid(value);
    const at = this.reserve(16);
    const view = this.view;
    view.setInt32(at, (a << 16) | b);
    view.setInt32(at + 4, (c << 16) | d);
    view.setInt32(at + 8, (e << 16) | f);
    view.setInt32(at + 12, (g << 16) | h);
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

// A number of the wrong kind would be cut to 32 bits silently, and a field that was forgotten would become 0.
function notANumber(value: unknown, kind: string): LibvirtError {
  return encodeError(`${String(value)} is not a 32-bit ${kind} number`);
}

function notUuid(value: string): LibvirtError {
  return encodeError(`'${value}' is not a UUID`);
}
