// Unix sockets: which one to take, and how its errors are worded.
import { type Channel, ErrorCode, ErrorDomain, LibvirtError } from '@virtwire/rpc';
import { connectSocket, systemErrorText } from '@virtwire/rpc/node';
import type { DialTarget, Transport } from './transport.ts';

// Where libvirt as distributed keeps its sockets (RUNSTATEDIR of the build).
const SYSTEM_FOLDER = '/var/run/libvirt';

/** The transport over unix sockets. */
export const unix: Transport = {
  name: 'unix',
  encrypted: false,
  // Other users of the host cannot read along.
  secure: true,
  dial: async (target, signal) => {
    const { uri, parameters } = target;
    if (uri !== null && uri.host !== null) {
      const text = `using unix socket and remote server '${uri.host}' is not supported.`;
      throw new LibvirtError(ErrorCode.InvalidArg, text, { domain: ErrorDomain.Remote });
    }
    return dialSocket(parameters.socket ?? (await socketPath(target)), signal);
  },
};

/**
 * Gives the path of the daemon's socket when the URI names none.
 *
 * @see remoteGetUNIXSocket
 */
export async function socketPath({ uri, mode, readOnly, userSession, host }: DialTarget): Promise<string> {
  // The sockets of a user have no read-only sisters.
  const folder = userSession ? host.runtimeFolder : SYSTEM_FOLDER;
  const suffix = readOnly && !userSession ? '-ro' : '';
  const legacy = `${folder}/libvirt-sock${suffix}`;
  if (uri === null || mode === 'legacy') return legacy;
  const direct = `${folder}/virt${uri.driver}d-sock${suffix}`;
  if (mode === 'direct' || (await host.exists(direct))) return direct;
  return legacy;
}

async function dialSocket(path: string, signal: AbortSignal | undefined): Promise<Channel> {
  try {
    return await connectSocket({ path }, { signal });
  } catch (thrown) {
    if (signal?.aborted === true) throw thrown;
    const error = thrown as NodeJS.ErrnoException;
    throw new LibvirtError(ErrorCode.SystemError, null, {
      message: `Failed to connect socket to '${path}': ${systemErrorText(error)}`,
      domain: ErrorDomain.Rpc,
      cause: thrown,
    });
  }
}
