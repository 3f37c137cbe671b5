// Cyrus's configuration: Debian's own file, what its lines may be, and hostile texts.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { LibvirtError } from '@virtwire/rpc';
import fc from 'fast-check';
import { parseSaslConfig, readSaslConfig } from './sasl-config.ts';

test('reads mechanisms, the database and the keytab', () => {
  const text =
    '# comment\n\nmech_list: scram-sha-256  gssapi\nsasldb_path: /etc/libvirt/passwd.db\nkeytab: /etc/libvirt/krb5.tab\n';

  assert.deepEqual(parseSaslConfig(text, '/etc/sasl2/libvirt.conf'), {
    path: '/etc/sasl2/libvirt.conf',
    mechanisms: ['SCRAM-SHA-256', 'GSSAPI'],
    sasldbPath: '/etc/libvirt/passwd.db',
    keytab: '/etc/libvirt/krb5.tab',
    passwordFile: null,
    warnings: [],
  });
});

test('what is not said has the defaults of Cyrus; what is said for other plugins is passed over', () => {
  const { mechanisms, sasldbPath, keytab, warnings } = parseSaslConfig(
    'ldapdb_uri: ldap://x\npwcheck_method:auxprop',
    'f',
  );

  assert.deepEqual([mechanisms, sasldbPath, keytab, warnings], [null, '/etc/sasldb2', null, []]);
});

test('a way to check passwords that is not built is told', () => {
  const { warnings } = parseSaslConfig('pwcheck_method: saslauthd\n', '/etc/sasl2/libvirt.conf');

  assert.match(warnings[0] ?? '', /pwcheck_method: saslauthd is not built/);
});

for (const text of ['mech_list:\n', 'mech_list\n', ': x\n', 'a b: c\n']) {
  test(`${JSON.stringify(text)} stops the start, as in libvirtd`, () => {
    assert.throws(() => parseSaslConfig(`\n${text}`, '/f'), {
      message:
        'authentication failed: failed to initialize SASL library: -100 (error when parsing configuration file): /f:2: expecting a name, a colon and a value',
    });
  });
}

test('the variable of Cyrus names other folders, of which the first with a file counts', () => {
  const folder = mkdtempSync(join(tmpdir(), 'virtwired-'));
  try {
    writeFileSync(join(folder, 'libvirt.conf'), 'mech_list: plain\n');

    const found = readSaslConfig({ SASL_CONF_PATH: `/nonexistent:${folder}` });

    assert.deepEqual([found.path, found.mechanisms], [join(folder, 'libvirt.conf'), ['PLAIN']]);
    assert.equal(readSaslConfig({ SASL_CONF_PATH: '/nonexistent' }).path, null);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('only a LibvirtError comes out of hostile texts', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      try {
        parseSaslConfig(text, 'f');
      } catch (error) {
        assert.ok(error instanceof LibvirtError, String(error));
      }
    }),
  );
});
