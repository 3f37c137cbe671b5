// How an ssh transport reaches the daemon: by which proxy, which socket, with which URI.
import { ErrorCode, ErrorDomain, LibvirtError } from '@virtwire/rpc';
import type { DialTarget } from '../transport/transport.ts';
import { type ConnectionUri, remoteUri } from '../uri.ts';
import { isOwnParameter, type RemoteProxy } from '../uri-parameters.ts';
import type { RemoteCommandFacts } from './remote-command.ts';

// Where libvirt as distributed keeps the sockets of the daemon that has all drivers, or of virtproxyd.
const SYSTEM_SOCKET = '/var/run/libvirt/libvirt-sock';

/**
 * Chooses the way to the daemon on the other side.
 *
 * @param transport its name, for the error
 * @throws LibvirtError `OperationUnsupported` for `mode=direct`, `InvalidArg` for netcat with the native proxy
 * @see doRemoteOpen
 */
export function sshRoute(transport: string, target: DialTarget): RemoteCommandFacts {
  const { uri, parameters, readOnly } = target;
  const { netcat, proxy } = parameters;
  const socket = parameters.socket ?? defaultSocket(transport, target);
  const chosen = proxy ?? defaultProxy(target);
  if (chosen === 'native' && netcat !== null) {
    throw new LibvirtError(ErrorCode.InvalidArg, 'netcat path not valid with native proxy mode', {
      domain: ErrorDomain.Rpc,
    });
  }
  const name = parameters.name ?? (uri === null ? '' : remoteUri(uri, isOwnParameter));
  return { proxy: chosen, netcat, socket, uri: name, readOnly };
}

/** What of a URI tells the host, for the evidence of errors. */
export function hostEvidence(uri: ConnectionUri | null): Readonly<Record<string, string>> {
  return {
    host: uri?.host ?? 'localhost',
    port: uri === null || uri.port === 0 ? '' : String(uri.port),
    ...(uri === null || uri.user === null ? {} : { user: uri.user }),
    ...(uri === null || uri.query === null ? {} : { query: uri.query }),
  };
}

function defaultSocket(transport: string, { mode, readOnly, userSession, host }: DialTarget): string {
  if (mode === 'direct') {
    throw new LibvirtError(ErrorCode.OperationUnsupported, `Cannot use direct socket mode for ${transport} transport`, {
      domain: ErrorDomain.Remote,
    });
  }
  // libvirt takes this side's folder for the other's, too; the native proxy knows better and is preferred.
  if (userSession) return `${host.runtimeFolder}/libvirt-sock`;
  return readOnly ? `${SYSTEM_SOCKET}-ro` : SYSTEM_SOCKET;
}

function defaultProxy({ parameters, userSession }: DialTarget): RemoteProxy {
  if (parameters.socket !== null) return 'netcat';
  if (userSession) return 'native';
  return parameters.netcat !== null ? 'netcat' : 'auto';
}
