// Locks that end with the process: on the pid file, and on the directory of the sockets.
import { closeSync, fstatSync, ftruncateSync, openSync, statSync, unlinkSync, writeSync } from 'node:fs';
import { ErrorCode, LibvirtError } from '@virtwire/rpc';
import { systemErrorText } from '@virtwire/rpc/node';

/** Something that is locked until it is released or the process ends. */
export interface Lock {
  release(): void;
}

// Node has no call that locks a file. flock(1) has: a lock of flock(2) belongs to the open file, not to the process
// that asked for it, so the lock taken by the helper on an inherited descriptor stays ours when the helper has ended,
// and the kernel drops it when we end, however we do.
/** Locks an open file until it is closed. @returns false when somebody else has it @throws LibvirtError `SystemError` */
export function tryLock(fd: number): boolean {
  const { spawnSync } = process.getBuiltinModule('node:child_process');
  const { status, error } = spawnSync('flock', ['-x', '-n', '3'], { stdio: ['ignore', 'ignore', 'ignore', fd] });
  if (error !== undefined || status === null || status > 1) throw noFlock(error);
  return status === 0;
}

function noFlock(cause: unknown): LibvirtError {
  const text = 'cannot lock files: the program flock is needed (util-linux)';
  return new LibvirtError(ErrorCode.SystemError, text, { cause });
}

/** The locks of a daemon while they are being taken. Each promise rejects with a LibvirtError `SystemError`. */
export interface PendingLocks {
  /** The pid file, with the process id in it. Another daemon that holds it is `Resource temporarily unavailable`. */
  readonly pidFile: Promise<Lock>;
  /** The directory of the sockets, so that two daemons never fight for them. Comes after the pid file. */
  readonly directory: Promise<Lock>;
}

/**
 * Takes the lock on the pid file, then that on the directory. One helper takes both, while the daemon goes on loading.
 *
 * @see virPidFileAcquirePath
 */
export function takeLocks(pidPath: string, directory: string, pid: number = process.pid): PendingLocks {
  const taken = takeBoth(pidPath, directory, pid);
  const locks = {
    pidFile: taken.then(([lock]) => lock),
    directory: taken.then(([, lock]) => {
      if (lock instanceof LibvirtError) throw lock;
      return lock;
    }),
  };
  // Whoever waits for them hears of it.
  locks.pidFile.catch(() => undefined);
  locks.directory.catch(() => undefined);
  return locks;
}

async function takeBoth(pidPath: string, directory: string, pid: number): Promise<[Lock, Lock | LibvirtError]> {
  for (;;) {
    const pidFd = open(pidPath, 'a+', `Failed to open pid file '${pidPath}'`);
    let directoryFd = -1;
    try {
      let failure: LibvirtError | null = null;
      try {
        directoryFd = open(directory, 'r', `Failed to open directory '${directory}'`);
      } catch (error) {
        failure = error as LibvirtError;
      }
      const busy = await lockAll(directoryFd < 0 ? [pidFd] : [pidFd, directoryFd]);
      if (busy === 0) {
        const text = `Failed to acquire pid file '${pidPath}': Resource temporarily unavailable`;
        throw new LibvirtError(ErrorCode.SystemError, text);
      }
      // Its owner may have removed it between our opening and our locking; then we hold a file that nobody else sees.
      if (!isSameFile(pidFd, pidPath)) {
        closeAll(pidFd, directoryFd);
        continue;
      }
      if (busy === 1) {
        closeSync(directoryFd);
        directoryFd = -1;
        failure = new LibvirtError(ErrorCode.SystemError, `Another daemon serves the sockets in '${directory}'`);
      }
      ftruncateSync(pidFd, 0);
      writeSync(pidFd, String(pid));
      const fd = directoryFd;
      return [pidLock(pidFd, pidPath), failure ?? { release: () => closeSync(fd) }];
    } catch (error) {
      closeAll(pidFd, directoryFd);
      throw error;
    }
  }
}

function pidLock(fd: number, path: string): Lock {
  return {
    release: () => {
      if (isSameFile(fd, path)) unlinkSync(path);
      closeSync(fd);
    },
  };
}

function closeAll(...fds: readonly number[]): void {
  for (const fd of fds) if (fd >= 0) closeSync(fd);
}

// Its exit code is 64 and the place of the file that somebody else has; what flock says otherwise is a fault.
const LOCK_EACH =
  'n=0; for fd; do flock -x -n "$fd"; s=$?; [ $s = 1 ] && s=$((64 + n)); [ $s = 0 ] || exit $s; n=$((n + 1)); done';
const BUSY = 64;

/** Locks open files one after the other until somebody else has one. @returns the place of that one, null for none */
async function lockAll(fds: readonly number[]): Promise<number | null> {
  const { spawn } = await import('node:child_process');
  const inChild = fds.map((_, index) => String(FIRST_FD + index));
  const helper = spawn('sh', ['-c', LOCK_EACH, 'sh', ...inChild], { stdio: ['ignore', 'ignore', 'ignore', ...fds] });
  const status = await new Promise<number | null>((resolve, reject) => {
    helper.once('exit', resolve);
    helper.once('error', (error) => reject(noFlock(error)));
  });
  if (status === 0) return null;
  const busy = (status ?? 0) - BUSY;
  if (busy < 0 || busy >= fds.length) throw noFlock(undefined);
  return busy;
}

const FIRST_FD = 3;

function open(path: string, flags: string, what: string): number {
  try {
    return openSync(path, flags, 0o644);
  } catch (error) {
    const text = systemErrorText(error as NodeJS.ErrnoException);
    throw new LibvirtError(ErrorCode.SystemError, `${what}: ${text}`, { cause: error });
  }
}

function isSameFile(fd: number, path: string): boolean {
  const ours = fstatSync(fd);
  const there = statSync(path, { throwIfNoEntry: false });
  return there !== undefined && there.ino === ours.ino && there.dev === ours.dev;
}
