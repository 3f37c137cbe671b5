// Machines behind ssh: `virtwire setup HOST` makes a stock daemon reachable and takes it back; virtwire-pki installs there.
import assert from 'node:assert/strict';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { test } from 'node:test';
import { type Finished, requires, settles } from '../launcher/index.ts';
import { type SshHost, startSshHost } from '../launcher/sshd.ts';
import { programOf, fromEnvironment } from '../launcher/virtwired.ts';

const skip = process.getuid?.() === 0 ? requires({ libvirt: '9.0', isolation: true }) : 'sshd needs the superuser';

for (const daemon of ['libvirtd', 'virtwired'] as const) {
  test(`setup makes ${daemon} reachable, and takes it back`, { skip }, async () => {
    await using machine = await setupHost(daemon);
    const { host } = machine;
    const before = await machine.state();

    const dry = await machine.setup('--dry-run');
    const untouched = await machine.state();
    const done = await machine.setup();
    const byAlias = await machine.shell('virtwire', 'localhost');
    const byUri = await machine.shell('virsh', 'test+tls://localhost/default');
    const again = await machine.setup();
    const undone = await machine.setup('--undo');
    const gone = await machine.shell('virsh', 'test+tls://localhost/default');
    const local = await host.shell('virsh', ['-c', 'test:///default?socket=/run/libvirt/libvirt-sock', 'uri']);
    const after = await machine.state();
    const nothing = await machine.setup('--undo');

    assert.equal(dry.code, 0, dry.stderr);
    assert.match(dry.stdout, /would write .*cakey\.pem[^]*would .*--listen/);
    assert.deepEqual(untouched, before);
    assert.equal(done.code, 0, done.stdout + done.stderr);
    assert.match(done.stdout, /connected: [^]*URI: +test\+tls:\/\/localhost\/default\nalias: +localhost /);
    assert.match(byAlias.stdout, /running/, byAlias.stderr);
    assert.match(byUri.stdout, /running/, byUri.stderr);
    assert.equal(again.code, 0, again.stderr);
    assert.doesNotMatch(again.stdout, /^(write|replace|run) /m);
    assert.equal(undone.code, 0, undone.stdout + undone.stderr);
    assert.equal(gone.code, 1);
    assert.equal(local.code, 0, local.stderr);
    assert.deepEqual(after, before);
    assert.match(nothing.stderr, /nothing was set up for root@localhost/);
  });
}

interface SetupHost extends AsyncDisposable {
  readonly host: SshHost;
  /** Settings of ssh that lead there. */
  readonly settings: readonly string[];
  setup(...options: readonly string[]): Promise<Finished>;
  shell(which: 'virsh' | 'virtwire', uri: string): Promise<Finished>;
  /** Everything that a setup could leave behind. */
  state(): Promise<Record<string, string>>;
}

async function setupHost(daemon: 'libvirtd' | 'virtwired'): Promise<SetupHost> {
  const host = await startSshHost();
  const { directory } = host;
  await mkdir(`${directory}/pki`);
  await host.run(['mount', '--bind', `${directory}/pki`, '/etc/pki']);
  await host.startDaemon(daemon);
  const folder = `${directory}/authority`;
  const program = programOf('shell', fromEnvironment());
  const settings = [`IdentityFile=${host.key('plain')}`, 'StrictHostKeyChecking=accept-new', 'LogLevel=ERROR'];
  return {
    host,
    settings,
    setup: (...options) =>
      host.run([
        ...program,
        'setup',
        'root@localhost',
        '--driver',
        'test:///default',
        '--pki-dir',
        folder,
        ...options,
        ...settings,
      ]),
    shell: (which, uri) => host.shell(which, ['-c', uri, 'list']),
    state: async () => {
      const found: Record<string, string> = {};
      for (const root of [`${directory}/pki`, `${directory}/etc`, folder]) {
        const entries = await readdir(root, { recursive: true, withFileTypes: true }).catch(() => []);
        for (const entry of entries) {
          const path = `${entry.parentPath}/${entry.name}`;
          found[path] = entry.isFile() ? await readFile(path, 'latin1') : '';
        }
      }
      found['conf'] = await readFile(`${directory}/${daemon}.conf`, 'utf8');
      return found;
    },
    async [Symbol.asyncDispose]() {
      // The daemon that setup has started belongs to nobody here.
      const pid = Number(await readFile(`${directory}/${daemon}.pid`, 'utf8').catch(() => '0'));
      if (pid > 0) {
        process.kill(pid, 'SIGTERM');
        await settles(() => !isAlive(pid), 10_000);
      }
      await host[Symbol.asyncDispose]();
    },
  };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

test('certificates are issued for, and installed on, a machine behind ssh', { skip }, async () => {
  await using machine = await setupHost('libvirtd');
  const { host } = machine;
  const [node, ...words] = programOf('pki', fromEnvironment());
  const pki = (...args: readonly string[]) =>
    host.run([node, ...words, ...args, '--dir', `${host.directory}/authority`]);
  const remote = ['--remote', 'root@localhost'].concat(
    machine.settings.flatMap((setting) => ['--ssh-option', setting]),
  );
  await pki('ca', 'create');
  await pki('client', 'issue', 'admin');

  const issued = await pki('server', 'issue', ...remote);
  const dry = await pki('install', ...remote, '--dry-run');
  const nothing = await readdir(`${host.directory}/pki`);
  const installed = await pki('install', ...remote);
  const checked = await pki('check');
  await pki('renew', 'admin');
  const refused = await pki('install', '--client', 'admin', ...remote);
  const forced = await pki('install', '--client', 'admin', '--force', ...remote);
  const kept = (await readdir(`${host.directory}/pki/libvirt`)).filter((name) => name.includes('.backup-'));
  await host.run([
    'sh',
    '-c',
    'mount -t tmpfs -o size=4k tmpfs /etc/pki/CA; head -c 4096 /dev/zero > /etc/pki/CA/fill',
  ]);
  const full = await pki('install', '--ca-only', ...remote);
  const left = await host.run(['ls', '-A', '/etc/pki/CA']);

  assert.match(issued.stdout, new RegExp(`^names: ${hostname()}\\b`, 'm'), issued.stderr);
  assert.match(
    dry.stdout,
    /would write   root@localhost:\/etc\/pki\/libvirt\/private\/serverkey\.pem \(mode 0600, owner 0:0\)/,
  );
  assert.deepEqual(nothing, []);
  assert.equal(installed.code, 0, installed.stderr);
  assert.match(checked.stdout, /nothing is wrong/, checked.stdout);
  assert.match(refused.stderr, /there already on root@localhost, with other contents: [^,]*clientcert\.pem; --force/);
  assert.equal(forced.code, 0, forced.stderr);
  assert.equal(kept.length, 1);
  assert.equal(full.code, 1);
  assert.match(full.stderr, /root@localhost: .*No space left on device/);
  assert.equal(left.stdout, 'fill\n');
});
