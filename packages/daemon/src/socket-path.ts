// What stands at the path of a unix socket before one is made: served by somebody, left by the dead, or something else.
import { existsSync, lstatSync, unlinkSync } from 'node:fs';
import { connect, type Socket } from 'node:net';

/** True when somebody listens there. */
export function isServed(path: string): Promise<boolean> {
  if (!existsSync(path)) return Promise.resolve(false);
  return new Promise((resolve) => {
    const probe: Socket = connect({ path });
    probe.once('connect', () => {
      probe.destroy();
      resolve(true);
    });
    // EAGAIN is a queue that is full: somebody serves it.
    probe.once('error', (error: NodeJS.ErrnoException) => resolve(error.code === 'EAGAIN' || error.code === 'EACCES'));
  });
}

/** Removes what is there, if anything is. @throws an error of the system */
export function removePath(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

/**
 * Removes a socket that nobody serves any more, and nothing else: somebody may have written the path of a file by mistake.
 *
 * @throws Error for whatever must stay
 */
export async function removeDeadSocket(path: string): Promise<void> {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return;
  if (!found.isSocket() || (await isServed(path))) {
    throw new Error(found.isSocket() ? 'Address already in use' : 'it is there and no socket');
  }
  removePath(path);
}
