// Locks that end with the process: on the pid file, and on the directory of the sockets.
import { spawnSync } from 'node:child_process';
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
  const { status, error } = spawnSync('flock', ['-x', '-n', '3'], { stdio: ['ignore', 'ignore', 'ignore', fd] });
  if (error !== undefined || status === null || status > 1) {
    throw new LibvirtError(ErrorCode.SystemError, 'cannot lock files: the program flock is needed (util-linux)', {
      cause: error,
    });
  }
  return status === 0;
}

/**
 * Creates and locks a pid file, and writes the process id into it.
 *
 * @throws LibvirtError `SystemError` in libvirt's words; another daemon that holds it is `Resource temporarily unavailable`
 * @see virPidFileAcquirePath
 */
export function acquirePidFile(path: string, pid: number = process.pid): Lock {
  for (;;) {
    const fd = open(path, 'a+', `Failed to open pid file '${path}'`);
    try {
      if (!tryLock(fd)) {
        throw new LibvirtError(
          ErrorCode.SystemError,
          `Failed to acquire pid file '${path}': Resource temporarily unavailable`,
        );
      }
      // Its owner may have removed it between our opening and our locking; then we hold a file that nobody else sees.
      if (!isSameFile(fd, path)) {
        closeSync(fd);
        continue;
      }
      ftruncateSync(fd, 0);
      writeSync(fd, String(pid));
    } catch (error) {
      closeSync(fd);
      throw error;
    }
    return {
      release: () => {
        if (isSameFile(fd, path)) unlinkSync(path);
        closeSync(fd);
      },
    };
  }
}

/**
 * Locks a directory, so that two daemons never fight for the sockets in it.
 *
 * @throws LibvirtError `SystemError` when another one has it
 */
export function lockDirectory(path: string): Lock {
  const fd = open(path, 'r', `Failed to open directory '${path}'`);
  try {
    if (!tryLock(fd)) {
      throw new LibvirtError(ErrorCode.SystemError, `Another daemon serves the sockets in '${path}'`);
    }
  } catch (error) {
    closeSync(fd);
    throw error;
  }
  return { release: () => closeSync(fd) };
}

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
