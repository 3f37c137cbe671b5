// TLS between all pairs of shells and daemons, at default ports and paths: who gets in, and what those are told who do not.
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { clientTemplate, requires, SHELLS, serverTemplate } from '../launcher/index.ts';
import { CLIENT_NAME, type Conf, type DaemonName, SERVER_NAMES, type TlsHost, tlsErrors, tlsHost } from './tls-host.ts';

const skip = requires({ libvirt: '9.0', isolation: true, certtool: true });
const DAEMONS: readonly DaemonName[] = ['libvirtd', 'virtwired'];

let host: TlsHost;
before(async () => {
  if (skip === false) host = await tlsHost();
});
after(() => host?.[Symbol.asyncDispose]());

/**
 * Connects with both shells to both daemons. What virtwire is told, everywhere, is what virsh is told by libvirtd, and
 * virtwired logs what libvirtd logs.
 *
 * @returns what virsh was told by libvirtd
 */
async function compare(uris: readonly string[], conf: Conf = {}, port?: number): Promise<string[]> {
  const told: Record<string, string[]> = {};
  const logs: string[][] = [];
  for (const daemon of DAEMONS) {
    await using running = await host.serve(daemon, conf, port);
    for (const shell of SHELLS) told[`${shell} ${daemon}`] = await host.connectAll(shell, uris);
    running.kill('SIGKILL');
    await running.finished;
    logs.push(tlsErrors(running));
  }
  const expected = told['virsh libvirtd'] ?? [];
  assert.deepEqual(told, Object.fromEntries(Object.keys(told).map((pair) => [pair, expected])));
  assert.deepEqual(logs[1], logs[0]);
  return expected;
}

const OK = '';
const NOT_CONFIRMED = 'Unable to read TLS confirmation: Input/output error';
const NOT_VERIFIED = "authentication failed: Failed to verify peer's certificate";

test('default port and paths, addresses of both families, pkipath, names', { skip }, async () => {
  const good = await host.authority.sign('pkipath-client', [...CLIENT_NAME, ...clientTemplate]);
  const flat = await host.folder('flat', host.authority.certificate, { client: good });
  const stranger = await host.folder('stranger', host.other.certificate, {});

  const told = await compare([
    'test+tls://localhost/default',
    'test://localhost/default',
    'test://127.0.0.1/default',
    'test://[::1]/default',
    `test+tls://localhost/default?pkipath=${flat}`,
    'test+tls://127.0.0.2/default',
    'test+tls://127.0.0.2/default?no_verify=1',
    'test+tls://localhost/default?no_verify=yes',
    `test+tls://localhost/default?pkipath=${stranger}`,
  ]);

  assert.deepEqual(told, [
    OK,
    OK,
    OK,
    OK,
    OK,
    NOT_VERIFIED,
    OK,
    'invalid argument: Failed to parse value of URI component no_verify',
    NOT_VERIFIED,
  ]);
});

test('certificates of clients that are refused by themselves or by the daemon', { skip }, async () => {
  const { authority, other } = host;
  const folder = (name: string, client: Awaited<ReturnType<typeof authority.sign>> | null) =>
    host.folder(name, authority.certificate, client === null ? {} : { client });
  const signed = (name: string, ...dates: string[]) =>
    authority.sign(name, [...CLIENT_NAME, ...clientTemplate, ...dates]);
  const none = await folder('none', null);
  const foreign = await folder('foreign', await other.sign('foreign', [...CLIENT_NAME, ...clientTemplate]));
  const expired = await folder(
    'expired',
    await signed('expired', 'activation_date = "2020-01-01 00:00:00"', 'expiration_date = "2021-01-01 00:00:00"'),
  );
  const early = await folder(
    'early',
    await signed('early', 'activation_date = "2090-01-01 00:00:00"', 'expiration_date = "2091-01-01 00:00:00"'),
  );
  const serverOnly = await folder(
    'server-only',
    await authority.sign('server-only', [...CLIENT_NAME, ...serverTemplate]),
  );
  const plain = await folder('plain', await authority.sign('plain', CLIENT_NAME));
  const mixed = await folder('mixed', { cert: `${none}/cacert.pem`, key: `${foreign}/clientkey.pem` });
  const garbage = await folder('garbage', null);
  await writeFile(`${garbage}/cacert.pem`, 'this is no certificate\n');
  const uri = (path: string, more = '') => `test+tls://localhost/default?pkipath=${path}${more}`;

  const told = await compare([
    uri(none),
    uri(`${none}/nowhere`),
    uri(garbage),
    uri(foreign),
    uri(expired),
    uri(expired, '&no_sanity=1'),
    uri(early),
    uri(early, '&no_sanity=1'),
    uri(serverOnly),
    uri(plain),
    uri(mixed),
  ]);

  assert.deepEqual(told, [
    NOT_CONFIRMED,
    `Cannot read CA certificate '${none}/nowhere/cacert.pem': No such file or directory`,
    `Unable to import CA certificate list ${garbage}/cacert.pem`,
    `Our own certificate ${foreign}/clientcert.pem failed validation against ${foreign}/cacert.pem: The certificate hasn't got a known issuer.`,
    `The client certificate ${expired}/clientcert.pem has expired`,
    NOT_CONFIRMED,
    `The client certificate ${early}/clientcert.pem is not yet active`,
    NOT_CONFIRMED,
    OK,
    OK,
    `The certificate ${mixed}/clientcert.pem basic constraints show a CA, but we need one for a client`,
  ]);
});

