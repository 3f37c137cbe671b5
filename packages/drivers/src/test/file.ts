// Reads and writes files through the functions that the test driver was given.
import type { Answer } from '@virtwire/rpc';
import { ErrorCode, ErrorDomain, LibvirtError } from '@virtwire/rpc';
import type { TestHost } from './state.ts';

/** The content of a file as text, null when it cannot be read. */
export function readFileText(host: TestHost, path: string): Answer<string | null> {
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  try {
    const content = host.readFile?.(path);
    if (content === undefined) return null;
    return content instanceof Promise ? content.then(decode, () => null) : decode(content);
  } catch {
    // Whatever the reason was, libvirt only says that the document could not be parsed.
    return null;
  }
}

const texts: Readonly<Record<string, readonly [number, string]>> = {
  OK: [0, 'Success'],
  ENOENT: [2, 'No such file or directory'],
  EACCES: [13, 'Permission denied'],
  ENOTDIR: [20, 'Not a directory'],
  EISDIR: [21, 'Is a directory'],
  ENOSPC: [28, 'No space left on device'],
  EROFS: [30, 'Read-only file system'],
  ENOSYS: [38, 'Function not implemented'],
};

/** An error of the system, with its number and text after what was tried. @see virReportSystemError */
export function systemError(thrown: unknown, what: string): LibvirtError {
  const name = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : '';
  const [number, text] = texts[name] ?? [5, 'Input/output error'];
  return new LibvirtError(ErrorCode.SystemError, `${what}: ${text}`, {
    domain: ErrorDomain.Test,
    int1: number,
    cause: thrown,
  });
}
