// TLS: which certificates, which server, and how its errors are worded.
import { access, constants } from 'node:fs/promises';
import { homedir } from 'node:os';
import { ErrorCode, ErrorDomain, LibvirtError } from '@virtwire/rpc';
import type { TlsFiles } from '@virtwire/rpc/tls';
import { hostFailure } from './host-failure.ts';
import type { DialTarget, Transport } from './transport.ts';

const DEFAULT_PORT = 16_514;

// Only when it is needed, so that other transports do not load it; kept, for importing again takes time, too.
const load = () => import('@virtwire/rpc/tls');
let loaded: Awaited<ReturnType<typeof load>> | undefined;

/** The transport over TLS. */
export const tls: Transport = {
  name: 'tls',
  encrypted: true,
  secure: true,
  dial: async (target, signal) => {
    const { parameters, note } = target;
    loaded ??= await load();
    const { connectTls } = loaded;
    const { host, port, files } = await tlsPlace(target);
    note?.({ host, port: String(port), pkipath: parameters.pkipath, priority: parameters.tlsPriority });
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
      if (signal?.aborted === true) throw thrown;
      if (thrown instanceof LibvirtError) {
        if (thrown.stage === 'certificate') note?.(await ownFiles(files));
        throw thrown;
      }
      throw new LibvirtError(ErrorCode.SystemError, null, {
        message: hostFailure(host, port, thrown as NodeJS.ErrnoException),
        domain: ErrorDomain.Rpc,
        cause: thrown,
      });
    }
  },
};

/** Gives the server of a URI, and the files that prove who both sides are. */
export async function tlsPlace({
  uri,
  parameters,
  host: place,
}: Pick<DialTarget, 'uri' | 'parameters' | 'host'>): Promise<{ host: string; port: number; files: TlsFiles }> {
  loaded ??= await load();
  const { locateTlsFiles } = loaded;
  const home = place.uid === 0 ? null : place.env['HOME'] || homedir();
  return {
    host: uri?.host ?? 'localhost',
    port: uri === null || uri.port === 0 ? DEFAULT_PORT : uri.port,
    files: locateTlsFiles('client', { pkipath: parameters.pkipath, home }),
  };
}

// What there is of our files: a server that refuses us does not say what it missed.
async function ownFiles({ ca, cert, key }: TlsFiles): Promise<{ files: Readonly<Record<string, string>> }> {
  const paths = [ca, cert, key].filter((path) => path !== null);
  const states = await Promise.all(
    paths.map((path) =>
      access(path, constants.R_OK).then(
        () => 'readable',
        (error: NodeJS.ErrnoException) => (error.code === 'EACCES' ? 'unreadable' : 'missing'),
      ),
    ),
  );
  return { files: Object.fromEntries(paths.map((path, index) => [path, states[index] ?? ''])) };
}
