// The errors of libvirt's storage driver, with the extra strings and numbers that it puts on the wire.
import { constants } from 'node:os';
import { ErrorCode, ErrorDomain, LibvirtError } from '@virtwire/rpc';

/** An error of the storage driver. */
export function storageError(code: number, detail: string): LibvirtError {
  return new LibvirtError(code, detail, { domain: ErrorDomain.Storage });
}

/** The object is in the wrong state for what was asked. */
export function operationInvalid(detail: string): LibvirtError {
  return storageError(ErrorCode.OperationInvalid, detail);
}

/**
 * Refuses flags that a function does not know.
 *
 * @param name the C function of libvirt's storage driver, which the text names
 * @throws LibvirtError `InvalidArg`
 * @see virCheckFlags
 */
export function checkFlags(flags: number, allowed: number, name: string): void {
  const unknown = (flags & ~allowed) >>> 0;
  if (unknown !== 0)
    throw argumentError(name, 'flags', `unsupported flags (0x${unknown.toString(16)}) in function ${name}`);
}

/**
 * An argument that a C function refuses.
 *
 * @param name the C function
 * @param argument its name in the C library
 * @param message the whole text
 */
export function argumentError(name: string, argument: string, message: string): LibvirtError {
  return new LibvirtError(ErrorCode.InvalidArg, null, {
    domain: ErrorDomain.Storage,
    message,
    str1: name,
    str2: argument,
    int1: 0,
    int2: 0,
  });
}

/**
 * A system call that failed.
 *
 * @param cause what Node threw; other values give an internal error
 * @param detail what was tried, without the reason
 * @see virReportSystemError
 */
export function systemError(cause: unknown, detail: string, domain: number = ErrorDomain.Storage): LibvirtError {
  if (cause instanceof LibvirtError) return cause;
  const name = errnoName(cause);
  if (name === null) {
    return new LibvirtError(ErrorCode.InternalError, `${detail}: ${String(cause)}`, { domain, cause });
  }
  return new LibvirtError(ErrorCode.SystemError, `${detail}: ${errnoText(name)}`, { domain, cause, int1: errno(name) });
}

/** The name of the errno, `ENOENT`, of what Node threw; null if it carries none. */
export function errnoName(thrown: unknown): string | null {
  const code = thrown instanceof Error ? (thrown as NodeJS.ErrnoException).code : undefined;
  return code !== undefined && code in constants.errno ? code : null;
}

/** A failure with an errno, where no system call of ours threw one. */
export function errnoFailure(name: string): Error {
  return Object.assign(new Error(name), { code: name });
}

function errno(name: string): number {
  return (constants.errno as Readonly<Record<string, number>>)[name] ?? -1;
}

// The words of the C library, which differ from libuv's.
const texts: Readonly<Record<string, string>> = {
  EPERM: 'Operation not permitted',
  ENOENT: 'No such file or directory',
  EINTR: 'Interrupted system call',
  EIO: 'Input/output error',
  ENXIO: 'No such device or address',
  EBADF: 'Bad file descriptor',
  EAGAIN: 'Resource temporarily unavailable',
  ENOMEM: 'Cannot allocate memory',
  EACCES: 'Permission denied',
  EBUSY: 'Device or resource busy',
  EEXIST: 'File exists',
  EXDEV: 'Invalid cross-device link',
  ENODEV: 'No such device',
  ENOTDIR: 'Not a directory',
  EISDIR: 'Is a directory',
  EINVAL: 'Invalid argument',
  ENFILE: 'Too many open files in system',
  EMFILE: 'Too many open files',
  ETXTBSY: 'Text file busy',
  EFBIG: 'File too large',
  ENOSPC: 'No space left on device',
  ESPIPE: 'Illegal seek',
  EROFS: 'Read-only file system',
  EMLINK: 'Too many links',
  EPIPE: 'Broken pipe',
  ENAMETOOLONG: 'File name too long',
  ENOSYS: 'Function not implemented',
  ENOTEMPTY: 'Directory not empty',
  ELOOP: 'Too many levels of symbolic links',
  EOVERFLOW: 'Value too large for defined data type',
  EOPNOTSUPP: 'Operation not supported',
  ENOTSUP: 'Operation not supported',
  ESTALE: 'Stale file handle',
  EDQUOT: 'Disk quota exceeded',
};

/** The C library's words for an errno. @see strerror */
export function errnoText(name: string): string {
  return texts[name] ?? name;
}
