// Programs that say too much, nothing, or never end: what is kept of them is bounded, and nobody waits for ever.
import assert from 'node:assert/strict';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { ErrorCode } from '@virtwire/rpc';
import { findProgram, run, runOrThrow } from './child.ts';
import { QemuImg } from './qemu-img.ts';

const sh = findProgram('sh') ?? '';

async function program(t: TestContext, script: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'virtwire-child-'));
  t.after(() => rm(folder, { recursive: true }));
  const path = join(folder, 'program');
  await writeFile(path, `#!/bin/sh\n${script}\n`);
  await chmod(path, 0o755);
  return path;
}

test('of an endless standard error 64 KiB are kept, and the program is heard to its end', async () => {
  const script = 'head -c 20000000 /dev/zero | tr "\\000" x >&2; exit 3';

  const { status, stderr } = await run(sh, ['-c', script]);

  assert.equal(status, 3);
  assert.equal(stderr.length, 65_536);
  await assert.rejects(runOrThrow(sh, ['-c', script]), ({ code, message }) => {
    assert.equal(code, ErrorCode.InternalError);
    return message.length < 70_000;
  });
});

test('a program that says nothing and does not end is ended with its caller', async () => {
  const caller = new AbortController();
  const running = run(sh, ['-c', 'exec sleep 1000'], { signal: caller.signal });

  caller.abort(new Error('gone'));

  await assert.rejects(running, { message: 'gone' });
});

test('output is taken piece by piece: who takes it slowly holds up the program', async () => {
  let taken = 0;
  const failing = run(sh, ['-c', 'exec cat /dev/zero'], {
    output: (piece) => {
      taken += piece.length;
      if (taken > 1_000_000) throw new Error('enough');
    },
  });

  await assert.rejects(failing, { message: 'enough' });
  assert.ok(taken < 2_000_000, `${taken}`);
});

test('a map with a line that never ends is refused', async (t) => {
  const path = await program(t, "exec tr '\\000' x < /dev/zero");
  let extents = 0;

  const map = new QemuImg(path).map('/nowhere', async () => void extents++, AbortSignal.timeout(60_000));

  await assert.rejects(map, { code: ErrorCode.InternalError, message: /wrote a line of more than 65536/ });
  assert.equal(extents, 0);
});

test('a map without end goes on as long as somebody wants it', async (t) => {
  const path = await program(t, `while :; do echo '{ "start": 0, "length": 512, "data": true}'; done`);
  const caller = new AbortController();
  let extents = 0;

  const map = new QemuImg(path).map(
    '/nowhere',
    async () => {
      if (++extents === 100) caller.abort(new Error('gone'));
    },
    caller.signal,
  );

  await assert.rejects(map, { message: 'gone' });
});
