// The operating system's own words for why a call failed, as C's strerror gives them.
import { getSystemErrorMap } from 'node:util';

// libuv has its own wording for some errors; these are the C library's, which virsh prints.
const C_TEXTS: Readonly<Record<string, string>> = {
  ENOENT: 'No such file or directory',
  EACCES: 'Permission denied',
  EPERM: 'Operation not permitted',
  EISDIR: 'Is a directory',
  ENOTDIR: 'Not a directory',
  EEXIST: 'File exists',
  ENOSPC: 'No space left on device',
  EROFS: 'Read-only file system',
  ELOOP: 'Too many levels of symbolic links',
  ENAMETOOLONG: 'File name too long',
  EMFILE: 'Too many open files',
  ENXIO: 'No such device or address',
};

/** Gives the text of a failed system call, e.g. `No such file or directory`. */
export function systemErrorText(thrown: unknown): string {
  const { code, errno } = thrown as NodeJS.ErrnoException;
  const known = code === undefined ? undefined : C_TEXTS[code];
  if (known !== undefined) return known;
  const named = errno === undefined ? undefined : getSystemErrorMap().get(errno)?.[1];
  return named ?? (thrown instanceof Error ? thrown.message : String(thrown));
}
