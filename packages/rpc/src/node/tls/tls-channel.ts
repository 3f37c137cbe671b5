// A channel over TLS, in which no record holds parts of two packets, for the sake of libvirt on the other side.
import type { TLSSocket } from 'node:tls';
import type { ReadMemory } from '../read-memory.ts';
import { SocketChannel } from '../socket-channel.ts';

/** Most bytes of a record. */
const RECORD_BYTES = 16_384;
/** Bytes of the length word that a packet begins with; it counts itself. */
const LENGTH_BYTES = 4;

/**
 * A channel over TLS that sends each packet in records of its own.
 *
 * Both libvirtd and the C library wait for their socket, not for what GnuTLS has decrypted already: a packet that came
 * in the record of another would lie there until the next one comes, which may be the ping five seconds later.
 */
export class PacketRecordChannel extends SocketChannel {
  private readonly tls: TLSSocket;
  /** Bytes of the packet that is being written which are still to come. */
  private missing = 0;

  constructor(socket: TLSSocket, memory: ReadMemory | null) {
    super(socket, memory);
    this.tls = socket;
    // What waits would otherwise leave in one piece, and so in common records.
    Object.defineProperty(socket, '_writev', { value: undefined });
  }

  override write(bytes: Uint8Array): boolean {
    if (this.tls.destroyed) return true;
    let at = 0;
    while (at < bytes.length) {
      if (this.missing === 0) this.missing = lengthAt(bytes, at);
      const end = Math.min(bytes.length, at + this.missing);
      this.tls.write(bytes.subarray(at, end));
      this.missing -= end - at;
      at = end;
    }
    return this.tls.writableLength === 0;
  }

  override writeBoth(head: Uint8Array, tail: Uint8Array): boolean {
    // The head alone would be a record of a few bytes.
    const cut = Math.max(0, Math.min(tail.length, RECORD_BYTES - head.length));
    const first = new Uint8Array(head.length + cut);
    first.set(head);
    first.set(tail.subarray(0, cut), head.length);
    this.write(first);
    return cut < tail.length ? this.write(tail.subarray(cut)) : this.tls.writableLength === 0;
  }
}

function lengthAt(bytes: Uint8Array, at: number): number {
  if (bytes.length - at < LENGTH_BYTES) return bytes.length - at;
  const length = new DataView(bytes.buffer, bytes.byteOffset + at, LENGTH_BYTES).getUint32(0);
  return Math.max(length, LENGTH_BYTES);
}
