// Reading certificates, the table of libvirt's checks, and hostile DER.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { LibvirtError } from '../../error-face.ts';
import { type CertificateFacts, certificateFacts, certificatesOf, Extension, Purpose } from './certificate.ts';
import { type CertificateRole, checkCertificate } from './certificate-check.ts';
import { derChildren, derOid, derText, derValues } from './der.ts';
import { formatDistinguishedName } from './distinguished-name.ts';
import { matchesHostName } from './host-name.ts';
import { type CertificateParts, certificateOf, certificatePem, der, nameDer, oid } from './testing/der-writer.ts';

const FILE = '/etc/pki/x.pem';
const subject = nameDer([['2.5.4.3', 0x0c, 'a.b']]);
const yes = der(0x01, Uint8Array.of(255));
const usage = (bits: number, critical = false) => ({
  oid: Extension.KeyUsage,
  critical,
  value: der(0x03, Uint8Array.of(5, bits)),
});
const purposes = (oids: readonly string[], critical = false) => ({
  oid: Extension.Purposes,
  critical,
  value: der(0x30, ...oids.map(oid)),
});
const constraints = (ca: boolean) => ({
  oid: Extension.BasicConstraints,
  critical: true,
  value: der(0x30, ...(ca ? [yes] : [])),
});
const facts = (parts: Partial<CertificateParts> = {}): CertificateFacts =>
  certificateFacts(certificateOf({ subject, ...parts }));

const SIGN = 0x80;
const ENCIPHER = 0x20;
const CERT_SIGN = 0x04;

// Texts of libvirt 9.0.0.
const rows: readonly (readonly [CertificateRole, Partial<CertificateParts>, 'error' | 'warning', string])[] = [
  ['server', { notAfter: '20210101000000Z' }, 'error', `The server certificate ${FILE} has expired`],
  ['client', { notAfter: '20210101000000Z' }, 'error', `The client certificate ${FILE} has expired`],
  ['ca', { notAfter: '20210101000000Z' }, 'error', `The CA certificate ${FILE} has expired`],
  ['server', { notBefore: '20980101000000Z' }, 'error', `The server certificate ${FILE} is not yet active`],
  ['client', { notBefore: '20980101000000Z' }, 'error', `The client certificate ${FILE} is not yet active`],
  [
    'server',
    { extensions: [constraints(true)] },
    'error',
    `The certificate ${FILE} basic constraints show a CA, but we need one for a server`,
  ],
  [
    'client',
    { extensions: [constraints(true)] },
    'error',
    `The certificate ${FILE} basic constraints show a CA, but we need one for a client`,
  ],
  ['ca', { extensions: [constraints(false)] }, 'error', `The certificate ${FILE} basic constraints do not show a CA`],
  ['ca', {}, 'error', `The certificate ${FILE} is missing basic constraints for a CA`],
  [
    'ca',
    { extensions: [constraints(true), usage(SIGN, true)] },
    'error',
    `Certificate ${FILE} usage does not permit certificate signing`,
  ],
  [
    'ca',
    { extensions: [constraints(true), usage(SIGN)] },
    'warning',
    `Certificate ${FILE} usage does not permit certificate signing`,
  ],
  [
    'server',
    { extensions: [usage(ENCIPHER, true)] },
    'error',
    `Certificate ${FILE} usage does not permit digital signature`,
  ],
  [
    'server',
    { extensions: [usage(ENCIPHER)] },
    'warning',
    `Certificate ${FILE} usage does not permit digital signature`,
  ],
  [
    'client',
    { extensions: [usage(SIGN, true)] },
    'error',
    `Certificate ${FILE} usage does not permit key encipherment`,
  ],
  ['client', { extensions: [usage(SIGN)] }, 'warning', `Certificate ${FILE} usage does not permit key encipherment`],
  [
    'server',
    { extensions: [purposes([Purpose.TlsClient], true)] },
    'error',
    `Certificate ${FILE} purpose does not allow use for with a TLS server`,
  ],
  [
    'server',
    { extensions: [purposes([Purpose.TlsClient])] },
    'warning',
    `Certificate ${FILE} purpose does not allow use for with a TLS server`,
  ],
  [
    'client',
    { extensions: [purposes([Purpose.TlsServer])] },
    'warning',
    `Certificate ${FILE} purpose does not allow use for with a TLS client`,
  ],
];

test("says what is wrong with a certificate in libvirt's words", () => {
  for (const [role, parts, level, text] of rows) {
    const check = () => checkCertificate(facts(parts), role, { file: FILE });
    if (level === 'error') assert.throws(check, { message: text });
    else assert.deepEqual(check(), [text]);
  }
});

