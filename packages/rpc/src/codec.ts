// Building blocks of the wire: each codec knows its type, how to write it, how to read it, and its name for wire.lock.
import { ErrorCode, ErrorDomain } from './error-codes.ts';
import { LibvirtError } from './error.ts';
import { MAX_STRING_BYTES, type Reader, type Writer } from './xdr.ts';

/** Writes and reads one type of value. */
export interface Codec<T> {
  /** The type in the notation of wire.lock, e.g. `string<4194304>` or `{name: string, id: int}`. */
  readonly shape: string;
  /** Appends the value; throws LibvirtError `Rpc` if a limit is exceeded. */
  encode(writer: Writer, value: T): void;
  /** Reads a value; throws LibvirtError `Rpc` if it is short or over a limit. */
  decode(reader: Reader): T;
}

/** The type of the values that a codec handles. */
export type Infer<C> = C extends Codec<infer T> ? T : never;

/** Codecs by field name, in wire order. */
export type Fields = Readonly<Record<string, Codec<any>>>;

/** The object type of a set of fields. */
export type InferFields<F extends Fields> = { -readonly [K in keyof F]: Infer<F[K]> };

/** Signed 32-bit. */
export const int: Codec<number> = { shape: 'int', encode: (w, v) => w.int(v), decode: (r) => r.int() };
/** Unsigned 32-bit. */
export const uint: Codec<number> = { shape: 'uint', encode: (w, v) => w.uint(v), decode: (r) => r.uint() };
/** Signed 16-bit number, four bytes on the wire. */
export const short: Codec<number> = { shape: 'short', encode: (w, v) => w.int(v), decode: (r) => r.int() };
/** Unsigned 16-bit number, four bytes on the wire. */
export const ushort: Codec<number> = { shape: 'ushort', encode: (w, v) => w.uint(v), decode: (r) => r.uint() & 0xffff };
/** Signed character, four bytes on the wire. */
export const char: Codec<number> = { shape: 'char', encode: (w, v) => w.int(v), decode: (r) => (r.int() << 24) >> 24 };
/** Unsigned character, four bytes on the wire. */
export const uchar: Codec<number> = { shape: 'uchar', encode: (w, v) => w.uint(v), decode: (r) => r.uint() & 0xff };
/** Signed 64-bit. */
export const hyper: Codec<bigint> = { shape: 'hyper', encode: (w, v) => w.hyper(v), decode: (r) => r.hyper() };
/** Unsigned 64-bit. */
export const uhyper: Codec<bigint> = { shape: 'uhyper', encode: (w, v) => w.uhyper(v), decode: (r) => r.uhyper() };
/** 64-bit floating point. */
export const double: Codec<number> = { shape: 'double', encode: (w, v) => w.double(v), decode: (r) => r.double() };
/** Sixteen bytes, as the canonical lower-case text of a UUID. */
export const uuid: Codec<string> = { shape: 'opaque[16]', encode: (w, v) => w.uuid(v), decode: (r) => r.uuid() };

/** A string of at most `max` bytes in UTF-8. */
export function string(max: number = MAX_STRING_BYTES): Codec<string> {
  return { shape: `string<${max}>`, encode: (w, v) => w.string(v, max), decode: (r) => r.string(max) };
}

/** `size` bytes without a length. */
export function fixedOpaque(size: number): Codec<Uint8Array> {
  return {
    shape: `opaque[${size}]`,
    encode: (w, v) => {
      if (v.length !== size) throw wrongLength(v.length, size);
      w.fixedOpaque(v);
    },
    decode: (r) => r.fixedOpaque(size),
  };
}

/** At most `max` bytes with their length. */
export function opaque(max: number): Codec<Uint8Array> {
  return { shape: `opaque<${max}>`, encode: (w, v) => w.opaque(v, max), decode: (r) => r.opaque(max) };
}

/** At most `max` characters, each four bytes on the wire (`char name<max>`); here plain bytes. */
export function chars(max: number): Codec<Uint8Array> {
  return {
    shape: `char<${max}>`,
    encode: (w, v) => {
      if (v.length > max) throw wrongLength(v.length, max);
      w.uint(v.length);
      w.chars(v);
    },
    decode: (r) => r.chars(r.count(max)),
  };
}

/** Exactly `size` characters, each four bytes on the wire (`char name[size]`); here plain bytes. */
export function fixedChars(size: number): Codec<Uint8Array> {
  return {
    shape: `char[${size}]`,
    encode: (w, v) => {
      if (v.length !== size) throw wrongLength(v.length, size);
      w.chars(v);
    },
    decode: (r) => r.chars(size),
  };
}

