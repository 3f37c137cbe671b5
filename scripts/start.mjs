// `npm start`: installs and builds what is missing, makes certificates for once, starts virtwired on tls and a private
// socket, hands over the prompt of a shell that is connected over tls.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
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
  makeCertificates(directory);
  const port = await freePort();
  const daemon = startDaemon(directory, port);
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
    await useShell({
      tls: `test+tls://127.0.0.1:${port}/default?pkipath=${directory}/client`,
      unix: `test+unix:///default?socket=${socket}`,
    });
  } finally {
    say('daemon: stop');
    if (daemon.exitCode === null && daemon.signalCode === null) {
      daemon.kill('SIGTERM');
      await once(daemon, 'exit');
    }
    rmSync(directory, { recursive: true, force: true });
  }
});

async function useShell({ tls: uri, unix }) {
  console.log(`
virtwired runs with the test driver: a host, a domain, a network, a pool, none of them real.
While it runs, other tools can connect too:

  virsh -c '${uri}' list --all
  python3 -c "import libvirt; print(libvirt.open('${unix}').listAllDomains())"
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

// An authority that lasts as long as the daemon, with a certificate for either end.
function makeCertificates(directory) {
  say('certificates: make an authority, and certificates of a server and a client (bin/virtwire-pki)');
  for (const command of [
    ['ca', 'create', 'npm start'],
    ['server', 'issue', '127.0.0.1', 'localhost', '::1'],
    ['client', 'issue', 'me'],
    ['bundle', 'me', join(directory, 'client')],
  ]) {
    const args = [...command, '--dir', join(directory, 'authority')];
    const { status } = spawnSync(join(root, 'bin', 'virtwire-pki'), args, { stdio: ['ignore', 'ignore', 'inherit'] });
    if (status !== 0) throw new Error(`virtwire-pki ${command.join(' ')} failed`);
  }
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

function startDaemon(directory, port) {
  say(`daemon: start virtwired on port ${port} of 127.0.0.1 (tls), and on a socket in ${directory}`);
  const conf = join(directory, 'virtwired.conf');
  const own = join(directory, 'authority');
  const server = join(own, 'server', '127.0.0.1');
  const settings = {
    unix_sock_dir: directory,
    auth_unix_rw: 'none',
    auth_unix_ro: 'none',
    listen_addr: '127.0.0.1',
    tls_port: String(port),
    ca_file: join(own, 'ca', 'cacert.pem'),
    cert_file: join(server, 'servercert.pem'),
    key_file: join(server, 'serverkey.pem'),
  };
  const lines = Object.entries(settings).map(([name, value]) => `${name} = "${value}"\n`);
  writeFileSync(conf, lines.join(''));
  const args = ['--listen', '--config', conf, '--pid-file', join(directory, 'virtwired.pid')];
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
