// Keeps the code that V8 has made of shell and daemon in a run like the usual one, so that the next run need not make it again.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { ownNode } from './own-node.mjs';
import { root, say } from './step.mjs';

const PATIENCE_MS = 20_000;

/**
 * Runs the packed shell once against the packed daemon, and keeps the code of both.
 *
 * Where that cannot be done they work all the same; they start a bit slower.
 *
 * @param shell the shell's `bin.js`
 * @param daemon the daemon's `bin.js`
 */
export async function keepCompiled(shell, daemon) {
  const folder = mkdtempSync(join(tmpdir(), 'virtwire-build-'));
  const configuration = join(folder, 'daemon.conf');
  const socket = join(folder, 'libvirt-sock');
  writeFileSync(configuration, `unix_sock_dir = "${folder}"\nauth_unix_rw = "none"\nauth_unix_ro = "none"\n`);
  const keeper = join(root, 'scripts', 'keep-compiled.cjs');
  const args = [keeper, daemon, '-f', configuration, '-p', join(folder, 'pid')];
  const server = spawn(ownNode(), args, { stdio: 'ignore' });
  const ended = new Promise((resolve) => {
    server.once('error', resolve);
    server.once('exit', resolve);
  });
  try {
    const deadline = Date.now() + PATIENCE_MS;
    while (!existsSync(socket) && server.exitCode === null && Date.now() < deadline) await delay(20);
    const uri = `test+unix:///default?socket=${socket}`;
    const run = spawnSync(ownNode(), [keeper, shell, '-c', uri, 'list', '--all'], {
      encoding: 'utf8',
      timeout: PATIENCE_MS,
    });
    if (run.status !== 0) say(`build: the shell's compiled code is not kept: ${run.stderr || run.error?.message}`);
  } finally {
    server.kill();
    if ((await ended) !== 0) say("build: the daemon's compiled code is not kept");
    rmSync(folder, { recursive: true, force: true });
  }
}
