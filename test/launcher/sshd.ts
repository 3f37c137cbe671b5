// A host of its own for tests of ssh: network and mount namespaces with OpenSSH on port 22, a libvirt daemon behind it,
// and a superuser whose home is empty.
import { chmod, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { configText } from './daemon.ts';
import type { Shell } from './clients.ts';
import { isolated } from './isolated.ts';
import { type Finished, run, type Running, type RunOptions, start } from './process.ts';
import { temporaryDirectory } from './temporary.ts';
import { fromEnvironment, programOf } from './virtwired.ts';

/** Password of the superuser on the host. */
export const PASSWORD = 'correct horse';
/** Passphrase of the key `locked`. */
export const PASSPHRASE = 'battery staple';

/**
 * Keys that are made for the host. `plain` gets in; `locked` as well, with {@link PASSPHRASE}; `banner` gets in, but a
 * line of text comes before everything; `bare` finds no virt-ssh-helper; `other` is not known to the host.
 */
export type SshKey = 'plain' | 'locked' | 'banner' | 'bare' | 'other';

/** A host with sshd. Disposing it ends all that runs in it. */
export interface SshHost extends AsyncDisposable {
  readonly directory: string;
  /** Home of the superuser, for `.ssh/config` and the like. */
  readonly home: string;
  /** Path of a private key; its public half has `.pub` behind. */
  key(name: SshKey): string;
  /** Path of the host's own key. */
  readonly hostKey: string;
  /** Runs a program on the host. */
  run(command: readonly [string, ...string[]], options?: RunOptions): Promise<Finished>;
  start(command: readonly [string, ...string[]], options?: RunOptions): Running;
  /** Runs a shell on the host. */
  shell(which: Shell, args: readonly string[], options?: RunOptions): Promise<Finished>;
  /** Starts a daemon behind sshd, on the sockets of the system. */
  startDaemon(which: 'libvirtd' | 'virtwired'): Promise<AsyncDisposable>;
  /** What sshd logged. */
  log(): string;
}

const SET_UP = `
set -e
mkdir -p /run/sshd /run/libvirt
for file in passwd shadow pam.d/sshd; do mount --bind "$1/$file" "/etc/$file"; done
ip link set lo up
exec /usr/sbin/sshd -D -e -f "$1/sshd_config"
`;

/** Starts a host with sshd on 127.0.0.1 and ::1; only for the superuser. */
export async function startSshHost(): Promise<SshHost> {
  const directory = await temporaryDirectory();
  const { path } = directory;
  const home = `${path}/home`;
  await mkdir(`${home}/.ssh`, { recursive: true, mode: 0o700 });
  await chmod(path, 0o711);
  await makeKeys(path);
  await makeAccounts(path, home);
  const conf = [
    `HostKey ${path}/host_key`,
    'ListenAddress 127.0.0.1',
    'ListenAddress ::1',
    `AuthorizedKeysFile ${path}/authorized_keys`,
    'PermitRootLogin yes',
    'UsePAM yes',
    'KbdInteractiveAuthentication yes',
    'PasswordAuthentication yes',
    'StrictModes no',
    'PrintMotd no',
    'PrintLastLog no',
    'PidFile none',
    'MaxStartups 200',
    'LogLevel VERBOSE',
  ];
  await writeFile(`${path}/sshd_config`, `${conf.join('\n')}\n`);
  const command = isolated(path, ['sh', '-c', SET_UP, 'sh', path]);
  const running = start('unshare', ['--net', ...command]);
  const children: AsyncDisposable[] = [];
  const inside = (inner: readonly string[]): [string, ...string[]] => [
    'nsenter',
    '-t',
    String(running.pid),
    '-n',
    '-m',
    ...inner,
  ];
  const options = (given: RunOptions = {}): RunOptions => ({
    ...given,
    env: { HOME: home, SSH_AUTH_SOCK: undefined, XDG_CONFIG_HOME: undefined, XDG_RUNTIME_DIR: undefined, ...given.env },
  });
  const host: SshHost = {
    directory: path,
    home,
    key: (name) => `${path}/key-${name}`,
    hostKey: `${path}/host_key`,
    run(inner, given) {
      const [program, ...args] = inside(inner);
      return run(program, args, options(given));
    },
    start(inner, given) {
      const [program, ...args] = inside(inner);
      return start(program, args, options(given));
    },
    shell: (which, args, given) =>
      host.run(which === 'virsh' ? ['virsh', ...args] : [...programOf('shell', fromEnvironment()), ...args], given),
    async startDaemon(which) {
      const running = host.start(await daemonCommand(which, path));
      children.push(running);
      await connects(`/proc/${running.pid}/root/run/libvirt/libvirt-sock`, running);
      return running;
    },
    log: () => running.stderr(),
    async [Symbol.asyncDispose]() {
      for (const child of children) await child[Symbol.asyncDispose]();
      await running[Symbol.asyncDispose]();
      await directory[Symbol.asyncDispose]();
    },
  };
  try {
    const deadline = performance.now() + 30_000;
    while (!running.stderr().includes('listening on ::1')) {
      if (running.child.exitCode !== null || performance.now() > deadline) {
        throw new Error(`sshd did not start\n${running.stderr()}`);
      }
      await delay(10);
    }
    return host;
  } catch (error) {
    await host[Symbol.asyncDispose]();
    throw error;
  }
}

async function makeKeys(path: string): Promise<void> {
  const make = (file: string, passphrase = '') =>
    run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', passphrase, '-C', 'test', '-f', `${path}/${file}`]);
  await Promise.all([
    make('host_key'),
    ...(['plain', 'banner', 'bare', 'other'] as const).map((name) => make(`key-${name}`)),
    make('key-locked', PASSPHRASE),
  ]);

  const line = async (name: SshKey, before = '') => `${before}${await readFile(`${path}/key-${name}.pub`, 'utf8')}`;
  const forced = (script: string) => `command="${script.replaceAll('"', '\\"')}" `;
  await mkdir(`${path}/bare`);
  for (const tool of ['sh', 'nc', 'grep']) {
    const { stdout } = await run('sh', ['-c', `command -v ${tool}`]);
    await symlink(stdout.trim(), `${path}/bare/${tool}`);
  }
  await writeFile(
    `${path}/authorized_keys`,
    [
      await line('plain'),
      await line('locked'),
      await line('banner', forced('echo Welcome to this host; eval "$SSH_ORIGINAL_COMMAND"')),
      await line('bare', forced(`PATH=${path}/bare; eval "$SSH_ORIGINAL_COMMAND"`)),
    ].join(''),
  );
}

// The superuser alone, with a home and a password of its own.
async function makeAccounts(path: string, home: string): Promise<void> {
  const passwd = await readFile('/etc/passwd', 'utf8');
  await writeFile(`${path}/passwd`, passwd.replace(/^(root:[^:]*:[^:]*:[^:]*:[^:]*):[^:]*:.*$/m, `$1:${home}:/bin/sh`));
  const { stdout } = await run('openssl', ['passwd', '-6', PASSWORD]);
  const shadow = await readFile('/etc/shadow', 'utf8');
  // A wrong password costs no waiting.
  await mkdir(`${path}/pam.d`);
  await writeFile(
    `${path}/pam.d/sshd`,
    'auth required pam_unix.so nodelay\naccount required pam_unix.so\nsession required pam_permit.so\n',
  );
  const own = `root:${stdout.trim()}:19000:0:99999:7:::`;
  await writeFile(
    `${path}/shadow`,
    shadow.replace(/^root:.*$/m, () => own),
    { mode: 0o600 },
  );
}

async function daemonCommand(which: 'libvirtd' | 'virtwired', path: string): Promise<[string, ...string[]]> {
  const conf = `${path}/${which}.conf`;
  await writeFile(conf, configText({ auth_unix_rw: 'none', auth_unix_ro: 'none', log_outputs: '3:stderr' }));
  const program: [string, ...string[]] = which === 'libvirtd' ? ['libvirtd'] : programOf('daemon', fromEnvironment());
  return [...program, '--config', conf, '--pid-file', `${path}/${which}.pid`];
}

async function connects(path: string, running: Running): Promise<void> {
  const deadline = performance.now() + 30_000;
  for (;;) {
    const socket = connect({ path });
    try {
      await once(socket, 'connect');
      return;
    } catch {
      if (running.child.exitCode !== null || performance.now() > deadline) {
        throw new Error(`the daemon takes no connections\n${running.stdout()}${running.stderr()}`);
      }
    } finally {
      socket.destroy();
    }
    await delay(10);
  }
}
