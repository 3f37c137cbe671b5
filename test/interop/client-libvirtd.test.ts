// The client library against real libvirtd: opening, calls, events, streams, many calls at once, loss.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { mkdir, open as openFile, stat, writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { connect, DomainEventType, DomainState, ErrorCode, ErrorDomain, Hole, type LibvirtError } from 'virtwire';
import { noLeaks, requires, startLibvirtd, virsh } from '../launcher/index.ts';

async function collect<T>(source: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const each of source) all.push(each);
  return all;
}

const skip = requires({ libvirt: '9.0', isolation: true });

for (const transport of ['unix', 'tcp'] as const) {
  test(`reads what virsh reads, over ${transport}`, { skip }, async () => {
    await using _ = noLeaks();
    await using daemon = await startLibvirtd();
    const uri = daemon.uri(transport, 'test', '/default');

    await using connection = await connect(uri);
    const domain = await connection.lookupDomainByName('test');
    const [pool] = await connection.listAllStoragePools();
    const [network] = await connection.listAllNetworks();

    const said = async (...args: string[]) => (await virsh(args, { uri })).stdout.replace(/\n\n$/, '\n');
    assert.equal(`${connection.uri}\n`, await said('uri'));
    assert.equal(`${await connection.getHostname()}\n`, await said('hostname'));
    assert.equal(await domain.getXmlDesc(), await said('dumpxml', 'test'));
    assert.equal(`${domain.uuid}\n`, await said('domuuid', 'test'));
    assert.equal(`${await connection.getCapabilities()}\n`, await said('capabilities'));
    assert.equal(await pool?.getXmlDesc(), await said('pool-dumpxml', 'default-pool'));
    assert.equal(await network?.getXmlDesc(), await said('net-dumpxml', 'default'));
    const info = await connection.getNodeInfo();
    assert.deepEqual(
      { model: info.model, memoryKiB: info.memoryKiB, cpus: info.cpus },
      { model: 'i686', memoryKiB: 3145728n, cpus: 16 },
    );
    assert.equal(await connection.getLibVersion(), 9_000_000n);
    assert.equal(connection.watched, true);
    assert.equal(connection.isEncrypted(), false);
    assert.equal(await connection.isSecure(), transport === 'unix');
  });
}

test('figures of the host come from a driver that takes no number of them but its own', { skip }, async () => {
  await using daemon = await startLibvirtd();
  await using connection = await connect(daemon.uri('unix', 'qemu', '/system'));

  const cpu = await connection.getCpuStats();
  const memory = await connection.getMemoryStats();

  assert.deepEqual([...cpu.keys()].sort(), ['idle', 'iowait', 'kernel', 'user']);
  assert.deepEqual([...memory.keys()].sort(), ['buffers', 'cached', 'free', 'total']);
});

test('the use of CPUs is given for as many as there are, however many are asked for', { skip }, async () => {
  await using daemon = await startLibvirtd();
  await using connection = await connect(daemon.uri('unix', 'test', '/default'));
  const domain = await connection.lookupDomainByName('test');
  const { count: cpus } = await domain.getCpuStats(0, 0, 0);

  for (const asked of [1, 2, 3, 128]) {
    const given = await domain.getCpuStats(0, asked, 2);
    assert.deepEqual(
      given.cpus.map((params) => [...params.keys()]),
      Array.from({ length: Math.min(asked, cpus) }, () => ['cpu_time', 'vcpu_time']),
    );
  }
});

