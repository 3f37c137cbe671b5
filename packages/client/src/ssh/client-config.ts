// OpenSSH's configuration of clients (ssh_config): which words of it count for a host. Host, Match and Include are followed as
// ssh itself does; the words are put into their forms in host-config.ts.
import { spawn } from 'node:child_process';
import type { Stats } from 'node:fs';
import { open, readdir } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join } from 'node:path';
import { ErrorCode, ErrorDomain, LibvirtError } from '@virtwire/rpc';
import { matchesGlob } from '@virtwire/rpc/node';

/** A file of configuration. */
export interface SshConfigFile {
  readonly path: string;
  /** Folder that relative names in `Include` are in. */
  readonly folder: string;
  /** True to refuse the file when others may write it, since it can name commands. Files that are included always are. */
  readonly isGuarded?: boolean;
}

/** For whom the configuration is read. */
export interface SshConfigQuery {
  /** Host as the user gave it. */
  readonly host: string;
  /** User on the other side as the user gave it; null when not. */
  readonly user: string | null;
  readonly localUser: string;
  readonly home: string;
}

/** A value, with the place where it stands for errors. */
export interface SshConfigValue {
  readonly words: readonly string[];
  readonly place: string;
}

/** What counts, by keyword in small letters. Only key files have several values. */
export type SshConfigValues = ReadonlyMap<string, readonly SshConfigValue[]>;

// As deep as OpenSSH follows files that include files.
const MAX_DEPTH = 16;
const MAX_BYTES = 1_048_576;

/**
 * Reads files of configuration; those that are not there are empty. What is said first counts.
 *
 * @param runs runs the command of a `Match exec`, and tells whether it has succeeded
 * @throws LibvirtError `ConfSyntax` for what cannot be read
 */
export async function readSshConfig(
  files: readonly SshConfigFile[],
  query: SshConfigQuery,
  runs: (command: string) => Promise<boolean> = succeeds,
): Promise<SshConfigValues> {
  const reading = new Reading(query, runs);
  for (const file of files) await reading.file(file, { active: true }, 0);
  if (reading.wantsFinal) {
    reading.beginFinal();
    for (const file of files) await reading.file(file, { active: true }, 0);
  }
  return reading.values;
}

/** The error of a line that says something impossible. */
export function wrongConfig(detail: string, cause?: unknown): LibvirtError {
  return new LibvirtError(ErrorCode.ConfSyntax, detail, { domain: ErrorDomain.Rpc, cause });
}

/**
 * Whether a name may become part of a command (`Match exec`, `ProxyCommand`): a URI that comes from elsewhere must not bring
 * commands of its own. The rules are ssh's.
 */
