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
    const path = parameters.socket ?? (await socketPath(target));
    target.note?.({ socket: path });
    if (parameters.socket !== null) return dialSocket(path, signal);
    // LIBVIRT_AUTOSTART=0 forbids starting a daemon (remoteConnectOpen).
    return target.userSession && target.host.env['LIBVIRT_AUTOSTART'] !== '0'
      ? dialSession(path, target, signal)
      : dialSocket(path, signal);
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
  if (uri === null && mode === 'direct') {
    throw new LibvirtError(ErrorCode.OperationUnsupported, 'Cannot use direct socket mode if no URI is set', {
      domain: ErrorDomain.Remote,
    });
  }
  if (uri === null || mode === 'legacy') return legacy;
  const direct = `${folder}/virt${uri.driver}d-sock${suffix}`;
  if (mode === 'direct' || (await host.exists(direct))) return direct;
  return legacy;
}

// As long as libvirt's client waits for the daemon that it has started (virNetSocketNewConnectUNIX).
const START_TIME_MS = 5_000;
const RETRY_MS = 10;

async function dialSession(path: string, { host }: DialTarget, signal: AbortSignal | undefined): Promise<Channel> {
  const deadline = performance.now() + START_TIME_MS;
  let started = false;
  for (;;) {
    try {
      return await dialSocket(path, signal);
    } catch (thrown) {
      if (!nobodyListens(thrown) || performance.now() > deadline) throw thrown;
      if (!started) {
        // Seldom needed, and it brings node:child_process along.
        const { daemonNames, findDaemon, startDaemon } = await import('../node/session-daemon.ts');
        const program = await findDaemon(daemonNames(path), host.env);
        if (program === null) throw thrown;
        await startDaemon(program, host.runtimeFolder, host.env);
        started = true;
      }
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      signal?.throwIfAborted();
    }
  }
}

function nobodyListens(thrown: unknown): boolean {
  const cause = thrown instanceof LibvirtError ? (thrown.cause as NodeJS.ErrnoException) : null;
  return cause?.code === 'ENOENT' || cause?.code === 'ECONNREFUSED';
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
