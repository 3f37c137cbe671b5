// The life of a daemon: configuration, locks, sockets, waiting for the end, and taking everything away again.
import { readFileSync } from 'node:fs';
import { mkdirSync } from 'node:fs';
import type { Socket } from 'node:net';
import { homedir } from 'node:os';
import { dirname, resolve } from 'node:path';
import { lxc, qemu, remote } from '@virtwire/protocol';
import { ErrorCode, LibvirtError, programOf, toLibvirtError } from '@virtwire/rpc';
import { systemErrorText } from '@virtwire/rpc/node';
import { authOf, type DaemonAccess, daemonAccess } from './access.ts';
import type { DaemonOptions } from './command-line.ts';
import { loadConfig, type LoadedConfig } from './config.ts';
import type { DaemonConfig } from './config-rows.ts';
import { builtInDrivers } from './drivers.ts';
import { ExitCode } from './exit-code.ts';
import type { Listener, Service } from './listener/listener.ts';
import { listenTcp } from './listener/tcp.ts';
import { tlsProtection } from './listener/tls.ts';
import { groupId, listenUnix, makeSocketDirectory, parseMode } from './listener/unix.ts';
import { acquirePidFile, type Lock, lockDirectory } from './lock.ts';
import { Log } from './log.ts';
import { logSettings } from './log-settings.ts';
import { type DaemonPaths, daemonPaths, socketPaths } from './paths.ts';
import { Server } from './server.ts';

const programs = [remote[programOf], qemu[programOf], lxc[programOf]];

/** How long calls that are at work may go on when the daemon stops, in milliseconds. */
const STOP_GRACE_MS = 5000;

/** What was decided before anything is touched. */
export interface PreparedDaemon {
  readonly options: DaemonOptions;
  readonly paths: DaemonPaths;
  readonly loaded: LoadedConfig;
  readonly log: Log;
}

/**
 * Reads the configuration and opens the log.
 *
 * @param background true in the process that stays when it runs in the background
 * @returns null when something is wrong, which has been said on standard error
 */
export function prepare(options: DaemonOptions, background: boolean): PreparedDaemon | null {
  const log = new Log();
  const paths = daemonPaths();
  const path = options.configFile ?? paths.configFile;
  let loaded: LoadedConfig;
  try {
    loaded = loadConfig(readConfigFile(path, options.configFile === null), { path, listen: options.listen });
  } catch (error) {
    log.error('daemon', `Can't load config file: ${toLibvirtError(error).message}: ${path}`);
    return null;
  }
  try {
    if (background) mkdirSync(dirname(paths.logFile), { recursive: true, mode: 0o700 });
    const { verbose } = options;
    log.configure(logSettings(loaded.config, { verbose, file: background ? paths.logFile : null, env: process.env }));
  } catch (error) {
    process.stderr.write(`libvirt:  error : ${toLibvirtError(error).message}\n`);
    return null;
  }
  return { options, paths, loaded, log };
}

function readConfigFile(path: string, mayBeAbsent: boolean): Uint8Array {
  try {
    return readFileSync(path);
  } catch (error) {
    const failure = error as NodeJS.ErrnoException;
    if (mayBeAbsent && failure.code === 'ENOENT') return new Uint8Array(0);
    throw new LibvirtError(ErrorCode.SystemError, `Failed to open file '${path}': ${systemErrorText(failure)}`, {
      cause: error,
    });
  }
}

/**
 * Runs a daemon until it is told to end.
 *
 * @param ready called when it takes connections
 * @returns its exit code
 */
export async function run({ options, paths, loaded, log }: PreparedDaemon, ready: () => void): Promise<number> {
  const { config } = loaded;
  const pidPath = resolve(options.pidFile ?? paths.pidFile);
  const directory = resolve(config.unix_sock_dir || paths.socketDirectory);
  const end = endOfDaemon(log, options.timeoutS ?? 0);
  const locks: Lock[] = [];
  const listeners: Listener[] = [];
  let access: DaemonAccess;
  let server: Server | undefined;
  let step: ExitCode = ExitCode.RunDirectory;
  try {
    if (!paths.privileged) makeSocketDirectory(paths.socketDirectory, false);
    makeSocketDirectory(directory, paths.privileged);
    step = ExitCode.PidFile;
    locks.push(acquirePidFile(pidPath));
    step = ExitCode.Network;
    access = daemonAccess(config, { paths, listen: options.listen, log });
    locks.push(lockDirectory(directory));
    for (const warning of loaded.warnings) log.warning('daemon', warning);
    server = new Server({
      registry: builtInDrivers(log),
      programs,
      log,
      maxClients: config.max_clients,
      maxQueuedClients: config.max_queued_clients,
      maxAnonymousClients: config.max_anonymous_clients,
      maxClientRequests: config.max_client_requests,
      keepaliveIntervalS: config.keepalive_interval,
      keepaliveCount: config.keepalive_count,
      onClients: end.clients,
      ...(access.polkit === null ? {} : { polkit: access.polkit }),
      ...(access.sasl === null ? {} : { sasl: access.sasl }),
    });
    for (const open of listenerPlans(config, options, directory, paths, access, log))
      listeners.push(...(await open(server)));
  } catch (error) {
    log.error('daemon', toLibvirtError(error).message);
    await takeAway(listeners, locks, end, log);
    return step;
  }
  for (const { address } of listeners) log.info('daemon', `listening on ${address}`);
  end.clients(0);
  ready();
  // Whoever comes before this is loaded waits: the start itself need not.
  access.identities?.load().catch((error: unknown) => log.error('daemon', toLibvirtError(error).message));
  const code = await end.reached;
  await Promise.all(listeners.splice(0).map((listener) => listener.close()));
  await server.stop(STOP_GRACE_MS);
  access.polkit?.close();
  await takeAway([], locks, end, log);
  return code;
}

