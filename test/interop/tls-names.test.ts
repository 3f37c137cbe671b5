// Names that openssl prints of a certificate count in tls_allowed_dn_list, and are warned about.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { clientTemplate, requires } from '../launcher/index.ts';
import { tlsHost } from './tls-host.ts';

const execute = promisify(execFile);

test('a name as openssl prints it lets in whom it names, and nobody else', {
  skip: requires({ libvirt: '9.0', isolation: true, certtool: true }),
}, async () => {
  await using host = await tlsHost();
  const { place, authority } = host;
  const other = await authority.sign('other', ['organization = Acme', 'cn = client2', ...clientTemplate]);
  const own = { cert: `${place.pki}/libvirt/clientcert.pem`, key: `${place.pki}/libvirt/private/clientkey.pem` };
  const folders = [
    await host.folder('own', authority.certificate, { client: own }),
    await host.folder('other', authority.certificate, { client: other }),
  ];
  const uris = folders.map((folder) => `test+tls://localhost/default?pkipath=${folder}`);
  const subject = async (...options: string[]) =>
    (await execute('openssl', ['x509', '-in', own.cert, '-noout', '-subject', ...options])).stdout.trim();

  for (const name of [await subject(), await subject('-nameopt', 'compat')]) {
    await using running = await host.serve('virtwired', { tls_allowed_dn_list: [name] });

    assert.deepEqual(
      await host.connectAll('virsh', uris),
      ['', 'Unable to read TLS confirmation: Input/output error'],
      name,
    );
    assert.match(running.stderr(), /is spelled as openssl does; it is read as 'C=GB,O=Acme,CN=client1', /);
    assert.match(
      running.stderr(),
      /client .* with the certificate 'O=Acme,CN=client2' refused: Client's Distinguished Name/,
    );
  }
});

test('tls_allowed_ip_list lets in whom it names, and a reload takes another one', {
  skip: requires({ libvirt: '9.0', isolation: true, certtool: true }),
}, async () => {
  await using host = await tlsHost();
  const conf = `${host.place.directory}/virtwired/daemon.conf`;
  const uris = ['test+tls://127.0.0.1/default', 'test+tls://[::1]/default'];
  await using running = await host.serve('virtwired', { tls_allowed_ip_list: ['127.0.0.0/8'] });
  const [four, six] = await host.connectAll('virsh', uris);

  await writeFile(conf, (await readFile(conf, 'utf8')).replace('127.0.0.0/8', '::*'));
  running.kill('SIGHUP');
  let after: string[];
  do after = await host.connectAll('virsh', uris);
  while (after[0] === '');

  assert.deepEqual([four, six === '', after[0] === '', after[1]], ['', false, false, '']);
  assert.match(running.stderr(), /client \[::1\]:\d+ refused: Client's address is not on the list of allowed clients/);
});
