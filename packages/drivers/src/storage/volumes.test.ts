// Volumes beside each other: what is refused while another call is at work, what an abort leaves, exact modes.
import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { mkdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { describe, type TestContext, test } from 'node:test';
import { ErrorCode, LibvirtError } from '@virtwire/rpc';
import { findProgram, runOrThrow } from './child.ts';
import { storageDriver } from './index.ts';
import { poolXml, storageHarness, stream, volumeXml } from './testing/harness.ts';

const skip = findProgram('qemu-img') === null ? 'no qemu-img' : false;

async function harnessWithPool(t: TestContext) {
  const h = await storageHarness(t);
  const { pool } = await h.call('storagePoolCreateXml', { xml: poolXml('p', `${h.root}/p`), flags: 1 });
  return { ...h, pool };
}

function refused(message: string) {
  return {
    name: 'LibvirtError',
    code: ErrorCode.OperationInvalid,
    message: `Requested operation is not valid: ${message}`,
  };
}

test('while a volume is copied, neither it nor the copy may change', async (t) => {
  const h = await harnessWithPool(t);
  await writeFile(`${h.root}/p/big`, Buffer.alloc(64 * 1024 * 1024, 1));
  await h.call('storagePoolRefresh', { pool: h.pool, flags: 0 });
  const big = { pool: 'p', name: 'big', key: '' };
  const copy = { ...big, name: 'copy' };

  const cloning = h.call('storageVolCreateXmlFrom', {
    pool: h.pool,
    xml: volumeXml('copy', 1),
    clonevol: big,
    flags: 0,
  });
  while ((await h.call('storagePoolNumOfVolumes', { pool: h.pool })).num < 2) await new Promise(setImmediate);

  const inUse = refused("volume 'big' is still in use.");
  const building = refused("volume 'copy' is still being allocated.");
  await assert.rejects(h.call('storageVolDelete', { vol: big, flags: 0 }), inUse);
  await assert.rejects(h.call('storageVolWipe', { vol: big, flags: 0 }), inUse);
  await assert.rejects(h.call('storageVolResize', { vol: big, capacity: 1n << 30n, flags: 0 }), inUse);
  await assert.rejects(
    h.call('storageVolUpload', { vol: big, offset: 0n, length: 0n, flags: 0 }, stream().context),
    inUse,
  );
  await assert.rejects(h.call('storageVolDelete', { vol: copy, flags: 0 }), building);
  await assert.rejects(
    h.call('storageVolDownload', { vol: copy, offset: 0n, length: 0n, flags: 0 }, stream().context),
    building,
  );
  for (const call of ['storagePoolDestroy', 'storagePoolRefresh'] as const) {
    await assert.rejects(h.call(call, { pool: h.pool, flags: 0 }), /pool 'p' has asynchronous jobs running\./);
  }
  await cloning;
  await h.call('storageVolDelete', { vol: big, flags: 0 });
  assert.equal((await h.call('storageVolGetInfo', { vol: copy })).capacity, 64n * 1024n * 1024n);
});

test('a caller who gives up stops qemu-img, and no file is left', { skip }, async (t) => {
  const h = await harnessWithPool(t);
  await writeFile(`${h.root}/p/source`, Buffer.alloc(256 * 1024 * 1024, 3));
  await h.call('storagePoolRefresh', { pool: h.pool, flags: 0 });
  const stop = new AbortController();
  const cloning = h.call(
    'storageVolCreateXmlFrom',
    { pool: h.pool, xml: volumeXml('copy', 1, 'qcow2'), clonevol: { pool: 'p', name: 'source', key: '' }, flags: 0 },
    { signal: stop.signal },
  );
  // What is being made has another name until it is whole.
  while (readdirSync(`${h.root}/p`).length < 2) await new Promise(setImmediate);

  stop.abort(new LibvirtError(ErrorCode.OperationAborted, 'given up'));

  await assert.rejects(cloning, { code: ErrorCode.OperationAborted });
  assert.deepEqual(readdirSync(`${h.root}/p`), ['source']);
  assert.deepEqual((await h.call('storagePoolListVolumes', { pool: h.pool, maxnames: 9 })).names, ['source']);
});

test('what a killed daemon has begun is no volume, and the next look at the pool removes it', { skip }, async (t) => {
  const h = await harnessWithPool(t);
  await writeFile(`${h.root}/p/.0123456789abcdef.new`, 'half');
  await writeFile(`${h.root}/p/.hidden`, 'whole');

  await h.call('storagePoolRefresh', { pool: h.pool, flags: 0 });

  assert.deepEqual(readdirSync(`${h.root}/p`), ['.hidden']);
  assert.deepEqual((await h.call('storagePoolListVolumes', { pool: h.pool, maxnames: 9 })).names, ['.hidden']);
});

describe('the mode of a new file', () => {
  for (const [format, mode, expected] of [
    ['raw', '', 0o600],
    ['raw', '<permissions><mode>0666</mode></permissions>', 0o666],
    ['qcow2', '', 0o600],
    ['qcow2', '<permissions><mode>0640</mode></permissions>', 0o640],
    ['dir', '<permissions><mode>0750</mode></permissions>', 0o750],
  ] as const) {
    test(`is ${expected.toString(8)} for ${format} under any umask`, { skip }, async (t) => {
      const h = await harnessWithPool(t);
      const mask = process.umask(0o027);
      t.after(() => process.umask(mask));
      const xml = volumeXml('v', 1, format).replace('</target>', `${mode}</target>`);

      await h.call('storageVolCreateXml', { pool: h.pool, xml, flags: 0 });
      process.umask(0);
      await h.call('storageVolCreateXml', { pool: h.pool, xml: xml.replace('>v<', '>w<'), flags: 0 });

      for (const name of ['v', 'w']) assert.equal((await stat(`${h.root}/p/${name}`)).mode & 0o777, expected);
    });
  }
});

test('names with control characters are refused', async (t) => {
  const h = await harnessWithPool(t);

  await assert.rejects(h.call('storageVolCreateXml', { pool: h.pool, xml: volumeXml('a\nb', 1), flags: 0 }), {
    code: ErrorCode.InvalidArg,
  });
});

test('a pipe that nobody writes to does not stop a refresh', async (t) => {
  const h = await harnessWithPool(t);
  const fifo = findProgram('mkfifo');
  if (fifo === null) return t.skip('no mkfifo');
  await runOrThrow(fifo, [`${h.root}/p/pipe`]);
  await mkdir(`${h.root}/p/sub`);

  await h.call('storagePoolRefresh', { pool: h.pool, flags: 0 });

  assert.deepEqual((await h.call('storagePoolListVolumes', { pool: h.pool, maxnames: 9 })).names, ['sub']);
});

test('where qemu-img is missing, the error says so and no file is left', async (t) => {
  const h = await harnessWithPool(t);
  const path = process.env['PATH'];
  t.after(() => void (process.env['PATH'] = path));
  process.env['PATH'] = '/nowhere';

  await assert.rejects(h.call('storageVolCreateXml', { pool: h.pool, xml: volumeXml('q', 1, 'qcow2'), flags: 0 }), {
    message: "Cannot find 'qemu-img' in path: No such file or directory",
  });
  assert.equal(existsSync(`${h.root}/p/q`), false);
});

test('where blocks cannot be reserved, zeros are written', async (t) => {
  const h = await harnessWithPool(t);
  const path = process.env['PATH'];
  t.after(() => void (process.env['PATH'] = path));
  process.env['PATH'] = '/nowhere';
  const xml = '<volume><name>v</name><capacity>3000000</capacity></volume>';

  await h.call('storageVolCreateXml', { pool: h.pool, xml, flags: 0 });

  const { size, blocks } = await stat(`${h.root}/p/v`);
  assert.equal(size, 3_000_000);
  assert.ok(blocks * 512 >= 3_000_000);
});

test('a link put in place of a new file is not followed', async (t) => {
  const h = await harnessWithPool(t);
  await writeFile(`${h.root}/outside`, 'secret');
  await symlink('../outside', `${h.root}/p/link`);

  await assert.rejects(
    h.call('storageVolCreateXml', { pool: h.pool, xml: volumeXml('link', 1), flags: 0 }),
    /already exists/,
  );
  await h.call('storagePoolRefresh', { pool: h.pool, flags: 0 });
  await h.call('storageVolDelete', { vol: { pool: 'p', name: 'link', key: '' }, flags: 0 });

  assert.equal(await readFile(`${h.root}/outside`, 'utf8'), 'secret');
});

describe('opening', () => {
  for (const [privileged, uri, expected] of [
    [true, 'storage:///session', "unexpected storage URI path '/session', try storage:///system"],
    [true, 'storage:///', "unexpected storage URI path '/', try storage:///system"],
    [true, 'storage:', "unexpected storage URI path '', try storage:///system"],
    [false, 'storage:///system', "unexpected storage URI path '/system', try storage:///session"],
  ] as const) {
    test(`${uri} is refused by a ${privileged ? 'system' : 'session'} driver`, async (t) => {
      const h = await storageHarness(t);
      const factory = storageDriver({ privileged, configDir: h.configDir, stateDir: h.stateDir });

      await assert.rejects(async () => factory.open(uri, {}), {
        code: ErrorCode.InternalError,
        message: `internal error: ${expected}`,
      });
    });
  }

  test('storage:///session works for others than root', async (t) => {
    const h = await storageHarness(t);
    const factory = storageDriver({ privileged: false, configDir: h.configDir, stateDir: h.stateDir });

    const driver = await factory.open('storage:///session', {});

    await driver.close();
  });
});
