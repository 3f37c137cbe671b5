// Real libvirtd for one test, cut off from the machine's own by a mount namespace.
import { writeFile } from 'node:fs/promises';
import { configText, daemonAt, freePort, ready, type StartedDaemon } from './daemon.ts';
import { isolated } from './isolated.ts';
import { start } from './process.ts';
import { temporaryDirectory } from './temporary.ts';

/** How to start a daemon. */
export interface DaemonOptions {
  /** Settings of the configuration file besides the places of the sockets and `auth_* = "none"`. */
  readonly conf?: Readonly<Record<string, string | number | readonly string[]>>;
  /** Further arguments of the command line. */
  readonly args?: readonly string[];
  /** Wraps the command line inside the daemon's mount namespace, e.g. to give it users of its own. */
  readonly inside?: (command: readonly string[]) => string[];
  /** Variables added to the environment. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** Starts real libvirtd on a private unix socket and a free TCP port, both without authentication. */
export async function startLibvirtd(options: DaemonOptions = {}): Promise<StartedDaemon> {
  const directory = await temporaryDirectory();
  const tcpPort = await freePort();
  const conf = `${directory.path}/libvirtd.conf`;
  await writeFile(
    conf,
    configText({
      unix_sock_dir: directory.path,
      auth_unix_rw: 'none',
      auth_unix_ro: 'none',
      listen_tls: 0,
      listen_tcp: 1,
      auth_tcp: 'none',
      listen_addr: '127.0.0.1',
      tcp_port: String(tcpPort),
      log_outputs: '3:stderr',
      ...options.conf,
    }),
  );
  const program = [
    'libvirtd',
    '--listen',
    '--config',
    conf,
    '--pid-file',
    `${directory.path}/libvirtd.pid`,
    ...(options.args ?? []),
  ];
  const [command, ...args] = isolated(directory.path, options.inside?.(program) ?? program);
  const running = start(command, args, options.env === undefined ? {} : { env: options.env });
  const daemon = daemonAt('libvirtd', directory.path, tcpPort, running, async () => {
    await running[Symbol.asyncDispose]();
    await directory[Symbol.asyncDispose]();
  });
  return readyOrGone(daemon);
}

/** Waits for the daemon to be ready, and takes it away when it fails to. */
export async function readyOrGone(daemon: StartedDaemon): Promise<StartedDaemon> {
  try {
    await ready(daemon);
    return daemon;
  } catch (error) {
    await daemon[Symbol.asyncDispose]();
    throw error;
  }
}
