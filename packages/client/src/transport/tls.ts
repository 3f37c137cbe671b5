// TLS: which certificates, which server, and how its errors are worded.
import { homedir } from 'node:os';
import { ErrorCode, ErrorDomain, LibvirtError } from '@virtwire/rpc';
import { hostFailure } from './host-failure.ts';
import type { Transport } from './transport.ts';

const DEFAULT_PORT = 16_514;

/** The transport over TLS. */
export const tls: Transport = {
  name: 'tls',
  encrypted: true,
  secure: true,
  dial: async ({ uri, parameters, host: place }, signal) => {
    // Only here, so that other transports do not load it.
    const { connectTls, locateTlsFiles } = await import('@virtwire/rpc/tls');
    const host = uri?.host ?? 'localhost';
    const port = uri === null || uri.port === 0 ? DEFAULT_PORT : uri.port;
    const home = place.uid === 0 ? null : place.env['HOME'] || homedir();
    const files = locateTlsFiles('client', { pkipath: parameters.pkipath, home });
    try {
      return await connectTls({
        host,
        port: port & 0xffff,
        files,
        ...(parameters.tlsPriority === null ? {} : { priority: parameters.tlsPriority }),
        verify: !parameters.noVerify,
        sanity: !parameters.noSanity,
        signal,
      });
    } catch (thrown) {
      if (signal?.aborted === true || thrown instanceof LibvirtError) throw thrown;
      throw new LibvirtError(ErrorCode.SystemError, null, {
        message: hostFailure(host, port, thrown as NodeJS.ErrnoException),
        domain: ErrorDomain.Rpc,
        cause: thrown,
      });
    }
  },
};
