// What goes over the wire is TLS and nothing else, for both kinds of shells; streams come through whole.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import {
  clientTemplate,
  freePort,
  requires,
  run,
  SHELLS,
  serverTemplate,
  shell,
  startRecorder,
  startVirtwired,
  temporaryDirectory,
  testAuthority,
} from '../launcher/index.ts';
import { SERVER_NAMES } from './tls-host.ts';

test('tshark sees only TLS', {
  skip: requires({ libvirt: '9.0', tshark: true, isolation: true, qemuImg: true, certtool: true }),
}, async () => {
  await using work = await temporaryDirectory();
  const authority = await testAuthority(`${work.path}/made`, 'Acme CA');
  const server = await authority.sign('server', [...SERVER_NAMES, ...serverTemplate]);
  const client = await authority.sign('client', ['cn = client1', ...clientTemplate]);
  const pki = `${work.path}/pki`;
  await mkdir(pki);
  await cp(authority.certificate, `${pki}/cacert.pem`);
  await cp(client.cert, `${pki}/clientcert.pem`);
  await cp(client.key, `${pki}/clientkey.pem`);
  const port = await freePort();
  await using daemon = await startVirtwired({
    conf: {
      listen_tls: 1,
      tls_port: String(port),
      ca_file: authority.certificate,
      cert_file: server.cert,
      key_file: server.key,
    },
  });
  await using recorder = await startRecorder(port);
  const uri = `storage+tls://127.0.0.1:${recorder.port}/system?pkipath=${pki}`;
  const bytes = randomBytes(3_000_000);
  await writeFile(`${work.path}/source`, bytes);

  for (const each of SHELLS) {
    const pool = `p-${each}`;
    const commands = [
      `pool-create-as ${pool} dir --target ${work.path}/${pool} --build`,
      `vol-create-as ${pool} v 3000000B`,
      `vol-upload v ${work.path}/source ${pool}`,
      `vol-download v ${work.path}/copy-${each} ${pool}`,
    ].join('; ');
    const { stderr, code } = await shell(each, [commands], { uri });
    assert.deepEqual([stderr, code], ['', 0]);
  }
  await recorder.save(`${work.path}/session.pcap`);

  const capture = ['-n', '-r', `${work.path}/session.pcap`, '-d', `tcp.port==${recorder.port},tls`];
  const { stdout } = await run('tshark', [...capture, '-Y', 'tcp.len > 0', '-T', 'fields', '-e', 'frame.protocols']);
  const protocols = new Set(stdout.trim().split('\n'));
  assert.ok(
    [...protocols].every((each) => /^raw:ip:tcp(:tls|:x509\w+)*$/.test(each)),
    [...protocols].join(' '),
  );
  assert.ok([...protocols].some((each) => each.includes('tls')));
  const raw = await readFile(`${work.path}/session.pcap`);
  for (const secret of ['storage:///system', 'p-virsh', 'pool-create', '<pool'])
    assert.equal(raw.includes(secret), false, secret);
  const digest = (data: Uint8Array) => createHash('sha256').update(data).digest('hex');
  for (const each of SHELLS) assert.equal(digest(await readFile(`${work.path}/copy-${each}`)), digest(bytes), each);
  assert.equal(daemon.process.stderr().includes('error'), false, daemon.process.stderr());
});
