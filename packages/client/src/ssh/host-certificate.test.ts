// Tests of host certificates, with some that ssh-keygen has made.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { certificateFault, type HostCertificate, parseHostCertificate } from './host-certificate.ts';
import { SshFormatError, SshReader, sshNumber, sshString } from './wire.ts';

interface Samples {
  readonly authorities: Readonly<Record<string, string>>;
  readonly certificates: Readonly<Record<string, string>>;
}

const samples = JSON.parse(
  readFileSync(new URL('../../../../spec/ssh-certificates.json', import.meta.url), 'utf8'),
) as Samples;
const authorities = Object.values(samples.authorities).map((key) => Buffer.from(key, 'base64'));
const bytesOf = (name: string): Uint8Array => Buffer.from(samples.certificates[name] ?? '', 'base64');
const NOW_S = Date.UTC(2026, 0, 1) / 1000;

function faultOf(certificate: HostCertificate, host = 'host.example', trusted: readonly Uint8Array[] = authorities) {
  return certificateFault(certificate, { authorities: trusted, host, nowS: NOW_S });
}

for (const [name, keyType] of [
  ['good-ed25519', 'ssh-ed25519'],
  ['good-ecdsa-256', 'ecdsa-sha2-nistp256'],
  ['good-ecdsa-384', 'ecdsa-sha2-nistp384'],
  ['good-ecdsa-521', 'ecdsa-sha2-nistp521'],
  ['good-rsa-512', 'ssh-rsa'],
  ['good-rsa-256', 'ssh-ed25519'],
] as const) {
  test(`${name} is good for its names and no other`, () => {
    const certificate = parseHostCertificate(bytesOf(name));

    assert.equal(certificate.keyType, keyType);
    assert.equal(new SshReader(certificate.key).text(), keyType);
    assert.equal(faultOf(certificate), null);
    assert.equal(faultOf(certificate, 'other.example'), null);
    assert.equal(faultOf(certificate, 'host'), 'it is for host.example, other.example');
    assert.equal(faultOf(certificate, 'host.example', []), 'it is signed by another authority');
  });
}

for (const [name, fault] of [
  ['sha1', 'its signature is wrong'],
  ['short', 'its signature is wrong'],
  ['past', 'it ended on 2021-01-01'],
  ['early', 'it is good from 2090-01-01'],
  ['user', 'it is no certificate of a host'],
  ['condition', 'it has conditions that are not known here: moon'],
  ['anyone', null],
] as const) {
  test(`${name}: ${fault ?? 'nothing is wrong'}`, () => {
    assert.equal(faultOf(parseHostCertificate(bytesOf(name))), fault);
  });
}

test('a certificate in which one bit is another is none, or is not signed', () => {
  for (const name of ['good-ed25519', 'good-ecdsa-521', 'good-rsa-512']) {
    const good = bytesOf(name);
    fc.assert(
      fc.property(fc.nat(good.length * 8 - 1), (bit) => {
        const bytes = Uint8Array.from(good);
        bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        let certificate: HostCertificate;
        try {
          certificate = parseHostCertificate(bytes);
        } catch (thrown) {
          assert.ok(thrown instanceof SshFormatError, String(thrown));
          return;
        }
        assert.notEqual(faultOf(certificate), null);
      }),
      { numRuns: 400 },
    );
  }
});

test('any bytes are a certificate or an SshFormatError', () => {
  const piece = fc.oneof(
    fc.uint8Array({ maxLength: 40 }),
    fc.constantFrom(...Object.values(samples.certificates)).map((text) => Buffer.from(text, 'base64')),
    fc.constantFrom('ssh-ed25519-cert-v01@openssh.com', '', '__proto__-cert-v01@openssh.com').map(sshString),
    fc.nat(0xffff).map((length) => Uint8Array.of(0xff, 0xff, length >> 8, length & 0xff)),
  );

  fc.assert(
    fc.property(fc.array(piece, { maxLength: 6 }), fc.nat(200), (pieces, cut) => {
      const bytes = Buffer.concat(pieces);
      try {
        faultOf(parseHostCertificate(bytes.subarray(0, bytes.length - cut)));
      } catch (thrown) {
        assert.ok(thrown instanceof SshFormatError, String(thrown));
      }
    }),
    { numRuns: 2000 },
  );
});

test('numbers are written without zeros, and stay positive', () => {
  assert.deepEqual([...sshNumber(Uint8Array.of(0, 0, 5))], [0, 0, 0, 1, 5]);
  assert.deepEqual([...sshNumber(Uint8Array.of(0x80))], [0, 0, 0, 2, 0, 0x80]);
  assert.deepEqual([...sshNumber(Uint8Array.of(0, 0))], [0, 0, 0, 0]);
});
