// The launcher itself: a daemon that it starts answers, and nothing stays behind.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { noLeaks, python, requires, run, startLibvirtd, startShell, virsh } from './index.ts';

test('a program that does not end in time is killed and reported', async () => {
  await using _ = noLeaks();

  await assert.rejects(run('sleep', ['60'], { timeoutMs: 50 }), /sleep 60 did not end within 50 ms/);
});

test('real libvirtd answers virsh on both transports and leaves nothing behind', {
  skip: requires({ libvirt: '9.0', isolation: true }),
}, async () => {
  await using _ = noLeaks();
  const daemon = await startLibvirtd();
  const answers: string[] = [];

  for (const transport of ['unix', 'tcp'] as const) {
    const { stdout, stderr } = await virsh(['list', '--name'], { uri: daemon.uri(transport, 'test', '/default') });
    answers.push(stdout + stderr);
  }
  await daemon[Symbol.asyncDispose]();

  assert.deepEqual(answers, ['test\n\n', 'test\n\n']);
  assert.equal(existsSync(daemon.directory), false);
  assert.throws(() => process.kill(daemon.pid, 0), { code: 'ESRCH' });
});

test('a shell that is left running hands over what it writes', { skip: requires({ libvirt: '9.0' }) }, async () => {
  await using loop = startShell('virsh', [], { uri: 'test:///default' });

  loop.child.stdin?.write('echo here\n');

  assert.match(await loop.output((text) => text.includes('here\n')), /here\n/);
});

test('Python scripts find the libvirt module', { skip: requires({ python: true }) }, async () => {
  const { stdout } = await python('import libvirt, sys; print(libvirt.open(sys.argv[1]).getType())', [
    'test:///default',
  ]);

  assert.equal(stdout, 'TEST\n');
});
