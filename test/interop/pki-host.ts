// A fresh machine for tests of virtwire-pki: no certificates anywhere, default places and ports free, a name that resolves.
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { type Finished, type Place, type Running, startPlace } from '../launcher/index.ts';
import { configText } from '../launcher/daemon.ts';
import { fromEnvironment, programOf } from '../launcher/virtwired.ts';

/** Name of the machine in URIs. */
export const HOST = hostname();

/** A machine. */
export interface PkiHost extends AsyncDisposable {
  readonly place: Place;
  /** Folder of the authority. */
  readonly authority: string;
  /** Runs lines of a shell there, in which `virtwire-pki` and `virtwire` are the programs of the repository. */
  paste(lines: string): Promise<Finished>;
  /** Starts a daemon that listens for tls, and waits until it does. */
  serve(
    daemon: 'libvirtd' | 'virtwired',
    conf?: Readonly<Record<string, string | number | readonly string[]>>,
  ): Promise<Running>;
}

/** Makes a machine; nothing runs on it yet. */
export async function pkiHost(): Promise<PkiHost> {
  const place = await startPlace();
  const { directory } = place;
  const bin = `${directory}/bin`;
  await mkdir(bin);
  for (const [name, program] of [
    ['virtwire-pki', 'pki'],
    ['virtwire', 'shell'],
  ] as const) {
    const words = programOf(program, fromEnvironment()).map((word) => `'${word}'`);
    await writeFile(`${bin}/${name}`, `#!/bin/sh\nexec ${words.join(' ')} "$@"\n`);
    await chmod(`${bin}/${name}`, 0o755);
  }
  await writeFile(`${directory}/hosts`, `127.0.0.1 localhost\n::1 localhost\n127.0.0.1 ${HOST}\n`);
  await place.run('mount', ['--bind', `${directory}/hosts`, '/etc/hosts']);
  const authority = `${directory}/authority`;
  const env = {
    PATH: `${bin}:${process.env['PATH'] ?? ''}:/usr/sbin`,
    HOME: `${directory}/home`,
    VIRTWIRE_PKI_DIR: authority,
    NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'] ?? `${directory}/compiled`,
  };
  return {
    place,
    authority,
    // Entering a mount namespace leads to its root directory.
    paste: (lines) => place.run('sh', ['-ec', `cd '${directory}'\n${lines}`], { env }),
    serve: async (daemon, conf = {}) => {
      const own = `${directory}/${daemon}`;
      await mkdir(own, { recursive: true });
      const path = `${own}/daemon.conf`;
      const always = { unix_sock_dir: own, auth_unix_rw: 'none', auth_unix_ro: 'none', log_outputs: '3:stderr' };
      await writeFile(path, configText({ ...always, ...conf }));
      const [command, ...args]: readonly [string, ...string[]] =
        daemon === 'libvirtd' ? ['libvirtd'] : programOf('daemon', fromEnvironment());
      const running = place.start(command, [...args, '--listen', '--config', path, '--pid-file', `${own}/pid`], {
        env,
      });
      while (!(await place.listens(16_514))) {
        if (running.child.exitCode !== null) throw new Error(`${daemon} ended\n${running.stderr()}`);
        await delay(10);
      }
      return running;
    },
    [Symbol.asyncDispose]: () => place[Symbol.asyncDispose](),
  };
}
