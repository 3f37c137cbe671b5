// The refusal of a client that has not proven who it is.
import { ErrorCode, ErrorDomain, LibvirtError } from '@virtwire/rpc';

/** All that a client learns, whatever was wrong. */
export function authenticationFailed(cause?: unknown): LibvirtError {
  return new LibvirtError(ErrorCode.AuthFailed, 'authentication failed', { domain: ErrorDomain.Rpc, cause });
}
