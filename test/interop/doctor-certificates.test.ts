// doctor on certificates: what clients refuse, what servers refuse without a word, and files that are not as they should be.
import assert from 'node:assert/strict';
import { chmod, cp, rm } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { clientTemplate, requires, serverTemplate } from '../launcher/index.ts';
import { testUsers } from '../launcher/users.ts';
import { type Examination, examine, foundIn } from './doctor-examine.ts';
import { CLIENT_NAME, SERVER_NAMES, type TlsHost, tlsHost } from './tls-host.ts';

const skip = requires({ libvirt: '9.0', isolation: true, certtool: true });
const LONG_AGO = ['activation_date = "2020-01-01 00:00:00"', 'expiration_date = "2021-01-01 00:00:00"'];
const NOT_YET = ['activation_date = "2090-01-01 00:00:00"', 'expiration_date = "2091-01-01 00:00:00"'];
const NOT_VERIFIED = "authentication failed: Failed to verify peer's certificate";
const NOT_CONFIRMED = 'Unable to read TLS confirmation: Input/output error';

let host: TlsHost;
before(async () => {
  if (skip === false) host = await tlsHost();
});
after(() => host?.[Symbol.asyncDispose]());

const within = (uri: string, args: readonly string[] = []): Promise<Examination> =>
  examine(uri, { by: (...command) => host.place.run(...command), args });
const byFolder = (path: string, more = '') => `test+tls://localhost/default?pkipath=${path}${more}`;

test('certificates of servers that are refused', { skip }, async () => {
  const { authority, other } = host;
  const sign = (name: string, ...lines: string[]) => authority.sign(name, [...SERVER_NAMES, ...lines]);
  const cases = [
    [
      await other.sign('foreign-server', [...SERVER_NAMES, ...serverTemplate]),
      'server-authority-unknown',
      /CN=Other CA/,
    ],
    [
      await authority.sign('named', [
        'cn = db1',
        'dns_name = db1.example',
        'ip_address = 192.0.2.1',
        ...serverTemplate,
      ]),
      'name-mismatch',
      /db1\.example, 192\.0\.2\.1, not for 'localhost'/,
    ],
    [await sign('expired-server', ...serverTemplate, ...LONG_AGO), 'server-certificate-expired', /2021-01-01/],
    [await sign('early-server', ...serverTemplate, ...NOT_YET), 'server-certificate-not-yet-valid', /2090-01-01/],
    [await sign('authority-server', 'ca', ...serverTemplate), 'server-certificate-wrong-purpose', /TLS server/],
  ] as const;

  for (const [certificate, fault, hint] of cases) {
    await host.install(certificate);
    await using daemon = await host.serve('libvirtd', { tls_no_sanity_certificate: 1 });
    assert.equal(daemon.child.exitCode, null);
    const found = await within('test+tls://localhost/default');
    foundIn(found, fault, hint);
    assert.equal(found.last.text, NOT_VERIFIED);
    assert.equal(found.last.stage, 'certificate');
  }
  await host.install(await sign('good-server', ...serverTemplate));
});

test('certificates of clients that servers refuse without a word: four causes of one text', { skip }, async () => {
  const { authority, other, place } = host;
  const client = (name: string, ...more: string[]) =>
    authority.sign(name, [...CLIENT_NAME, ...clientTemplate, ...more]);
  const none = await host.folder('none', authority.certificate, {});
  const foreign = await host.folder('foreign', authority.certificate, {
    client: await other.sign('foreign', [...CLIENT_NAME, ...clientTemplate]),
  });
  const revoked = await client('revoked', 'serial = 4711');
  const list = await authority.revoke('list', revoked.cert);
  const revokedFolder = await host.folder('revoked', authority.certificate, { client: revoked });
  const stranger = await host.folder('stranger', authority.certificate, {
    client: await authority.sign('stranger', [
      'country = GB',
      'organization = Acme',
      'cn = stranger',
      ...clientTemplate,
    ]),
  });
  const keyless = await host.folder('keyless', authority.certificate, { client: revoked });
  await rm(`${keyless}/clientkey.pem`);
  await using daemon = await host.serve('libvirtd', {
    ca_file: `${place.pki}/CA/cacert.pem`,
    cert_file: `${place.pki}/libvirt/servercert.pem`,
    key_file: `${place.pki}/libvirt/private/serverkey.pem`,
    crl_file: list,
    tls_allowed_dn_list: ['*CN=client1'],
  });
  // As from another host: the daemon's configuration cannot be looked at.
  const away = ['--server-config', '/nonexistent'];

  const missing = await within(byFolder(none), away);
  const half = await within(byFolder(keyless), away);
  const unknown = await within(byFolder(foreign, '&no_sanity=1'), away);
  const gone = await within(byFolder(revokedFolder));
  const unlisted = await within(byFolder(stranger));
  // From far away only a copy of the revocation list tells the two apart: the daemon closes alike.
  const unclear = await within(byFolder(stranger), away);
  await cp(list, `${stranger}/cacrl.pem`);
  await cp(list, `${revokedFolder}/cacrl.pem`);
  const far = await within(byFolder(stranger), away);
  const farGone = await within(byFolder(revokedFolder), away);

  for (const found of [missing, half, unknown, gone, unlisted, unclear, far, farGone]) {
    assert.equal(found.last.text, NOT_CONFIRMED, JSON.stringify(found.last));
  }
  foundIn(missing, 'pkipath-incomplete', /clientcert\.pem, .*clientkey\.pem/);
  foundIn(half, 'pkipath-incomplete', /lacks \S+\/clientkey\.pem:/);
  foundIn(unknown, 'client-certificate-of-another-authority', /CN=Other CA.*CN=Acme CA/);
  foundIn(gone, 'client-certificate-revoked', /serial 1267/);
  foundIn(unlisted, 'client-name-not-allowed', /add "C=GB,O=Acme,CN=stranger" .*"\*CN=client1"/);
  foundIn(unclear, 'client-certificate-refused', /tls_allowed_dn_list .*\([23]\) serial .* --crl-info .*journalctl/);
  assert.deepEqual(
    (unclear.last.evidence['possible'] as string[]).filter((name) => name !== 'server-clock'),
    ['client-name-not-allowed', 'client-certificate-revoked'],
  );
  assert.deepEqual(unknown.last.evidence['acceptedAuthorities'], ['CN=Acme CA']);
  foundIn(far, 'client-name-not-allowed', /CN=stranger/);
  foundIn(farGone, 'client-certificate-revoked', /serial 1267/);
  assert.equal(daemon.child.exitCode, null);
});

