// go-libvirt, a client in Go that Terraform's provider stands on, as a client of virtwired beside libvirtd.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { requires, run, type StartedDaemon, temporaryDirectory } from '../launcher/index.ts';
import { startBoth } from './pairings.ts';

const skip = requires({ libvirt: '9.0', isolation: true, go: true });
const source = new URL('go-libvirt/main.go', import.meta.url).pathname;

test('go-libvirt sees on virtwired what it sees on libvirtd', { skip }, async () => {
  await using directory = await temporaryDirectory();
  await using both = await startBoth();
  const program = `${directory.path}/session`;
  const env = { GO111MODULE: 'off', GOPATH: '/usr/share/gocode', GOCACHE: `${directory.path}/cache`, GOFLAGS: '' };
  const built = await run('go', ['build', '-o', program, source], { env, timeoutMs: 240_000 });
  assert.equal(built.code, 0, built.stderr);
  const session = (daemon: StartedDaemon, ...storage: string[]) =>
    run(program, [String(daemon.tcpPort), `${directory.path}/pool`, ...storage]);

  const theirs = await session(both.libvirtd);
  const ours = await session(both.virtwired);
  const streams = await session(both.virtwired, 'storage:///system');

  assert.deepEqual([ours.stdout, ours.code], [theirs.stdout, theirs.code]);
  assert.match(ours.stdout, /^event go 2 0$[^]*^done$/m);
  assert.match(streams.stdout, /^stream equal true\ndone$/m);
});
