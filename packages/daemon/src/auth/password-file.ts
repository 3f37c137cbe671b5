// The store of users of our own: SCRAM keys only, so that the file gives no password away.
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  fchownSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { ErrorCode, LibvirtError } from '@virtwire/rpc';
import { systemErrorText } from '@virtwire/rpc/node';
import type { SaslSecrets, ScramKeys } from '@virtwire/rpc/sasl';
import { liveFile, type UserStore } from './user-store.ts';

/** Largest file that is read, in bytes. */
export const MAX_PASSWORD_FILE_BYTES = 16_777_216;

const HEADER = `# Users of virtwired for SASL, with SCRAM keys in the form of RFC 5803. Kept by 'virtwired passwd'.
`;
const DECOY_BYTES = 32;
const KEY_BYTES: Readonly<Record<string, number>> = { sha1: 20, sha256: 32, sha512: 64 };
const MAX_NAME_CHARACTERS = 255;

/** What stands in a file. */
export interface PasswordFile {
  readonly users: ReadonlyMap<string, SaslSecrets>;
  /** Random bytes that make the answers for unknown users, kept so that they outlive the process as those for known ones do. */
  readonly decoySecret: Uint8Array | null;
}

const nobody: PasswordFile = { users: new Map(), decoySecret: null };

/**
 * The store in a file; one that is not there knows nobody.
 *
 * @param host realm of users who have none in the file; in any other one they are not known, as who logs in picks it
 */
export function passwordFileStore(
  path: string,
  host: string = hostname(),
): UserStore & { decoySecret(): Uint8Array | null } {
  const file = liveFile(path, MAX_PASSWORD_FILE_BYTES, (bytes) => parsePasswordFile(bytes, path), nobody);
  return {
    lookup: (user, realm) => {
      const { users } = file();
      return users.get(`${user}@${realm}`) ?? (realm === host ? users.get(user) : undefined) ?? null;
    },
    decoySecret: () => file().decoySecret,
  };
}

/**
 * Reads a file: `name:entry entry ...` in each line, an entry being `SCRAM-SHA-256$4096:salt$stored:server`.
 *
 * @throws LibvirtError `ConfSyntax` with file and line, and nothing of what stands there
 */
export function parsePasswordFile(bytes: Uint8Array, path: string): PasswordFile {
  const users = new Map<string, SaslSecrets>();
  let decoySecret: Uint8Array | null = null;
  for (const [index, line] of Buffer.from(bytes).toString('utf8').split('\n').entries()) {
    const refuse = (why: string) => new LibvirtError(ErrorCode.ConfSyntax, `${path}:${index + 1}: ${why}`);
    const decoy = /^#decoy ([A-Za-z0-9+/=]+)$/.exec(line)?.[1];
    if (decoy !== undefined) decoySecret = Buffer.from(decoy, 'base64');
    if (line === '' || line.startsWith('#')) continue;
    const at = line.indexOf(':');
    if (at <= 0) throw refuse('expecting a name and a colon');
    const name = line.slice(0, at);
    if (users.has(name)) throw refuse('the name is there already');
    const scram: Record<string, ScramKeys> = {};
    for (const entry of line.slice(at + 1).split(' ')) {
      const keys = parseEntry(entry);
      if (keys === null) throw refuse('the keys cannot be understood');
      scram[keys[0]] = keys[1];
    }
    users.set(name, { scram });
  }
  return { users, decoySecret };
}

function parseEntry(entry: string): [hash: string, keys: ScramKeys] | null {
  const match = /^SCRAM-SHA-(1|256|512)\$([1-9][0-9]{0,6}):([^:$]+)\$([^:$]+):([^:$]+)$/.exec(entry);
  if (match === null) return null;
  const [, number, iterations, ...coded] = match;
  const hash = `sha${number}`;
  const [salt, storedKey, serverKey] = coded.map((text) => Buffer.from(text, 'base64'));
  const bytes = KEY_BYTES[hash];
  if (salt === undefined || storedKey === undefined || serverKey === undefined) return null;
  if (salt.length === 0 || storedKey.length !== bytes || serverKey.length !== bytes) return null;
  return [hash, { salt, iterations: Number(iterations), storedKey, serverKey }];
}

/** Says what is wrong with the name of a user, null when nothing is. */
export function nameFault(name: string): string | null {
  if (name.trim() === '') return 'the name is empty';
  if (name.length > MAX_NAME_CHARACTERS) return `the name is longer than ${MAX_NAME_CHARACTERS} characters`;
  // A line of the file begins with the name.
  // oxlint-disable-next-line no-control-regex -- these are what is looked for.
  if (name.startsWith('#') || /[:\u0000-\u001f\u007f]/.test(name)) return 'the name has letters that it may not have';
  return null;
}

/** Changes a file under a lock, whole or not at all; it and a new one can be read by their owner only. */
export function changePasswordFile(path: string, change: (users: Map<string, SaslSecrets>) => void): void {
  const lock = `${path}.lock`;
  takeLock(lock);
  try {
    const { users, decoySecret } = readPasswordFile(path);
    const changed = new Map(users);
    change(changed);
    writeWhole(path, fileText(changed, decoySecret ?? randomBytes(DECOY_BYTES)));
  } finally {
    rmSync(lock, { force: true });
  }
}

/** Reads a file now. @returns nobody when there is none */
export function readPasswordFile(path: string): PasswordFile {
  try {
    return parsePasswordFile(readFileSync(path), path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return nobody;
    throw fileError('open', path, error);
  }
}

function fileText(users: ReadonlyMap<string, SaslSecrets>, decoySecret: Uint8Array): string {
  const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');
  const lines = [...users].map(([name, { scram = {} }]) => {
    const entries = Object.entries(scram).map(([hash, { iterations, salt, storedKey, serverKey }]) => {
      return `SCRAM-SHA-${hash.slice(3)}$${iterations}:${base64(salt)}$${base64(storedKey)}:${base64(serverKey)}`;
    });
    return `${name}:${entries.join(' ')}\n`;
  });
  return `${HEADER}#decoy ${base64(decoySecret)}\n${lines.join('')}`;
}

function takeLock(lock: string): void {
  try {
    closeSync(openSync(lock, 'wx', 0o600));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw fileError('create', lock, error);
    throw new LibvirtError(
      ErrorCode.OperationFailed,
      `somebody else is changing the users; if nobody is, remove '${lock}'`,
    );
  }
}

function writeWhole(path: string, text: string): void {
  const temporary = `${path}.new`;
  try {
    rmSync(temporary, { force: true });
    const file = openSync(temporary, 'wx', 0o600);
    try {
      keepOwner(file, path);
      writeSync(file, text);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, path);
    chmodSync(path, 0o600);
    const directory = openSync(dirname(path), 'r');
    try {
      fsyncSync(directory);
    } finally {
      closeSync(directory);
    }
  } catch (error) {
    rmSync(temporary, { force: true });
    throw fileError('write', path, error);
  }
}

function keepOwner(file: number, path: string): void {
  let owner: { uid: number; gid: number };
  try {
    owner = statSync(path);
  } catch {
    return;
  }
  if (process.geteuid?.() === 0) fchownSync(file, owner.uid, owner.gid);
}

function fileError(what: string, path: string, error: unknown): LibvirtError {
  if (error instanceof LibvirtError) return error;
  const text = systemErrorText(error as NodeJS.ErrnoException);
  return new LibvirtError(ErrorCode.SystemError, null, {
    message: `Failed to ${what} file '${path}': ${text}`,
    cause: error,
  });
}
