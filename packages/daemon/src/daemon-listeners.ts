// The sockets of a daemon: those that systemd handed over, and those that the configuration asks for.
import type { Socket } from 'node:net';
import { homedir } from 'node:os';
import type { Identity } from '@virtwire/protocol';
import { type Answer, ErrorCode, ErrorDomain, LibvirtError } from '@virtwire/rpc';
import type { TlsListener, TlsVerdict } from '@virtwire/rpc/tls';
import { authOf, type DaemonAccess } from './access.ts';
import type { Activation, ActivatedService } from './activation.ts';
import type { DaemonConfig } from './config-rows.ts';
import { addressOf } from './listener/accept.ts';
import { listenInherited } from './listener/inherited.ts';
import type { Listener, Reception, Service } from './listener/listener.ts';
import { listenTcp } from './listener/tcp.ts';
import { tlsProtection } from './listener/tls.ts';
import { groupId, listenUnix, parseMode } from './listener/unix.ts';
import { localIdentities } from './local-identity.ts';
import type { Log } from './log.ts';
import type { CallMetrics } from './metrics/call-metrics.ts';
import { type DaemonPaths, socketPaths } from './paths.ts';

/** What the sockets depend on. */
export interface ListenerSituation {
  readonly config: DaemonConfig;
  /** True when the daemon was started with --listen. */
  readonly listen: boolean;
  /** Directory of the unix sockets. */
  readonly directory: string;
  readonly paths: DaemonPaths;
  readonly access: DaemonAccess;
  readonly activation: Activation | null;
  readonly log: Log;
  /** Counts who is turned away, null: nothing is counted. */
  readonly metrics: CallMetrics | null;
  /** Takes the clients. */
  readonly clients: Reception;
  /** Takes the administrators. */
  readonly administrators: Reception;
}

/** What was opened. */
export interface DaemonListeners {
  readonly listeners: Listener[];
  /** What TLS connections pass; null without TLS. */
  tls: TlsListener | null;
}

/**
 * Opens all sockets, the read-write one last: who finds it may rely on the others.
 *
 * @param opened filled as they are opened, so that those can be closed when a later one fails
 * @throws LibvirtError in libvirt's words
 */
export async function openListeners(situation: ListenerSituation, opened: DaemonListeners): Promise<void> {
  const { config, listen, activation, clients, log, paths } = situation;
  if (activation !== null && listen) {
    throw new LibvirtError(ErrorCode.InternalError, null, {
      domain: ErrorDomain.Rpc,
      message:
        "--listen parameter not permitted with systemd activation sockets, see 'man libvirtd' for further guidance",
    });
  }
  const backlog = config.max_queued_clients;
  const inherited = (name: ActivatedService) => activation?.claim(name) ?? [];

  const tcpFds = inherited('tcp');
  const tcp: Service = { name: 'tcp', readOnly: false, auth: authOf(config.auth_tcp, 'sasl'), secure: false };
  for (const fd of tcpFds) {
    opened.listeners.push(await listenInherited(tcp, { fd, address: 'tcp socket', addressOf }, clients));
  }
  const host = config.listen_addr || null;
  if (listen && config.listen_tcp) {
    opened.listeners.push(...(await listenTcp(tcp, { host, port: config.tcp_port ?? '', backlog }, clients)));
  }

  const tlsFds = inherited('tls');
  if (tlsFds.length > 0 || (listen && config.listen_tls)) {
    const tls: Service = { name: 'tls', readOnly: false, auth: authOf(config.auth_tls, 'none'), secure: true };
    const home = paths.privileged ? null : homedir();
    const protection = await tlsProtection(config, { home, log, judged: (verdict) => judged(situation, verdict) });
    opened.tls = protection;
    for (const fd of tlsFds) {
      opened.listeners.push(await listenInherited(tls, { fd, address: 'tls socket', addressOf, protection }, clients));
    }
    if (tlsFds.length === 0) {
      const place = { host, port: config.tls_port ?? '', backlog, protection };
      opened.listeners.push(...(await listenTcp(tls, place, clients)));
    }
  }

  for (const socket of unixSockets(situation)) {
    const { name, path, perms, service, reception, identityOf } = socket;
    const fds = inherited(name);
    for (const fd of fds) {
      const rules = { fd, address: `${name} socket`, addressOf: () => 'unix', identityOf };
      opened.listeners.push(await listenInherited(service, rules, reception));
    }
    if (fds.length > 0) continue;
    const gid = config.unix_sock_group === null ? null : groupId(config.unix_sock_group);
    const options = { path, mode: parseMode(perms), gid, backlog: socket.backlog };
    const place = identityOf === undefined ? options : { ...options, identityOf };
    opened.listeners.push(await listenUnix(service, place, reception));
  }
  activation?.complete();
}

function judged({ access, metrics }: ListenerSituation, { address, name, refusal }: TlsVerdict): void {
  if (refusal !== null) metrics?.refused('tls_handshake');
  const identity = { address, ...(name === null ? {} : { x509Name: name }) };
  access.control?.authentication({ method: 'tls', mechanism: null, service: 'tls', identity, refusal });
}

interface UnixSocket {
  readonly name: ActivatedService;
  readonly path: string;
  readonly perms: string;
  readonly backlog: number;
  readonly service: Service;
  readonly reception: Reception;
  readonly identityOf: ((socket: Socket) => Answer<Identity>) | undefined;
}

function* unixSockets({
  config,
  directory,
  paths: { privileged },
  access,
  clients,
  administrators,
}: ListenerSituation): Iterable<UnixSocket> {
  const sockets = socketPaths(directory, privileged);
  const { identities } = access;
  const identityOf = identities === null ? undefined : (socket: Socket) => identities.of(socket);
  yield {
    name: 'admin',
    path: sockets.admin,
    perms: config.unix_sock_admin_perms ?? '',
    backlog: config.admin_max_queued_clients,
    service: { name: 'admin', readOnly: false, auth: 'none', secure: true },
    reception: administrators,
    identityOf: sameUser(),
  };
  const usual = { backlog: config.max_queued_clients, reception: clients, identityOf };
  if (sockets.readOnly !== null) {
    yield {
      ...usual,
      name: 'unix-ro',
      path: sockets.readOnly,
      perms: config.unix_sock_ro_perms ?? '',
      service: { name: 'unix-ro', readOnly: true, auth: access.unixReadOnly, secure: true },
    };
  }
  yield {
    ...usual,
    name: 'unix',
    path: sockets.readWrite,
    perms: config.unix_sock_rw_perms ?? (access.unixReadWrite === 'none' ? '0700' : '0777'),
    service: { name: 'unix', readOnly: false, auth: access.unixReadWrite, secure: true },
  };
}

// Whatever the mode of the admin socket, only the user of the daemon administrates it (adminClientNew).
function sameUser(): (socket: Socket) => Promise<Identity> {
  const identities = localIdentities({ names: false });
  return async (socket) => {
    const identity = await identities.of(socket);
    if (identity.uid === process.geteuid?.()) return identity;
    throw new LibvirtError(ErrorCode.OperationDenied, `Disallowing client ${identity.pid} with uid ${identity.uid}`, {
      domain: ErrorDomain.Rpc,
    });
  };
}
