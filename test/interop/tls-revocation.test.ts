// Lists of revoked certificates: both daemons let in and refuse the same clients; virtwired says more, and reads new lists.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { clientTemplate, requires, type Running, type TestAuthority } from '../launcher/index.ts';
import { CLIENT_NAME, type Conf, type DaemonName, type TlsHost, tlsHost } from './tls-host.ts';

const skip = requires({ libvirt: '9.0', isolation: true, certtool: true });
const execute = promisify(execFile);
const REFUSED = 'Unable to read TLS confirmation: Input/output error';

let host: TlsHost;
let lists: string;
let revoked: string;
let files: Conf;
let uris: readonly string[];

before(async () => {
  if (skip !== false) return;
  host = await tlsHost();
  const { place, authority } = host;
  lists = `${place.directory}/lists`;
  await mkdir(lists);
  const bad = await authority.sign('revoked', [...CLIENT_NAME, ...clientTemplate]);
  revoked = bad.cert;
  const good = { cert: `${place.pki}/libvirt/clientcert.pem`, key: `${place.pki}/libvirt/private/clientkey.pem` };
  const folders = [
    await host.folder('good', authority.certificate, { client: good }),
    await host.folder('revoked', authority.certificate, { client: bad }),
  ];
  uris = folders.map((folder) => `test+tls://localhost/default?pkipath=${folder}`);
  files = {
    key_file: `${place.pki}/libvirt/private/serverkey.pem`,
    cert_file: `${place.pki}/libvirt/servercert.pem`,
    ca_file: `${place.pki}/CA/cacert.pem`,
  };
});
after(() => host?.[Symbol.asyncDispose]());

/** Makes a list that names the revoked client, and gives its path. */
async function list(name: string, { certificate, key }: TestAuthority, ...dates: string[]): Promise<string> {
  const path = `${lists}/${name}.pem`;
  await writeFile(`${lists}/${name}.tmpl`, `${[...dates, 'crl_number = 1'].join('\n')}\n`);
  await execute('certtool', [
    '--generate-crl',
    '--load-ca-certificate',
    certificate,
    '--load-ca-privkey',
    key,
    '--load-certificate',
    revoked,
    '--template',
    `${lists}/${name}.tmpl`,
    '--outfile',
    path,
  ]);
  return path;
}

interface Outcome {
  readonly code: number | null;
  readonly said: readonly string[];
  readonly errors: readonly string[];
}

const linesOf = (daemon: Running, level: string) =>
  [...daemon.stderr().matchAll(/: (\w+) : (?:\w+:\d+ : )?(.*)$/gm)]
    .filter(([, each, text = '']) => each === level && /revo|refused/.test(text))
    .map(([, , text = '']) => text);

async function outcome(daemon: DaemonName, crl: string): Promise<Outcome & { warnings: readonly string[] }> {
  await using running = await host.serve(daemon, { ...files, crl_file: crl });
  const code = running.child.exitCode;
  const said = code === null ? await host.connectAll('virsh', uris) : [];
  return { code, said, errors: linesOf(running, 'error'), warnings: linesOf(running, 'warning') };
}

/** What both daemons do with a list. @returns the warnings of virtwired besides those of libvirtd */
async function same(crl: string, said: readonly string[]): Promise<readonly string[]> {
  const { warnings: theirs, ...expected } = await outcome('libvirtd', crl);
  const { warnings, ...got } = await outcome('virtwired', crl);
  assert.deepEqual(got, expected);
  assert.deepEqual(got.said, said);
  return warnings.filter((text) => !theirs.includes(text));
}

test('a list counts until it is replaced, also when it is out of date', { skip }, async () => {
  const crl = await list(
    'old',
    host.authority,
    'crl_this_update_date = "2020-01-01 00:00:00"',
    'crl_next_update_date = "2020-02-01 00:00:00"',
  );

  const [old, client] = await same(crl, ['', REFUSED]);

  assert.match(
    old ?? '',
    /^The certificate revocation list .*old\.pem is out of date: the next one was due on 2020-02-01; /,
  );
  assert.match(
    client ?? '',
    /^client .*:\d+ with the certificate 'C=GB,O=Acme,CN=client1' refused: .*The certificate has been revoked\.$/,
  );
});

test('a list of another authority refuses nobody', { skip }, async () => {
  const [foreign] = await same(await list('foreign', host.other, 'crl_next_update = 30'), ['', '']);

  assert.match(
    foreign ?? '',
    /^The certificate revocation list .* comes from 'CN=Other CA', which is none of the trusted/,
  );
});

test('a list that is damaged, empty or no file stops the start, and one that is not there does not', {
  skip,
}, async () => {
  await writeFile(`${lists}/nonsense.pem`, 'nonsense\n');
  await writeFile(`${lists}/empty.pem`, '');
  await writeFile(`${lists}/der.pem`, '-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n');

  for (const crl of [`${lists}/nonsense.pem`, `${lists}/empty.pem`, `${lists}/der.pem`, lists]) await same(crl, []);
  const [missing] = await same(`${lists}/missing.pem`, ['', '']);

  assert.match(missing ?? '', /missing\.pem is not there: nobody counts as revoked$/);
});

test('a reload takes a new list, keeps the old one when it is damaged, and the audit log tells of both clients', {
  skip,
}, async () => {
  const crl = `${lists}/live.pem`;
  const audit = `${host.place.directory}/audit.log`;
  await cp(await list('next', host.authority, 'crl_next_update = 30'), crl);
  await using running = await host.serve('virtwired', { ...files, crl_file: crl, audit_file: audit });
  const reloaded = async (text: RegExp) => {
    running.kill('SIGHUP');
    while (!text.test(running.stderr())) await delay(10);
  };

  assert.deepEqual(await host.connectAll('virsh', uris), ['', REFUSED]);
  await writeFile(crl, 'nonsense\n');
  await reloaded(/certificates: not reloaded: Unable to set x509 certificate revocation list: .*live\.pem: Base64/);
  assert.deepEqual(await host.connectAll('virsh', uris), ['', REFUSED]);

  const attempts = (await readFile(audit, 'utf8'))
    .split('\n')
    .filter((line) => line.includes('"authentication"'))
    .map(
      (line) => JSON.parse(line) as { method: string; identity: { x509?: string }; decision: string; reason?: string },
    );
  // virsh connects to the last good URI again when the next one is refused.
  const denied = attempts.filter(({ decision }) => decision === 'deny');
  for (const { method, identity } of attempts) {
    assert.deepEqual({ method, identity }, { method: 'tls', identity: { x509: 'C=GB,O=Acme,CN=client1' } });
  }
  assert.equal(denied.length, 2);
  assert.ok(attempts.length >= 4);
  assert.match(denied[0]?.reason ?? '', /The certificate has been revoked/);
});
