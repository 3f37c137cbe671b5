// Priority strings: what they enable, compared with gnutls-cli, and the options that follow them.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { createSecureContext } from 'node:tls';
import fc from 'fast-check';
import { LibvirtError } from '../../error-face.ts';
import { tlsOptionsOf } from './tls-options.ts';
import { parsePriority } from './tls-priority.ts';

const strings = [
  'NORMAL',
  'normal:-vers-tls1.3',
  'NORMAL:-VERS-ALL:+VERS-TLS1.2',
  'NORMAL:-VERS-TLS-ALL:+VERS-TLS1.3',
  'NORMAL:-VERS-TLS1.2',
  'SECURE128',
  'SECURE192',
  'SECURE256',
  'PERFORMANCE',
  'PFS',
  'LEGACY',
  'SUITEB128',
  'SUITEB192',
  'SECURE192:+CIPHER-ALL:+GROUP-ALL',
  'SECURE192:+MAC-ALL',
  'NORMAL:-CIPHER-ALL:+AES-128-GCM:+AES-256-GCM',
  'NORMAL:!AES-256-GCM:%SERVER_PRECEDENCE:%PROFILE_HIGH',
  'NORMAL:-KX-ALL:+RSA:+PSK',
  'NORMAL:-GROUP-ALL:+GROUP-X25519:+CURVE-SECP256R1',
  'NORMAL:-GROUP-ALL:+GROUP-DH-ALL',
  'NORMAL:-SIGN-ALL:+SIGN-RSA-SHA256',
  'NORMAL:+SHA256:+SHA384:+ARCFOUR-128',
  'NORMAL:-COMP-ALL:+CTYPE-X.509:%NO_TICKETS',
  'NORMAL:+SECURE192',
  'NONE:+VERS-TLS1.2:+AES-256-GCM:+ECDHE-RSA:+AEAD:+SIGN-ALL:+GROUP-ALL:+CTYPE-X509',
];
const wrong = [
  '',
  'BLAH',
  'NORMAL:+BLAH',
  'NORMAL:%BLAH',
  'NORMAL::-VERS-TLS1.3',
  'NORMAL:-SECURE128',
  'SUITEB256',
  '@SYSTEM',
];

// The heading of each list in what gnutls-cli prints, and what its names begin with.
const lists = {
  versions: ['Protocols', 'VERS-'],
  ciphers: ['Ciphers', ''],
  macs: ['MACs', ''],
  keyExchanges: ['Key Exchange Algorithms', ''],
  groups: ['Groups', 'GROUP-'],
  signatures: ['PK-signatures', 'SIGN-'],
} as const;

const gnutls = (priority: string) => spawnSync('gnutls-cli', ['--list', '--priority', priority], { encoding: 'utf8' });
const skip = gnutls('NORMAL').error === undefined ? false : 'gnutls-cli is not installed';

test('enables what GnuTLS enables, in its order', { skip }, () => {
  for (const text of strings) {
    const { stdout } = gnutls(text);
    const parsed = parsePriority(text);
    for (const [kind, [heading, prefix]] of Object.entries(lists)) {
      const listed = new RegExp(`^${heading}: (.*)$`, 'm').exec(stdout)?.[1]?.split(', ') ?? [];
      const ours = parsed[kind as keyof typeof lists].map((name) => `${prefix}${name}`);
      assert.deepEqual(
        ours,
        listed.map((name) => name.toUpperCase()),
        `${text}: ${heading}`,
      );
    }
  }
});

test('refuses what GnuTLS refuses, in the words of libvirt', { skip }, () => {
  for (const text of wrong) {
    assert.match(gnutls(text).stdout + gnutls(text).stderr, /yntax error|Error in priorities/, text);
    assert.throws(() => parsePriority(text), {
      message: `Failed to set TLS session priority to ${text}: The request is invalid.`,
    });
  }
});

test('enables the cipher suites that GnuTLS enables, in its order, as far as OpenSSL has them', { skip }, () => {
  for (const text of strings.filter((each) => each !== 'NORMAL:-VERS-TLS1.2')) {
    const { versions } = parsePriority(text);
    // Suites of TLS 1.2 are listed for DTLS, too.
    const listed = [...gnutls(text).stdout.matchAll(/^(TLS_\S+)\s+0x.*(TLS1\.[0-3])$/gm)]
      .filter(([, , version]) => version === 'TLS1.3' || versions.includes('TLS1.2'))
      .map(([, name = '']) => openSslName(name));
    assert.deepEqual(
      tlsOptionsOf(text).ciphers.split(':'),
      listed.filter((name) => name !== null),
      text,
    );
  }
});

test('every string gives options that OpenSSL takes', () => {
  for (const text of strings.filter((each) => each !== 'NORMAL:-VERS-TLS1.2')) {
    const { minimumRsaBits: _, ...options } = tlsOptionsOf(text);
    createSecureContext(options);
  }
});

