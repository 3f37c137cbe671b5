// A stream on the wire, the part that both ends share: its packets, and what is kept of those that come.
import { type Codec, hyper, struct, uint } from './codec.ts';
import { encodeError } from './error-wire.ts';
import type { LibvirtError } from './error.ts';
import { keepPart } from './kept-memory.ts';
import type { PacketConnection } from './packet-connection.ts';
import { PacketStatus, PacketType, STREAM_PAYLOAD_BYTES } from './packet.ts';
import type { Procedure } from './program.ts';

/** Payload of a hole (`virNetStreamHole`). */
export const holeHeader: Codec<{ length: bigint; flags: number }> = struct({ length: hyper, flags: uint });

// More than this waiting in the channel, and a stream stops adding to it.
const CHANNEL_HIGH_WATER = 1_048_576;

// A piece below this is copied: kept as it is, it would keep all the memory that was read along with it.
const LEAST_KEPT_BYTES = 16_384;

/** What is kept of a stream's data that came in a packet. */
export function keptPiece(bytes: Uint8Array, start: number, end: number, owned: boolean): Uint8Array {
  if (!owned || end - start < LEAST_KEPT_BYTES) return bytes.slice(start, end);
  const piece = bytes.subarray(start, end);
  keepPart(piece);
  return piece;
}

/** What both ends do alike: packets of one serial. */
export class WireStream {
  protected readonly connection: PacketConnection;
  protected readonly procedure: Procedure;
  protected readonly serial: number;
  protected over = false;
  private readonly forget: () => void;

  constructor(connection: PacketConnection, procedure: Procedure, serial: number, forget: () => void) {
    this.connection = connection;
    this.procedure = procedure;
    this.serial = serial;
    this.forget = forget;
    connection.streamBegan();
  }

  protected sendData(chunk: Uint8Array): boolean {
    const { program, number } = this.procedure;
    for (let at = 0; at < chunk.length; at += STREAM_PAYLOAD_BYTES) {
      const part =
        chunk.length <= STREAM_PAYLOAD_BYTES
          ? chunk
          : chunk.subarray(at, Math.min(at + STREAM_PAYLOAD_BYTES, chunk.length));
      this.connection.sendBytes(
        program.number,
        program.version,
        number,
        PacketType.Stream,
        this.serial,
        PacketStatus.Continue,
        part,
      );
    }
    return this.hasRoom;
  }

  /** True while the channel can take more. */
  protected get hasRoom(): boolean {
    return this.connection.pendingBytes < CHANNEL_HIGH_WATER;
  }

  protected sendStatus(status: number): void {
    const { program, number } = this.procedure;
    this.connection.sendEmpty(program.number, program.version, number, PacketType.Stream, this.serial, status);
  }

  protected sendHole(length: bigint): boolean {
    if (this.connection.isClosed) return true;
    const { program, number } = this.procedure;
    const writer = this.connection.begin(
      program.number,
      program.version,
      number,
      PacketType.StreamHole,
      this.serial,
      PacketStatus.Continue,
    );
    holeHeader.encode(writer, { length, flags: 0 });
    this.connection.commit();
    return this.hasRoom;
  }

  protected sendError(error: LibvirtError): void {
    if (this.connection.isClosed) return;
    const { program, number } = this.procedure;
    const writer = this.connection.begin(
      program.number,
      program.version,
      number,
      PacketType.Stream,
      this.serial,
      PacketStatus.Error,
    );
    encodeError(writer, error);
    this.connection.commit();
  }

  protected finishHere(): void {
    if (this.over) return;
    this.over = true;
    this.connection.streamEnded();
    this.connection.unhold(this);
    this.forget();
  }
}
