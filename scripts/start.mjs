// `npm start`: installs and builds what is missing, starts virtwired on a private socket, hands over the shell's prompt.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';
import { ensureBuilt } from './bundle.mjs';
import { ensureInstalled } from './install.mjs';
import { main, root, say } from './step.mjs';

await main(async () => {
  ensureInstalled();
  await ensureBuilt();
  const directory = mkdtempSync(join(tmpdir(), 'virtwire-'));
  const daemon = startDaemon(directory);
  // Ctrl-C belongs to the shell; the daemon has its own process group and goes when the shell has gone.
  process.on('SIGINT', () => {});
  const stop = () => {
    daemon.kill('SIGTERM');
    process.exit(1);
  };
  process.on('SIGTERM', stop);
  process.on('SIGHUP', stop);
  try {
    const socket = join(directory, 'libvirt-sock');
    await accepts(socket, daemon);
    await useShell(`test+unix:///default?socket=${socket}`);
  } finally {
    say('daemon: stop');
    if (daemon.exitCode === null && daemon.signalCode === null) {
      daemon.kill('SIGTERM');
      await once(daemon, 'exit');
    }
    rmSync(directory, { recursive: true, force: true });
  }
});

async function useShell(uri) {
  console.log(`
virtwired runs with the test driver: a host, a domain, a network, a pool, none of them real.
While it runs, other tools can connect too:

  virsh -c '${uri}' list --all
  python3 -c "import libvirt; print(libvirt.open('${uri}').listAllDomains())"
  bin/virtwire -c '${uri}' event --all --loop
`);
  const shell = join(root, 'bin', 'virtwire');
  if (process.stdin.isTTY && process.stdout.isTTY) {
    say('shell: type help, or quit to leave');
    const child = spawn(shell, ['-c', uri], { stdio: 'inherit' });
    await once(child, 'exit');
    return;
  }
  for (const command of ['list --all', 'net-list', 'pool-list']) {
    say(`shell: virtwire ${command}`);
    const { status } = spawnSync(shell, ['-c', uri, ...command.split(' ')], { stdio: 'inherit' });
    if (status !== 0) throw new Error(`virtwire ${command} failed`);
  }
  say('shell: there is no terminal, so this was all; run `npm start` in one to get the prompt');
}

function startDaemon(directory) {
  say(`daemon: start virtwired on a socket in ${directory}`);
  const conf = join(directory, 'virtwired.conf');
  writeFileSync(conf, `unix_sock_dir = "${directory}"\nauth_unix_rw = "none"\nauth_unix_ro = "none"\n`);
  const args = ['--config', conf, '--pid-file', join(directory, 'virtwired.pid')];
  return spawn(join(root, 'bin', 'virtwired'), args, { detached: true, stdio: ['ignore', 'inherit', 'inherit'] });
}

async function accepts(path, daemon) {
  for (const deadline = Date.now() + 20_000; ; await delay(20)) {
    if (daemon.exitCode !== null || daemon.signalCode !== null) throw new Error('virtwired ended at once');
    const socket = connect(path);
    const connected = await once(socket, 'connect').then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (connected) return;
    if (Date.now() > deadline) throw new Error('virtwired takes no connections');
  }
}
