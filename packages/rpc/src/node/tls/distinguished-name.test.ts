// Names as libvirt spells them: a table, and the same names shown by libvirt's own tool.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { LibvirtError } from '../../error-face.ts';
import { derValues } from './der.ts';
import { commonNames, formatDistinguishedName } from './distinguished-name.ts';
import { type Attribute, certificatePem, nameDer } from './testing/der-writer.ts';

const CN = '2.5.4.3';
const utf8 = 0x0c;
const numeric = 0x12;
const printable = 0x13;
const teletex = 0x14;
const ia5 = 0x16;
const universal = 0x1c;
const bmp = 0x1e;
const one = (type: string, value: string | readonly number[], tag = utf8): readonly Attribute[] => [
  [type, tag, typeof value === 'string' ? value : Uint8Array.from(value)],
];

// What virt-pki-query-dn 9.0.0 prints (GnuTLS 3.7.9).
const names: readonly (readonly [name: Uint8Array, spelled: string])[] = [
  [
    nameDer(
      one('2.5.4.6', 'GB', printable),
      one('2.5.4.8', 'London'),
      one('2.5.4.7', 'London'),
      one('2.5.4.10', 'Acme'),
      one(CN, 'client1'),
    ),
    'C=GB,ST=London,L=London,O=Acme,CN=client1',
  ],
  [nameDer(one(CN, 'a,b+c"d\\e<f>g;h=i')), 'CN=a\\,b\\+c\\"d\\\\e\\<f\\>g\\;h=i'],
  [nameDer(one(CN, '#hash')), 'CN=\\#hash'],
  [nameDer(one(CN, ' lead')), 'CN=\\ lead'],
  [nameDer(one(CN, 'trail ')), 'CN=trail\\ '],
  [nameDer(one(CN, '  two  ')), 'CN=\\  two \\ '],
  [nameDer(one(CN, ' ')), 'CN=\\ '],
  [nameDer(one(CN, 'tab\there\nline')), 'CN=tab\there\nline'],
  [nameDer(one(CN, 'a\0b')), 'CN=#0c03610062'],
  [nameDer(one('2.5.4.10', 'Acmé 東京 🙂'), one(CN, 'Zoë')), 'O=Acmé 東京 🙂,CN=Zoë'],
  [
    nameDer([
      ['2.5.4.10', utf8, 'Acme'],
      [CN, utf8, 'a'],
      ['0.9.2342.19200300.100.1.1', utf8, 'u'],
    ]),
    'O=Acme+CN=a+UID=u',
  ],
  [nameDer(one('1.2.3.4', 'abc')), '1.2.3.4=#0c03616263'],
  [nameDer(one('2.5.4.16', 'v', printable)), '2.5.4.16=#130176'],
  [
    nameDer(one('1.2.840.113549.1.9.1', 'a+b@c.d', ia5), one('0.9.2342.19200300.100.1.25', 'org', ia5)),
    'EMAIL=a\\+b@c.d,DC=org',
  ],
  [nameDer(one('1.2.840.113549.1.9.1', 'xé')), 'EMAIL=#0c0378c3a9'],
  [nameDer(one('0.9.2342.19200300.100.1.25', 'org')), 'DC=#0c036f7267'],
  [nameDer(one('2.5.4.6', 'GB')), 'C=#0c024742'],
  [nameDer(one('2.5.4.6', 'GB', ia5)), 'C=#16024742'],
  [nameDer(one('2.5.4.5', '7')), 'serialNumber=#0c0137'],
  [nameDer(one(CN, 'i', ia5)), 'CN=#160169'],
  [nameDer(one(CN, 'tele', teletex)), 'CN=tele'],
  [nameDer(one(CN, [0x5a, 0xe9], teletex)), 'CN=\\#5ae9'],
  [nameDer(one(CN, [0, 0x5a, 0, 0xe9], bmp)), 'CN=Zé'],
  [nameDer(one(CN, [0xd8, 0], bmp)), 'CN=\\#d800'],
  [nameDer(one(CN, [0, 0, 0, 0x5a], universal)), 'CN=\\#0000005a'],
  [nameDer(one(CN, '12', numeric)), 'CN=#12023132'],
  [nameDer(one('1.2.643.100.1', '12', numeric)), 'OGRN=12'],
  ...Object.entries({
    '2.5.4.4': 'surName',
    '2.5.4.5': 'serialNumber',
    '2.5.4.9': 'street',
    '2.5.4.11': 'OU',
    '2.5.4.12': 'title',
    '2.5.4.13': 'description',
    '2.5.4.15': 'businessCategory',
    '2.5.4.17': 'postalCode',
    '2.5.4.20': 'telephoneNumber',
    '2.5.4.41': 'name',
    '2.5.4.42': 'givenName',
    '2.5.4.43': 'initials',
    '2.5.4.44': 'generationQualifier',
    '2.5.4.46': 'dnQualifier',
    '2.5.4.65': 'pseudonym',
    '1.3.6.1.5.5.7.9.3': 'gender',
    '1.3.6.1.4.1.311.60.2.1.3': 'jurisdictionOfIncorporationCountryName',
  }).map(([type, name]) => [nameDer(one(type, 'v', printable)), `${name}=v`] as const),
];

test('spells names as libvirt does: order, escapes, types without a name, encodings', () => {
  for (const [name, spelled] of names) assert.equal(formatDistinguishedName(derValues(name)[0]), spelled);
});

test("agrees with libvirt's own tool", {
  skip:
    spawnSync('virt-pki-query-dn', ['--version']).error === undefined ? false : 'virt-pki-query-dn is not installed',
}, () => {
  const folder = mkdtempSync(join(tmpdir(), 'virtwire-names-'));
  try {
    const printed = names.map(([subject], index) => {
      const path = join(folder, `${index}.pem`);
      writeFileSync(path, certificatePem({ subject }));
      return spawnSync('virt-pki-query-dn', [path], { encoding: 'utf8' }).stdout;
    });

    assert.deepEqual(
      printed,
      names.map(([, spelled]) => `${spelled}\n`),
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('refuses a name without text, which libvirt cannot read either', () => {
  const [name] = derValues(nameDer(one(CN, '')));

  assert.throws(() => formatDistinguishedName(name), LibvirtError);
});

test('gives every common name', () => {
  const [name] = derValues(nameDer(one(CN, 'a'), one('2.5.4.10', 'o'), one(CN, 'b')));

  assert.deepEqual(commonNames(name), ['a', 'b']);
});
