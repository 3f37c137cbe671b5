// Reads DER, the encoding of certificates: tag, length, contents; every length checked against what is there.
import { ErrorCode, ErrorDomain, LibvirtError } from '../../error-face.ts';

/** One value: its tag byte, its contents, and the whole of it with tag and length. */
export interface DerValue {
  /** First byte: class, constructed bit and number (long tag numbers do not occur in certificates and are refused). */
  readonly tag: number;
  readonly contents: Uint8Array;
  readonly whole: Uint8Array;
}

/** Tags that certificates use. */
export const DerTag = {
  Boolean: 0x01,
  Integer: 0x02,
  BitString: 0x03,
  OctetString: 0x04,
  ObjectIdentifier: 0x06,
  Utf8String: 0x0c,
  Sequence: 0x30,
  Set: 0x31,
  NumericString: 0x12,
  PrintableString: 0x13,
  T61String: 0x14,
  Ia5String: 0x16,
  UtcTime: 0x17,
  GeneralizedTime: 0x18,
  UniversalString: 0x1c,
  BmpString: 0x1e,
} as const;

/** Reads the values that follow each other in `bytes`. @throws LibvirtError `InvalidArg` for anything that is not DER */
export function derValues(bytes: Uint8Array): DerValue[] {
  const values: DerValue[] = [];
  let at = 0;
  while (at < bytes.length) {
    const start = at;
    const tag = bytes[at++] as number;
    if ((tag & 0x1f) === 0x1f) throw malformed();
    let length = bytes[at++] ?? malformedNumber();
    if (length >= 0x80) {
      const count = length & 0x7f;
      if (count === 0 || count > 4) throw malformed();
      length = 0;
      for (let index = 0; index < count; index++) length = length * 256 + (bytes[at++] ?? malformedNumber());
    }
    if (length > bytes.length - at) throw malformed();
    values.push({ tag, contents: bytes.subarray(at, at + length), whole: bytes.subarray(start, at + length) });
    at += length;
  }
  return values;
}

/** Reads the values inside a constructed one. @throws LibvirtError `InvalidArg` */
export function derChildren(value: DerValue | undefined): DerValue[] {
  if (value === undefined || (value.tag & 0x20) === 0) throw malformed();
  return derValues(value.contents);
}

/** Reads an object identifier as dotted numbers. @throws LibvirtError `InvalidArg` */
export function derOid(value: DerValue | undefined): string {
  if (value?.tag !== DerTag.ObjectIdentifier) throw malformed();
  const { contents } = value;
  // An identifier that a certificate has a use for is short; one that ends inside a number is cut off.
  if (contents.length === 0 || contents.length > 128 || (contents.at(-1) as number) >= 0x80) throw malformed();
  const numbers: bigint[] = [];
  let number = 0n;
  for (const byte of contents) {
    number = number * 128n + BigInt(byte & 0x7f);
    if (byte < 0x80) {
      numbers.push(number);
      number = 0n;
    }
  }
  const [first = 0n, ...rest] = numbers;
  const head = first < 80n ? first / 40n : 2n;
  return [head, first - head * 40n, ...rest].join('.');
}

/**
 * Reads a string of any of the string types.
 *
 * @returns null for a value that is none, or whose bytes are none of its type
 */
export function derText(value: DerValue): string | null {
  return textDecoders.get(value.tag)?.(value.contents) ?? null;
}

const textDecoders: ReadonlyMap<number, (bytes: Uint8Array) => string | null> = new Map([
  [DerTag.Utf8String, (bytes: Uint8Array) => decoded('utf-8', bytes)],
  [DerTag.NumericString, (bytes: Uint8Array) => decoded('utf-8', bytes)],
  [DerTag.PrintableString, (bytes: Uint8Array) => decoded('utf-8', bytes)],
  [DerTag.Ia5String, (bytes: Uint8Array) => decoded('utf-8', bytes)],
  [DerTag.T61String, (bytes: Uint8Array) => decoded('latin1', bytes)],
  [DerTag.BmpString, (bytes: Uint8Array) => decoded('utf-16be', bytes)],
  [DerTag.UniversalString, (bytes: Uint8Array) => decodedUtf32(bytes)],
] as const);

function decoded(encoding: string, bytes: Uint8Array): string | null {
  try {
    return new TextDecoder(encoding, { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}

function decodedUtf32(bytes: Uint8Array): string | null {
  if (bytes.length % 4 !== 0) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let text = '';
  for (let at = 0; at < bytes.length; at += 4) {
    const code = view.getUint32(at);
    if (code > 0x10ffff) return null;
    text += String.fromCodePoint(code);
  }
  return text;
}

function malformedNumber(): never {
  throw malformed();
}

function malformed(): LibvirtError {
  return new LibvirtError(ErrorCode.InvalidArg, 'certificate is malformed', { domain: ErrorDomain.Rpc });
}

/** Bytes as lower-case hexadecimal digits. */
export function hexOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
