// Reads files of Berkeley DB's hash method, version 9 and its neighbours: the form of Cyrus's passwd.db. Never writes.
import { ErrorCode, LibvirtError } from '@virtwire/rpc';

const MAGIC = 0x06_15_61;
const VERSIONS = [7, 8, 9, 10];
const META_PAGE = 8;
const HASH_PAGES = [2, 13];
const OVERFLOW_PAGE = 7;
const KEY_DATA = 1;
const OFF_PAGE = 3;
const CHECKSUMS = 1;
const PAGE_HEADER_BYTES = 26;
const OFF_PAGE_BYTES = 12;

/** Largest file that is read, in bytes: room for some hundred thousand users. */
export const MAX_HASH_FILE_BYTES = 67_108_864;
/** Longest key or value; longer ones are no passwords. */
const MAX_ITEM_BYTES = 65_536;

/** A key with its value, copies of what stands in the file. */
export type HashEntry = readonly [key: Uint8Array, value: Uint8Array];

/**
 * Reads all entries. Whatever a page says about itself is checked against its size before it is followed; pages of kinds
 * that do not belong here are passed over, as a file in use has such.
 *
 * @param path for errors
 * @throws LibvirtError `InternalError` for a file of another kind, or one that contradicts itself
 */
export function readHashFile(bytes: Uint8Array, path: string): HashEntry[] {
  return new HashFile(bytes, path).entries();
}

class HashFile {
  private readonly bytes: Uint8Array;
  private readonly view: DataView;
  private readonly path: string;
  private readonly little: boolean;
  private readonly pageBytes: number;
  private readonly pages: number;

  constructor(bytes: Uint8Array, path: string) {
    this.bytes = bytes;
    this.path = path;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    if (bytes.length < 512) throw this.broken('the file is too short');
    if (bytes.length > MAX_HASH_FILE_BYTES) throw this.broken('the file is too long');
    // The file is in the byte order of the machine that made it.
    this.little = this.view.getUint32(12, true) === MAGIC;
    if (this.uint(12) !== MAGIC) throw this.broken('it is not a hash file of Berkeley DB');
    if (!VERSIONS.includes(this.uint(16))) throw this.broken(`version ${this.uint(16)} is not known`);
    if (this.byte(24) !== 0) throw this.broken('it is encrypted');
    if (this.byte(25) !== META_PAGE) throw this.broken('its first page is of another kind');
    if ((this.byte(26) & CHECKSUMS) !== 0) throw this.broken('files with checksums are not read');
    this.pageBytes = this.uint(20);
    if (this.pageBytes < 512 || this.pageBytes > 65_536 || (this.pageBytes & (this.pageBytes - 1)) !== 0) {
      throw this.broken(`pages of ${this.pageBytes} bytes cannot be`);
    }
    this.pages = Math.min(Math.floor(bytes.length / this.pageBytes), this.uint(32) + 1);
  }

  entries(): HashEntry[] {
    const found: HashEntry[] = [];
    // An item outside of its page may be read many times over, by many that point to it.
    let left = this.bytes.length;
    for (let page = 1; page < this.pages; page++) {
      const start = page * this.pageBytes;
      if (!HASH_PAGES.includes(this.byte(start + 25)) || this.uint(start + 8) !== page) continue;
      const count = this.short(start + 20);
      if (PAGE_HEADER_BYTES + count * 2 > this.pageBytes || count % 2 !== 0)
        throw this.broken(`page ${page} is damaged`);
      for (let index = 0; index < count; index += 2) {
        const key = this.item(start, index);
        const value = this.item(start, index + 1);
        if (key === null || value === null) continue;
        left -= key.length + value.length;
        if (left < 0) throw this.broken('its items are longer than itself');
        found.push([key, value]);
      }
    }
    return found;
  }

  // An item fills the page from its own offset up to that of the one before. Null for kinds that hold no plain data.
  private item(page: number, index: number): Uint8Array | null {
    const start = this.offset(page, index);
    const end = index === 0 ? this.pageBytes : this.offset(page, index - 1);
    if (start >= end || end > this.pageBytes || start < PAGE_HEADER_BYTES) {
      throw this.broken(`page ${page / this.pageBytes} is damaged`);
    }
    const kind = this.byte(page + start);
    if (kind === KEY_DATA) return this.bytes.slice(page + start + 1, page + end);
    if (kind !== OFF_PAGE || end - start < OFF_PAGE_BYTES) return null;
    return this.overflow(this.uint(page + start + 4), this.uint(page + start + 8));
  }

  private overflow(first: number, length: number): Uint8Array {
    if (length > MAX_ITEM_BYTES) throw this.broken(`an item of ${length} bytes is too long`);
    const whole = new Uint8Array(length);
    let have = 0;
    for (let page = first; have < length; ) {
      const start = page * this.pageBytes;
      const part = page > 0 && page < this.pages ? this.short(start + 22) : 0;
      if (part === 0 || part > this.pageBytes - PAGE_HEADER_BYTES || this.byte(start + 25) !== OVERFLOW_PAGE) {
        throw this.broken('a long item is damaged');
      }
      const take = Math.min(part, length - have);
      whole.set(this.bytes.subarray(start + PAGE_HEADER_BYTES, start + PAGE_HEADER_BYTES + take), have);
      have += take;
      page = this.uint(start + 16);
    }
    return whole;
  }

  private offset(page: number, index: number): number {
    return this.short(page + PAGE_HEADER_BYTES + index * 2);
  }

  private byte(at: number): number {
    return this.bytes[at] ?? 0;
  }

  private short(at: number): number {
    return this.view.getUint16(at, this.little);
  }

  private uint(at: number): number {
    return this.view.getUint32(at, this.little);
  }

  private broken(why: string): LibvirtError {
    return new LibvirtError(ErrorCode.InternalError, `cannot read '${this.path}': ${why}`);
  }
}
