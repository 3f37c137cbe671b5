import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { test } from 'node:test';
import { type Lock, takeLocks } from './lock.ts';

function directory(): Disposable & { path: string } {
  const path = mkdtempSync(`${tmpdir()}/virtwire-lock-`);
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true }) };
}

const pidFileOf = async (file: string, pid?: number): Promise<Lock> => {
  const locks = takeLocks(file, folderOf(file), pid);
  (await locks.directory).release();
  return locks.pidFile;
};

const folderOf = (file: string) => file.slice(0, file.lastIndexOf('/'));

test('a pid file holds the process id, is held once, and is gone after the release', async () => {
  using place = directory();
  const file = `${place.path}/pid`;
  const lock = await pidFileOf(file, 1234);

  assert.equal(readFileSync(file, 'utf8'), '1234');
  await assert.rejects(takeLocks(file, place.path).pidFile, {
    message: `Failed to acquire pid file '${file}': Resource temporarily unavailable`,
  });
  lock.release();
  assert.equal(existsSync(file), false);
});

test('a pid file that a dead daemon left is taken over, whatever is in it', async () => {
  using place = directory();
  const file = `${place.path}/pid`;
  writeFileSync(file, '1 and much more than that\n');

  const lock = await pidFileOf(file, 77);

  assert.equal(readFileSync(file, 'utf8'), '77');
  lock.release();
});

test('the lock is the kernel’s: another process sees it, and it ends with the descriptor', async () => {
  using place = directory();
  const file = `${place.path}/pid`;
  const free = () => spawnSync('flock', ['-n', file, 'true']).status === 0;
  const lock = await pidFileOf(file);

  assert.equal(free(), false);
  lock.release();
  assert.equal(free(), true);
});

test('a pid file in no directory is told', async () => {
  await assert.rejects(takeLocks('/nonexistent/x.pid', '/').pidFile, {
    message: "Failed to open pid file '/nonexistent/x.pid': No such file or directory",
  });
});

test('a directory serves one daemon at a time, whatever their pid files', async () => {
  using place = directory();
  const first = takeLocks(`${place.path}/first`, place.path);
  const held = await first.directory;
  const second = takeLocks(`${place.path}/second`, place.path);

  await assert.rejects(second.directory, { message: `Another daemon serves the sockets in '${place.path}'` });
  // It is still theirs: the daemon that has to give up takes it away itself.
  (await second.pidFile).release();
  held.release();
  (await first.pidFile).release();
  const third = takeLocks(`${place.path}/first`, place.path);
  (await third.directory).release();
  (await third.pidFile).release();
});

test('a directory that is not there is told after the pid file is taken', async () => {
  using place = directory();
  const locks = takeLocks(`${place.path}/pid`, `${place.path}/nothing`);

  await assert.rejects(locks.directory, {
    message: `Failed to open directory '${place.path}/nothing': No such file or directory`,
  });
  (await locks.pidFile).release();
});
