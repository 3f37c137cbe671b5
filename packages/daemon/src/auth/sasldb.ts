// Cyrus's own passwd.db, as saslpasswd2 makes it: passwords in clear, read live.
import { MAX_HASH_FILE_BYTES, readHashFile } from './berkeley-hash.ts';
import { liveFile, type UserStore } from './user-store.ts';

/** The store in a file of Cyrus SASL (`sasldb_path`); one that is not there knows nobody. */
export function sasldb(path: string): UserStore {
  const users = liveFile(path, MAX_HASH_FILE_BYTES, (bytes) => passwords(bytes, path), new Map<string, string>());
  return {
    lookup: (user, realm) => {
      // A zero byte would reach into the next part of the key.
      if (user.includes('\0') || realm.includes('\0')) return null;
      const password = users().get(`${user}\0${realm}\0userPassword`);
      return password === undefined ? null : { password };
    },
  };
}

function passwords(bytes: Uint8Array, path: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const [key, value] of readHashFile(bytes, path)) {
    const name = text(key);
    if (name.endsWith('\0userPassword')) found.set(name, text(value));
  }
  return found;
}

function text(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return Buffer.from(bytes).toString('latin1');
  }
}
