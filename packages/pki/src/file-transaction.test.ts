// Changing several files as one: cut off at any point, all of them are old or all of them are new, never a mixture.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { changeFiles, finishInterrupted, JOURNAL } from './file-transaction.ts';
import type { PlannedFile } from './machine.ts';

function folder(): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), 'virtwire-pki-'));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

function pair(path: string, content: string, action: PlannedFile['action']): PlannedFile[] {
  return ['key', 'cert'].map((name) => ({
    path: join(path, `${name}.pem`),
    content: `${content} ${name}`,
    mode: name === 'key' ? 0o600 : 0o644,
    action,
    backup: action === 'replace' ? join(path, `${name}.pem.backup`) : null,
  }));
}

function contents(path: string): string[] {
  return ['key', 'cert'].map((name) => {
    const file = join(path, `${name}.pem`);
    return existsSync(file) ? readFileSync(file, 'utf8') : 'none';
  });
}

test('files get their contents and modes, and what they held stays as a backup', () => {
  using place = folder();
  const deep = join(place.path, 'a', 'b');

  changeFiles([{ path: deep, mode: 0o700 }], pair(deep, 'old', 'create'));
  changeFiles([], pair(deep, 'new', 'replace'));

  assert.deepEqual(contents(deep), ['new key', 'new cert']);
  assert.equal(readFileSync(join(deep, 'key.pem.backup'), 'utf8'), 'old key');
  assert.equal(statSync(join(deep, 'key.pem')).mode & 0o777, 0o600);
  assert.equal(statSync(join(deep, 'cert.pem')).mode & 0o777, 0o644);
  assert.equal(statSync(deep).mode & 0o777, 0o700);
  assert.deepEqual(readdirSync(deep).toSorted(), ['cert.pem', 'cert.pem.backup', 'key.pem', 'key.pem.backup']);
});

test('what a symbolic link leads to is replaced, not the link', () => {
  using place = folder();
  writeFileSync(join(place.path, 'real.pem'), 'old');
  symlinkSync('real.pem', join(place.path, 'key.pem'));

  changeFiles(
    [],
    [{ path: join(place.path, 'key.pem'), content: 'new', mode: 0o600, action: 'replace', backup: null }],
  );

  assert.equal(readFileSync(join(place.path, 'real.pem'), 'utf8'), 'new');
});

test('a file that cannot be written leaves all others as they were', () => {
  using place = folder();
  changeFiles([], pair(place.path, 'old', 'create'));
  const [key, cert] = pair(place.path, 'new', 'replace') as [PlannedFile, PlannedFile];

  const nowhere = { ...cert, path: join(place.path, 'missing', 'cert.pem'), backup: null };

  assert.throws(() => changeFiles([], [key, nowhere]), {
    name: 'LibvirtError',
    message: `cannot write ${nowhere.path}: No such file or directory`,
  });
  assert.deepEqual(contents(place.path), ['old key', 'old cert']);
  assert.deepEqual(readdirSync(place.path).toSorted(), ['cert.pem', 'key.pem']);
});

test('killed before any step, the files are all old or all new once the next run has looked', () => {
  const outcomes = new Set<string>();
  for (let step = 0; ; step++) {
    using place = folder();
    changeFiles([], pair(place.path, 'old', 'create'));

    const survived = changeAndDie(place.path, step);
    finishInterrupted([place.path]);

    const now = contents(place.path);
    assert.ok(
      now.every((text) => text.startsWith('old')) || now.every((text) => text.startsWith('new')),
      `killed before step ${step}: ${now.join(', ')}`,
    );
    assert.equal(existsSync(join(place.path, JOURNAL)), false);
    outcomes.add(now[0] as string);
    if (survived) {
      assert.ok(step > 10, 'the run has fewer steps than it should');
      break;
    }
  }
  assert.deepEqual([...outcomes].toSorted(), ['new key', 'old key']);
});

test('a note of another owner, or with names that are not ours, is refused', () => {
  using place = folder();
  const target = join(place.path, 'target');
  mkdirSync(target);

  for (const renames of [[{ from: '/etc/passwd', to: target }], [{ from: 1 }], {}, [{ from: target, to: target }]]) {
    writeFileSync(join(place.path, JOURNAL), JSON.stringify(renames));

    assert.throws(() => finishInterrupted([place.path]), { name: 'LibvirtError', message: /is malformed/ });
  }
});

// Runs a change in a process that kills itself before the given call of the system. @returns true when it came to its end
function changeAndDie(path: string, step: number): boolean {
  const script = `
    import fs from 'node:fs';
    import { syncBuiltinESMExports } from 'node:module';
    let left = ${step};
    for (const name of ['openSync', 'writeSync', 'fsyncSync', 'linkSync', 'renameSync', 'rmSync']) {
      const real = fs[name];
      fs[name] = (...args) => {
        if (left-- === 0) process.kill(process.pid, 'SIGKILL');
        return real(...args);
      };
    }
    const load = import(${JSON.stringify(new URL('file-transaction.ts', import.meta.url).href)});
    syncBuiltinESMExports();
    const { changeFiles } = await load;
    left = ${step};
    changeFiles([], ${JSON.stringify(pair(path, 'new', 'replace'))});
  `;
  const args = ['--conditions=source', '--no-warnings', '--input-type=module', '-e', script];
  const { status, signal, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  assert.ok(status === 0 || signal === 'SIGKILL', stderr);
  return status === 0;
}
