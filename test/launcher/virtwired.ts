// virtwired for one test, from its sources or as built.
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { configText, daemonAt, freePort, type StartedDaemon } from './daemon.ts';
import { isolated } from './isolated.ts';
import { type DaemonOptions, readyOrGone } from './libvirtd.ts';
import { start } from './process.ts';
import { requires } from './requires.ts';
import { temporaryDirectory } from './temporary.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** How to start virtwired. */
export interface VirtwiredOptions extends DaemonOptions {
  /** The sources (the default, nothing has to be built), or what `npm run build` made. */
  readonly from?: 'source' | 'bundle';
}

/** The command line of a program of the repository. */
export function programOf(
  name: 'daemon' | 'shell' | 'pki',
  from: 'source' | 'bundle' = 'source',
): [string, ...string[]] {
  return from === 'bundle'
    ? [process.execPath, `${root}packages/${name}/dist/bundle/bin.js`]
    : [process.execPath, '--conditions=source', '--no-warnings', `${root}packages/${name}/src/bin.ts`];
}

/**
 * Starts virtwired on a private unix socket and a free TCP port, both without authentication.
 *
 * It gets a home directory of its own and, where mount namespaces may be made, private copies of libvirt's system directories.
 */
export async function startVirtwired(options: VirtwiredOptions = {}): Promise<StartedDaemon> {
  const directory = await temporaryDirectory();
  const tcpPort = await freePort();
  const conf = `${directory.path}/virtwired.conf`;
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
    ...programOf('daemon', options.from ?? fromEnvironment()),
    '--listen',
    '--config',
    conf,
    '--pid-file',
    `${directory.path}/virtwired.pid`,
    ...(options.args ?? []),
  ] as [string, ...string[]];
  const [command, ...args] =
    requires({ isolation: true }) === false ? isolated(directory.path, options.inside?.(program) ?? program) : program;
  const running = start(command, args, { env: { HOME: directory.path, ...options.env } });
  const daemon = daemonAt('virtwired', directory.path, tcpPort, running, async () => {
    await running[Symbol.asyncDispose]();
    await directory[Symbol.asyncDispose]();
  });
  return readyOrGone(daemon);
}

/** Where programs of the repository are run from when a test does not say: `VIRTWIRE_FROM=bundle` takes the built ones. */
export function fromEnvironment(): 'source' | 'bundle' {
  return process.env['VIRTWIRE_FROM'] === 'bundle' ? 'bundle' : 'source';
}
