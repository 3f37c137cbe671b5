// The user's ~/.ssh/config, as far as ssh in this process follows it.
import { readdir, readFile } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join } from 'node:path';
import { ErrorCode, ErrorDomain, LibvirtError } from '@virtwire/rpc';
import { matchesGlob } from '@virtwire/rpc/node';

/** What the configuration says about a host. Null: nothing. */
export interface SshHostConfig {
  readonly hostName: string | null;
  readonly hostKeyAlias: string | null;
  readonly port: number | null;
  readonly user: string | null;
  /** Key files in the order to try them, with `~` and tokens as written. */
  readonly identityFiles: readonly string[];
  /** Socket of the agent, or `none`, or `SSH_AUTH_SOCK`. */
  readonly identityAgent: string | null;
  /** Hosts to go through, `[user@]host[:port]`, first one first; empty for none. */
  readonly proxyJump: readonly string[];
  /** Program that makes the connection; null for none. */
  readonly proxyCommand: string | null;
}

const nothing: SshHostConfig = {
  hostName: null,
  hostKeyAlias: null,
  port: null,
  user: null,
  identityFiles: [],
  identityAgent: null,
  proxyJump: [],
  proxyCommand: null,
};

// As deep as OpenSSH follows files that include files.
const MAX_DEPTH = 16;
const MAX_BYTES = 1_048_576;

/**
 * Reads a configuration file and those that it includes.
 *
 * @returns its text, empty when there is no such file
 * @throws LibvirtError `SystemError` when it is there but cannot be read
 */
export async function readSshConfig(path: string, home: string, depth = 0): Promise<string> {
  let content: string;
  try {
    content = await readFile(path, 'utf8');
  } catch (thrown) {
    const { code } = thrown as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return '';
    throw wrong(`cannot read '${path}'`, thrown);
  }
  if (content.length > MAX_BYTES) throw wrong(`'${path}' is longer than ${MAX_BYTES} bytes`);
  const lines: string[] = [];
  for (const line of content.split(/\r?\n/)) {
    const included = /^\s*include(?:\s+|\s*=\s*)(.+?)\s*$/i.exec(line)?.[1];
    if (included === undefined) lines.push(line);
    else if (depth < MAX_DEPTH) {
      for (const file of await filesOf(included, home)) lines.push(await readSshConfig(file, home, depth + 1));
    }
  }
  return lines.join('\n');
}

/**
 * Looks a host up.
 *
 * @param text of a configuration file
 * @param host as the user gave it
 * @param user as the user gave it; null when not
 * @throws LibvirtError `ConfSyntax` for what cannot be read
 */
export async function sshHostConfig(text: string, host: string, user: string | null): Promise<SshHostConfig> {
  if (text.trim() === '') return nothing;
  // Read only when there is a configuration to read.
  const { default: SSHConfig } = await import('ssh-config');
  let found: Record<string, string | string[]>;
  try {
    const query = user === null ? { Host: host } : { Host: host, User: user };
    found = SSHConfig.parse(text).compute(query, { ignoreCase: true });
  } catch (thrown) {
    throw wrong(`cannot read the configuration of ssh: ${(thrown as Error).message}`, thrown);
  }
  const one = (name: string): string | null => {
    const value = found[name];
    const first = Array.isArray(value) ? value[0] : value;
    return first === undefined || first === '' ? null : first;
  };
  const list = (name: string): string[] => {
    const value = found[name];
    return value === undefined ? [] : Array.isArray(value) ? value : [value];
  };
  const port = one('port');
  if (port !== null && !(/^[0-9]{1,5}$/.test(port) && Number(port) >= 1 && Number(port) <= 65_535)) {
    throw wrong(`bad port '${port}' in the configuration of ssh`);
  }
  const jump = one('proxyjump');
  const command = list('proxycommand').join(' ');
  return {
    hostName: one('hostname')?.replaceAll(/%[h%]/g, (token) => (token === '%h' ? host : '%')) ?? null,
    hostKeyAlias: one('hostkeyalias'),
    port: port === null ? null : Number(port),
    user: one('user'),
    identityFiles: list('identityfile').filter((file) => file !== '' && file !== 'none'),
    identityAgent: one('identityagent'),
    proxyJump: jump === null || jump === 'none' ? [] : jump.split(',').map((part) => part.trim()),
    proxyCommand: command === '' || command === 'none' || jump !== null ? null : command,
  };
}

/** Puts what is known into `~` and the tokens of a path or command of the configuration. */
export function expandTokens(text: string, facts: Readonly<Record<string, string>>): string {
  const home = facts['d'] ?? '';
  const whole = text === '~' || text.startsWith('~/') ? home + text.slice(1) : text;
  return whole.replaceAll(/%(.)/g, (token, letter: string) => (letter === '%' ? '%' : (facts[letter] ?? token)));
}

// Paths may hold wildcards in their last part, and are relative to ~/.ssh.
async function filesOf(words: string, home: string): Promise<string[]> {
  const files: string[] = [];
  for (const word of words.match(/"[^"]*"|\S+/g) ?? []) {
    const plain = expandTokens(word.replaceAll('"', ''), { d: home });
    const path = isAbsolute(plain) ? plain : join(home, '.ssh', plain);
    if (!/[*?]/.test(path)) {
      files.push(path);
      continue;
    }
    const folder = dirname(path);
    const names = await readdir(folder).catch(() => []);
    files.push(
      ...names
        .filter((name) => matchesGlob(basename(path), name))
        .toSorted((one, two) => (one < two ? -1 : 1))
        .map((name) => join(folder, name)),
    );
  }
  return files;
}

function wrong(detail: string, cause?: unknown): LibvirtError {
  return new LibvirtError(ErrorCode.ConfSyntax, detail, { domain: ErrorDomain.Rpc, cause });
}
