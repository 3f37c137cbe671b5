// What a started daemon of either kind offers to a test, and how to wait until it answers.
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { Finished, Running } from './process.ts';

/** A daemon that runs for one test. Disposing it ends the process and removes its directory. */
export interface StartedDaemon extends AsyncDisposable {
  readonly name: 'libvirtd' | 'virtwired';
  /** Directory of its sockets, configuration and state. */
  readonly directory: string;
  /** Path of the read-write socket. */
  readonly socket: string;
  /** Path of the read-only socket. */
  readonly readOnlySocket: string;
  /** Port on 127.0.0.1. */
  readonly tcpPort: number;
  readonly process: Running;
  /** Process id of the daemon itself, for /proc. */
  readonly pid: number;
  /**
   * A connection URI for this daemon.
   *
   * @param driver scheme of the driver, e.g. `test` or `storage`
   * @param path of the driver, e.g. `/default`
   */
  uri(transport: 'unix' | 'tcp', driver: string, path: string): string;
  /** Sends SIGTERM and waits for the end. */
  stop(): Promise<Finished>;
}

/** What {@link StartedDaemon} derives from its places alone. */
export function daemonAt(
  name: StartedDaemon['name'],
  directory: string,
  tcpPort: number,
  running: Running,
  dispose: () => Promise<void>,
): StartedDaemon {
  const socket = `${directory}/libvirt-sock`;
  return {
    name,
    directory,
    socket,
    readOnlySocket: `${socket}-ro`,
    tcpPort,
    process: running,
    pid: running.pid,
    uri: (transport, driver, path) =>
      transport === 'unix'
        ? `${driver}+unix://${path}?socket=${socket}`
        : `${driver}+tcp://127.0.0.1:${tcpPort}${path}`,
    stop: () => {
      running.kill('SIGTERM');
      return running.finished;
    },
    [Symbol.asyncDispose]: dispose,
  };
}

/**
 * Waits until the daemon takes connections on its sockets.
 *
 * @throws Error with what the daemon wrote when it ends first or is not ready within 30 s.
 */
export async function ready(daemon: StartedDaemon): Promise<void> {
  const deadline = performance.now() + 30_000;
  for (const place of [{ path: daemon.socket }, { host: '127.0.0.1', port: daemon.tcpPort }]) {
    while (!(await accepts(place))) {
      const { child } = daemon.process;
      const over = child.exitCode !== null || child.signalCode !== null;
      if (over || performance.now() > deadline) {
        throw new Error(
          `${daemon.name} ${over ? 'ended' : 'takes no connections'}\n${daemon.process.stdout()}${daemon.process.stderr()}`,
        );
      }
      await delay(10);
    }
  }
}

// Ports that the system gives out by itself begin above these, so that no client takes one meanwhile.
const FIRST_PORT = 10_000;
const PORTS = 22_000;

/** A TCP port on 127.0.0.1 that nobody uses just now, chosen by chance so that test files beside each other do not meet. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = FIRST_PORT + Math.floor(Math.random() * PORTS);
    const server = createServer().listen(port, '127.0.0.1');
    try {
      await once(server, 'listening');
    } catch {
      continue;
    }
    server.close();
    await once(server, 'close');
    return port;
  }
}

/** Writes settings in the syntax of libvirtd.conf. */
export function configText(settings: Readonly<Record<string, string | number | readonly string[]>>): string {
  const value = (v: string | number | readonly string[]): string =>
    typeof v === 'number'
      ? String(v)
      : typeof v === 'string'
        ? `"${v}"`
        : `[${v.map((item) => `"${item}"`).join(', ')}]`;
  return Object.entries(settings)
    .map(([key, v]) => `${key} = ${value(v)}\n`)
    .join('');
}

/** Tells whether somebody takes connections there; the connection is closed at once. */
export async function accepts(place: { path: string } | { host: string; port: number }): Promise<boolean> {
  const socket = connect(place);
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