export function isHarmlessHost(name: string): boolean {
  return !/^-|[\s\p{Cc}'`"$\\;&<>|(){}]/u.test(name);
}

/** As {@link isHarmlessHost}, of a user on the other side; names with a domain, `DOMAIN\user`, are harmless. */
export function isHarmlessUser(name: string): boolean {
  return !/^-|[\p{Cc}'`";&<>|(){}]|\s-|\\$/u.test(name);
}

/** Puts what is known into `~`, `${VARIABLE}` and the tokens of a path or command; those that are not known stay. */
export function expandTokens(
  text: string,
  facts: Readonly<Record<string, string>>,
  env: Readonly<Record<string, string | undefined>> = {},
): string {
  const home = facts['d'] ?? '';
  const whole = text === '~' || text.startsWith('~/') ? home + text.slice(1) : text;
  return whole
    .replaceAll(/\$\{(\w+)\}/g, (token, name: string) => env[name] ?? token)
    .replaceAll(/%(.)/g, (token, letter: string) => (letter === '%' ? '%' : (facts[letter] ?? token)));
}

/**
 * Splits a line into words as OpenSSH does: quotes of both kinds, a backslash before marks, a comment at the end.
 *
 * @returns null when a quote does not end
 */
export function wordsOf(text: string): string[] | null {
  const words: string[] = [];
  let word: string | null = null;
  let quote = '';
  for (let at = 0; at < text.length; at++) {
    const mark = text.charAt(at);
    if (word === null) {
      if (mark === ' ' || mark === '\t') continue;
      if (mark === '#') break;
      word = '';
    }
    const next = text.charAt(at + 1);
    if (mark === '\\' && next !== '' && (`"'\\`.includes(next) || (quote === '' && next === ' '))) {
      word += next;
      at++;
    } else if (quote === '' && (mark === ' ' || mark === '\t')) {
      words.push(word);
      word = null;
    } else if (quote === '' && (mark === '"' || mark === "'")) quote = mark;
    else if (mark === quote) quote = '';
    else word += mark;
  }
  if (quote !== '') return null;
  if (word !== null) words.push(word);
  return words;
}

/** Whether lines count at this place: `Host` and `Match` decide it up to the next one. */
interface Block {
  active: boolean;
}

class Reading {
  readonly values = new Map<string, SshConfigValue[]>();
  wantsFinal = false;
  private readonly query: SshConfigQuery;
  private readonly runs: (command: string) => Promise<boolean>;
  private host: string;
  private isFinal = false;

  constructor(query: SshConfigQuery, runs: (command: string) => Promise<boolean>) {
    this.query = query;
    this.runs = runs;
    this.host = query.host;
  }

  /** Reads all once more, for `Match final`: then names are those that are connected to. */
  beginFinal(): void {
    this.isFinal = true;
    this.host = this.hostName();
  }

  async file({ path, folder, isGuarded = false }: SshConfigFile, block: Block, depth: number): Promise<void> {
    const lines = (await textOf(path, isGuarded)).split(/\r?\n/);
    for (const [index, line] of lines.entries()) {
      const parts = /^\s*([A-Za-z][A-Za-z0-9]*)(?:\s*=\s*|\s+|(?=")|$)(.*?)\s*$/.exec(line);
      if (parts === null) continue;
      const [, name = '', rest = ''] = parts;
      const keyword = name.toLowerCase();
      const place = `${path} line ${index + 1}`;
      if (keyword === 'match') {
        block.active = await this.isMatch(rest, place);
        continue;
      }
      // A command is taken as it is written.
      const words = keyword === 'proxycommand' ? [rest] : wordsOf(rest);
      if (words === null) throw wrongConfig(`${place}: a quote does not end`);
      if (keyword === 'host') block.active = this.isHost(words);
      else if (keyword === 'include') await this.include(words, folder, { block, depth });
      else if (block.active) this.set(keyword, words, place);
    }
  }

  private async include(
    words: readonly string[],
    folder: string,
    { block, depth }: { readonly block: Block; readonly depth: number },
  ): Promise<void> {
    // What does not count here would not count there, either: no file is looked at in vain.
    if (!block.active || depth >= MAX_DEPTH) return;
    for (const word of words) {
      const plain = expandTokens(word, { d: this.query.home });
      for (const path of await filesOf(isAbsolute(plain) ? plain : join(folder, plain))) {
        // A file that is included decides for itself alone.
        await this.file({ path, folder, isGuarded: true }, { active: true }, depth + 1);
      }
    }
  }

  private set(keyword: string, words: readonly string[], place: string): void {
    if (words.length === 0 || words[0] === '') return;
    const known = this.values.get(keyword) ?? [];
    if (keyword === 'identityfile') {
      if (!known.some((each) => each.words[0] === words[0])) this.values.set(keyword, [...known, { words, place }]);
      return;
    }
    const isNone = words[0]?.toLowerCase() === 'none';
    // As when nothing had been said.
    if (keyword === 'connecttimeout' && isNone) return;
    if (known.length > 0 || this.isRivalled(keyword)) return;
    this.values.set(keyword, [{ words, place }]);
  }

  // Of these two the first one counts; but none of the one leaves the way free for the other.
  private isRivalled(keyword: string): boolean {
    if (keyword === 'proxyjump') return this.values.has('proxycommand');
    const jump = this.values.get('proxyjump')?.[0]?.words[0] ?? 'none';
    return keyword === 'proxycommand' && jump.toLowerCase() !== 'none';
  }

  private isHost(patterns: readonly string[]): boolean {
    const matches = (pattern: string): boolean => matchesGlob(pattern, this.host);
    if (patterns.some((pattern) => pattern.startsWith('!') && matches(pattern.slice(1)))) return false;
    return patterns.some((pattern) => !pattern.startsWith('!') && matches(pattern));
  }

  private async isMatch(rest: string, place: string): Promise<boolean> {
    let result = true;
    let count = 0;
    const parts = /\s*(?:#.*|(!?)([A-Za-z]+)(?:\s*=\s*|\s+|$))/y;
    const values = /"([^"]*)"|(\S+)/y;
    while (parts.lastIndex < rest.length) {
      const start = parts.lastIndex;
      const [, isNot = '', name] = parts.exec(rest) ?? wrong(`${place}: cannot read '${rest.slice(start)}'`);
      if (name === undefined) break;
      count++;
      const what = name.toLowerCase();
      let found = true;
      if (what === 'canonical' || what === 'final') {
        if (what === 'final') this.wantsFinal = true;
        found = this.isFinal;
      } else if (what !== 'all') {
        values.lastIndex = parts.lastIndex;
        const [, quoted, plain] = values.exec(rest) ?? wrong(`${place}: nothing to compare with behind '${name}'`);
        parts.lastIndex = values.lastIndex;
        const value = quoted ?? plain ?? '';
        // A command is not run for what does not matter any more.
        if (what === 'exec') found = result && (await this.runs(this.command(value)));
        else found = this.isFact(what, value, place);
      }
      if (found === (isNot !== '')) result = false;
    }
    if (count === 0) wrong(`${place}: nothing to match`);
    return result;
  }

  private isFact(what: string, list: string, place: string): boolean {
    switch (what) {
      case 'host':
        return isListed(list, this.hostName().toLowerCase(), true);
      case 'originalhost':
        return isListed(list, this.query.host.toLowerCase(), true);
      case 'user':
        return isListed(list, this.user(), false);
      case 'localuser':
        return isListed(list, this.query.localUser, false);
      default:
        return wrong(`${place}: '${what}' cannot be matched`);
    }
  }

  private command(text: string): string {
    const { host, localUser, home } = this.query;
    const port = this.values.get('port')?.[0]?.words[0] ?? '22';
    return expandTokens(text, { d: home, h: this.hostName(), n: host, p: port, r: this.user(), u: localUser });
  }

  private user(): string {
    return this.query.user ?? this.values.get('user')?.[0]?.words[0] ?? this.query.localUser;
  }

  private hostName(): string {
    const name = this.values.get('hostname')?.[0]?.words[0];
    return name === undefined ? this.host : expandTokens(name, { h: this.query.host });
  }
}

function wrong(detail: string): never {
  throw wrongConfig(detail);
}

// One pattern must match, and none of those that begin with `!`.
function isListed(list: string, name: string, ignoresCase: boolean): boolean {
  const patterns = (ignoresCase ? list.toLowerCase() : list).split(',');
  if (patterns.some((pattern) => pattern.startsWith('!') && matchesGlob(pattern.slice(1), name))) return false;
  return patterns.some((pattern) => !pattern.startsWith('!') && matchesGlob(pattern, name));
}

async function textOf(path: string, isGuarded: boolean): Promise<string> {
  try {
    const file = await open(path);
    try {
      const stat = await file.stat();
      if (isGuarded && isWritableByOthers(stat)) throw wrongConfig(`Bad owner or permissions on ${path}`);
      if (stat.size > MAX_BYTES) throw wrongConfig(`'${path}' is longer than ${MAX_BYTES} bytes`);
      return await file.readFile('utf8');
    } finally {
      await file.close();
    }
  } catch (thrown) {
    if (thrown instanceof LibvirtError) throw thrown;
    const { code } = thrown as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return '';
    throw wrongConfig(`cannot read '${path}'`, thrown);
  }
}

// As ssh of Debian has it: the group may write when it is the owner's own, which by custom has the owner's number.
function isWritableByOthers({ uid, gid, mode }: Stats): boolean {
  if (uid !== 0 && uid !== process.getuid?.()) return true;
  return (mode & 0o002) !== 0 || ((mode & 0o020) !== 0 && gid !== uid);
}

// Paths may hold wildcards in their last part.
async function filesOf(path: string): Promise<string[]> {
  if (!/[*?]/.test(path)) return [path];
  const folder = dirname(path);
  const names = await readdir(folder).catch(() => []);
  return names
    .filter((name) => matchesGlob(basename(path), name))
    .toSorted((one, two) => (one < two ? -1 : 1))
    .map((name) => join(folder, name));
}

function succeeds(command: string): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn('/bin/sh', ['-c', command], { stdio: ['ignore', 'ignore', 'inherit'] });
    child.once('error', () => resolve(false));
    child.once('close', (code) => resolve(code === 0));
  });
}
