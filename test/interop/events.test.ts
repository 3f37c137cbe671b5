// Events: a shell that watches sees what another connection does, alike in all pairings.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { requires, type Running, shell, startShell } from '../launcher/index.ts';
import { type Pairing, PEERS, pairings, sameEverywhere, startBoth } from './pairings.ts';

test('event --all --loop sees another connection stop and start a domain', { skip: requires(PEERS) }, async () => {
  await using both = await startBoth();
  const seen: [string, string][] = [];

  for (const pairing of pairings(both, 'test', '/default')) {
    await using watcher = startShell(pairing.shell, ['event', '--all', '--loop'], { uri: pairing.uri });
    await stopAndStart(watcher, pairing);
    watcher.kill('SIGINT');
    const { stdout, stderr, code } = await watcher.finished;
    assert.deepEqual([stderr, code], ['', 0], `${pairing.name} ends in order when it is interrupted`);
    // How many rounds went by until the watcher was ready differs.
    const fromStop = stdout.slice(stdout.indexOf("event 'lifecycle' for domain 'test': Stopped"));
    seen.push([pairing.name, fromStop.replace(/^(events received: )\d+$/m, '$1N')]);
  }

  const [, expected = ''] = seen[0] ?? [];
  assert.match(expected, /Stopped Destroyed\n.*Started Booted\n/);
  for (const [name, text] of seen) assert.equal(text, expected, `${name} sees something else`);
});

test('event gives up after its timeout, alike in all pairings', { skip: requires(PEERS) }, async () => {
  await using both = await startBoth();

  const { stdout, code } = await sameEverywhere(pairings(both, 'test', '/default'), () => [
    'event',
    '--event',
    'lifecycle',
    '--timeout',
    '1',
  ]);

  assert.match(stdout, /event loop timed out/);
  assert.equal(code, 1);
});

test('event --list names the same events in both shells', { skip: requires(PEERS) }, async () => {
  await using both = await startBoth();

  const { stdout } = await sameEverywhere(pairings(both, 'test', '/default', ['unix']), () => ['event', '--list']);

  assert.match(stdout, /^lifecycle$/m);
});

// The watcher says nothing when it is ready, so the domain is suspended and resumed until it has seen that.
async function stopAndStart(watcher: Running, { daemon, name }: Pairing): Promise<void> {
  const uri = daemon.uri('unix', 'test', '/default');
  for (let rounds = 0; !watcher.stdout().includes('Resumed'); rounds++) {
    assert.ok(rounds < 200, `${name} sees nothing\n${watcher.stdout()}${watcher.stderr()}`);
    await shell('virsh', ['suspend test; resume test'], { uri });
  }
  await shell('virsh', ['destroy test; start test'], { uri });
  await watcher.output((text) => text.includes('Started Booted\n'));
}
