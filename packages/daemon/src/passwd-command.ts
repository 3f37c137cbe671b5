// `virtwired passwd`: adds, deletes and lists the users of our own store.
import { randomBytes } from 'node:crypto';
import { createInterface } from 'node:readline';
import type { ScramKeys } from '@virtwire/rpc/sasl';
import { changePasswordFile, nameFault, readPasswordFile } from './auth/password-file.ts';
import { readSaslConfig } from './auth/sasl-config.ts';
import { daemonPaths } from './paths.ts';

const USAGE = `Usage: virtwired passwd [--file FILE] add NAME
       virtwired passwd [--file FILE] delete NAME
       virtwired passwd [--file FILE] list

Keeps the users of SASL in FILE, by default the one that virtwired reads, which sees changes at
once. 'add' asks for the password of a new user, or a new one of a user that is there; when its
standard input is no terminal, it takes the first line of that.

  virtwired passwd add alice
  virtwired passwd add bob < /root/bobs-password

SASL itself is switched on by auth_tls, auth_unix_rw or auth_tcp = "sasl" in libvirtd.conf. Only
SCRAM keys are stored, which serve TLS and unix sockets. DIGEST-MD5, which plain TCP needs, wants a
user of saslpasswd2 instead: 'saslpasswd2 -a libvirt alice'.

Exit code 0: done, 1: not done.
`;

const SALT_BYTES = 16;
const MAX_PASSWORD_BYTES = 1024;

/** What the command reads and writes. */
export interface PasswdStreams {
  readonly input: NodeJS.ReadableStream & { readonly isTTY?: boolean; setRawMode?(raw: boolean): unknown };
  readonly output: NodeJS.WritableStream;
  readonly error: NodeJS.WritableStream;
}

/** Runs the command. @param args what stands behind `passwd`. @returns the exit code */
export async function passwdCommand(
  args: readonly string[],
  streams: PasswdStreams = processStreams(),
): Promise<number> {
  const words = [...args];
  let path: string | null = null;
  if (words[0] === '--file') [, path = null] = words.splice(0, 2);
  const [action, name, ...rest] = words;
  if (action === '--help' || action === '-h') {
    streams.output.write(USAGE);
    return 0;
  }
  const known = action === 'list' ? name === undefined : ['add', 'delete'].includes(action ?? '') && name !== undefined;
  if (!known || rest.length > 0) {
    streams.error.write(USAGE);
    return 1;
  }
  try {
    path ??= readSaslConfig().passwordFile ?? daemonPaths().passwordFile;
    await run(action as string, name ?? '', path, streams);
    return 0;
  } catch (error) {
    streams.error.write(`virtwired: ${error instanceof Error ? error.message : String(error)}\n`);
    return 1;
  }
}

async function run(action: string, name: string, path: string, streams: PasswdStreams): Promise<void> {
  if (action === 'list') {
    for (const user of [...readPasswordFile(path).users.keys()].sort()) streams.output.write(`${user}\n`);
    return;
  }
  if (action === 'delete') {
    changePasswordFile(path, (users) => {
      if (!users.delete(name)) throw new Error(`no user '${name}' in ${path}`);
    });
    return;
  }
  const fault = nameFault(name);
  if (fault !== null) throw new Error(fault);
  const scram = await keysOf(await askPassword(streams));
  changePasswordFile(path, (users) => users.set(name, { scram }));
}

// SHA-1 is left out: every client of today has SHA-256.
async function keysOf(password: string): Promise<Readonly<Record<string, ScramKeys>>> {
  const { scramHashes, scramKeys } = await import('@virtwire/rpc/sasl');
  const hashes = [scramHashes.sha256, scramHashes.sha512];
  const keys = await Promise.all(hashes.map((hash) => scramKeys(hash, password, randomBytes(SALT_BYTES))));
  return Object.fromEntries(hashes.map(({ name }, index) => [name, keys[index] as ScramKeys]));
}

async function askPassword(streams: PasswdStreams): Promise<string> {
  const twice = streams.input.isTTY === true;
  const lines = lineReader(streams);
  try {
    if (twice) streams.error.write('Password: ');
    const password = await lines.next();
    if (twice) {
      streams.error.write('\nAgain (for verification): ');
      const again = await lines.next();
      streams.error.write('\n');
      if (again !== password) throw new Error('passwords do not match; nothing was changed');
    }
    if (password === '') throw new Error('the password is empty');
    if (Buffer.byteLength(password) > MAX_PASSWORD_BYTES) {
      throw new Error(`the password is longer than ${MAX_PASSWORD_BYTES} bytes`);
    }
    return password;
  } finally {
    lines.close();
  }
}

// On a terminal readline would show what is typed: its output goes nowhere, and the terminal is in raw mode meanwhile.
function lineReader({ input }: PasswdStreams): { next(): Promise<string>; close(): void } {
  const lines = createInterface({ input, terminal: input.isTTY === true, crlfDelay: Number.POSITIVE_INFINITY });
  const iterator = lines[Symbol.asyncIterator]();
  return {
    next: async () => {
      const { value, done } = await iterator.next();
      return done === true ? '' : value;
    },
    close: () => lines.close(),
  };
}

function processStreams(): PasswdStreams {
  return { input: process.stdin, output: process.stdout, error: process.stderr };
}
