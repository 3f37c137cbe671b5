// The public face of how to talk.
export * from './codec.ts';
export { ErrorCode, ErrorDomain, ErrorLevel, type ErrorText, errorText } from './error-codes.ts';
export { LibvirtError, type LibvirtErrorOptions, toLibvirtError } from './error.ts';
export { fromWireError, toWireError, type WireError, wireError } from './error-wire.ts';
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
  procedure,
  program,
  programOf,
  type Ret,
  type Row,
} from './program.ts';
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
