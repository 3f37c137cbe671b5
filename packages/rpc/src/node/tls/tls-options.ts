// Priority strings as options of Node's TLS: what can be followed is, what cannot is refused, nothing is weakened silently.
import { readFileSync } from 'node:fs';
import { constants } from 'node:crypto';
import { parsePriority, type PriorityLookup, priorityError, type TlsPriority } from './tls-priority.ts';

/** Options for `tls.createSecureContext`, and what certificates must fulfil. */
export interface TlsOptions {
  readonly minVersion: 'TLSv1.2' | 'TLSv1.3';
  readonly maxVersion: 'TLSv1.2' | 'TLSv1.3';
  /** Names of OpenSSL, TLS 1.3 first. */
  readonly ciphers: string;
  readonly ecdhCurve: string;
  readonly sigalgs: string;
  readonly honorCipherOrder: boolean;
  readonly secureOptions: number;
  readonly minimumRsaBits: number;
}

/** What libvirt asks for when nobody says otherwise. */
export const DEFAULT_PRIORITY = 'NORMAL';

const suites13: Readonly<Record<string, string>> = {
  'AES-256-GCM': 'TLS_AES_256_GCM_SHA384',
  'CHACHA20-POLY1305': 'TLS_CHACHA20_POLY1305_SHA256',
  'AES-128-GCM': 'TLS_AES_128_GCM_SHA256',
  'AES-128-CCM': 'TLS_AES_128_CCM_SHA256',
  'AES-128-CCM-8': 'TLS_AES_128_CCM_8_SHA256',
};

const exchanges: Readonly<Record<string, string>> = {
  'ECDHE-ECDSA': 'ECDHE-ECDSA-',
  'ECDHE-RSA': 'ECDHE-RSA-',
  'DHE-RSA': 'DHE-RSA-',
  RSA: '',
};

// A row: cipher and MAC, the end of OpenSSL's name, and the key exchanges for which there is such a suite.
const suites12: readonly (readonly [cipher: string, mac: string, name: string, exchanges: readonly string[]])[] = [
  ['AES-256-GCM', 'AEAD', 'AES256-GCM-SHA384', Object.keys(exchanges)],
  ['AES-128-GCM', 'AEAD', 'AES128-GCM-SHA256', Object.keys(exchanges)],
  ['CHACHA20-POLY1305', 'AEAD', 'CHACHA20-POLY1305', ['ECDHE-ECDSA', 'ECDHE-RSA', 'DHE-RSA']],
  ['AES-256-CCM', 'AEAD', 'AES256-CCM', ['ECDHE-ECDSA', 'DHE-RSA', 'RSA']],
  ['AES-128-CCM', 'AEAD', 'AES128-CCM', ['ECDHE-ECDSA', 'DHE-RSA', 'RSA']],
  ['AES-256-CCM-8', 'AEAD', 'AES256-CCM8', ['ECDHE-ECDSA', 'DHE-RSA', 'RSA']],
  ['AES-128-CCM-8', 'AEAD', 'AES128-CCM8', ['ECDHE-ECDSA', 'DHE-RSA', 'RSA']],
  ['AES-256-CBC', 'SHA1', 'AES256-SHA', Object.keys(exchanges)],
  ['AES-128-CBC', 'SHA1', 'AES128-SHA', Object.keys(exchanges)],
  ['AES-256-CBC', 'SHA384', 'AES256-SHA384', ['ECDHE-ECDSA', 'ECDHE-RSA']],
  ['AES-128-CBC', 'SHA256', 'AES128-SHA256', Object.keys(exchanges)],
  ['AES-256-CBC', 'SHA256', 'AES256-SHA256', ['DHE-RSA', 'RSA']],
];

const groups: Readonly<Record<string, string>> = {
  SECP256R1: 'P-256',
  SECP384R1: 'P-384',
  SECP521R1: 'P-521',
  X25519: 'X25519',
  X448: 'X448',
  FFDHE2048: 'ffdhe2048',
  FFDHE3072: 'ffdhe3072',
  FFDHE4096: 'ffdhe4096',
  FFDHE6144: 'ffdhe6144',
  FFDHE8192: 'ffdhe8192',
};

// SHA-1 has no row: OpenSSL at its default level takes it from nobody.
const signatures: Readonly<Record<string, string>> = Object.fromEntries(
  ['256', '384', '512'].flatMap((bits) => {
    const curve = bits === '512' ? '521' : bits;
    return [
      [`RSA-SHA${bits}`, `rsa_pkcs1_sha${bits}`],
      [`RSA-PSS-SHA${bits}`, `rsa_pss_pss_sha${bits}`],
      [`RSA-PSS-RSAE-SHA${bits}`, `rsa_pss_rsae_sha${bits}`],
      [`ECDSA-SHA${bits}`, `ecdsa_secp${curve}r1_sha${bits}`],
      [`ECDSA-SECP${curve}R1-SHA${bits}`, `ecdsa_secp${curve}r1_sha${bits}`],
    ];
  }),
);
const edwards: Readonly<Record<string, string>> = { 'EDDSA-ED25519': 'ed25519', 'EDDSA-ED448': 'ed448' };