test('keeps versions, groups, signatures and flags within what was allowed', () => {
  const only13 = tlsOptionsOf('NORMAL:-VERS-ALL:+VERS-TLS1.3');
  assert.deepEqual([only13.minVersion, only13.maxVersion], ['TLSv1.3', 'TLSv1.3']);
  const only12 = tlsOptionsOf('NORMAL:-VERS-TLS1.3:%SERVER_PRECEDENCE:%NO_TICKETS');
  assert.deepEqual([only12.minVersion, only12.maxVersion, only12.honorCipherOrder], ['TLSv1.2', 'TLSv1.2', true]);
  assert.notEqual(only12.secureOptions, 0);
  const strong = tlsOptionsOf('SECURE256');
  assert.equal(strong.ecdhCurve, 'P-384:P-521:ffdhe8192');
  assert.equal(strong.minimumRsaBits, 3072);
  assert.doesNotMatch(strong.sigalgs, /sha256|sha1/);
  assert.match(tlsOptionsOf('NORMAL').ecdhCurve, /^X25519:P-256:/);
  assert.doesNotMatch(tlsOptionsOf('NORMAL:%FORCE_ETM').ciphers, /-SHA(:|$)/);
});

test('wants RSA keys of the sizes that gnutls-cli wants', () => {
  for (const [text, bits] of [
    ['NORMAL', 1024],
    ['PFS', 1024],
    ['PERFORMANCE', 1024],
    ['SECURE128', 1024],
    ['SECURE192', 3072],
    ['SECURE256', 3072],
    ['LEGACY', 0],
    ['NONE', 0],
    ['NORMAL:%PROFILE_VERY_WEAK', 768],
    ['NORMAL:%PROFILE_LOW', 1024],
    ['NORMAL:%PROFILE_LEGACY', 1776],
    ['NORMAL:%PROFILE_MEDIUM', 2048],
    ['NORMAL:%PROFILE_HIGH', 3072],
  ] as const) {
    assert.equal(parsePriority(text).minimumRsaBits, bits, text);
  }
});

test('says why a string cannot be followed', () => {
  for (const [text, why] of [
    ['NORMAL:-VERS-ALL:+VERS-TLS1.1', /neither TLS 1\.2 nor TLS 1\.3/],
    ['NORMAL:-VERS-TLS1.2', /neither TLS 1\.2 nor TLS 1\.3/],
    ['NORMAL:-CIPHER-ALL:+ARCFOUR-128', /no cipher suite/],
    ['NORMAL:-SIGN-ALL:+SIGN-RSA-SHA1', /no signature algorithm/],
    ['NORMAL:-GROUP-ALL', /no group/],
    ['NORMAL:%NO_EXTENSIONS', /NO_EXTENSIONS/],
    ['NORMAL:%FORCE_SESSION_HASH', /FORCE_SESSION_HASH/],
    ['NONE', /neither/],
  ] as const) {
    assert.throws(() => tlsOptionsOf(text), why, text);
  }
});

test('looks names up in the order in which they stand', () => {
  const known: Readonly<Record<string, string>> = { SYSTEM: 'SECURE128:-VERS-TLS1.3' };
  const lookup = (name: string) => known[name] ?? null;

  const { versions } = parsePriority('@LIBVIRT,SYSTEM:-VERS-TLS1.1', lookup);

  assert.deepEqual(versions, ['TLS1.2', 'TLS1.0', 'DTLS1.2', 'DTLS1.0']);
});

test('random strings give options or a LibvirtError', () => {
  const token = fc.tuple(
    fc.constantFrom('+', '-', '!', '%', ''),
    fc.constantFrom(
      'VERS-TLS1.3',
      'VERS-ALL',
      'CIPHER-ALL',
      'AES-128-GCM',
      'SIGN-ALL',
      'GROUP-ALL',
      'KX-ALL',
      'RSA',
      'NONE',
      'COMPAT',
      'constructor',
      '__proto__',
      'x',
    ),
  );
  const text = fc.oneof(
    fc.string(),
    fc
      .tuple(fc.constantFrom('NORMAL', 'NONE', 'SECURE256', '@A,B', ''), fc.array(token))
      .map(([level, tokens]) => [level, ...tokens.map((pair) => pair.join(''))].join(':')),
  );
  fc.assert(
    fc.property(text, (priority) => {
      try {
        tlsOptionsOf(priority);
      } catch (error) {
        assert.ok(error instanceof LibvirtError, String(error));
      }
    }),
    { numRuns: 2000 },
  );
});

// Null for what OpenSSL does not have by this name.
function openSslName(name: string): string | null {
  const modern = /^TLS_(AES|CHACHA20).*_SHA(256|384)$/.test(name);
  if (modern) return name;
  const old = /^TLS_(?:(ECDHE_ECDSA|ECDHE_RSA|DHE_RSA)_|RSA_)(.*)$/.exec(name);
  const cipher = old?.[2]
    ?.replace('AES_', 'AES')
    .replace('_CBC_SHA1', '-SHA')
    .replace('_CBC', '')
    .replace('CHACHA20_POLY1305', 'CHACHA20-POLY1305')
    .replaceAll('_', '-');
  return cipher === undefined || cipher.startsWith('ARCFOUR')
    ? null
    : [old?.[1]?.replace('_', '-'), cipher].filter((part) => part !== undefined).join('-');
}
