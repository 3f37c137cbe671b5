// Pools on disk: what is written, what comes back, and what a crash leaves.
import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { mkdir, readdir, readFile, readlink, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { storagePoolEvents } from '@virtwire/protocol';
import { poolXml, storageHarness } from './testing/harness.ts';

const uuid = '11111111-2222-4333-8444-555555555555';
const ref = { name: 'p', uuid };

describe('a pool that is kept', () => {
  test('has the file that libvirt writes, for its owner alone', async (t) => {
    const h = await storageHarness(t);
    const mask = process.umask(0);
    t.after(() => process.umask(mask));

    await h.call('storagePoolDefineXml', { xml: poolXml('p', '/pool', uuid), flags: 0 });

    const path = join(h.configDir, 'p.xml');
    assert.equal((await stat(path)).mode & 0o777, 0o600);
    assert.equal(
      await readFile(path, 'utf8'),
      `<!--
WARNING: THIS IS AN AUTO-GENERATED FILE. CHANGES TO IT ARE LIKELY TO BE
OVERWRITTEN AND LOST. Changes to this xml configuration should be made using:
  virsh pool-edit p
or other application using the libvirt API.
-->

<pool type='dir'>
  <name>p</name>
  <uuid>${uuid}</uuid>
  <capacity unit='bytes'>0</capacity>
  <allocation unit='bytes'>0</allocation>
  <available unit='bytes'>0</available>
  <source>
  </source>
  <target>
    <path>/pool</path>
  </target>
</pool>
`,
    );
  });

  test('is named by its UUID where its name would break a comment or a command', async (t) => {
    const h = await storageHarness(t);
    for (const name of ['a--b', 'a b', "a'b", '$x']) {
      const id = (await h.call('storagePoolDefineXml', { xml: poolXml(name, `/${name}`), flags: 0 })).pool.uuid;

      const text = await readFile(join(h.configDir, `${name}.xml`), 'utf8');

      assert.ok(text.includes(`  virsh pool-edit ${id}\n`), name);
    }
    await h.restart();
    assert.equal((await h.call('connectNumOfDefinedStoragePools', {})).num, 4);
  });

  test('comes back after a restart, autostart and all', async (t) => {
    const h = await storageHarness(t);
    await h.call('storagePoolDefineXml', { xml: poolXml('p', `${h.root}/nowhere`, uuid), flags: 0 });
    await h.call('storagePoolSetAutostart', { pool: ref, autostart: 1 });
    const before = await h.call('storagePoolGetXmlDesc', { pool: ref, flags: 0 });
    assert.equal(await readlink(join(h.configDir, 'autostart/p.xml')), join(h.configDir, 'p.xml'));

    await h.restart();

    assert.deepEqual(await h.call('storagePoolGetXmlDesc', { pool: ref, flags: 0 }), before);
    assert.equal((await h.call('storagePoolGetAutostart', { pool: ref })).autostart, 1);
    assert.equal((await h.call('storagePoolIsActive', { pool: ref })).active, 0);
  });

  test('leaves neither file nor link when it is undefined', async (t) => {
    const h = await storageHarness(t);
    await h.call('storagePoolDefineXml', { xml: poolXml('p', '/pool', uuid), flags: 0 });
    await h.call('storagePoolSetAutostart', { pool: ref, autostart: 1 });

    await h.call('storagePoolUndefine', { pool: ref });

    assert.deepEqual(await readdir(h.configDir), ['autostart']);
    assert.deepEqual(await readdir(join(h.configDir, 'autostart')), []);
  });
});

describe('after a restart', () => {
  test('running pools run, transient ones included, and lost directories do not', async (t) => {
    const h = await storageHarness(t);
    const other = { name: 't', uuid: uuid.replace('1', '2') };
    const lost = { name: 'l', uuid: uuid.replace('1', '3') };
    await h.call('storagePoolDefineXml', { xml: poolXml('p', `${h.root}/p`, uuid), flags: 0 });
    await h.call('storagePoolCreate', { pool: ref, flags: 1 });
    await h.call('storagePoolCreateXml', { xml: poolXml('t', `${h.root}/t`, other.uuid), flags: 1 });
    await h.call('storagePoolDefineXml', { xml: poolXml('l', `${h.root}/l`, lost.uuid), flags: 0 });
    await h.call('storagePoolCreate', { pool: lost, flags: 1 });
    await writeFile(`${h.root}/p/file`, 'content');
    await rm(`${h.root}/l`, { recursive: true });

    await h.restart();

    assert.equal((await h.call('storagePoolIsActive', { pool: ref })).active, 1);
    assert.deepEqual((await h.call('storagePoolListVolumes', { pool: ref, maxnames: 10 })).names, ['file']);
    assert.equal((await h.call('storagePoolIsPersistent', { pool: other })).persistent, 0);
    assert.equal((await h.call('storagePoolIsActive', { pool: lost })).active, 0);
  });

  test('files that are no pools are named in the log and left alone', async (t) => {
    const h = await storageHarness(t);
    await h.call('storagePoolDefineXml', { xml: poolXml('p', '/pool', uuid), flags: 0 });
    await writeFile(join(h.configDir, 'junk.xml'), 'junk');
    await writeFile(join(h.configDir, 'empty.xml'), '');
    await writeFile(join(h.configDir, 'wrongname.xml'), poolXml('other', '/other'));
    await writeFile(join(h.configDir, 'sameuuid.xml'), poolXml('sameuuid', '/else', uuid));
    await writeFile(
      join(h.configDir, 'rbd.xml'),
      "<pool type='rbd'><name>rbd</name><source><name>x</name><host name='h'/></source></pool>",
    );
    await writeFile(join(h.configDir, 'large.xml'), ' '.repeat(5 * 1024 * 1024));
    await mkdir(join(h.configDir, 'directory.xml'));
    await symlink('/nowhere', join(h.configDir, 'dangling.xml'));
    await writeFile(join(h.stateDir, 'junk.xml'), '<poolstate/>');

    await h.restart();

    const names = (await h.call('connectListDefinedStoragePools', { maxnames: 10 })).names;
    assert.deepEqual([...names].sort(), ['p', 'rbd']);
    for (const name of ['junk', 'empty', 'wrongname', 'large', 'dangling']) {
      assert.ok(
        h.log.some((line) => line.includes(`${name}.xml`)),
        name,
      );
    }
    assert.ok(h.log.some((line) => line.includes(`pool 'p' is already defined with uuid ${uuid}`)));
    assert.equal(await readFile(join(h.configDir, 'junk.xml'), 'utf8'), 'junk');
  });

  test('what a killed process had half written is gone', async (t) => {
    const h = await storageHarness(t);
    await writeFile(join(h.configDir, '.0123456789abcdef.new'), '<pool');

    await h.restart();

    assert.deepEqual(await readdir(h.configDir), ['autostart']);
  });
});

test('events tell the life of a pool, in order', async (t) => {
  const h = await storageHarness(t);
  const seen: string[] = [];
  const names = ['defined', 'undefined', 'started', 'stopped', 'created', 'deleted'];
  await h.driver.subscribe(
    storagePoolEvents.lifecycle,
    null,
    ({ pool, event, detail }) => void seen.push(`${pool.name} ${names[event]} ${detail}`),
    {},
  );
  await h.driver.subscribe(storagePoolEvents.refresh, ref, ({ pool }) => void seen.push(`${pool.name} refreshed`), {});

  await h.call('storagePoolDefineXml', { xml: poolXml('p', `${h.root}/p`, uuid), flags: 0 });
  await h.call('storagePoolBuild', { pool: ref, flags: 0 });
  await h.call('storagePoolCreate', { pool: ref, flags: 0 });
  await h.call('storagePoolRefresh', { pool: ref, flags: 0 });
  await h.call('storagePoolDestroy', { pool: ref });
  await h.call('storagePoolDelete', { pool: ref, flags: 0 });
  await h.call('storagePoolUndefine', { pool: ref });
  await h.call('storagePoolCreateXml', { xml: poolXml('t', `${h.root}/t`), flags: 1 });
  await rm(`${h.root}/t`, { recursive: true });
  const t1 = (await h.call('storagePoolLookupByName', { name: 't' })).pool;
  await assert.rejects(h.call('storagePoolRefresh', { pool: t1, flags: 0 }), /cannot open directory/);

  assert.deepEqual(seen, [
    'p defined 0',
    'p created 0',
    'p started 0',
    'p refreshed',
    'p stopped 0',
    'p deleted 0',
    'p undefined 0',
    't started 0',
    't stopped 0',
  ]);
  await assert.rejects(h.call('storagePoolLookupByName', { name: 't' }), /no storage pool with matching name 't'/);
});

test('a process that is killed leaves each pool old or new', async (t) => {
  const h = await storageHarness(t);
  for (let round = 0; round < 5; round++) {
    const child = fork(new URL('./testing/define-loop.ts', import.meta.url), [h.configDir, h.stateDir], {
      execArgv: [...process.execArgv.filter((arg) => !arg.startsWith('--test')), '--conditions=source'],
    });
    // It reports after each definition; it is killed somewhere in the middle of a later one.
    await new Promise<void>((resolve, reject) => {
      let left = 20 + Math.floor(Math.random() * 40);
      child.on('message', () => {
        if (--left === 0) child.kill('SIGKILL');
      });
      child.once('error', reject);
      child.once('exit', (code, signal) => (signal === 'SIGKILL' ? resolve() : reject(new Error(`exit ${code}`))));
    });

    await h.restart();

    assert.deepEqual(h.log, []);
    const { pools } = await h.call('connectListAllStoragePools', { need_results: 1, flags: 0 });
    for (const pool of pools) {
      const { xml } = await h.call('storagePoolGetXmlDesc', { pool, flags: 0 });
      assert.match(xml, new RegExp(`<path>/pools/${pool.name}/(old|new)</path>`));
    }
    assert.deepEqual(
      (await readdir(h.configDir)).filter((name) => !/^(autostart|p\d\.xml)$/.test(name)),
      [],
    );
  }
});
