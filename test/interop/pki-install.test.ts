// virtwire-pki from nothing to a connection, with real libvirt and with virtwire on either side.
import assert from 'node:assert/strict';
import { readdir, stat } from 'node:fs/promises';
import { test } from 'node:test';
import { requires } from '../launcher/index.ts';
import { HOST, type PkiHost, pkiHost } from './pki-host.ts';

const needs = { skip: requires({ libvirt: '9.0', isolation: true }) };

/** The usual way, as the help of the program tells it. */
const USUAL = `
virtwire-pki ca create
virtwire-pki server issue
virtwire-pki client issue admin
virtwire-pki install
`;

test('five commands on a fresh machine, and each shell connects to each daemon', needs, async () => {
  await using host = await pkiHost();

  const made = await host.paste(USUAL);
  const checked = await host.paste('virtwire-pki check --host $(hostname)');

  assert.equal(made.code, 0, made.stderr);
  assert.match(checked.stdout, /\nnothing is wrong\n$/);
  for (const daemon of ['libvirtd', 'virtwired'] as const) {
    await using _ = await host.serve(daemon);
    for (const shell of ['virsh', 'virtwire']) {
      const { stdout, stderr } = await host.paste(`${shell} -c test+tls://${HOST}/default list`);
      assert.match(stdout, / 1 +test +running/, `${shell} on ${daemon}: ${stderr}`);
    }
  }
});

test('virt-pki-validate finds nothing to complain of but the mode of the client key', needs, async () => {
  await using host = await pkiHost();
  await host.paste(USUAL);

  const { stdout, code } = await host.paste('virt-pki-validate');

  assert.equal(code, 0);
  const complaints = stdout.split('\n').filter((line) => !line.startsWith('Found ') && line !== '');
  // It would have everybody read the key. No key of ours is readable by others.
  assert.deepEqual(complaints, [
    'The client private key need to be read by client tools',
    'as root do: chmod 644 /etc/pki/libvirt/private/clientkey.pem',
  ]);
});

test('a bundle works as pkipath, and from a folder on another machine', needs, async () => {
  await using host = await pkiHost();
  const made = await host.paste(`${USUAL} virtwire-pki client issue alice; virtwire-pki bundle alice alice.pki`);
  assert.equal(made.code, 0, made.stderr);
  await host.paste('rm /etc/pki/libvirt/clientcert.pem /etc/pki/libvirt/private/clientkey.pem');
  await using _ = await host.serve('libvirtd', { tls_allowed_dn_list: ['*,CN=alice'] });
  const folder = `${host.place.directory}/alice.pki`;

  const byPath = await host.paste(`virsh -c 'test+tls://${HOST}/default?pkipath=${folder}' list`);
  const checked = await host.paste(`virtwire-pki check --pkipath ${folder}`);
  const installed = await host.paste(`virtwire-pki install --from ${folder}; virsh -c test+tls://${HOST}/default list`);

  assert.match(byPath.stdout, /running/, byPath.stderr);
  assert.equal(checked.code, 0, checked.stdout);
  assert.match(installed.stdout, /running/, installed.stderr);
});

test('a user who is not root gets a folder of his own', needs, async () => {
  await using host = await pkiHost();
  await host.paste(
    `${USUAL} mkdir -p u; chmod 0777 u; virtwire-pki bundle admin u/admin.pki; chown -R 65534 u; chmod -R go+rX ${host.place.directory}/bin; chmod 0711 ${host.place.directory}`,
  );

  const { stdout, stderr } = await host.paste(
    `HOME=$PWD/u NODE_COMPILE_CACHE= setpriv --reuid 65534 --clear-groups "$(command -v virtwire-pki)" install --from u/admin.pki; ls -l u/.pki/libvirt`,
  );

  assert.match(stdout, /-rw-r--r-- .* cacert.pem\n-rw-r--r-- .* clientcert.pem\n-rw------- .* clientkey.pem\n/, stderr);
});

test('a dry run changes nothing, and force keeps what it replaces', needs, async () => {
  await using host = await pkiHost();
  await host.paste(USUAL);
  const before = await tree(host);

  const dry = await host.paste(
    'virtwire-pki renew admin --new-key --dry-run; virtwire-pki client issue admin --force --dry-run',
  );
  const same = await tree(host);
  const refused = await host.paste('virtwire-pki renew admin --new-key; virtwire-pki install --client admin');
  const forced = await host.paste('virtwire-pki install --client admin --force');

  assert.equal(dry.code, 0, dry.stderr);
  assert.deepEqual(same, before);
  assert.equal(refused.code, 1);
  assert.match(
    refused.stderr,
    /there already, with other contents: .*clientkey\.pem, .*clientcert\.pem; --force replaces/,
  );
  assert.equal(forced.code, 0, forced.stderr);
  const kept = (await tree(host)).filter((line) => line.includes('.backup-'));
  assert.equal(kept.length, 4, kept.join('\n'));
});

// Every file of the authority and of /etc/pki, with mode and size.
async function tree(host: PkiHost): Promise<string[]> {
  const lines: string[] = [];
  for (const root of [host.place.pki, host.authority]) {
    for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
      const path = `${entry.parentPath}/${entry.name}`;
      const { mode, size, mtimeMs } = await stat(path);
      lines.push(`${path} ${mode.toString(8)} ${entry.isFile() ? `${size} ${mtimeMs}` : ''}`);
    }
  }
  return lines.toSorted();
}
