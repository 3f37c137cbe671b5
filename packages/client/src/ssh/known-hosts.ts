// Files of known host keys in OpenSSH's form: plain and hashed names, ports, wildcards, negation, @revoked, @cert-authority.
import { createHmac, timingSafeEqual } from 'node:crypto';
import { matchesGlob } from '@virtwire/rpc/node';

/** One line of a file. */
export interface KnownHost {
  /** `revoked` keys are never accepted; a `cert-authority` signs host certificates and is no host's own key. */
  readonly marker: 'revoked' | 'cert-authority' | null;
  /** E.g. `ssh-ed25519`. */
  readonly type: string;
  /** The key, in base64 as in the file. */
  readonly key: string;
  /** Tells whether the line is for a name: `host`, or `[host]:port`. */
  readonly matches: (name: string) => boolean;
  /** Path of the file that it stands in. */
  readonly file: string;
}

/** What a file says about the key of a host. `changed` and `revoked` must not be trusted; `unknown` may be asked about. */
export type HostKeyVerdict = 'known' | 'unknown' | 'changed' | 'revoked';

const DEFAULT_PORT = 22;
// Longer lines hold no key; more of them are no file of a person.
const MAX_LINE_CHARS = 16_384;
const MAX_LINES = 100_000;

/** Reads a file. What is no line of the format is passed over, as OpenSSH does. @param file its path */
export function parseKnownHosts(text: string, file = ''): KnownHost[] {
  const hosts: KnownHost[] = [];
  for (const line of text.split('\n', MAX_LINES)) {
    const entry = line.length > MAX_LINE_CHARS ? null : parseLine(line.trim(), file);
    if (entry !== null) hosts.push(entry);
  }
  return hosts;
}

/**
 * Judges a key.
 *
 * @param key the server's key as on the wire
 */
export function judgeHostKey(hosts: readonly KnownHost[], host: string, port: number, key: Uint8Array): HostKeyVerdict {
  const encoded = Buffer.from(key).toString('base64');
  const own = hosts.filter((each) => namesOf(host, port).some((name) => each.matches(name)));
  // A key that was stored for the host before it moved to another port is good enough, too.
  const anyPort = hosts.filter((each) => each.matches(host.toLowerCase()));
  const all = [...own, ...anyPort];
  if (all.some(({ marker, key: stored }) => marker === 'revoked' && stored === encoded)) return 'revoked';
  if (all.some(({ marker, key: stored }) => marker === null && stored === encoded)) return 'known';
  return own.some(({ marker }) => marker === null) ? 'changed' : 'unknown';
}

/** Gives the path of the file that has a key of the host itself; null when none has. */
export function fileOfHost(hosts: readonly KnownHost[], host: string, port: number): string | null {
  const isOwn = ({ marker, matches }: KnownHost): boolean =>
    marker === null && namesOf(host, port).some((name) => matches(name));
  return hosts.find(isOwn)?.file ?? null;
}

/** Gives the keys, as on the wire, of the authorities that may sign for a host; those that are revoked are left out. */
export function authoritiesFor(hosts: readonly KnownHost[], host: string, port: number): Uint8Array[] {
  const names = [...namesOf(host, port), host.toLowerCase()];
  const own = hosts.filter(({ matches }) => names.some((name) => matches(name)));
  const revoked = new Set(own.filter(({ marker }) => marker === 'revoked').map(({ key }) => key));
  return own
    .filter(({ marker, key }) => marker === 'cert-authority' && !revoked.has(key))
    .map(({ key }) => Buffer.from(key, 'base64'));
}

/** Types of the keys that a file has for a host, so that the server can be asked for one of these. */
export function knownKeyTypes(hosts: readonly KnownHost[], host: string, port: number): string[] {
  const names = [...namesOf(host, port), host.toLowerCase()];
  const own = hosts.filter(({ marker, matches }) => marker === null && names.some((name) => matches(name)));
  return [...new Set(own.map(({ type }) => type))];
}

/** Writes a line for a new host, with its end. @param key as on the wire */
export function knownHostLine(host: string, port: number, key: Uint8Array): string {
  const bytes = Buffer.from(key);
  const type = bytes.toString('latin1', 4, 4 + bytes.readUInt32BE(0));
  return `${namesOf(host, port)[0]} ${type} ${bytes.toString('base64')}\n`;
}

// libssh2 writes the port even when it is the usual one.
function namesOf(host: string, port: number): string[] {
  const name = host.toLowerCase();
  return port === DEFAULT_PORT ? [name, `[${name}]:${port}`] : [`[${name}]:${port}`];
}

function parseLine(line: string, file: string): KnownHost | null {
  if (line === '' || line.startsWith('#')) return null;
  const words = line.split(/[ \t]+/);
  const marker = words[0]?.startsWith('@') === true ? words.shift() : null;
  if (marker !== null && marker !== '@revoked' && marker !== '@cert-authority') return null;
  const [names, type, key] = words;
  if (names === undefined || type === undefined || key === undefined) return null;
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(key) || Buffer.from(key, 'base64').toString('base64') !== key) return null;
  return {
    marker: marker === null ? null : (marker.slice(1) as 'revoked' | 'cert-authority'),
    type,
    key,
    matches: names.startsWith('|') ? hashedName(names) : patterns(names.toLowerCase()),
    file,
  };
}

// `|1|salt|hash`: HMAC-SHA1 of one name.
function hashedName(text: string): (name: string) => boolean {
  const [, version, salt, hash, ...rest] = text.split('|');
  if (version !== '1' || salt === undefined || hash === undefined || rest.length > 0) return () => false;
  const secret = Buffer.from(salt, 'base64');
  const wanted = Buffer.from(hash, 'base64');
  return (name) => {
    const made = createHmac('sha1', secret).update(name).digest();
    return made.length === wanted.length && timingSafeEqual(made, wanted);
  };
}

// One pattern must match, and none of those that begin with `!`.
function patterns(text: string): (name: string) => boolean {
  const all = text.split(',').filter((pattern) => pattern !== '' && pattern !== '!');
  const wanted = all.filter((pattern) => !pattern.startsWith('!'));
  const unwanted = all.filter((pattern) => pattern.startsWith('!')).map((pattern) => pattern.slice(1));
  return (name) =>
    wanted.some((pattern) => matchesGlob(pattern, name)) && !unwanted.some((pattern) => matchesGlob(pattern, name));
}