test('sees what another connection does, and knows ids afterwards', { skip }, async () => {
  await using daemon = await startLibvirtd();
  const uri = daemon.uri('unix', 'test', '/default');
  await using watcher = await connect(uri);
  await using worker = await connect(daemon.uri('tcp', 'test', '/default'));
  const domain = await worker.lookupDomainByName('test');
  const other = await worker.defineDomainXml(
    '<domain type="test"><name>other</name><memory>1024</memory><os><type>hvm</type></os></domain>',
  );
  await using all = watcher.domainEvents('lifecycle');
  await using only = watcher.domainEvents('lifecycle', { domain: other });
  await Promise.all([all.ready, only.ready]);

  await domain.destroy();
  const idAfterDestroy = domain.id;
  await domain.create();
  await other.create();
  await virsh(['suspend', 'other'], { uri });

  const seen: string[] = [];
  for await (const { domain: about, event } of all) {
    seen.push(`${about.name} ${event}`);
    if (about.name === 'other' && event === DomainEventType.Suspended) break;
  }
  assert.deepEqual(seen, [
    `test ${DomainEventType.Stopped}`,
    `test ${DomainEventType.Started}`,
    `other ${DomainEventType.Started}`,
    `other ${DomainEventType.Suspended}`,
  ]);
  assert.equal((await only.next()).value?.event, DomainEventType.Started);
  assert.equal((await only.next()).value?.event, DomainEventType.Suspended);
  assert.equal(idAfterDestroy, -1);
  assert.equal(domain.id, (await watcher.lookupDomainByName('test')).id);
  assert.equal((await domain.getState()).state, DomainState.Running);
});

test('refusals come back with code, domain and text', { skip }, async () => {
  await using daemon = await startLibvirtd();
  await using connection = await connect(daemon.uri('unix', 'test', '/default'), { readOnly: true });
  const [domain] = await connection.listAllDomains();
  const bad = daemon.uri('unix', 'test', '/nonexistent.xml');

  await assert.rejects(domain?.destroy() ?? assert.fail('no domain'), {
    code: ErrorCode.OperationDenied,
    message: 'operation forbidden: read only access prevents virDomainDestroy',
    remote: true,
  });
  await assert.rejects(connection.lookupDomainByName('nosuch'), {
    code: ErrorCode.NoDomain,
    domain: ErrorDomain.Test,
    message: 'Domain not found',
  });
  await assert.rejects(connect(bad), { remote: true, domain: ErrorDomain.Test });
});

test('10,000 calls at once each get their own answer', { skip }, async () => {
  await using daemon = await startLibvirtd();
  await using connection = await connect(daemon.uri('unix', 'test', '/default'));
  const names = Array.from({ length: 10 }, (_, index) => `domain${index}`);
  for (const name of names) {
    await connection.defineDomainXml(
      `<domain type="test"><name>${name}</name><memory>1024</memory><os><type>hvm</type></os></domain>`,
    );
  }

  const asked = Array.from({ length: 10_000 }, (_, index) => names[index % names.length] as string);
  const found = await Promise.all(asked.map((name) => connection.lookupDomainByName(name)));

  assert.deepEqual(
    found.map(({ name }) => name),
    asked,
  );
});

test('a killed daemon rejects every pending call once, and says why', { skip }, async () => {
  await using _ = noLeaks();
  await using daemon = await startLibvirtd();
  await using connection = await connect(daemon.uri('unix', 'test', '/default'));
  const events = connection.domainEvents('lifecycle');
  await events.ready;
  const domain = await connection.lookupDomainByName('test');
  process.kill(daemon.pid, 'SIGSTOP');
  let rejections = 0;

  const calls = Array.from({ length: 10_000 }, () =>
    domain.getInfo().catch((thrown: LibvirtError) => {
      rejections += 1;
      return thrown;
    }),
  );
  // The first ones have left before the daemon goes: nobody can say what it has made of them.
  await nextTurn();
  daemon.process.kill('SIGKILL');
  const answers = (await Promise.all(calls)) as LibvirtError[];
  const end = await connection.closed;

  assert.equal(rejections, 10_000);
  assert.match(answers[0]?.message ?? '', /Cannot (recv|write) data|End of file while reading data/);
  assert.equal(answers[0]?.outcomeUnknown, true);
  assert.equal(answers.at(-1)?.outcomeUnknown, false, 'the last ones waited for their turn');
  assert.match(end.text, /^(end of file|I\/O error)$/);
  await assert.rejects(events.next(), /Cannot (recv|write) data|End of file/);
});

