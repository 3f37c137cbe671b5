// Plain TCP: host and port of the URI, every address of a name, and how its errors are worded.
import { ErrorCode, ErrorDomain, LibvirtError } from '@virtwire/rpc';
import { connectSocket, systemErrorText } from '@virtwire/rpc/node';
import type { Transport } from './transport.ts';

const DEFAULT_PORT = 16_509;

/** The transport over plain TCP. */
export const tcp: Transport = {
  name: 'tcp',
  encrypted: false,
  secure: false,
  dial: async ({ uri }, signal) => {
    const host = uri?.host ?? 'localhost';
    const port = uri === null || uri.port === 0 ? DEFAULT_PORT : uri.port;
    try {
      // A port beyond 16 bits is cut by the C library; users of libvirt may rely on nothing there, but the texts show it whole.
      return await connectSocket({ host, port: port & 0xffff }, { signal });
    } catch (thrown) {
      if (signal?.aborted === true) throw thrown;
      throw new LibvirtError(ErrorCode.SystemError, null, {
        message: failure(host, port, thrown as NodeJS.ErrnoException),
        domain: ErrorDomain.Rpc,
        cause: thrown,
      });
    }
  },
};

// getaddrinfo's texts (gai_strerror of glibc).
const lookupTexts: Readonly<Record<string, string>> = {
  ENOTFOUND: 'Name or service not known',
  EAI_AGAIN: 'Temporary failure in name resolution',
  EAI_FAIL: 'Non-recoverable failure in name resolution',
  EAI_MEMORY: 'Memory allocation failure',
  EAI_NODATA: 'No address associated with hostname',
};

function failure(host: string, port: number, error: NodeJS.ErrnoException): string {
  if (error.syscall === 'getaddrinfo') {
    const text = lookupTexts[error.code ?? ''] ?? error.message;
    return `Unable to resolve address '${host}' service '${port}': ${text}`;
  }
  // Of several addresses libvirt reports the last one that it tried.
  const last = error instanceof AggregateError ? (error.errors.at(-1) as NodeJS.ErrnoException) : error;
  return `unable to connect to server at '${host}:${port}': ${systemErrorText(last)}`;
}
