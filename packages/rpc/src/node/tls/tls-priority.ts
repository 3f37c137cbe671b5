// GnuTLS priority strings, as users of libvirt write them: read into lists of what they enable.
import { ErrorCode, ErrorDomain, LibvirtError } from '../../error-face.ts';

/** What a priority string enables, by GnuTLS's names, preferred ones first. */
export interface TlsPriority {
  readonly versions: readonly string[];
  readonly ciphers: readonly string[];
  readonly macs: readonly string[];
  readonly keyExchanges: readonly string[];
  readonly groups: readonly string[];
  readonly signatures: readonly string[];
  /** Words that begin with `%`, without it, in capitals. */
  readonly flags: ReadonlySet<string>;
  /** Least size of RSA keys in certificates, in bits. */
  readonly minimumRsaBits: number;
}

/** Gives what `@NAME` stands for in the configuration of the system, null when there is no such name. */
export type PriorityLookup = (name: string) => string | null;

type Kind = 'versions' | 'ciphers' | 'macs' | 'keyExchanges' | 'groups' | 'signatures';
type Lists = Readonly<Record<Kind, readonly string[]>>;

const words = (text: string): string[] => text.split(' ');
const VERSIONS = words('TLS1.3 TLS1.2 TLS1.1 TLS1.0');
const DTLS = words('DTLS1.2 DTLS1.0');
const CIPHERS = words('AES-256-GCM CHACHA20-POLY1305 AES-256-CCM AES-256-CBC AES-128-GCM AES-128-CCM AES-128-CBC');
const KEY_EXCHANGES = words('ECDHE-ECDSA ECDHE-RSA RSA DHE-RSA');
const EC_GROUPS = words('SECP256R1 SECP384R1 SECP521R1 X25519 X448');
const DH_GROUPS = words('FFDHE2048 FFDHE3072 FFDHE4096 FFDHE6144 FFDHE8192');
const SIGN256 = words('RSA-SHA256 RSA-PSS-SHA256 RSA-PSS-RSAE-SHA256 ECDSA-SHA256 ECDSA-SECP256R1-SHA256');
const SIGN384 = words('RSA-SHA384 RSA-PSS-SHA384 RSA-PSS-RSAE-SHA384 ECDSA-SHA384 ECDSA-SECP384R1-SHA384 EDDSA-ED448');
const SIGN512 = words('RSA-SHA512 RSA-PSS-SHA512 RSA-PSS-RSAE-SHA512 ECDSA-SHA512 ECDSA-SECP521R1-SHA512');
const SIGN1 = words('RSA-SHA1 ECDSA-SHA1');
const SECURE_SIGNATURES = [...SIGN256, 'EDDSA-ED25519', ...SIGN384, ...SIGN512];

const normal: Lists = {
  versions: [...VERSIONS, ...DTLS],
  ciphers: CIPHERS,
  macs: words('SHA1 AEAD'),
  keyExchanges: KEY_EXCHANGES,
  groups: [...EC_GROUPS, ...DH_GROUPS],
  signatures: [...SECURE_SIGNATURES, ...SIGN1],
};
const secure192: Lists = {
  ...normal,
  ciphers: words('AES-256-GCM CHACHA20-POLY1305 AES-256-CBC AES-256-CCM'),
  macs: ['AEAD'],
  groups: words('SECP384R1 SECP521R1 FFDHE8192'),
  signatures: [...SIGN384, ...SIGN512],
};
const suiteB128: Lists = {
  versions: ['TLS1.2'],
  ciphers: words('AES-256-GCM AES-128-GCM'),
  macs: ['AEAD'],
  keyExchanges: ['ECDHE-ECDSA'],
  groups: words('SECP256R1 SECP384R1'),
  signatures: words('ECDSA-SHA256 ECDSA-SECP256R1-SHA256 ECDSA-SHA384 ECDSA-SECP384R1-SHA384'),
};

// A row: the lists that a string begins with, and the least size of RSA keys: what gnutls-cli 3.7.9 takes from a server
// and what it calls insecure. LEGACY and NONE took the least that can be made, 704 bits. Under SUITEB no RSA key of a
// server can be tried, so its two are those of the profiles of these names. OpenSSL has a floor of its own, 2,048 bits:
// smaller sizes stand here for what the string says.
const levels: Readonly<Record<string, readonly [lists: Lists, rsaBits: number]>> = {
  NONE: [{ versions: [], ciphers: [], macs: [], keyExchanges: [], groups: [], signatures: [] }, 0],
  NORMAL: [normal, 1024],
  LEGACY: [normal, 0],
  PFS: [{ ...normal, keyExchanges: words('ECDHE-ECDSA ECDHE-RSA DHE-RSA') }, 1024],
  PERFORMANCE: [
    {
      ...normal,
      ciphers: words('AES-128-GCM AES-256-GCM CHACHA20-POLY1305 AES-128-CCM AES-256-CCM AES-128-CBC AES-256-CBC'),
      keyExchanges: words('RSA ECDHE-ECDSA ECDHE-RSA DHE-RSA'),
    },
    1024,
  ],
  SECURE128: [
    {
      ...normal,
      ciphers: words('AES-256-GCM CHACHA20-POLY1305 AES-256-CBC AES-256-CCM AES-128-GCM AES-128-CBC AES-128-CCM'),
      signatures: SECURE_SIGNATURES,
    },
    1024,
  ],
  SECURE192: [secure192, 3072],
  SECURE256: [secure192, 3072],
  SUITEB128: [suiteB128, 3072],
  SUITEB192: [
    {
      ...suiteB128,
      ciphers: ['AES-256-GCM'],
      groups: ['SECP384R1'],
      signatures: words('ECDSA-SHA384 ECDSA-SECP384R1-SHA384'),
    },
    7680,
  ],
};

