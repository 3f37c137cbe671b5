// Templates of certtool: what is taken from them, and that nothing but a LibvirtError comes of a bad one.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { LibvirtError } from '@virtwire/rpc/error';
import { parseTemplate } from './template.ts';

test('fields, hosts, purposes and days are taken, quotes or not', () => {
  const { fields, hosts, purposes, days, ca, ignored } = parseTemplate(
    `# a remark
country = GB
organization = "Red Hat"
unit='x y'
cn = host # not a remark
dns_name = host.example.com
ip_address = "::1"
tls_www_server
signing_key
expiration_days = 10
serial = 7
`,
    't.info',
  );

  assert.deepEqual(fields, [
    { type: 'C', value: 'GB' },
    { type: 'O', value: 'Red Hat' },
    { type: 'OU', value: 'x y' },
    { type: 'CN', value: 'host # not a remark' },
  ]);
  assert.deepEqual(hosts, ['host.example.com', '::1']);
  assert.deepEqual(purposes, ['server']);
  assert.equal(days, 10);
  assert.equal(ca, false);
  assert.deepEqual(ignored, ['serial']);
});

test('a whole name is written as LDAP does, the last field first', () => {
  const { fields } = parseTemplate('dn = "cn = Nikos,st = New\\, Something,C=GR"', 't');

  assert.deepEqual(fields, [
    { type: 'C', value: 'GR' },
    { type: 'ST', value: 'New, Something' },
    { type: 'CN', value: 'Nikos' },
  ]);
});

test('dates say one moment, and -1 days means for ever', () => {
  const dated = parseTemplate('activation_date = "2030-02-28 16:24:41"\nexpiration_date = 2031-01-01', 't');

  assert.equal(dated.notBefore?.toISOString(), '2030-02-28T16:24:41.000Z');
  assert.equal(dated.notAfter?.toISOString(), '2031-01-01T00:00:00.000Z');
  assert.equal(parseTemplate('expiration_days = -1', 't').notAfter?.getUTCFullYear(), 9999);
});

test('what is wrong is told with file and line', () => {
  for (const [text, message] of [
    ['cn = x\nexpiration_days = soon', /^t:2: expiration_days wants a number of days, not 'soon'$/],
    ['expiration_date = tomorrow', /^t:1: 'tomorrow' is no date/],
    ['dn = "bogus=1"', /^t:1: the field 'bogus' of a distinguished name is not known$/],
    ['= x', /^t:1: this is no setting/],
  ] as const) {
    assert.throws(() => parseTemplate(text, 't'), { name: 'LibvirtError', message });
  }
});

test('random texts give a template or a LibvirtError', () => {
  const line = fc.oneof(
    fc.string(),
    fc
      .tuple(fc.constantFrom('cn', 'dn', 'expiration_days', 'expiration_date', 'ip_address', '__proto__'), fc.string())
      .map(([key, value]) => `${key} = ${value}`),
  );
  fc.assert(
    fc.property(fc.array(line), (lines) => {
      try {
        parseTemplate(lines.join('\n'), 't');
      } catch (thrown) {
        assert.ok(thrown instanceof LibvirtError);
      }
    }),
  );
});
