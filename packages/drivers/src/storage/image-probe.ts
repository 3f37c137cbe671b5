// What the first bytes of an image tell: its format, its size, what it is based on. The bytes come from guests: hostile.
import type { StorageFileFeature } from '@virtwire/conf';

/** How much of a file is read at most (VIR_STORAGE_MAX_HEADER). */
export const HEADER_BYTES = 0x8200;

/** What an image says of itself. */
export interface ImageFacts {
  readonly format: string;
  /** Bytes that a guest sees; null when the header does not say. */
  readonly capacity: bigint | null;
  /** The image beneath as it is written in the header, null when there is none. */
  readonly backing: { readonly path: string; readonly format: string | null } | null;
  readonly encryption: 'qcow' | 'luks' | null;
  readonly compat: string | null;
  /** Bytes, 0 when the format has none. */
  readonly clusterSize: bigint;
  readonly features: StorageFileFeature[] | null;
}

/** The facts of an image that says nothing. */
const plain = { capacity: null, backing: null, encryption: null, compat: null, clusterSize: 0n, features: null };

interface Format {
  readonly name: string;
  readonly magic: readonly [offset: number, bytes: string];
  /** Where its version stands and which ones are this format. */
  readonly version?: { readonly at: number; readonly little?: true; readonly known: readonly number[] };
  /** Where its size stands, and what one of it is in bytes. */
  readonly size?: { readonly at: number; readonly little?: true; readonly unit?: bigint };
  readonly read?: (header: Header) => Partial<ImageFacts>;
}

// Offsets are those of the formats' own documents; the order is that of libvirt's numbers.
const formats: readonly Format[] = [
  {
    name: 'bochs',
    magic: [0, 'Bochs Virtual HD Image'],
    version: { at: 64, little: true, known: [0x20000] },
    size: { at: 32 + 16 + 16 + 4 + 4 + 4 + 4 + 4, little: true },
  },
  {
    name: 'cloop',
    magic: [0, '#!/bin/sh\n#V2.0 Format\nmodprobe cloop file=$0 && mount -r -t iso9660 /dev/cloop $1\n'],
  },
  { name: 'iso', magic: [32769, 'CD001'] },
  { name: 'vpc', magic: [0, 'conectix'], version: { at: 12, known: [0x10000] }, size: { at: 40 } },
  {
    name: 'vdi',
    magic: [64, '\x7f\x10\xda\xbe'],
    version: { at: 68, little: true, known: [0x10001] },
    size: { at: 64 + 5 * 4 + 256 + 7 * 4, little: true },
  },
  { name: 'ploop', magic: [0, 'WithoutFreeSpace'], size: { at: 36, little: true, unit: 512n } },
  { name: 'ploop', magic: [0, 'WithouFreSpacExt'], size: { at: 36, little: true, unit: 512n } },
  { name: 'cow', magic: [0, 'OOOM'], version: { at: 4, known: [2] }, size: { at: 4 + 4 + 1024 + 4 } },
  { name: 'qcow', magic: [0, 'QFI\xfb'], version: { at: 4, known: [1] }, size: { at: 24 }, read: readQcow },
  { name: 'qcow2', magic: [0, 'QFI\xfb'], version: { at: 4, known: [2, 3] }, size: { at: 24 }, read: readQcow2 },
  { name: 'qed', magic: [0, 'QED\0'], size: { at: 48, little: true }, read: readQed },
  {
    name: 'vmdk',
    magic: [0, 'KDMV'],
    version: { at: 4, little: true, known: [1, 2, 3] },
    size: { at: 12, little: true, unit: 512n },
  },
];

/**
 * Finds out what a file is.
 *
 * @param bytes its beginning, at most {@link HEADER_BYTES}
 * @returns format `raw` for whatever is not known
 */
export function probeImage(bytes: Uint8Array): ImageFacts {
  const header = new Header(bytes);
  const format = formats.find((candidate) => isFormat(header, candidate));
  return format === undefined
    ? { format: 'raw', ...plain, encryption: isLuks(header) ? 'luks' : null }
    : factsOf(header, format);
}

/**
 * Reads the size out of the header of an image whose format is known already.
 *
 * @param physical length of the file
 * @returns null when the header is not one of that format
 */
export function imageCapacity(bytes: Uint8Array, format: string, physical: bigint): bigint | null {
  const header = new Header(bytes);
  if (format === 'raw') {
    // The payload of LUKS version 1 begins after as many sectors as the header says.
    const start = isLuks(header) ? BigInt(header.uint32(104) ?? 0) * 512n : 0n;
    return start <= physical ? physical - start : physical;
  }
  const known = formats.find((candidate) => candidate.name === format && isFormat(header, candidate));
  return known === undefined ? null : factsOf(header, known).capacity;
}

