// Starts the daemon of the user when nothing listens on the socket of the session.
import { spawn } from 'node:child_process';
import { access, constants, mkdir } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { once } from 'node:events';

type Environment = Readonly<Record<string, string | undefined>>;

// Where daemons live though the PATH of a user may not say so.
const MORE_FOLDERS: readonly string[] = ['/usr/sbin', '/usr/local/sbin'];
// What a daemon may see of the environment (virNetSocketForkDaemon).
const passedOn: readonly string[] = [
  'PATH',
  'HOME',
  'USER',
  'LOGNAME',
  'TMPDIR',
  'LD_PRELOAD',
  'LD_LIBRARY_PATH',
  'XDG_CACHE_HOME',
  'XDG_CONFIG_HOME',
  'XDG_RUNTIME_DIR',
];

/**
 * Gives the names of the daemons that would listen on a socket of the session, the preferred one first.
 *
 * @param socket its path, e.g. `.../virtqemud-sock`, `.../libvirt-sock`
 */
export function daemonNames(socket: string): readonly string[] {
  const direct = /\/(virt[^/]+d)-sock$/.exec(socket)?.[1];
  return direct === undefined ? ['libvirtd', 'virtwired'] : [direct];
}

/**
 * Finds the program of a daemon: in the folder of $VIRTD_PATH or $LIBVIRTD_PATH, else in PATH and where daemons are kept.
 *
 * @returns null when there is none
 */
export async function findDaemon(names: readonly string[], env: Environment): Promise<string | null> {
  const own = env['VIRTD_PATH'] ?? env['LIBVIRTD_PATH'];
  const folders = own
    ? [own]
    : [...(env['PATH'] ?? '').split(delimiter).filter((each) => each !== ''), ...MORE_FOLDERS];
  for (const name of names) {
    for (const folder of folders) {
      const path = join(folder, name);
      const usable = await access(path, constants.X_OK).then(
        () => true,
        () => false,
      );
      if (usable) return path;
    }
  }
  return null;
}

/**
 * Starts a daemon that outlives this process, and ends by itself when nobody has used it for two minutes.
 *
 * @param folder of its sockets; made when it is not there
 * @throws the system's error when it cannot be started
 */
export async function startDaemon(program: string, folder: string, env: Environment): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const kept: Record<string, string> = { LC_ALL: 'C' };
  for (const name of passedOn) {
    const value = env[name];
    if (value !== undefined) kept[name] = value;
  }
  const child = spawn(program, ['--timeout=120'], { cwd: '/', detached: true, env: kept, stdio: 'ignore' });
  await once(child, 'spawn');
  child.unref();
}