// Words that stand for several; `*-ALL` of what cannot be had here (GOST) stands for nothing.
const groupsOfWords: Readonly<Record<string, readonly [Kind, readonly string[]]>> = {
  'VERS-ALL': ['versions', [...VERSIONS, ...DTLS]],
  'VERS-TLS-ALL': ['versions', VERSIONS],
  'VERS-DTLS-ALL': ['versions', DTLS],
  'CIPHER-ALL': ['ciphers', CIPHERS],
  'CIPHER-GOST-ALL': ['ciphers', []],
  'MAC-ALL': ['macs', normal.macs],
  'MAC-GOST-ALL': ['macs', []],
  'KX-ALL': ['keyExchanges', KEY_EXCHANGES],
  'KX-GOST-ALL': ['keyExchanges', []],
  'GROUP-ALL': ['groups', normal.groups],
  'CURVE-ALL': ['groups', EC_GROUPS],
  'GROUP-EC-ALL': ['groups', EC_GROUPS],
  'GROUP-DH-ALL': ['groups', DH_GROUPS],
  'GROUP-GOST-ALL': ['groups', []],
  'SIGN-ALL': ['signatures', normal.signatures],
  'SIGN-GOST-ALL': ['signatures', []],
  GOST: ['ciphers', []],
};

// Single words: those above, and what can be asked for besides. What this side cannot do stays in the list and is left
// out later; what nobody knows is an error.
const singleWords: Readonly<Record<Kind, { readonly prefixes: readonly string[]; readonly names: readonly string[] }>> =
  {
    versions: { prefixes: ['VERS-'], names: [...VERSIONS, ...DTLS, 'SSL3.0', 'DTLS0.9'] },
    ciphers: {
      prefixes: [''],
      names: words(
        'AES-128-CCM-8 AES-256-CCM-8 AES-192-CBC 3DES-CBC ARCFOUR-128 NULL CAMELLIA-128-CBC CAMELLIA-192-CBC CAMELLIA-256-CBC CAMELLIA-128-GCM CAMELLIA-256-GCM',
      ).concat(CIPHERS),
    },
    macs: { prefixes: [''], names: words('SHA1 SHA256 SHA384 SHA512 AEAD MD5') },
    keyExchanges: {
      prefixes: [''],
      names: words('DHE-DSS PSK DHE-PSK ECDHE-PSK RSA-PSK ANON-DH ANON-ECDH SRP SRP-RSA SRP-DSS RSA-EXPORT').concat(
        KEY_EXCHANGES,
      ),
    },
    groups: { prefixes: ['GROUP-', 'CURVE-'], names: ['SECP192R1', 'SECP224R1', ...EC_GROUPS, ...DH_GROUPS] },
    signatures: {
      prefixes: ['SIGN-'],
      names: [
        ...normal.signatures,
        ...words('RSA-SHA224 ECDSA-SHA224 DSA-SHA1 DSA-SHA224 DSA-SHA256 DSA-SHA384 DSA-SHA512 RSA-MD5'),
      ],
    },
  };

// Least sizes of RSA keys of the profiles (gnutls_sec_param_t); up to HIGH seen with gnutls-cli 3.7.9 as above, the others
// from its documentation, for keys of these sizes take minutes to make.
const profiles: Readonly<Record<string, number>> = {
  VERY_WEAK: 768,
  LOW: 1024,
  LEGACY: 1776,
  MEDIUM: 2048,
  HIGH: 3072,
  ULTRA: 8192,
  FUTURE: 15_360,
  SUITEB128: 3072,
  SUITEB192: 7680,
};

