// Plain TCP: host and port of the URI, every address of a name, and how its errors are worded.
import { ErrorCode, ErrorDomain, LibvirtError } from '@virtwire/rpc';
import { connectSocket } from '@virtwire/rpc/node';
import type { ConnectionUri } from '../uri.ts';
import { hostFailure } from './host-failure.ts';
import type { Transport } from './transport.ts';

const DEFAULT_PORT = 16_509;

/** The transport over plain TCP. */
export const tcp: Transport = {
  name: 'tcp',
  encrypted: false,
  secure: false,
  dial: async ({ uri, note }, signal) => {
    const { host, port } = tcpPlace(uri);
    note?.({ host, port: String(port) });
    try {
      // A port beyond 16 bits is cut by the C library; users of libvirt may rely on nothing there, but the texts show it whole.
      return await connectSocket({ host, port: port & 0xffff }, { signal });
    } catch (thrown) {
      if (signal?.aborted === true) throw thrown;
      throw new LibvirtError(ErrorCode.SystemError, null, {
        message: hostFailure(host, port, thrown as NodeJS.ErrnoException),
        domain: ErrorDomain.Rpc,
        cause: thrown,
      });
    }
  },
};

/** Gives the server of a URI. */
export function tcpPlace(uri: ConnectionUri | null): { host: string; port: number } {
  return { host: uri?.host ?? 'localhost', port: uri === null || uri.port === 0 ? DEFAULT_PORT : uri.port };
}
