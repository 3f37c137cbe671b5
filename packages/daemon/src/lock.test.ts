import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { test } from 'node:test';
import { acquirePidFile, lockDirectory } from './lock.ts';

function directory(): Disposable & { path: string } {
  const path = mkdtempSync(`${tmpdir()}/virtwire-lock-`);
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true }) };
}

test('a pid file holds the process id, is held once, and is gone after the release', () => {
  using place = directory();
  const file = `${place.path}/pid`;
  const lock = acquirePidFile(file, 1234);

  assert.equal(readFileSync(file, 'utf8'), '1234');
  assert.throws(() => acquirePidFile(file), {
    message: `Failed to acquire pid file '${file}': Resource temporarily unavailable`,
  });
  lock.release();
  assert.equal(existsSync(file), false);
});

test('a pid file that a dead daemon left is taken over, whatever is in it', () => {
  using place = directory();
  const file = `${place.path}/pid`;
  writeFileSync(file, '1 and much more than that\n');

  const lock = acquirePidFile(file, 77);

  assert.equal(readFileSync(file, 'utf8'), '77');
  lock.release();
});

test('the lock is the kernel’s: another process sees it, and it ends with the descriptor', () => {
  using place = directory();
  const file = `${place.path}/pid`;
  const free = () => spawnSync('flock', ['-n', file, 'true']).status === 0;
  const lock = acquirePidFile(file);

  assert.equal(free(), false);
  lock.release();
  assert.equal(free(), true);
});

test('a pid file in no directory is told', () => {
  assert.throws(() => acquirePidFile('/nonexistent/x.pid'), {
    message: "Failed to open pid file '/nonexistent/x.pid': No such file or directory",
  });
});

test('a directory serves one daemon at a time', () => {
  using place = directory();
  const lock = lockDirectory(place.path);

  assert.throws(() => lockDirectory(place.path), { message: `Another daemon serves the sockets in '${place.path}'` });
  lock.release();
  lockDirectory(place.path).release();
});
