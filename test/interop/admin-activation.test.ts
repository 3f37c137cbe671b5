// systemd hands the sockets over and is told how the daemon is; SIGHUP changes it under its clients.
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { suite, test } from 'node:test';
import { connect } from 'virtwire';
import {
  configText,
  freePort,
  requires,
  run,
  type StartedDaemon,
  start,
  startVirtwired,
  settles,
  temporaryDirectory,
} from '../launcher/index.ts';
import { isolated } from '../launcher/isolated.ts';
import { programOf, fromEnvironment } from '../launcher/virtwired.ts';
import { PYTHON } from '../launcher/requires.ts';

// Prints what the service manager would be told.
const NOTIFY_LISTENER = `
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
print('bound', flush=True)
while True: print(s.recv(4096).decode().replace('\\n', ' '), flush=True)
`;

suite('under systemd', { skip: requires({ libvirt: '9.0', isolation: true, python: true }) }, () => {
  test('takes the sockets that were handed over, is ready, reloads and ends with word to systemd', async () => {
    await using directory = await temporaryDirectory();
    const at = (name: string) => `${directory.path}/${name}`;
    const port = await freePort();
    const conf = { unix_sock_dir: directory.path, auth_unix_rw: 'none', auth_unix_ro: 'none', auth_tcp: 'none' };
    await writeFile(at('conf'), configText({ ...conf, log_outputs: '2:stderr', log_level: 2 }));
    await using notified = start(PYTHON, ['-c', NOTIFY_LISTENER, at('notify')]);
    await notified.output((text) => text.includes('bound'));
    const names = ['libvirtd.socket', 'libvirtd-ro.socket', 'libvirtd-admin.socket', 'libvirtd-tcp.socket'];
    const places = [at('libvirt-sock'), at('libvirt-sock-ro'), at('libvirt-admin-sock'), `127.0.0.1:${port}`];
    const [command, ...args] = isolated(directory.path, [
      'systemd-socket-activate',
      ...places.flatMap((place) => ['-l', place]),
      `--fdname=${names.join(':')}`,
      `-ENOTIFY_SOCKET=${at('notify')}`,
      ...programOf('daemon', fromEnvironment()),
      '-f',
      at('conf'),
      '-p',
      at('pid'),
    ]);
    await using daemon = start(command, args, { env: { HOME: directory.path } });
    await settles(async () => daemon.stderr().split('Listening on').length > places.length, 10_000);

    const virsh = (options: readonly string[], line: string) => run('virsh', [...options, line]);
    const unix = `test+unix:///default?socket=${at('libvirt-sock')}`;
    const readOnly = `test+unix:///default?socket=${at('libvirt-sock-ro')}`;
    const first = await virsh(['-q', '-c', unix], 'list --name');
    assert.equal(first.stdout.trim(), 'test', first.stderr + daemon.stderr());
    assert.match((await virsh(['-c', readOnly], 'destroy test')).stderr, /read only access prevents/);
    assert.equal((await virsh(['-q', '-c', `test+tcp://127.0.0.1:${port}/default`], 'list --name')).code, 0);
    const admin = ['-c', `libvirtd:///system?socket=${at('libvirt-admin-sock')}`];
    assert.match((await run('virt-admin', [...admin, 'srv-list'])).stdout, /libvirtd/);
    assert.match(notified.stdout(), /READY=1/);

    await using client = await connect(unix);
    await writeFile(at('conf'), configText({ ...conf, max_clients: 77, log_outputs: '2:stderr', log_level: 2 }));
    process.kill(daemon.pid, 'SIGHUP');
    await notified.output((text) => /RELOADING=1 MONOTONIC_USEC=\d+\nREADY=1/.test(text));
    assert.match((await run('virt-admin', [...admin, 'srv-clients-info', 'libvirtd'])).stdout, /nclients_max +: 77/);
    assert.equal((await client.listAllDomains()).length, 1);
    await client.close();

    process.kill(daemon.pid, 'SIGTERM');
    assert.equal((await daemon.finished).code, 0);
    await notified.output((text) => /STOPPING=1/.test(text));
    // They are systemd's, who goes on to listen.
    assert.equal((await run('test', ['-S', at('libvirt-sock')])).code, 0);
  });

  test('--listen together with sockets that were handed over is refused, as by libvirtd', async () => {
    await using directory = await temporaryDirectory();
    const { path } = directory;
    await writeFile(`${path}/conf`, configText({ unix_sock_dir: path, auth_unix_rw: 'none', auth_unix_ro: 'none' }));
    const [command, ...args] = isolated(path, [
      'systemd-socket-activate',
      '-l',
      `${path}/libvirt-sock`,
      '--fdname=libvirtd.socket',
      ...programOf('daemon', fromEnvironment()),
      '--listen',
      '-f',
      `${path}/conf`,
      '-p',
      `${path}/pid`,
    ]);
    await using daemon = start(command, args, { env: { HOME: path } });
    await settles(() => daemon.stderr().includes('Listening on'), 10_000);
    const client = await run('virsh', ['-q', '-c', `test+unix:///default?socket=${path}/libvirt-sock`, 'uri']);

    assert.equal(client.code, 1);
    const { code, stderr } = await daemon.finished;
    assert.equal(code, 6);
    assert.match(stderr, /--listen parameter not permitted with systemd activation sockets/);
  });
});

suite('SIGHUP', { skip: requires({ isolation: true }) }, () => {
  async function hup(daemon: StartedDaemon, settings: Readonly<Record<string, string | number>>): Promise<void> {
    const conf = { unix_sock_dir: daemon.directory, auth_unix_rw: 'none', auth_unix_ro: 'none' };
    const log = `${daemon.directory}/log`;
    await writeFile(
      `${daemon.directory}/virtwired.conf`,
      configText({ ...conf, log_outputs: `2:file:${log}`, ...settings }),
    );
    process.kill(daemon.pid, 'SIGHUP');
  }

  test('a configuration with a fault changes nothing and says so; clients notice nothing', async () => {
    await using daemon = await startVirtwired();
    await using client = await connect(daemon.uri('unix', 'test', '/default'));

    await hup(daemon, { max_clients: 'x' });

    assert.ok(
      await settles(() => /the configuration is not reloaded: .*max_clients/.test(daemon.process.stderr()), 10_000),
    );
    assert.equal((await client.listAllDomains()).length, 1);
  });
});
