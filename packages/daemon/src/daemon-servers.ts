// The two servers of a daemon: for its clients, and for its administrators.
import { admin, lxc, qemu, remote } from '@virtwire/protocol';
import { type Procedure, programOf } from '@virtwire/rpc';
import type { DaemonAccess } from './access.ts';
import type { DaemonConfig } from './config-rows.ts';
import type { SessionHandler } from './dispatch/handler.ts';
import { builtInDrivers } from './drivers.ts';
import type { Log } from './log.ts';
import type { CallMetrics } from './metrics/call-metrics.ts';
import { Server } from './server.ts';

/** What the servers depend on. */
export interface ServerSituation {
  readonly config: DaemonConfig;
  readonly access: DaemonAccess;
  readonly log: Log;
  /** What administrators are answered. */
  readonly adminHandlers: ReadonlyMap<Procedure, SessionHandler>;
  /** Counts what happens, null: nothing is counted. */
  readonly metrics: CallMetrics | null;
  /** Told when the number of clients changes. */
  readonly onClients: (count: number) => void;
}

/** Servers by name, in the order that administrators see. */
export interface DaemonServers {
  readonly remote: Server;
  readonly admin: Server;
  readonly byName: ReadonlyMap<string, Server>;
}

const remotePrograms = [remote[programOf], qemu[programOf], lxc[programOf]];
const adminPrograms = [admin[programOf]];

/** Makes them; they wait for sockets. */
export function daemonServers({
  config,
  access,
  log,
  adminHandlers,
  metrics,
  onClients,
}: ServerSituation): DaemonServers {
  const registry = builtInDrivers(log);
  const counted = metrics === null ? {} : { metrics };
  const loginTimeoutMs = config.login_timeout * 1000;
  const outputTimeoutMs = config.output_timeout * 1000;
  const clients = new Server({
    name: 'libvirtd',
    registry,
    programs: remotePrograms,
    log,
    maxClients: config.max_clients,
    maxQueuedClients: config.max_queued_clients,
    maxAnonymousClients: config.max_anonymous_clients,
    maxClientRequests: config.max_client_requests,
    workers: workersOf(config),
    loginTimeoutMs,
    outputTimeoutMs,
    keepaliveIntervalS: config.keepalive_interval,
    keepaliveCount: config.keepalive_count,
    onClients,
    ...counted,
    ...(access.polkit === null ? {} : { polkit: access.polkit }),
    ...(access.sasl === null ? {} : { sasl: access.sasl }),
    ...(access.control === null ? {} : { access: access.control }),
  });
  const administrators = new Server(
    {
      name: 'admin',
      registry,
      programs: adminPrograms,
      log,
      maxClients: config.admin_max_clients,
      maxQueuedClients: config.admin_max_queued_clients,
      maxAnonymousClients: 0,
      maxClientRequests: config.admin_max_client_requests,
      workers: {
        min: config.admin_min_workers,
        max: Math.max(config.admin_max_workers, config.admin_min_workers),
        priority: 0,
      },
      loginTimeoutMs,
      outputTimeoutMs,
      keepaliveIntervalS: config.admin_keepalive_interval,
      keepaliveCount: config.admin_keepalive_count,
      ...counted,
    },
    adminHandlers,
  );
  const byName = new Map([administrators, clients].map((server) => [server.name, server]));
  return { remote: clients, admin: administrators, byName };
}

/** The window that the configuration asks for; libvirt raises the maximum to a higher minimum, too. */
export function workersOf(config: DaemonConfig): { min: number; max: number; priority: number } {
  const { min_workers: min, max_workers: max, prio_workers: priority } = config;
  return { min, max: Math.max(max, min), priority };
}