test('a server whose clients come from another authority than it itself', { skip }, async () => {
  const { authority, other, place } = host;
  const mine = await authority.sign('mine', [...CLIENT_NAME, ...clientTemplate]);
  const folder = await host.folder('mine', authority.certificate, { client: mine });
  await using daemon = await host.serve('libvirtd', {
    ca_file: other.certificate,
    cert_file: `${place.pki}/libvirt/servercert.pem`,
    key_file: `${place.pki}/libvirt/private/serverkey.pem`,
    tls_no_sanity_certificate: 1,
  });

  const found = await within(byFolder(folder), ['--server-config', '/nonexistent']);

  assert.equal(daemon.child.exitCode, null);
  foundIn(found, 'client-certificate-of-another-authority', /"CN=Acme CA", the server trusts "CN=Other CA"/);
});

test('our own files: none, incomplete, unreadable, of another pair, past, early, for something else', {
  skip,
}, async () => {
  const { authority, other, place } = host;
  const folder = (name: string, client: { cert: string; key: string } | null) =>
    host.folder(name, authority.certificate, client === null ? {} : { client });
  const sign = (name: string, ...lines: string[]) =>
    authority.sign(name, [...CLIENT_NAME, ...clientTemplate, ...lines]);
  const good = await sign('good');
  const past = await folder('past', await sign('past', ...LONG_AGO));
  const early = await folder('early', await sign('early', ...NOT_YET));
  const strange = await folder('strange', await other.sign('strange', [...CLIENT_NAME, ...clientTemplate]));
  const mixed = await folder('mixed', { cert: good.cert, key: other.key });
  const asAuthority = await folder('authority', { cert: authority.certificate, key: authority.key });
  const closed = await folder('closed', good);
  await using daemon = await host.serve('libvirtd');
  assert.equal(daemon.child.exitCode, null);

  foundIn(await within(byFolder(`${closed}/nowhere`)), 'pkipath-incomplete', /cacert\.pem/);
  foundIn(await within(byFolder(past)), 'client-certificate-expired', /2021-01-01/);
  foundIn(await within(byFolder(past, '&no_sanity=1')), 'client-certificate-expired', /2021-01-01/);
  foundIn(await within(byFolder(early)), 'client-certificate-not-yet-valid', /2090-01-01/);
  foundIn(await within(byFolder(strange)), 'client-certificate-of-another-authority', /CN=Other CA/);
  foundIn(await within(byFolder(mixed)), 'client-key-mismatch', /clientkey\.pem/);
  foundIn(await within(byFolder(asAuthority)), 'client-certificate-wrong-purpose', /clientcert\.pem/);

  // Root reads everything; so this is somebody else.
  await using users = await testUsers([{ name: 'vw-dora', uid: 70_005 }]);
  await chmod(place.directory, 0o755);
  await chmod(`${closed}/clientkey.pem`, 0o600);
  const unreadable = await examine(byFolder(closed), {
    by: (command, args, options) => {
      const [program, ...all] = users.as('vw-dora', [command, ...args]);
      return place.run(program, all, { ...options, env: { HOME: '/nonexistent' } });
    },
  });
  foundIn(unreadable, 'certificate-file-unreadable', /clientkey\.pem: Permission denied/);

  await rm(`${place.pki}/libvirt/private/clientkey.pem`);
  foundIn(await within('test+tls://localhost/default'), 'client-key-missing', /private\/clientkey\.pem/);
  await rm(`${place.pki}/libvirt/clientcert.pem`);
  foundIn(await within('test+tls://localhost/default'), 'client-certificate-not-sent', /virtwire-pki/);
  await rm(`${place.pki}/CA/cacert.pem`);
  foundIn(await within('test+tls://localhost/default'), 'ca-file-missing', /\/etc\/pki\/CA\/cacert\.pem/);
});

test('versions of TLS that have nothing in common, and priorities that do not exist', { skip }, async () => {
  const { authority } = host;
  await host.install(await authority.sign('again', [...SERVER_NAMES, ...serverTemplate]));
  const client = await authority.sign('again-client', [...CLIENT_NAME, ...clientTemplate]);
  const folder = await host.folder('again', authority.certificate, { client });
  await using daemon = await host.serve('libvirtd', { tls_priority: 'NORMAL:-VERS-ALL:+VERS-TLS1.3' });
  assert.equal(daemon.child.exitCode, null);

  const old = await within(byFolder(folder, '&tls_priority=NORMAL:-VERS-ALL:%2BVERS-TLS1.2'));
  const wrong = await within(byFolder(folder, '&tls_priority=BLAH'));

  assert.match(old.fault ?? '', /^(no-common-tls|tls-cut-off)$/, JSON.stringify(old.last));
  assert.match(old.last.hint ?? '', /version/);
  foundIn(wrong, 'priority-string-wrong', /'BLAH'/);
});
