// Whom a rule is for: patterns for the names that a client has proven, or that the kernel vouches for.
import type { Identity } from '@virtwire/protocol';
import { fromOpensslSpelling, matchesGlob } from '@virtwire/rpc/node';

/** Says whether a client is meant. */
export type Who = (identity: Identity | undefined) => boolean;

/** The ways of naming people in a rule, with what stands behind the colon. */
export const whoKinds: Readonly<
  Record<string, { readonly doc: string; names(identity: Identity): readonly string[] }>
> = {
  x509: {
    doc: 'distinguished name of the client certificate, e.g. x509:C=GB,O=Acme,CN=*',
    names: ({ x509Name }) => some(x509Name),
  },
  cn: { doc: 'common name of the client certificate', names: ({ x509Name }) => some(commonName(x509Name)) },
  sasl: { doc: 'user of SASL', names: ({ saslUser }) => some(saslUser) },
  user: {
    doc: 'user of this host, by name or number; over ssh, whom the client has logged in as',
    names: ({ unixUser, uid }) => [...some(unixUser), ...some(uid === undefined ? undefined : String(uid))],
  },
  group: { doc: 'group of this host that the user belongs to', names: ({ unixGroups }) => unixGroups ?? [] },
};

/**
 * Reads `anyone`, or `KIND:PATTERN` with `*` and `?`.
 *
 * @returns what is wrong, in words, for a text of another form
 */
export function parseWho(text: string): Who | string {
  if (text === 'anyone') return () => true;
  const colon = text.indexOf(':');
  const kind = text.slice(0, Math.max(colon, 0));
  const known = Object.hasOwn(whoKinds, kind) ? whoKinds[kind] : undefined;
  if (known === undefined) {
    const kinds = Object.keys(whoKinds).join(', ');
    return `'${text}' is neither "anyone" nor KIND:PATTERN with one of ${kinds}; put quotes around names with a comma in a list`;
  }
  const written = text.slice(colon + 1).trim();
  // Names of certificates may be pasted as openssl prints them.
  const pattern = kind === 'x509' ? (fromOpensslSpelling(written) ?? written) : written;
  if (pattern === '') return `'${text}' names nobody`;
  return (identity) => identity !== undefined && known.names(identity).some((name) => matchesGlob(pattern, name));
}

/** A short text of who a client is, for people. */
export function identityText(identity: Identity | undefined): string {
  if (identity === undefined) return 'nobody known';
  const { x509Name, saslUser, unixUser, uid, pid, address } = identity;
  const parts = [
    ...(saslUser === undefined ? [] : [`sasl:${saslUser}`]),
    ...(x509Name === undefined ? [] : [`x509:${x509Name}`]),
    ...(uid === undefined ? [] : [`user:${unixUser ?? uid}${pid === undefined ? '' : ` (process ${pid})`}`]),
  ];
  return parts.length === 0 ? (address ?? 'nobody known') : parts.join(' ');
}

/**
 * The name that `$user` stands for in patterns of objects: the user of SASL, else the common name of the certificate, else
 * the user of this host.
 *
 * @returns null when there is none, or when it holds signs that mean something in patterns
 */
export function ownName(identity: Identity | undefined): string | null {
  const name = identity?.saslUser ?? commonName(identity?.x509Name) ?? identity?.unixUser;
  return name === undefined || name === '' || /[*?]/.test(name) ? null : name;
}

/** The last common name in a distinguished name as this daemon writes it. */
export function commonName(x509Name: string | undefined): string | undefined {
  if (x509Name === undefined) return undefined;
  // Signs of a value that would look like the end of it stand behind a backslash.
  const parts = x509Name.match(/(?:\\.|[^,+\\])+/gsu) ?? [];
  const last = parts.findLast((part) => part.startsWith('CN='));
  return last?.slice(3).replaceAll(/\\(.)/gsu, '$1');
}

function some(name: string | undefined): readonly string[] {
  return name === undefined ? [] : [name];
}
