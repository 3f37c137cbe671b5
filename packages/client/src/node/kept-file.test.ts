// Tests of files whose meaning is kept.
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rename, rm, stat, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { keptFile } from './kept-file.ts';

const folder = await mkdtemp(join(tmpdir(), 'virtwire-kept-'));
after(() => rm(folder, { recursive: true, force: true }));

// Until a change of a file is sure to show.
async function settle(path: string): Promise<void> {
  const { ctimeMs } = await stat(path);
  while (Date.now() - ctimeMs < 150) await new Promise((resolve) => setTimeout(resolve, 20));
}

test('a file is read again only when it has changed', async () => {
  const path = join(folder, 'one');
  let reads = 0;
  const read = keptFile(async (file) => {
    reads += 1;
    return readFile(file, 'utf8').catch(() => 'nothing');
  });

  assert.deepEqual([await read(path), await read(path)], ['nothing', 'nothing']);
  assert.equal(reads, 1);
  await writeFile(path, 'first');
  assert.equal(await read(path), 'first');
  await settle(path);
  assert.equal(await read(path), 'first');
  const settled = reads;
  assert.equal(await read(path), 'first');
  assert.equal(reads, settled);
  await writeFile(path, 'other');
  assert.equal(await read(path), 'other');
  await settle(path);
  await writeFile(`${path}.new`, 'third');
  await rename(`${path}.new`, path);
  assert.equal(await read(path), 'third');
  await unlink(path);
  assert.equal(await read(path), 'nothing');
});

test('a file that was just written is not kept: it may be written again within one tick of its clock', async () => {
  const path = join(folder, 'two');
  await writeFile(path, 'a');
  let reads = 0;
  const read = keptFile(async () => ++reads);

  const start = Date.now();
  const first = await read(path);
  const second = await read(path);

  // On a machine that stood still for so long nothing was shown.
  if (Date.now() - start < 50 && start - (await stat(path)).ctimeMs < 50) assert.deepEqual([first, second], [1, 2]);
});

test('what cannot be read is tried again', async () => {
  let tries = 0;
  const read = keptFile(async () => {
    tries += 1;
    if (tries === 1) throw new Error('no');
    return 'yes';
  });

  await assert.rejects(read(join(folder, 'three')), /no/);

  assert.equal(await read(join(folder, 'three')), 'yes');
});