test('keepalive finds a daemon that hangs', { skip }, async () => {
  await using daemon = await startLibvirtd();
  await using connection = await connect(daemon.uri('unix', 'test', '/default'), {
    keepalive: { intervalS: 1, count: 1 },
  });

  process.kill(daemon.pid, 'SIGSTOP');
  const end = await connection.closed;
  process.kill(daemon.pid, 'SIGCONT');

  assert.equal(end.text, 'keepalive timeout');
});

test('volumes go up and down whole, with holes, and a broken upload is told', { skip }, async () => {
  await using daemon = await startLibvirtd();
  await using connection = await connect(daemon.uri('unix', 'storage', '/system'));
  const folder = `${daemon.directory}/pool`;
  await mkdir(folder);
  const pool = await connection.createStoragePoolXml(
    `<pool type="dir"><name>p</name><target><path>${folder}</path></target></pool>`,
  );
  const size = 64 * 1024 * 1024;
  const make = (name: string) =>
    pool.createVolumeXml(`<volume><name>${name}</name><capacity>${size}</capacity><allocation>0</allocation></volume>`);
  const data = randomBytes(size);
  const digest = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

  const whole = await make('whole');
  await whole.upload(
    (function* () {
      for (let at = 0; at < size; at += 1_000_003) yield data.subarray(at, Math.min(at + 1_000_003, size));
    })(),
  );
  const back = createHash('sha256');
  const download = await whole.download();
  for await (const chunk of download) back.update(chunk);
  await download.finished;
  const part = await whole.download({ offset: 1_000n, length: 10n });
  const few = Buffer.concat(await collect(part));

  const sparse = await make('sparse');
  await sparse.upload([data.subarray(0, 65_536), new Hole(BigInt(size - 131_072)), data.subarray(0, 65_536)], {
    sparse: true,
  });
  const chunks = await collect(await sparse.download({ sparse: true }));
  const holes = chunks.filter((chunk) => chunk instanceof Hole);

  const broken = await make('broken');
  await assert.rejects(
    broken.upload(
      (async function* () {
        yield data.subarray(0, 1_000_000);
        throw new Error('the source broke');
      })(),
    ),
    /the source broke/,
  );

  assert.equal(back.digest('hex'), digest(data));
  assert.deepEqual(few, data.subarray(1_000, 1_010));
  assert.equal(
    holes.reduce((sum, hole) => sum + hole.length, 0n),
    BigInt(size - 131_072),
  );
  assert.ok((await stat(`${folder}/sparse`)).blocks * 512 < 1_000_000, 'stays sparse');
  assert.deepEqual((await pool.listAllVolumes()).map(({ name }) => name).toSorted(), ['broken', 'sparse', 'whole']);
});

test('a download that is left early leaves the connection usable', { skip }, async () => {
  await using daemon = await startLibvirtd();
  await using connection = await connect(daemon.uri('unix', 'storage', '/system'));
  const folder = `${daemon.directory}/pool`;
  await mkdir(folder);
  const file = await openFile(`${folder}/big`, 'w');
  await file.truncate(256 * 1024 * 1024);
  await file.close();
  await writeFile(`${folder}/small`, 'small');
  const pool = await connection.createStoragePoolXml(
    `<pool type="dir"><name>p</name><target><path>${folder}</path></target></pool>`,
  );
  const big = await pool.lookupVolumeByName('big');

  for await (const chunk of await big.download()) {
    assert.ok(chunk.length > 0);
    break;
  }
  const small = await pool.lookupVolumeByName('small');
  const text = Buffer.concat(await collect(await small.download())).toString();

  assert.equal(text, 'small');
});
