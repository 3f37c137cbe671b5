import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { ErrorCode, LibvirtError } from '../../error-face.ts';
import { certificateFacts } from './certificate.ts';
import { revocationListsOf, revocationWarnings } from './revocation.ts';
import { certificateOf, nameDer, revocationListPem, type RevocationParts } from './testing/der-writer.ts';

const nameOf = (common: string) => nameDer([['2.5.4.3', 0x0c, common]]);
const authorities = [certificateFacts(certificateOf({ subject: nameOf('CA') }))];
const now = new Date('2024-06-01T00:00:00Z');
const listed = (parts: Partial<RevocationParts> = {}) =>
  revocationListsOf(
    revocationListPem({ issuer: nameOf('CA'), serials: [Uint8Array.of(7)], nextUpdate: '20990101000000Z', ...parts }),
  );
const warnings = (parts: Partial<RevocationParts>) =>
  revocationWarnings(listed(parts), { file: '/crl.pem', authorities, now });

test('a list tells who made it, whom it names and when', () => {
  const [list] = listed();

  assert.equal(list?.issuer, 'CN=CA');
  assert.deepEqual([...(list?.serials ?? [])], ['07']);
  assert.deepEqual(list?.thisUpdate, new Date('2020-01-01T00:00:00Z'));
  assert.deepEqual(list?.nextUpdate, new Date('2099-01-01T00:00:00Z'));
  assert.equal(listed({ serials: [] })[0]?.serials.size, 0);
});

test('a list of the authority that is in force is worth no warning', () => {
  assert.deepEqual(warnings({}), []);
});

test('a list of before, of the future, of a stranger and of a forger is worth one each', () => {
  const other = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  const odd = generateKeyPairSync('ed25519').privateKey;
  const what = 'The certificate revocation list /crl.pem';

  assert.deepEqual(warnings({ nextUpdate: '20240201000000Z' }), [
    `${what} is out of date: the next one was due on 2024-02-01; whom it names stays refused, and who was revoked since is let in`,
  ]);
  assert.deepEqual(warnings({ thisUpdate: '20300101000000Z' }), [`${what} is dated in the future: 2030-01-01`]);
  assert.deepEqual(warnings({ issuer: nameOf('Other') }), [
    `${what} comes from 'CN=Other', which is none of the trusted authorities: it counts for certificates of that one alone`,
  ]);
  assert.deepEqual(warnings({ key: other }), [
    `${what} is not signed by 'CN=CA', whose name it bears; whom it names is refused anyway`,
  ]);
  assert.equal(listed()[0]?.isSignedBy(odd), false);
});

test('a damaged list is an error of libvirt, never anything else', () => {
  const pem = revocationListPem({ issuer: nameOf('CA'), serials: [Uint8Array.of(7)], nextUpdate: '20990101000000Z' });
  const bytes = Buffer.from(pem.replace(/-----.*-----|\n/g, ''), 'base64');
  const read = (der: Uint8Array) => {
    const text = `-----BEGIN X509 CRL-----\n${Buffer.from(der).toString('base64')}\n-----END X509 CRL-----\n`;
    const lists = revocationListsOf(text);
    revocationWarnings(lists, { file: '/crl.pem', authorities, now });
  };
  assert.throws(() => revocationListsOf('nonsense'), { code: ErrorCode.InvalidArg });
  fc.assert(
    fc.property(fc.nat(bytes.length - 1), fc.nat(255), fc.nat(bytes.length), (at, byte, length) => {
      const changed = Uint8Array.from(bytes);
      changed[at] = byte;
      for (const each of [changed, bytes.subarray(0, length)]) {
        try {
          read(each);
        } catch (error) {
          assert.ok(error instanceof LibvirtError, String(error));
        }
      }
    }),
  );
});
