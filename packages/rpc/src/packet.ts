// A packet: its limits, its six header words, its types.
import type { Writer } from './xdr.ts';

/** Bytes of the length word and the header together: the shortest packet. */
export const HEADER_BYTES = 28;
/** Longest packet without its length word (VIR_NET_MESSAGE_MAX), header included: 32 MiB. */
export const MAX_PACKET_BYTES = 33_554_432;
/** Most payload that stream packets carry here; longer ones are legal but old peers never send them (VIR_NET_MESSAGE_LEGACY_PAYLOAD_MAX). */
export const STREAM_PAYLOAD_BYTES = 262_120;

/** What a packet is (`virNetMessageType`). */
export const PacketType = {
  Call: 0,
  Reply: 1,
  Message: 2,
  Stream: 3,
  CallWithFds: 4,
  ReplyWithFds: 5,
  StreamHole: 6,
} as const;

/** How it went (`virNetMessageStatus`); on streams, `Continue` is data, `Ok` the end and `Error` an abort. */
export const PacketStatus = { Ok: 0, Error: 1, Continue: 2 } as const;

/** The six words in front of each payload. */
export interface PacketHeader {
  program: number;
  version: number;
  /** Signed, as libvirt treats it. */
  procedure: number;
  /** A {@link PacketType}; anything can come from outside. */
  type: number;
  serial: number;
  /** A {@link PacketStatus}; anything can come from outside. */
  status: number;
}

/** Reads the header of the packet at `start` (where its length word is) into `into`. */
export function readHeader(view: DataView, start: number, into: PacketHeader): void {
  into.program = view.getUint32(start + 4);
  into.version = view.getUint32(start + 8);
  into.procedure = view.getInt32(start + 12);
  into.type = view.getInt32(start + 16);
  into.serial = view.getUint32(start + 20);
  into.status = view.getInt32(start + 24);
}

/** True for the packet at `start` when it carries data of a stream. */
export function isStreamData(bytes: Uint8Array, start: number): boolean {
  return (
    bytes[start + 19] === PacketType.Stream &&
    bytes[start + 27] === PacketStatus.Continue &&
    bytes[start + 18] === 0 &&
    bytes[start + 17] === 0 &&
    bytes[start + 16] === 0 &&
    bytes[start + 26] === 0 &&
    bytes[start + 25] === 0 &&
    bytes[start + 24] === 0
  );
}

/** Writes a header with the length still open. @returns where the packet starts, for {@link closePacket} */
export function openPacket(
  writer: Writer,
  program: number,
  version: number,
  procedure: number,
  type: number,
  serial: number,
  status: number,
): number {
  const start = writer.reserve(HEADER_BYTES);
  writer.patchUint(start + 4, program);
  writer.patchUint(start + 8, version);
  writer.patchUint(start + 12, procedure);
  writer.patchUint(start + 16, type);
  writer.patchUint(start + 20, serial);
  writer.patchUint(start + 24, status);
  return start;
}

/** Fills in the length of the packet at `start`. @param extra payload bytes that follow from another buffer */
export function closePacket(writer: Writer, start: number, extra = 0): void {
  writer.patchUint(start, writer.position - start + extra);
}