// What is asked for more than OpenSSL can promise.
const refused: Readonly<Record<string, string>> = {
  NO_EXTENSIONS: '%NO_EXTENSIONS is not possible here: TLS without extensions cannot be made',
  FORCE_SESSION_HASH:
    '%FORCE_SESSION_HASH is not possible here: nothing can insist on it; -VERS-TLS1.2 does, for TLS 1.3 always has it',
};

/**
 * Gives the options that follow a priority string. Never more than the string allows; what it allows and this side does
 * not have (TLS 1.0 and 1.1, SHA-1 signatures, old ciphers) is left out.
 *
 * @throws LibvirtError `SystemError` for a string that is wrong, or that cannot be followed at all
 */
export function tlsOptionsOf(priority: string, lookup: PriorityLookup = systemPriority): TlsOptions {
  const parsed = parsePriority(priority, lookup);
  const cannot = (why: string) => priorityError(priority, why);
  for (const [flag, why] of Object.entries(refused)) if (parsed.flags.has(flag)) throw cannot(why);
  const has13 = parsed.versions.includes('TLS1.3');
  const has12 = parsed.versions.includes('TLS1.2');
  if (!has12 && !has13) throw cannot('it allows neither TLS 1.2 nor TLS 1.3, the only versions that are possible here');
  const named = (names: readonly string[], table: Readonly<Record<string, string>>) => [
    ...new Set(names.flatMap((name) => (Object.hasOwn(table, name) ? [table[name] as string] : []))),
  ];
  const curves = named(preferredGroups(parsed.groups), groups);
  const algorithms = named(parsed.signatures, { ...signatures, ...edwards });
  const new13 = has13 && parsed.macs.includes('AEAD') ? named(parsed.ciphers, suites13) : [];
  const old12 = has12 ? suitesOf12(parsed) : [];
  if (new13.length + old12.length === 0) throw cannot('it allows no cipher suite that is possible here');
  if (curves.length === 0) throw cannot('it allows no group that is possible here');
  if (algorithms.length === 0) throw cannot('it allows no signature algorithm that is possible here');
  return {
    minVersion: old12.length > 0 ? 'TLSv1.2' : 'TLSv1.3',
    maxVersion: new13.length > 0 ? 'TLSv1.3' : 'TLSv1.2',
    ciphers: [...new13, ...old12].join(':'),
    ecdhCurve: curves.join(':'),
    sigalgs: algorithms.join(':'),
    honorCipherOrder: parsed.flags.has('SERVER_PRECEDENCE'),
    secureOptions: parsed.flags.has('NO_TICKETS') ? constants.SSL_OP_NO_TICKET : 0,
    minimumRsaBits: parsed.minimumRsaBits,
  };
}

// GnuTLS prefers by key exchange first, then by cipher.
function suitesOf12({ keyExchanges, ciphers, macs, flags }: TlsPriority): string[] {
  return keyExchanges.flatMap((exchange) =>
    !Object.hasOwn(exchanges, exchange)
      ? []
      : ciphers.flatMap((cipher) =>
          suites12
            .filter(([name, mac, , possible]) => name === cipher && macs.includes(mac) && possible.includes(exchange))
            // Whether both sides encrypt first cannot be insisted on; suites that need not choose always do better.
            .filter(([, mac]) => mac === 'AEAD' || !flags.has('FORCE_ETM'))
            .map(([, , name]) => `${exchanges[exchange]}${name}`),
        ),
  );
}

// The first group is the one for which a client computes ahead: of those that nobody put in order the quickest.
function preferredGroups(names: readonly string[]): readonly string[] {
  const standard = names.length === 10 && names[0] === 'SECP256R1' && names[3] === 'X25519';
  return standard ? ['X25519', ...names.filter((name) => name !== 'X25519')] : names;
}

// Where Fedora and its relatives keep what @SYSTEM and the like stand for.
function systemPriority(name: string): string | null {
  let text: string;
  try {
    text = readFileSync(process.env['GNUTLS_SYSTEM_PRIORITY_FILE'] || '/etc/gnutls/config', 'utf8');
  } catch {
    return null;
  }
  let section = 'priorities';
  for (const line of text.split('\n')) {
    section = /^\s*\[([^\]]*)\]/.exec(line)?.[1] ?? section;
    const [, key, value] = /^\s*([^=#\s]+)\s*=\s*(\S+)/.exec(line) ?? [];
    if (section === 'priorities' && key === name && value !== undefined) return value;
  }
  return null;
}
