// When the daemon is on this host: which process listens there, and which configuration it was started with.
import { readdir, readFile, readlink, realpath } from 'node:fs/promises';
import { basename, resolve } from 'node:path';

/** Where somebody listens. */
export type ListeningPlace = { readonly port: number } | { readonly socket: string };

const FOLDER = '/etc/libvirt';
const USUAL = `${FOLDER}/libvirtd.conf`;
// As in /proc/net/tcp, in hexadecimal.
const LISTENING = '0A';

/**
 * Finds the configuration of the daemon that listens at a place.
 *
 * @returns path of the file; that of libvirtd where nothing can be found out
 */
export async function configurationAt(place: ListeningPlace): Promise<string> {
  try {
    const [inodes, pids] = await Promise.all([inodesAt(place), readdir('/proc')]);
    const found = await Promise.all(
      pids
        .filter((name) => /^\d+$/.test(name))
        .map(async (pid) => ((await hasSocket(pid, inodes)) ? configurationOf(pid) : null)),
    );
    return found.find((path) => path !== null) ?? USUAL;
  } catch {
    // A system without /proc, or one that shows nothing.
    return USUAL;
  }
}

// Null for what is no daemon: systemd holds the sockets, too.
async function configurationOf(pid: string): Promise<string | null> {
  const words = (await readFile(`/proc/${pid}/cmdline`, 'utf8')).split('\0');
  const at = words.findIndex((word) => word === '-f' || word === '--config');
  const given = at === -1 ? words.find((word) => word.startsWith('--config='))?.slice(9) : words[at + 1];
  if (given !== undefined && given !== '') return resolve(await readlink(`/proc/${pid}/cwd`), given);
  const name = words.map((word) => basename(word)).find((word) => /^(virt[a-z]+d|libvirtd)$/.test(word));
  if (name === undefined) return null;
  return name === 'virtwired' ? USUAL : `${FOLDER}/${name}.conf`;
}

async function inodesAt(place: ListeningPlace): Promise<ReadonlySet<string>> {
  const inodes = new Set<string>();
  if ('socket' in place) {
    const real = await realpath(place.socket);
    for (const line of await linesOf('/proc/net/unix')) {
      const [, , , , , , inode = '', path] = line;
      if (path === place.socket || path === real) inodes.add(inode);
    }
    return inodes;
  }
  const port = place.port.toString(16).toUpperCase().padStart(4, '0');
  for (const file of ['/proc/net/tcp', '/proc/net/tcp6']) {
    for (const line of await linesOf(file)) {
      const [, local = '', , state, , , , , , inode = ''] = line;
      if (state === LISTENING && local.endsWith(`:${port}`)) inodes.add(inode);
    }
  }
  return inodes;
}

async function linesOf(file: string): Promise<string[][]> {
  const text = await readFile(file, 'utf8').catch(() => '');
  return text.split('\n').map((line) => line.trim().split(/\s+/));
}

async function hasSocket(pid: string, inodes: ReadonlySet<string>): Promise<boolean> {
  const folder = `/proc/${pid}/fd`;
  const names = await readdir(folder).catch(() => []);
  const links = await Promise.all(names.map((name) => readlink(`${folder}/${name}`).catch(() => '')));
  return links.some((link) => inodes.has(/^socket:\[(\d+)\]$/.exec(link)?.[1] ?? ''));
}
