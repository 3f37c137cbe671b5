// The two ways in which the program fails: a command line that cannot be understood, and work that could not be done.
import { ErrorCode, LibvirtError } from '@virtwire/rpc/error';

/** A command line that cannot be understood; nothing of it has been done. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** An error with a text for people. @param text sentence without a full stop, no secrets in it */
export function failure(text: string, cause?: unknown): LibvirtError {
  return new LibvirtError(ErrorCode.OperationFailed, null, { message: text, cause });
}

/** What the system says about a failed call, in its own words, e.g. `No space left on device`. */
export function systemText(thrown: unknown): string {
  const { code, message } = thrown as NodeJS.ErrnoException;
  return (code !== undefined && texts[code]) || message || String(thrown);
}

const texts: Readonly<Record<string, string>> = {
  EACCES: 'Permission denied',
  EDQUOT: 'Disk quota exceeded',
  EEXIST: 'File exists',
  EIO: 'Input/output error',
  EISDIR: 'Is a directory',
  ELOOP: 'Too many levels of symbolic links',
  EMFILE: 'Too many open files',
  ENAMETOOLONG: 'File name too long',
  ENOENT: 'No such file or directory',
  ENOSPC: 'No space left on device',
  ENOTDIR: 'Not a directory',
  EPERM: 'Operation not permitted',
  EROFS: 'Read-only file system',
};
