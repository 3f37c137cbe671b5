// What stops a daemon that shall serve TLS: virtwired refuses what libvirtd refuses, with its text and its exit code.
import assert from 'node:assert/strict';
import { rm, writeFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { clientTemplate, requires, serverTemplate } from '../launcher/index.ts';
import { type Certificate, type Conf, type DaemonName, SERVER_NAMES, type TlsHost, tlsHost } from './tls-host.ts';

const skip = requires({ libvirt: '9.0', isolation: true, certtool: true });

let host: TlsHost;
before(async () => {
  if (skip === false) host = await tlsHost();
});
after(() => host?.[Symbol.asyncDispose]());

interface Outcome {
  /** Exit code; null while it runs. */
  readonly code: number | null;
  /** The last error that has to do with it. */
  readonly error: string;
  /** Warnings about certificates. */
  readonly warnings: readonly string[];
}

async function startWith(daemon: DaemonName, conf: Conf): Promise<Outcome> {
  await using running = await host.serve(daemon, conf);
  const code = running.child.exitCode;
  running.kill('SIGKILL');
  await running.finished;
  const lines = [...running.stderr().matchAll(/: (error|warning) : (?:\w+:\d+ : )?(.*)$/gm)];
  const texts = (level: string) => lines.filter(([, each]) => each === level).map(([, , text = '']) => text);
  return {
    code,
    error: code === null ? '' : (texts('error').at(-1) ?? ''),
    // Of revocation lists virtwired says more.
    warnings: texts('warning').filter((text) => /ertificate/.test(text) && !/revocation list/.test(text)),
  };
}

async function compare(conf: Conf = {}): Promise<Outcome> {
  const expected = await startWith('libvirtd', conf);

  assert.deepEqual(await startWith('virtwired', conf), expected);
  return expected;
}

test('files that are missing, incomplete or do not belong together', { skip }, async () => {
  const { pki } = host.place;
  const files = {
    ca_file: `${pki}/CA/cacert.pem`,
    cert_file: `${pki}/libvirt/servercert.pem`,
    key_file: `${pki}/libvirt/private/serverkey.pem`,
  };
  const { ca_file, cert_file, key_file } = files;
  const unrelated = host.authority.key;
  await writeFile(`${pki}/garbage.pem`, 'nothing\n');
  const garbage = `${pki}/garbage.pem`;
  for (const [conf, error] of [
    [{ key_file, cert_file }, /^unsupported configuration: No CA certificate path set to match server key\/cert$/],
    [{ ca_file, key_file }, /^unsupported configuration: No server certificate path set to match server key$/],
    [{ ca_file, cert_file }, /^unsupported configuration: No server key path set to match server cert$/],
    [
      { ...files, ca_file: '/nowhere/ca.pem' },
      /^Cannot read CA certificate '\/nowhere\/ca.pem': No such file or directory$/,
    ],
    [
      { ...files, cert_file: '/nowhere/c.pem' },
      /^Cannot read certificate '\/nowhere\/c.pem': No such file or directory$/,
    ],
    [
      { ...files, key_file: '/nowhere/k.pem' },
      /^Cannot read private key '\/nowhere\/k.pem': No such file or directory$/,
    ],
    [{ ...files, key_file: unrelated }, /The certificate and the given key do not match\.$/],
    [{ ...files, ca_file: garbage }, /^Unable to import CA certificate list /],
    [{ ...files, cert_file: garbage }, /^Unable to import server certificate /],
    [{ ...files, key_file: garbage }, /^Unable to set x509 key and certificate: /],
    [{ ...files, crl_file: garbage }, /^Unable to set x509 certificate revocation list: /],
    [{ ...files, crl_file: '/nowhere/crl.pem' }, /^$/],
  ] as const) {
    const outcome = await compare(conf);
    assert.match(outcome.error, error);
    assert.equal(outcome.code, outcome.error === '' ? null : 6);
  }
});

test('no certificates at all, and addresses that are not ours', { skip }, async () => {
  const { pki } = host.place;
  const address = await compare({ listen_addr: '192.0.2.1' });
  await rm(`${pki}/CA/cacert.pem`);
  const nothing = await compare();

  assert.match(address.error, /^Unable to bind to port: Cannot assign requested address$/);
  assert.equal(nothing.error, "Cannot read CA certificate '/etc/pki/CA/cacert.pem': No such file or directory");
  assert.deepEqual([address.code, nothing.code], [6, 6]);
});

test('certificates that may not serve', { skip }, async () => {
  const { authority, other } = host;
  const sign = (name: string, ...lines: string[]) => authority.sign(name, [...SERVER_NAMES, ...lines]);
  const past = ['activation_date = "2020-01-01 00:00:00"', 'expiration_date = "2021-01-01 00:00:00"'];
  const future = ['activation_date = "2090-01-01 00:00:00"', 'expiration_date = "2091-01-01 00:00:00"'];
  const certificates: readonly (readonly [Certificate, RegExp, number])[] = [
    [await sign('s-expired', ...serverTemplate, ...past), /^The server certificate .* has expired$/, 0],
    [await sign('s-early', ...serverTemplate, ...future), /^The server certificate .* is not yet active$/, 0],
    [await other.sign('s-other', [...SERVER_NAMES, ...serverTemplate]), /hasn't got a known issuer\.$/, 0],
    [await sign('s-client', ...clientTemplate), /^$/, 1],
    [await sign('s-plain'), /^$/, 0],
    [await sign('s-authority', 'ca', ...serverTemplate), /show a CA, but we need one for a server$/, 0],
    [await sign('s-signing', 'tls_www_server', 'signing_key'), /usage does not permit key encipherment$/, 0],
    [await sign('s-encryption', 'tls_www_server', 'encryption_key'), /usage does not permit digital signature$/, 0],
  ];
  for (const [certificate, error, warnings] of certificates) {
    await host.install(certificate);
    const outcome = await compare();
    assert.match(outcome.error, error, certificate.cert);
    assert.equal(outcome.code, outcome.error === '' ? null : 6);
    assert.equal(outcome.warnings.length, warnings, certificate.cert);
  }
});