// Reads numbers, or null beyond the end.
class Header {
  readonly bytes: Uint8Array;
  private readonly view: DataView;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  has(at: number, length: number): boolean {
    return at >= 0 && length >= 0 && at + length <= this.bytes.length;
  }

  uint32(at: number, little = false): number | null {
    return this.has(at, 4) ? this.view.getUint32(at, little) : null;
  }

  uint64(at: number, little = false): bigint | null {
    return this.has(at, 8) ? this.view.getBigUint64(at, little) : null;
  }

  startsWith(at: number, text: string): boolean {
    if (!this.has(at, text.length)) return false;
    for (let i = 0; i < text.length; i++) if (this.bytes[at + i] !== text.charCodeAt(i)) return false;
    return true;
  }

  /** A name of a file: UTF-8 without NUL, at most 1023 bytes; null for anything else. */
  fileName(at: bigint, length: number): string | null {
    if (length === 0 || length > 1023 || at > BigInt(HEADER_BYTES) || !this.has(Number(at), length)) return null;
    const slice = this.bytes.subarray(Number(at), Number(at) + length);
    const end = slice.indexOf(0);
    try {
      return new TextDecoder('utf-8', { fatal: true }).decode(end < 0 ? slice : slice.subarray(0, end)) || null;
    } catch {
      return null;
    }
  }
}

function isFormat(header: Header, { magic, version }: Format): boolean {
  if (!header.startsWith(magic[0], magic[1])) return false;
  if (version === undefined) return true;
  const found = header.uint32(version.at, version.little);
  return found !== null && version.known.includes(found);
}

function factsOf(header: Header, format: Format): ImageFacts {
  let capacity: bigint | null = null;
  if (format.size !== undefined) {
    const size = header.uint64(format.size.at, format.size.little);
    if (size !== null) capacity = size * (format.size.unit ?? 1n);
    // More than a file can have: no size at all.
    if (capacity !== null && capacity >= 1n << 63n) capacity = null;
  }
  return { format: format.name, ...plain, capacity, ...format.read?.(header) };
}

function isLuks(header: Header): boolean {
  return header.startsWith(0, 'LUKS\xba\xbe\0\x01');
}

function readQcow(header: Header): Partial<ImageFacts> {
  const path = header.fileName(header.uint64(8) ?? 0n, header.uint32(16) ?? 0);
  const encrypted = header.uint32(36) === 1;
  return { backing: path === null ? null : { path, format: null }, encryption: encrypted ? 'qcow' : null };
}

const INCOMPATIBLE_EXTENDED_L2 = 1n << 4n;
const COMPATIBLE_LAZY_REFCOUNTS = 1n;
const EXTENSION_BACKING_FORMAT = 0xe2792aca;

function readQcow2(header: Header): Partial<ImageFacts> {
  const version3 = header.uint32(4) === 3;
  const path = header.fileName(header.uint64(8) ?? 0n, header.uint32(16) ?? 0);
  const bits = header.uint32(20) ?? 0;
  const crypt = header.uint32(32);
  const features: StorageFileFeature[] = [];
  if (version3) {
    if (((header.uint64(80) ?? 0n) & COMPATIBLE_LAZY_REFCOUNTS) !== 0n) features.push('lazy_refcounts');
    if (((header.uint64(72) ?? 0n) & INCOMPATIBLE_EXTENDED_L2) !== 0n) features.push('extended_l2');
  }
  return {
    backing: path === null ? null : { path, format: backingFormat(header, version3) },
    encryption: crypt === 1 ? 'qcow' : crypt === 2 ? 'luks' : null,
    compat: version3 ? '1.1' : null,
    clusterSize: bits >= 9 && bits <= 21 ? 1n << BigInt(bits) : 0n,
    features: version3 ? features : null,
  };
}

function backingFormat(header: Header, version3: boolean): string | null {
  let at = version3 ? (header.uint32(100) ?? 0) : 72;
  for (;;) {
    const kind = header.uint32(at);
    const length = header.uint32(at + 4);
    if (kind === null || kind === 0 || length === null || !header.has(at + 8, length)) return null;
    if (kind === EXTENSION_BACKING_FORMAT) return header.fileName(BigInt(at + 8), length);
    at += 8 + ((length + 7) & ~7);
  }
}

const QED_BACKING_FILE = 1n;
const QED_BACKING_RAW = 4n;

function readQed(header: Header): Partial<ImageFacts> {
  const flags = header.uint64(16, true) ?? 0n;
  if ((flags & QED_BACKING_FILE) === 0n) return {};
  const path = header.fileName(BigInt(header.uint32(56, true) ?? 0), header.uint32(60, true) ?? 0);
  return { backing: path === null ? null : { path, format: (flags & QED_BACKING_RAW) !== 0n ? 'raw' : null } };
}
