// What a daemon makes its own before anything else: the directory of its sockets, and the locks on it and on the pid file.
import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { ErrorCode, LibvirtError } from '@virtwire/rpc';
import { systemErrorText } from '@virtwire/rpc/node';
import { type PendingLocks, takeLocks } from './lock.ts';
import type { PreparedDaemon } from './prepare.ts';

/** What is being made its own. */
export interface Claim {
  /** The directory of the sockets. */
  readonly directory: string;
  /** Null when the directory cannot be made, for the reason in `failure`. */
  readonly locks: PendingLocks | null;
  readonly failure: unknown;
}

/** Gives back whatever has been taken. */
export async function giveBack({ locks }: Claim): Promise<void> {
  if (locks === null) return;
  const taken = await Promise.allSettled([locks.directory, locks.pidFile]);
  for (const lock of taken) if (lock.status === 'fulfilled') lock.value.release();
}

/** Begins; what comes of it shows when the locks are waited for. */
export function claimPlaces({ options, paths, loaded: { config } }: PreparedDaemon): Claim {
  const directory = resolve(config.unix_sock_dir || paths.socketDirectory);
  try {
    if (!paths.privileged) makeSocketDirectory(paths.socketDirectory, false);
    makeSocketDirectory(directory, paths.privileged);
  } catch (failure) {
    return { directory, locks: null, failure };
  }
  return { directory, locks: takeLocks(resolve(options.pidFile ?? paths.pidFile), directory), failure: null };
}

// Makes it with its parents.
function makeSocketDirectory(path: string, privileged: boolean): void {
  const mask = process.umask(privileged ? 0o022 : 0o077);
  try {
    mkdirSync(path, { recursive: true });
  } catch (error) {
    const text = systemErrorText(error as NodeJS.ErrnoException);
    throw new LibvirtError(ErrorCode.SystemError, `unable to create directory ${path}: ${text}`, { cause: error });
  } finally {
    process.umask(mask);
  }
}
