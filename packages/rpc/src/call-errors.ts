// What a call is rejected with, beyond what the server says itself.
import { ErrorCode, ErrorDomain } from './error-codes.ts';
import { fromWireError, wireError } from './error-wire.ts';
import { LibvirtError, toLibvirtError } from './error.ts';
import type { Procedure } from './program.ts';
import { Reader } from './xdr.ts';

/** A server that is older than a procedure says so in this one text; libvirt's client shows it as NoSupport. */
export function knownAsUnsupported(error: LibvirtError): LibvirtError {
  const byRpc = error.domain === ErrorDomain.Rpc || error.domain === ErrorDomain.Remote;
  if (error.code !== ErrorCode.Rpc || !byRpc || !error.message.startsWith('unknown procedure')) return error;
  const { message, domain, level, str1, str2, str3, int1, int2 } = error;
  return new LibvirtError(ErrorCode.NoSupport, null, {
    message,
    domain,
    level,
    str1,
    str2,
    str3,
    int1,
    int2,
    remote: true,
  });
}

/** The error of a reply; one that cannot be read is an error, too. */
export function refusal(bytes: Uint8Array, start: number, end: number): LibvirtError {
  try {
    return fromWireError(wireError.decode(new Reader(bytes, start, end)));
  } catch (thrown) {
    return toLibvirtError(thrown, ErrorDomain.Rpc);
  }
}

/** A server that does not keep to the protocol. */
export function broken(detail: string): LibvirtError {
  return new LibvirtError(ErrorCode.Rpc, detail, { domain: ErrorDomain.Rpc });
}

/** The server has ended the connection in order; libvirt's client gives this text. */
export function endOfFile(): LibvirtError {
  return new LibvirtError(ErrorCode.SystemError, 'End of file while reading data: Input/output error', {
    domain: ErrorDomain.Rpc,
  });
}

/** This side has ended the connection. */
export function closedByUser(): LibvirtError {
  return new LibvirtError(ErrorCode.InternalError, 'client socket is closed', { domain: ErrorDomain.Rpc });
}

/** A call that was sent and given up. */
export function givenUp(procedure: Procedure, cause: unknown): LibvirtError {
  return new LibvirtError(
    ErrorCode.OperationAborted,
    `${procedure.name} was given up while the server was working on it; it may or may not have run`,
    { domain: ErrorDomain.Rpc, cause, outcomeUnknown: true },
  );
}

/** A call that was sent, and whose connection ended before the answer. */
export function lostWhileWaiting(procedure: Procedure, error: LibvirtError): LibvirtError {
  const { code, domain, level, str1, str2, str3, int1, int2, message } = error;
  return new LibvirtError(code, null, {
    message,
    domain,
    level,
    str1,
    str2,
    str3,
    int1,
    int2,
    cause: new Error(`the connection ended before ${procedure.name} was answered`, { cause: error }),
    outcomeUnknown: true,
  });
}