test('takes certificates that are made for the use, for any, or that do not say', () => {
  for (const extensions of [
    [],
    [constraints(false), usage(SIGN | ENCIPHER, true), purposes([Purpose.TlsServer, Purpose.TlsClient], true)],
    [purposes([Purpose.Any], true)],
  ]) {
    assert.deepEqual(checkCertificate(facts({ extensions }), 'server', { file: FILE }), []);
    assert.deepEqual(checkCertificate(facts({ extensions }), 'client', { file: FILE }), []);
  }
  const authority = facts({ extensions: [constraints(true), usage(CERT_SIGN, true)] });
  assert.deepEqual(checkCertificate(authority, 'ca', { file: FILE }), []);
});

// What gnutls_x509_crt_check_hostname of 3.7.9 says.
test('finds the host among the names as GnuTLS does', () => {
  const names = (...list: readonly Uint8Array[]) => ({ oid: Extension.AlternativeNames, value: der(0x30, ...list) });
  const dns = (name: string) => der(0x82, name);
  const ip = (...bytes: number[]) => der(0x87, Uint8Array.from(bytes));
  const loopback6 = ip(...Array.from({ length: 15 }, () => 0), 1);
  const common = (...values: string[]) => nameDer(...values.map((value) => [['2.5.4.3', 0x0c, value] as const]));
  for (const [parts, matching, others] of [
    [{ subject: common('localhost') }, ['localhost', 'LOCALHOST'], ['127.0.0.1', 'localhost.', '']],
    [{ subject: common('127.0.0.1') }, [], ['127.0.0.1']],
    [{ subject: common('::1') }, [], ['::1']],
    [{ subject: common('a.b', 'c.d') }, [], ['a.b', 'c.d']],
    [{ extensions: [names(dns('x.y'))] }, ['x.y'], ['a.b']],
    [{ extensions: [names(ip(10, 0, 0, 1))] }, ['10.0.0.1'], ['a.b', '10.0.0.2']],
    [{ extensions: [names(der(0x81, 'x@y.z'))] }, ['a.b'], []],
    [{ extensions: [names(der(0x86, 'http://x'))] }, [], ['a.b']],
    [{ extensions: [purposes([Purpose.TlsClient])] }, [], ['a.b']],
    [{ extensions: [purposes([Purpose.TlsServer])] }, ['a.b'], []],
    [{ extensions: [purposes([Purpose.TlsClient]), names(dns('x.y'))] }, ['x.y'], []],
    [{ subject: common('*.b.c') }, ['a.b.c'], ['b.c', 'x.a.b.c']],
    [{ extensions: [names(dns('*.c'), dns('a*.b.c'), dns('*'))] }, [], ['b.c', 'ax.b.c', 'b']],
    [{ extensions: [names(dns('10.0.0.1'))] }, [], ['10.0.0.1']],
    [{ extensions: [names(loopback6)] }, ['::1', '0:0:0:0:0:0:0:1', '0::1'], ['[::1]', '::2']],
    [{ extensions: [names(ip(127, 0, 0, 1))] }, ['127.0.0.1'], ['::ffff:127.0.0.1']],
    [{ extensions: [names(dns('xn--bcher-kva.ch'))] }, ['bücher.ch', 'BÜCHER.ch', 'xn--bcher-kva.ch'], []],
    [{ extensions: [names(dns('x.y\0.z'))] }, [], ['x.y']],
  ] as const) {
    for (const host of matching) assert.equal(matchesHostName(facts(parts), host), true, host);
    for (const host of others) assert.equal(matchesHostName(facts(parts), host), false, host);
  }
});

test('reads every certificate of a text, and refuses a damaged one', () => {
  const pem = certificatePem({ subject });

  assert.deepEqual(
    certificatesOf(`noise\n${pem}more\n${pem}`).map((each) => each.subject),
    ['CN=a.b', 'CN=a.b'],
  );
  assert.throws(() => certificatesOf(pem.replace('MII', 'AAA').replace(/\n.{20}/, '\n')), LibvirtError);
});

test('refuses two extensions of one kind', () => {
  assert.throws(() => facts({ extensions: [constraints(false), constraints(true)] }), LibvirtError);
});

test('identifiers keep numbers of any size', () => {
  const dotted = '2.25.329800735698586629295641978511506172918';

  assert.equal(derOid(derValues(oid(dotted))[0]), dotted);
});

test('random bytes, and damaged certificates, give a LibvirtError or a reading, nothing else', () => {
  const raw = certificateOf({ subject, extensions: [constraints(false), purposes([Purpose.TlsServer], true)] }).raw;
  const damaged = fc
    .array(fc.tuple(fc.nat(raw.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 })
    .map((changes) => changes.reduce((bytes, [at, value]) => bytes.with(at, value), new Uint8Array(raw)));
  const read = (bytes: Uint8Array) => {
    const [value] = derValues(bytes);
    certificateFacts({ raw: Buffer.from(bytes) } as unknown as CertificateFacts['x509']);
    formatDistinguishedName(value);
    for (const child of derChildren(value)) derText(child);
  };
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), damaged), (bytes) => {
      try {
        read(bytes);
      } catch (error) {
        assert.ok(error instanceof LibvirtError, String(error));
      }
    }),
    { numRuns: 3000 },
  );
});
