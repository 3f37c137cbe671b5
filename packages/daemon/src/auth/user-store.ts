// The contract of stores of SASL users, and a file that is read again whenever it has changed.
import { readFileSync, statSync } from 'node:fs';
import { ErrorCode, LibvirtError } from '@virtwire/rpc';
import { systemErrorText } from '@virtwire/rpc/node';
import type { SaslSecrets } from '@virtwire/rpc/sasl';

/** Knows users. */
export interface UserStore {
  /**
   * Finds a user.
   *
   * @returns null for one that it does not know
   * @throws LibvirtError when the store cannot be read; its text is for the log alone
   */
  lookup(user: string, realm: string): SaslSecrets | null;
}

// A file that changed this short before it was read may change again without its time telling.
const SETTLED_MS = 1000;

/**
 * Makes a reader of what a file says, which reads again when the file has changed, so that new users need no restart.
 *
 * @param absent what a file that is not there says
 */
export function liveFile<T>(path: string, maxBytes: number, parse: (bytes: Uint8Array) => T, absent: T): () => T {
  let known: { stamp: string; value: T } | undefined;
  return () => {
    try {
      const before = statSync(path, { bigint: true });
      const stamp = `${before.dev}:${before.ino}:${before.size}:${before.mtimeNs}:${before.ctimeNs}`;
      if (known?.stamp === stamp) return known.value;
      if (before.size > maxBytes) {
        throw new LibvirtError(ErrorCode.InternalError, `'${path}' is longer than ${maxBytes} bytes`);
      }
      const value = parse(readFileSync(path));
      const settled = BigInt(Date.now() - SETTLED_MS) * 1_000_000n > before.mtimeNs;
      known = settled ? { stamp, value } : undefined;
      return value;
    } catch (error) {
      known = undefined;
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'ENOENT') return absent;
      if (error instanceof LibvirtError) throw error;
      throw new LibvirtError(ErrorCode.SystemError, null, {
        message: `Failed to open file '${path}': ${systemErrorText(error as NodeJS.ErrnoException)}`,
        cause: error,
      });
    }
  };
}
