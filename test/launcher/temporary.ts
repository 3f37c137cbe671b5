// A directory that lasts as long as the test that asked for it.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A directory of its own; disposing removes it with all that is in it. */
export interface TemporaryDirectory extends AsyncDisposable {
  readonly path: string;
}

/**
 * Makes a temporary directory, readable by its owner alone.
 *
 * @param parent where to make it, the system's own place when left out; `/dev/shm` keeps large files off the disk
 */
export async function temporaryDirectory(parent: string = tmpdir()): Promise<TemporaryDirectory> {
  const path = await mkdtemp(join(parent, 'virtwire-'));
  return {
    path,
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  };
}