type OpenListeners = (server: Server) => Promise<Listener[]>;

function* listenerPlans(
  config: DaemonConfig,
  options: DaemonOptions,
  directory: string,
  { privileged }: DaemonPaths,
  access: DaemonAccess,
  log: Log,
): Iterable<OpenListeners> {
  const backlog = config.max_queued_clients;
  const sockets = socketPaths(directory, privileged);
  const gid = config.unix_sock_group === null ? null : groupId(config.unix_sock_group);
  const { identities } = access;
  const identityOf = identities === null ? {} : { identityOf: (socket: Socket) => identities.of(socket) };
  const unix = (path: string, perms: string, service: Service): OpenListeners => {
    const mode = parseMode(perms);
    return async (server) => [await listenUnix(service, { path, mode, gid, backlog, ...identityOf }, server)];
  };
  const perms = config.unix_sock_rw_perms ?? (access.unixReadWrite === 'none' ? '0700' : '0777');
  const readWrite = unix(sockets.readWrite, perms, {
    name: 'unix',
    readOnly: false,
    auth: access.unixReadWrite,
    secure: true,
  });
  const readOnly =
    sockets.readOnly === null
      ? null
      : unix(sockets.readOnly, config.unix_sock_ro_perms ?? '', {
          name: 'unix-ro',
          readOnly: true,
          auth: access.unixReadOnly,
          secure: true,
        });
  // TCP first: who finds the unix socket may rely on the port.
  if (options.listen && config.listen_tcp) {
    const service: Service = { name: 'tcp', readOnly: false, auth: authOf(config.auth_tcp, 'sasl'), secure: false };
    yield (server) =>
      listenTcp(service, { host: config.listen_addr || null, port: config.tcp_port ?? '', backlog }, server);
  }
  if (options.listen && config.listen_tls) {
    const service: Service = { name: 'tls', readOnly: false, auth: authOf(config.auth_tls, 'none'), secure: true };
    const home = privileged ? null : homedir();
    yield async (server) => {
      const protection = await tlsProtection(config, { home, log });
      const place = { host: config.listen_addr || null, port: config.tls_port ?? '', backlog, protection };
      return listenTcp(service, place, server);
    };
  }
  if (readOnly !== null) yield readOnly;
  yield readWrite;
}

async function takeAway(listeners: readonly Listener[], locks: readonly Lock[], end: EndOfDaemon, log: Log) {
  await Promise.all(listeners.map((listener) => listener.close()));
  for (const lock of locks.toReversed()) lock.release();
  end.forget();
  log.close();
}

interface EndOfDaemon {
  /** Resolves with the exit code when the daemon shall end. */
  readonly reached: Promise<number>;
  /** Told when the number of clients changes; without clients the time runs, if one was set. */
  readonly clients: (count: number) => void;
  forget(): void;
}

const endSignals = ['SIGTERM', 'SIGINT', 'SIGQUIT'] as const;

function endOfDaemon(log: Log, timeoutS: number): EndOfDaemon {
  const { promise, resolve: reach } = Promise.withResolvers<number>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let told = false;
  const stop = (signal: NodeJS.Signals) => {
    // Who asks twice does not want to wait for clients.
    if (told) process.exit(ExitCode.Ok);
    told = true;
    log.info('daemon', `ending on ${signal}`);
    reach(ExitCode.Ok);
  };
  const reload = () => log.info('daemon', 'SIGHUP: there is nothing to reload');
  const failed = (error: unknown) => {
    log.error('daemon', `internal fault: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    reach(ExitCode.PidFile);
  };
  for (const signal of endSignals) process.on(signal, stop);
  process.on('SIGHUP', reload);
  process.on('uncaughtException', failed);
  return {
    reached: promise,
    clients: (count) => {
      clearTimeout(timer);
      if (count > 0 || timeoutS === 0) return;
      timer = setTimeout(() => reach(ExitCode.Ok), Math.min(timeoutS * 1000, 0x7fffffff));
    },
    forget: () => {
      clearTimeout(timer);
      for (const signal of endSignals) process.off(signal, stop);
      process.off('SIGHUP', reload);
      process.off('uncaughtException', failed);
    },
  };
}
