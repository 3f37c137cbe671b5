// Streams of volumes at their edges: places that no number reaches, pipes put where a volume was, callers that leave early.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdirSync, readlinkSync } from 'node:fs';
import { readFile, unlink, writeFile } from 'node:fs/promises';
import { type TestContext, test } from 'node:test';
import { storagePoolEvents } from '@virtwire/protocol';
import { LibvirtError } from '@virtwire/rpc';
import { poolXml, receiveAll, sendAll, storageHarness, stream, volumeXml } from './testing/harness.ts';

const vol = { pool: 'p', name: 'v', key: '' };

async function harnessWithVolume(t: TestContext) {
  const h = await storageHarness(t);
  const { pool } = await h.call('storagePoolCreateXml', { xml: poolXml('p', `${h.root}/p`), flags: 1 });
  await h.call('storageVolCreateXml', { pool, xml: volumeXml('v', 10), flags: 0 });
  return { ...h, path: `${h.root}/p/v` };
}

test('an upload to a place beyond all files fails and writes nowhere else', async (t) => {
  const h = await harnessWithVolume(t);
  await writeFile(h.path, 'abcdefghij');

  for (const offset of [2n ** 53n, 2n ** 60n, 2n ** 63n - 1n, 2n ** 53n - 2n]) {
    const { caller, context } = stream();
    const outcome = (async () => {
      await h.call('storageVolUpload', { vol, offset, length: 0n, flags: 0 }, context);
      await sendAll(caller, [Buffer.from('XYZ')]);
      await caller.finish();
    })();

    await assert.rejects(outcome, LibvirtError, String(offset));
    assert.equal(await readFile(h.path, 'utf8'), 'abcdefghij', String(offset));
  }
});

test('a pipe in the place of a volume keeps nobody waiting', async (t) => {
  const h = await harnessWithVolume(t);
  await unlink(h.path);
  execFileSync('mkfifo', [h.path]);
  // Whoever opens a pipe to read waits for a writer, and takes one of Node's few threads along.
  const rescue = setTimeout(() => void writeFile(h.path, ''), 5000);
  const { caller, context } = stream();

  const outcome = (async () => {
    await h.call('storageVolDownload', { vol, offset: 0n, length: 0n, flags: 0 }, context);
    return (await receiveAll(caller)).pieces.length;
  })().catch((thrown: unknown) => (thrown instanceof LibvirtError ? 'refused' : thrown));
  const first = await Promise.race([
    outcome,
    new Promise((resolve) => void setTimeout(resolve, 3000, 'waits').unref()),
  ]);
  clearTimeout(rescue);
  if (first === 'waits') await writeFile(h.path, '');

  assert.equal(first, 'refused');
});

test('a caller that leaves while its stream is being opened leaves no file open', async (t) => {
  const h = await harnessWithVolume(t);
  const open = () =>
    readdirSync('/proc/self/fd').filter((fd) => {
      try {
        return readlinkSync(`/proc/self/fd/${fd}`) === h.path;
      } catch {
        return false;
      }
    }).length;

  for (const name of ['storageVolUpload', 'storageVolDownload'] as const) {
    const { caller, context } = stream();
    const reply = h.call(name, { vol, offset: 0n, length: 0n, flags: 0 }, context);
    caller.abort();
    await reply;
    for (let turns = 0; open() > 0 && turns < 1000; turns++) await new Promise((resolve) => void setImmediate(resolve));

    assert.equal(open(), 0, name);
  }
});

test('uploads that end together make the pool be looked through for all of them at once', async (t) => {
  const h = await harnessWithVolume(t);
  let refreshes = 0;
  await h.driver.subscribe(storagePoolEvents.refresh, null, () => refreshes++, {});
  const uploads = Array.from({ length: 40 }, () => stream());

  for (const { context } of uploads) {
    await h.call('storageVolUpload', { vol, offset: 0n, length: 0n, flags: 0 }, context);
  }
  await Promise.all(uploads.map(({ caller }) => caller.finish()));
  // Whoever asks for a refresh now comes behind all that wait already.
  await h.call('storagePoolRefresh', { pool: { name: 'p', uuid: await uuidOf(h) }, flags: 0 });
  await new Promise((resolve) => void setImmediate(resolve));

  assert.ok(refreshes >= 2 && refreshes < 40, `${refreshes} times`);
});

async function uuidOf(h: Awaited<ReturnType<typeof harnessWithVolume>>): Promise<string> {
  return (await h.call('storagePoolLookupByName', { name: 'p' })).pool.uuid;
}
