// Wireshark's libvirt dissector, made from libvirt's own protocol files, reads our sessions without a malformed packet.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import {
  requires,
  run,
  shell,
  startRecorder,
  startShell,
  startVirtwired,
  temporaryDirectory,
} from '../launcher/index.ts';

test('tshark decodes a session of virtwire with virtwired', {
  skip: requires({ tshark: true, isolation: true, qemuImg: true }),
}, async () => {
  await using work = await temporaryDirectory();
  await using daemon = await startVirtwired();
  await using recorder = await startRecorder(daemon.tcpPort);
  const uri = (driver: string, path: string) => `${driver}+tcp://127.0.0.1:${recorder.port}${path}`;
  const source = `${work.path}/source`;
  await writeFile(source, randomBytes(1_000_000));

  await using watcher = startShell('virtwire', ['event', '--all', '--loop'], { uri: uri('test', '/default') });
  const commands = [
    'list --all; dominfo test; dumpxml test; domstats; nodeinfo; capabilities; version',
    'suspend test; resume test; destroy test; start test; setmem test 1048576; dominfo nothing',
    'net-list --all; net-dumpxml default; pool-list --all; vol-list default-pool',
  ];
  do {
    for (const command of commands) await shell('virtwire', [command], { uri: uri('test', '/default') });
  } while (!watcher.stdout().includes('Booted'));
  watcher.kill('SIGINT');
  await watcher.finished;
  const streams = [
    `pool-create-as p dir --target ${work.path}/pool --build`,
    'vol-create-as p v 1000000B',
    `vol-upload v ${source} p`,
    `vol-download v ${work.path}/copy p --sparse`,
  ].join('; ');
  const { stderr, code } = await shell('virtwire', [streams], { uri: uri('storage', '/system') });
  assert.deepEqual([stderr, code], ['', 0]);
  await recorder.save(`${work.path}/session.pcap`);

  const tshark = (filter: string, ...args: string[]) =>
    run('tshark', [
      '-n',
      '-r',
      `${work.path}/session.pcap`,
      '-d',
      `tcp.port==${recorder.port},libvirt`,
      '-Y',
      filter,
      ...args,
    ]);
  const decoded = await tshark('libvirt', '-T', 'fields', '-e', 'libvirt.type', '-e', 'libvirt.status');
  const malformed = await tshark('_ws.malformed || _ws.expert.severity == "Error"');

  const types = new Set([...decoded.stdout.matchAll(/\d+/g)].map(String));
  for (const [type, what] of Object.entries({ 0: 'calls', 1: 'replies', 2: 'events', 3: 'stream data' })) {
    assert.ok(types.has(type), `the recording holds ${what}`);
  }
  // The dissector trips over stream data of fewer than 28 bytes, its own fault; these streams hold no such packet.
  assert.equal(malformed.stdout, '');
});
