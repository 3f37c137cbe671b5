// The life of a daemon: configuration, locks, sockets, waiting for the end, and taking everything away again.
import { homedir } from 'node:os';
import { toLibvirtError } from '@virtwire/rpc';
import { accessSources, type DaemonAccess, daemonAccess } from './access.ts';
import { type Notifier, serviceNotifier, socketActivation } from './activation.ts';
import { adminHandlers, type AdminTarget } from './admin/admin-handlers.ts';
import { localFacts } from './admin/local-facts.ts';
import { type Claim, giveBack } from './claim.ts';
import { startExtras } from './daemon-extras.ts';
import { type DaemonListeners, openListeners } from './daemon-listeners.ts';
import { type DaemonServers, daemonServers, workersOf } from './daemon-servers.ts';
import { type EndOfDaemon, endOfDaemon } from './end-of-daemon.ts';
import { ExitCode } from './exit-code.ts';
import { IdleMemory } from './idle-memory.ts';
import type { Listener } from './listener/listener.ts';
import { tlsFiles } from './listener/tls.ts';
import type { Log } from './log.ts';
import { CallMetrics } from './metrics/call-metrics.ts';
import type { PreparedDaemon } from './prepare.ts';
import { Reloadables } from './reload.ts';

/** How long calls that are at work may go on when the daemon stops, in milliseconds. */
const STOP_GRACE_MS = 5000;

/**
 * Runs a daemon until it is told to end.
 *
 * @param claim what {@link claimPlaces} has begun
 * @param ready called when it takes connections
 * @returns its exit code
 */
export async function run(prepared: PreparedDaemon, claim: Claim, ready: () => void): Promise<number> {
  const { options, paths, loaded, log } = prepared;
  const reloads = new Reloadables(loaded.config, log);
  const { live } = reloads;
  const { directory } = claim;
  const end = endOfDaemon(log, options.timeoutS ?? 0);
  const memory = new IdleMemory();
  const opened: DaemonListeners = { listeners: [], tls: null };
  const serving: { servers?: DaemonServers } = {};
  let access: DaemonAccess;
  let servers: DaemonServers;
  let notify: Notifier | null;
  let endExtras: () => Promise<void>;
  let step: ExitCode = ExitCode.RunDirectory;
  try {
    notify = await serviceNotifier(process.env);
    if (claim.locks === null) throw claim.failure;
    step = ExitCode.PidFile;
    await claim.locks.pidFile;
    step = ExitCode.Audit;
    if (live.audit_level > 1) (await import('./audit/host-audit.ts')).requireHostAudit();
    step = ExitCode.Network;
    const activation = socketActivation(process.env);
    live.listen_tcp ||= activation?.has('tcp') === true;
    live.listen_tls &&= activation === null || activation.has('tls');
    access = await daemonAccess(live, { paths, listen: options.listen || activation !== null, log });
    await claim.locks.directory;
    for (const warning of loaded.warnings) log.warning('daemon', warning);
    const metrics = live.metrics_socket ? new CallMetrics() : null;
    servers = daemonServers({
      config: live,
      access,
      log,
      adminHandlers: adminHandlers(adminTarget(prepared, serving, opened, end)),
      metrics,
      onClients: (count) => {
        end.clients(count);
        memory.clientsChanged();
      },
    });
    serving.servers = servers;
    await openListeners(
      {
        config: live,
        listen: options.listen,
        directory,
        paths,
        access,
        activation,
        log,
        metrics,
        clients: servers.remote,
        administrators: servers.admin,
      },
      opened,
    );
    endExtras = await startExtras({ config: live, servers, opened, metrics, privileged: paths.privileged, log });
  } catch (error) {
    log.error('daemon', toLibvirtError(error).message);
    await takeAway(opened.listeners, claim, end, log);
    return step;
  }
  for (const { address } of opened.listeners) log.info('daemon', `listening on ${address}`);
  addReloadables(reloads, prepared, servers, opened);
  const { control } = access;
  if (control === null) {
    const why = 'this daemon was started without access control, and whoever may connect may still do everything';
    reloads.fix(['access_drivers', 'access_rules_file', 'audit_file'], why);
  } else reloads.add({ name: 'access rules', reload: (config) => control.reload(accessSources(config, paths)) });
  end.onReload(() => void reload(reloads, prepared, notify));
  end.clients(servers.remote.clientCount);
  ready();
  tell(notify, 'READY=1', log);
  // Whoever comes before this is loaded waits: the start itself need not.
  access.identities?.load().catch((error: unknown) => log.error('daemon', toLibvirtError(error).message));
  const code = await end.reached;
  tell(notify, 'STOPPING=1', log);
  memory.end();
  await endExtras();
  await Promise.all(opened.listeners.splice(0).map((listener) => listener.close()));
  await Promise.all([servers.remote.stop(STOP_GRACE_MS), servers.admin.stop(STOP_GRACE_MS)]);
  access.polkit?.close();
  control?.close();
  await takeAway([], claim, end, log);
  return code;
}

function adminTarget(
  { log, logSettings, loaded }: PreparedDaemon,
  serving: { servers?: DaemonServers },
  opened: DaemonListeners,
  end: EndOfDaemon,
): AdminTarget {
  return {
    get servers() {
      return serving.servers?.byName ?? new Map();
    },
    log,
    defaultOutputs: () =>
      logSettings({ ...loaded.config, log_outputs: null }).outputs.map((output) => ({
        ...output,
        level: log.current.level,
      })),
    identify: localFacts,
    updateTlsFiles: () => {
      opened.tls?.reload();
      return opened.tls !== null;
    },
    setTimeout: (seconds) => end.setTimeout(seconds),
    shutdown: () => {
      log.info('daemon', 'ending on the word of an administrator');
      // The reply leaves first.
      setImmediate(() => end.reach(ExitCode.Ok));
    },
  };
}

function addReloadables(
  reloads: Reloadables,
  { log, logSettings, paths }: PreparedDaemon,
  { remote }: DaemonServers,
  opened: DaemonListeners,
): void {
  reloads.add({ name: 'log', reload: (config) => log.configure(logSettings(config)) });
  reloads.add({
    name: 'limits',
    reload: (config) => {
      remote.clientLimits = { maxClients: config.max_clients, maxAnonymousClients: config.max_anonymous_clients };
      remote.workers.limits = workersOf(config);
    },
  });
  reloads.add({
    name: 'certificates',
    reload: async (config) => opened.tls?.reload(await tlsFiles(config, paths.privileged ? null : homedir())),
  });
}

async function reload(reloads: Reloadables, { load, log }: PreparedDaemon, notify: Notifier | null): Promise<void> {
  // systemd wants the time of its own clock, in microseconds (sd_notify, RELOADING=1).
  tell(notify, `RELOADING=1\nMONOTONIC_USEC=${process.hrtime.bigint() / 1000n}`, log);
  await reloads.reload(load);
  tell(notify, 'READY=1', log);
}

function tell(notify: Notifier | null, state: string, log: Log): void {
  try {
    notify?.(state);
  } catch (error) {
    log.warning('daemon', toLibvirtError(error).message);
  }
}

async function takeAway(listeners: readonly Listener[], claim: Claim, end: EndOfDaemon, log: Log) {
  await Promise.all(listeners.map((listener) => listener.close()));
  await giveBack(claim);
  end.forget();
  log.close();
}
