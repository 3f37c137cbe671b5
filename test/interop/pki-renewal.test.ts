// Renewal while clients are connected: nobody is dropped, new ones see the new certificate.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { requires } from '../launcher/index.ts';
import { HOST, type PkiHost, pkiHost } from './pki-host.ts';

const needs = { skip: requires({ libvirt: '9.0', isolation: true }) };

for (const daemon of ['libvirtd', 'virtwired'] as const) {
  for (const [how, options] of [
    ['with the same key', ''],
    ['with a new key', '--new-key'],
  ] as const) {
    test(`${daemon} takes up a certificate that was renewed ${how}`, needs, async () => {
      await using host = await pkiHost();
      await host.paste(
        'virtwire-pki ca create; virtwire-pki server issue; virtwire-pki client issue admin; virtwire-pki install',
      );
      await using _ = await host.serve(daemon);
      await using client = host.place.start('virsh', ['-c', `test+tls://${HOST}/default`]);
      client.child.stdin?.write('list --name\n');
      await client.output((text) => text.includes('test'));
      const before = await servedSerial(host);

      const renewed = await host.paste(
        `virtwire-pki renew ${HOST} ${options}; virtwire-pki install --server ${HOST} --force`,
      );
      // libvirtd reads certificates again when it is told to, virtwired by itself.
      const told = await host.paste(
        daemon === 'libvirtd'
          ? `virt-admin -c 'libvirtd:///system?socket=${host.place.directory}/libvirtd/libvirt-admin-sock' server-update-tls libvirtd`
          : 'true',
      );
      const after = await otherSerial(host, before);
      const fresh = await host.paste(`virsh -c test+tls://${HOST}/default list`);
      client.child.stdin?.write('hostname\nuri\n');
      const still = await client.output((text) => text.includes('tls://'));
      client.child.stdin?.end();
      const { stderr } = await client.finished;

      assert.equal(renewed.code, 0, renewed.stderr);
      assert.equal(told.code, 0, told.stderr);
      const { stdout: list } = await host.paste('virtwire-pki list --json');
      const [server] = (JSON.parse(list) as { kind: string; serial: string }[]).filter(({ kind }) => kind === 'server');
      assert.notEqual(after, before);
      assert.equal(after, server?.serial);
      assert.match(fresh.stdout, /running/, fresh.stderr);
      assert.match(still, /test\+tls:/);
      assert.doesNotMatch(stderr, /Disconnected|error/);
    });
  }
}

// Asks until another certificate is shown: virtwired looks at its files once a second at most.
async function otherSerial(host: PkiHost, before: string | undefined): Promise<string | undefined> {
  const deadline = Date.now() + 10_000;
  let shown = await servedSerial(host);
  while (shown === before && Date.now() < deadline) shown = await servedSerial(host);
  return shown;
}

// Serial number of the certificate that a new connection is shown.
async function servedSerial(host: PkiHost): Promise<string | undefined> {
  const { stdout } = await host.paste(
    `openssl s_client -connect ${HOST}:16514 -servername ${HOST} < /dev/null 2> /dev/null | openssl x509 -noout -serial`,
  );
  return /^serial=([0-9A-F]+)$/m.exec(stdout)?.[1]?.toLowerCase();
}