test('another port, and names that may come in', { skip }, async () => {
  const uris = ['test+tls://localhost:20000/default'];
  for (const [list, told] of [
    [['C=GB,O=Acme,CN=client1'], OK],
    [['*O=Other*', '*CN=client?'], OK],
    [['CN=client1,O=Acme,C=GB', '*cn=client1*'], NOT_CONFIRMED],
    [[], NOT_CONFIRMED],
  ] as const) {
    assert.deepEqual(await compare(uris, { tls_port: '20000', tls_allowed_dn_list: list }, 20_000), [told]);
  }
});

test('revoked clients stay outside', { skip }, async () => {
  const { authority, place } = host;
  const revoked = await authority.sign('revoked', [...CLIENT_NAME, 'serial = 4711', ...clientTemplate]);
  const list = await authority.revoke('list', revoked.cert);
  const path = await host.folder('revoked', authority.certificate, { client: revoked });
  const files = {
    ca_file: `${place.pki}/CA/cacert.pem`,
    cert_file: `${place.pki}/libvirt/servercert.pem`,
    key_file: `${place.pki}/libvirt/private/serverkey.pem`,
    crl_file: list,
  };

  const told = await compare(['test+tls://localhost/default', `test+tls://localhost/default?pkipath=${path}`], files);

  assert.deepEqual(told, [OK, NOT_CONFIRMED]);
});

test('a daemon that asks for no certificate lets everybody in', { skip }, async () => {
  const none = await host.folder('nobody', host.authority.certificate, {});

  const told = await compare([`test+tls://localhost/default?pkipath=${none}`, 'test+tls://localhost/default'], {
    tls_no_verify_certificate: 1,
    tls_allowed_dn_list: ['*CN=nobody*'],
  });

  assert.deepEqual(told, [OK, OK]);
});

test('priority strings on either side', { skip }, async () => {
  const uri = (priority: string) => `test+tls://localhost/default?tls_priority=${encodeURIComponent(priority)}`;

  const told = await compare(
    [uri('NORMAL'), uri('NORMAL:-VERS-TLS1.3'), uri('SECURE128'), uri('PFS:%SERVER_PRECEDENCE'), uri('BLAH')],
    {
      tls_priority: 'NORMAL:-VERS-ALL:+VERS-TLS1.2',
    },
  );

  assert.deepEqual(told.slice(0, 4), [OK, OK, OK, OK]);
  assert.match(told[4] ?? '', /^Failed to set TLS session priority to BLAH: The request is invalid\.$/);
});

test('certificates of servers that clients refuse', { skip }, async () => {
  const dates = ['activation_date = "2020-01-01 00:00:00"', 'expiration_date = "2021-01-01 00:00:00"'];
  const expired = await host.authority.sign('expired-server', [...SERVER_NAMES, ...serverTemplate, ...dates]);
  const named = await host.authority.sign('named-server', ['cn = localhost', ...serverTemplate]);
  const elsewhere = await host.other.sign('other-server', [...SERVER_NAMES, ...serverTemplate]);
  const uris = [
    'test+tls://localhost/default',
    'test+tls://127.0.0.1/default',
    'test+tls://localhost/default?no_verify=1',
  ];
  const told: string[][] = [];

  for (const server of [expired, named, elsewhere]) {
    await host.install(server);
    told.push(await compare(uris, { tls_no_sanity_certificate: 1 }));
  }

  assert.deepEqual(told, [
    [NOT_VERIFIED, NOT_VERIFIED, OK],
    [OK, NOT_VERIFIED, OK],
    [NOT_VERIFIED, NOT_VERIFIED, OK],
  ]);
});
