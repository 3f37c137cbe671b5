// The public face of how to talk.
export { Caller, type CallerCallOptions, type CallerOptions } from './caller.ts';
export { type Channel, type ChannelSink, memoryChannelPair } from './channel.ts';
export * from './codec.ts';
export { ErrorCode, ErrorDomain, ErrorLevel, type ErrorText, errorText } from './error-codes.ts';
export { type ConnectStage, LibvirtError, type LibvirtErrorOptions, toLibvirtError } from './error.ts';
export { fromWireError, toWireError, type WireError, wireError } from './error-wire.ts';
export { Framer, type PacketListener } from './framer.ts';
export { KEEPALIVE_PROGRAM, type KeepaliveOptions, KeepaliveProcedure } from './keepalive.ts';
export {
  closePacket,
  HEADER_BYTES,
  MAX_PACKET_BYTES,
  openPacket,
  type PacketHeader,
  PacketStatus,
  PacketType,
  readHeader,
  STREAM_PAYLOAD_BYTES,
} from './packet.ts';
export {
  type Answer,
  type Args,
  type EventRow,
  event,
  type Handlers,
  type Message,
  type Procedure,
  type ProcedureOptions,
  type Program,
  type ProgramRows,
  procedure,
  program,
  programOf,
  type Ret,
  type Row,
} from './program.ts';
export { Responder, type ResponderContext, type ResponderOptions } from './responder.ts';
export { MAX_SASL_FRAME_BYTES, type SecurityLayer, saslChannel } from './sasl-channel.ts';
export {
  type CallerSink,
  type CallerStream,
  type DriverSink,
  type DriverStream,
  STREAM_HIGH_WATER,
  type StreamPair,
  streamEnded,
  streamPair,
} from './stream.ts';
export { MAX_STRING_BYTES, Reader, Writer } from './xdr.ts';