/** A value or null. */
export function optional<T>(inner: Codec<T>): Codec<T | null> {
  return {
    shape: `${inner.shape}?`,
    encode: (w, v) => {
      if (v === null) {
        w.int(0);
      } else {
        w.int(1);
        inner.encode(w, v);
      }
    },
    // Any number but 0 says that a value follows, as for xdr_bool: go-libvirt, and so Terraform, sends 0x01000000.
    decode: (r) => (r.int() === 0 ? null : inner.decode(r)),
  };
}

/** At most `max` elements with their count. */
export function array<T>(element: Codec<T>, max: number): Codec<T[]> {
  return {
    shape: `${element.shape}<${max}>`,
    encode: (w, v) => {
      if (v.length > max) throw wrongLength(v.length, max);
      w.uint(v.length);
      for (const item of v) element.encode(w, item);
    },
    decode: (r) => {
      const count = r.count(max);
      // Every element takes at least four bytes: a count that cannot fit is refused before anything is made of it.
      if (count * 4 > r.remaining) throw shortPayload();
      const items: T[] = [];
      for (let index = 0; index < count; index++) items.push(element.decode(r));
      return items;
    },
  };
}

/** Exactly `size` elements without a count. */
export function fixedArray<T>(element: Codec<T>, size: number): Codec<T[]> {
  return {
    shape: `${element.shape}[${size}]`,
    encode: (w, v) => {
      if (v.length !== size) throw wrongLength(v.length, size);
      for (const item of v) element.encode(w, item);
    },
    decode: (r) => {
      const items: T[] = [];
      for (let index = 0; index < size; index++) items.push(element.decode(r));
      return items;
    },
  };
}

/**
 * Fields one after the other.
 *
 * @param spelled what the fields say, written out by hand. For the few structs that fill whole lists: an object literal is
 *   made several times faster than an object whose keys are data.
 */
export function struct<const F extends Fields>(
  fields: F,
  spelled: Partial<Pick<Codec<InferFields<F>>, 'encode' | 'decode'>> = {},
): Codec<InferFields<F>> {
  const names = Object.keys(fields);
  const codecs = names.map((name) => fields[name] as Codec<unknown>);
  const count = names.length;
  return {
    shape: `{${names.map((name, index) => `${name}: ${codecs[index]?.shape}`).join(', ')}}`,
    encode: (writer, value) => {
      const record = value as Record<string, unknown>;
      for (let index = 0; index < count; index++) {
        (codecs[index] as Codec<unknown>).encode(writer, record[names[index] as string]);
      }
    },
    decode: (reader) => {
      const record: Record<string, unknown> = {};
      for (let index = 0; index < count; index++) {
        record[names[index] as string] = (codecs[index] as Codec<unknown>).decode(reader);
      }
      return record as InferFields<F>;
    },
    ...spelled,
  };
}

/** A value of one of several types, told apart by a number in front. */
export type UnionValue<A extends Readonly<Record<number, Codec<any>>>> = {
  [K in keyof A & number]: { type: K; value: Infer<A[K]> };
}[keyof A & number];

/**
 * A number, then the value that belongs to it. There is no default: an unknown number is a decode error.
 *
 * @param arms codec by number; the number of the value is in `type`
 */
export function union<const A extends Readonly<Record<number, Codec<any>>>>(arms: A): Codec<UnionValue<A>> {
  const armOf = (type: number): Codec<unknown> => {
    const arm = Object.hasOwn(arms, type) ? arms[type] : undefined;
    if (arm === undefined) throw shortPayload();
    return arm;
  };
  return {
    shape: `union {${Object.entries(arms)
      .map(([type, arm]) => `${type}: ${arm.shape}`)
      .join(', ')}}`,
    encode: (writer, value) => {
      const arm = armOf(value.type);
      writer.int(value.type);
      arm.encode(writer, value.value);
    },
    decode: (reader) => {
      const type = reader.int();
      return { type, value: armOf(type).decode(reader) } as UnionValue<A>;
    },
  };
}

/** One of a fixed set of signed numbers (an XDR enum); any other is a decode error. */
export function enumeration<const V extends Readonly<Record<string, number>>>(values: V): Codec<V[keyof V]> {
  const known = new Set<number>(Object.values(values));
  return {
    shape: `enum {${Object.values(values).join(', ')}}`,
    encode: (w, v) => w.int(v),
    decode: (r) => {
      const value = r.int();
      if (!known.has(value)) throw shortPayload();
      return value as V[keyof V];
    },
  };
}

function wrongLength(length: number, limit: number): LibvirtError {
  return new LibvirtError(
    ErrorCode.Rpc,
    `Unable to encode message payload: ${length} elements, the limit is ${limit}`,
    {
      domain: ErrorDomain.Rpc,
    },
  );
}

function shortPayload(): LibvirtError {
  return new LibvirtError(ErrorCode.Rpc, 'Unable to decode message payload', { domain: ErrorDomain.Rpc });
}
