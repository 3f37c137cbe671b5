// The face `@virtwire/rpc/error`: errors alone, for packages that need nothing else of rpc.
export { type ConnectStage, LibvirtError, type LibvirtErrorOptions, toLibvirtError } from './error.ts';
export { ErrorCode, ErrorDomain, ErrorLevel, type ErrorText, errorText } from './error-codes.ts';