const flagWords: readonly string[] = words(
  'COMPAT DUMBFW NO_EXTENSIONS NO_TICKETS NO_TICKETS_TLS12 NO_SESSION_HASH NO_ETM FORCE_ETM FORCE_SESSION_HASH SERVER_PRECEDENCE ' +
    'STATELESS_COMPRESSION ALLOW_SMALL_RECORDS DISABLE_TLS13_COMPAT_MODE DISABLE_WILDCARDS LATEST_RECORD_VERSION ' +
    'SSL3_RECORD_VERSION NEW_PADDING FALLBACK_SCSV SAFE_RENEGOTIATION PARTIAL_RENEGOTIATION UNSAFE_RENEGOTIATION ' +
    'DISABLE_SAFE_RENEGOTIATION VERIFY_ALLOW_BROKEN VERIFY_ALLOW_SIGN_RSA_MD5 VERIFY_ALLOW_SIGN_WITH_SHA1 ' +
    'VERIFY_ALLOW_X509_V1_CA_CRT VERIFY_DISABLE_CRL_CHECKS KEYLOG_FILE',
);

/** Longest string that is read. */
const MAX_LENGTH = 4096;

/**
 * Reads a priority string.
 *
 * @param lookup finds `@NAME`; without it no name is known
 * @throws LibvirtError `SystemError` in libvirt's words for anything that GnuTLS does not understand
 */
export function parsePriority(text: string, lookup: PriorityLookup = () => null): TlsPriority {
  const resolved = text.startsWith('@') ? resolveName(text, lookup) : text;
  if (resolved.length > MAX_LENGTH) throw priorityError(text);
  const [first = '', ...rest] = resolved.toUpperCase().split(':');
  const level = own(levels, first);
  if (level === undefined) throw priorityError(text);
  const lists: Record<Kind, string[]> = {
    versions: [...level[0].versions],
    ciphers: [...level[0].ciphers],
    macs: [...level[0].macs],
    keyExchanges: [...level[0].keyExchanges],
    groups: [...level[0].groups],
    signatures: [...level[0].signatures],
  };
  const flags = new Set<string>();
  let minimumRsaBits = level[1];
  for (const token of rest) {
    const name = token.slice(1);
    if (token.startsWith('%')) {
      const bits = name.startsWith('PROFILE_') ? own(profiles, name.slice('PROFILE_'.length)) : undefined;
      if (bits === undefined && !flagWords.includes(name)) throw priorityError(text);
      if (bits === undefined) flags.add(name);
      else minimumRsaBits = bits;
    } else if (!change(lists, token.charAt(0), name)) {
      throw priorityError(text);
    }
  }
  // GnuTLS gives up TLS 1.3 when older versions are enabled and 1.2, which lies between, is not.
  const { versions } = lists;
  if (!versions.includes('TLS1.2') && (versions.includes('TLS1.1') || versions.includes('TLS1.0'))) {
    lists.versions = versions.filter((version) => version !== 'TLS1.3');
  }
  return { ...lists, flags, minimumRsaBits };
}

/** The error of a string that cannot be followed. @param why in GnuTLS's words when left out */
export function priorityError(text: string, why = 'The request is invalid.'): LibvirtError {
  return new LibvirtError(ErrorCode.SystemError, null, {
    message: `Failed to set TLS session priority to ${text}: ${why}`,
    domain: ErrorDomain.Rpc,
  });
}

// `@A,B:rest`: the first name that the system knows, then the rest.
function resolveName(text: string, lookup: PriorityLookup): string {
  const [names = '', ...rest] = text.slice(1).split(':');
  for (const name of names.split(',')) {
    const found = lookup(name);
    if (found !== null) return [found, ...rest].join(':');
  }
  throw priorityError(text);
}

function change(lists: Record<Kind, string[]>, sign: string, name: string): boolean {
  if (sign !== '+' && sign !== '-' && sign !== '!') return false;
  const level = sign === '+' ? own(levels, name) : undefined;
  if (level !== undefined && name !== 'NONE') {
    for (const kind of Object.keys(lists) as Kind[]) add(lists[kind], level[0][kind]);
    return true;
  }
  // Compression and kinds of certificates: there is one of each.
  if (/^(COMP|CTYPE)-[A-Z0-9.-]+$/.test(name)) return true;
  const several = own(groupsOfWords, name);
  const found = several ?? single(name);
  if (found === undefined) return false;
  const [kind, members] = found;
  if (sign === '+') add(lists[kind], members);
  // Taking away all of a kind takes away what was asked for besides, too.
  else if (/^(VERS|CIPHER|MAC|KX|GROUP|SIGN)-ALL$/.test(name)) lists[kind] = [];
  else lists[kind] = lists[kind].filter((each) => !members.includes(each));
  return true;
}

function single(word: string): readonly [Kind, readonly string[]] | undefined {
  for (const [kind, { prefixes, names }] of Object.entries(singleWords) as [Kind, (typeof singleWords)[Kind]][]) {
    for (const prefix of prefixes) {
      if (word.startsWith(prefix) && names.includes(word.slice(prefix.length)))
        return [kind, [word.slice(prefix.length)]];
    }
  }
  return undefined;
}

function add(list: string[], members: readonly string[]): void {
  for (const member of members) if (!list.includes(member)) list.push(member);
}

function own<T>(table: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined;
}
