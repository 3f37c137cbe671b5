// The pieces that messages and keys of ssh are made of: words, strings, numbers (RFC 4251, section 5).

/** Thrown by {@link SshReader} when there is less than there should be. */
export class SshFormatError extends Error {}

/** Reads pieces one after another. */
export class SshReader {
  private readonly bytes: Uint8Array;
  private at = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  /** How many bytes have been read. */
  get position(): number {
    return this.at;
  }

  /** True when nothing is left. */
  get isAtEnd(): boolean {
    return this.at === this.bytes.length;
  }

  /** Takes bytes as they are; they are not copied. @throws SshFormatError */
  take(length: number): Uint8Array {
    if (length > this.bytes.length - this.at) throw new SshFormatError('it ends too early');
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }

  byte(): number {
    return this.take(1)[0] ?? 0;
  }

  uint32(): number {
    const word = this.take(4);
    return new DataView(word.buffer, word.byteOffset).getUint32(0);
  }

  uint64(): bigint {
    const word = this.take(8);
    return new DataView(word.buffer, word.byteOffset).getBigUint64(0);
  }

  /** A string: its length, then its bytes; also a number that may be long, as two's complement. */
  string(): Uint8Array {
    return this.take(this.uint32());
  }

  text(): string {
    return new TextDecoder('latin1').decode(this.string());
  }
}

/** Writes a word. */
export function uint32(value: number): Uint8Array {
  const word = new Uint8Array(4);
  new DataView(word.buffer).setUint32(0, value);
  return word;
}

/** Writes a string with its length. */
export function sshString(value: Uint8Array | string): Uint8Array {
  const bytes = typeof value === 'string' ? new TextEncoder().encode(value) : value;
  return Buffer.concat([uint32(bytes.length), bytes]);
}

/** Writes a positive number that may be long: without zeros before it, but for one that keeps it positive. */
export function sshNumber(value: Uint8Array): Uint8Array {
  const plain = withoutZeros(value);
  return sshString((plain[0] ?? 0) >= 0x80 ? Buffer.concat([Uint8Array.of(0), plain]) : plain);
}

/** Takes zeros away that stand before a number. */
export function withoutZeros(value: Uint8Array): Uint8Array {
  const first = value.findIndex((byte) => byte !== 0);
  return first === -1 ? value.subarray(value.length) : value.subarray(first);
}
