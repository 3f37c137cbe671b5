// A unix socket as the file system shows it: whether it is there, and who may use it.
import { readFile, stat } from 'node:fs/promises';
import type { Evidence } from '../diagnosis/fault.ts';

/** Gives owner, group and mode of a socket; what cannot be seen is left out. */
export async function socketFacts(path: string): Promise<Evidence> {
  try {
    const { uid, gid, mode } = await stat(path);
    const [owner, group] = await Promise.all([nameOf('/etc/passwd', uid), nameOf('/etc/group', gid)]);
    return {
      socket: path,
      socketOwner: owner,
      socketGroup: group,
      socketMode: (mode & 0o777).toString(8).padStart(4, '0'),
      user: process.geteuid?.() ?? null,
    };
  } catch {
    return { socket: path };
  }
}

async function nameOf(file: string, id: number): Promise<string> {
  const lines = (await readFile(file, 'utf8')).split('\n').map((line) => line.split(':'));
  return lines.find(([, , number]) => number === String(id))?.[0] ?? String(id);
}
