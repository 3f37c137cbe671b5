// SASL inside TLS between both shells and both daemons: any mechanism may be used, and none brings a layer of its own.
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { requires, SHELLS, saslFiles } from '../launcher/index.ts';
import { type DaemonName, tlsHost } from './tls-host.ts';

const skip = requires({ libvirt: '9.0', isolation: true, certtool: true, sasl: true });
const DAEMONS: readonly DaemonName[] = ['libvirtd', 'virtwired'];
const REFUSED = 'authentication failed: authentication failed';

test('certificate and password are both asked for', { skip }, async () => {
  await using host = await tlsHost();
  await using files = await saslFiles({
    mechanisms: 'scram-sha-256 digest-md5 plain',
    users: { alice: 'wonderland', bob: 'builder' },
  });
  // Daemons in the host's place get the variables of this process.
  process.env['SASL_CONF_PATH'] = files.env['SASL_CONF_PATH'];
  const authFile = async (name: string, password: string) => {
    const path = `${files.directory}/auth-${name}-${password}`;
    const credentials = `[credentials-x]\nauthname=${name}\npassword=${password}\n[auth-libvirt-localhost]\ncredentials=x\n`;
    await writeFile(path, credentials, { mode: 0o600 });
    return path;
  };
  const [alice, wrong, bob] = [
    await authFile('alice', 'wonderland'),
    await authFile('alice', 'wrong'),
    await authFile('bob', 'builder'),
  ];
  const uris = [
    `test+tls://localhost/default?authfile=${alice}`,
    ...['SCRAM-SHA-256', 'DIGEST-MD5', 'PLAIN'].map(
      (mechanism) => `test+tls://localhost/default?authfile=${alice}&auth=sasl.${mechanism}`,
    ),
    `test+tls://localhost/default?authfile=${wrong}`,
    `test+tls://localhost/default?authfile=${wrong}&auth=sasl.PLAIN`,
    `test+tls://localhost/default?authfile=${bob}`,
  ];

  const conf = { auth_tls: 'sasl', sasl_allowed_username_list: ['alice'] };
  const told: Record<string, string[]> = {};
  for (const daemon of DAEMONS) {
    await using running = await host.serve(daemon, conf);
    for (const shell of SHELLS) told[`${shell} on ${daemon}`] = await host.connectAll(shell, uris);
    running.kill('SIGKILL');
    await running.finished;
  }

  const expected = ['', '', '', '', REFUSED, REFUSED, REFUSED];
  assert.deepEqual(told, Object.fromEntries(Object.keys(told).map((pair) => [pair, expected])));
});

test('EXTERNAL takes the name of the certificate, which the list is asked about', { skip }, async () => {
  await using host = await tlsHost();
  await using files = await saslFiles({ mechanisms: 'external' });
  process.env['SASL_CONF_PATH'] = files.env['SASL_CONF_PATH'];
  const outcomes: string[][] = [];

  for (const allowed of ['*CN=client1*', 'somebody']) {
    await using running = await host.serve('virtwired', { auth_tls: 'sasl', sasl_allowed_username_list: [allowed] });
    outcomes.push(await host.connectAll('virtwire', ['test+tls://localhost/default']));
    running.kill('SIGKILL');
    await running.finished;
  }

  assert.deepEqual(outcomes, [[''], [REFUSED]]);
});
