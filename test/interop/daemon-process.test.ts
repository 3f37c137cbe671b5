// The daemon as a process: options, configuration, locks, modes, signals, the background. Wrong use is compared with libvirtd.
import assert from 'node:assert/strict';
import { connect as dial } from 'node:net';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { once } from 'node:events';
import { suite, test } from 'node:test';
import {
  accepts,
  configText,
  noLeaks,
  requires,
  run,
  type Running,
  settles,
  start,
  startVirtwired,
  temporaryDirectory,
} from '../launcher/index.ts';
import { fromEnvironment, programOf } from '../launcher/virtwired.ts';

const [node, ...program] = programOf('daemon', fromEnvironment());
const virtwired = (...args: string[]) => run(node, [...program, ...args]);

interface Place extends AsyncDisposable {
  readonly path: string;
  readonly conf: string;
  readonly pidFile: string;
  /** Starts a daemon here and waits until it listens. */
  start(...args: string[]): Promise<Running>;
  write(settings: Parameters<typeof configText>[0], rest?: string): Promise<void>;
}

async function place(): Promise<Place> {
  const directory = await temporaryDirectory();
  const { path } = directory;
  const conf = `${path}/virtwired.conf`;
  const pidFile = `${path}/pid`;
  const own: Place = {
    path,
    conf,
    pidFile,
    write: (settings, rest = '') => writeFile(conf, configText({ unix_sock_dir: path, ...settings }) + rest),
    start: async (...args) => {
      const running = start(node, [...program, '-f', conf, '-p', pidFile, ...args]);
      // The file is there a moment before connections are taken.
      const up = await settles(
        async () => running.child.exitCode !== null || (await accepts({ path: `${path}/libvirt-sock` })),
        10_000,
      );
      assert.ok(up && running.child.exitCode === null, running.stderr());
      return running;
    },
    [Symbol.asyncDispose]: () => directory[Symbol.asyncDispose](),
  };
  await own.write({});
  return own;
}

/** What a log says, without times, process ids and the two lines of greeting. */
function messages(log: string): string {
  return log
    .replaceAll(/^\S+ \S+\+0000: [0-9]+: /gm, '')
    .replaceAll(/^info : (libvirt version|hostname): .*\n/gm, '')
    .replaceAll(/^error : \w+:[0-9]+ : /gm, 'error : ');
}

suite('wrong use', () => {
  const wrong: readonly (readonly string[])[] = [
    ['--foo'],
    ['-x'],
    ['-f'],
    ['--conf'],
    ['--listen=5'],
    ['-t', 'x'],
    ['--timeout=-5'],
    ['-f', '/nonexistent/x.conf'],
  ];
  for (const args of wrong) {
    test(`${args.join(' ')}: the same exit code and first line as libvirtd`, {
      skip: requires({ libvirt: '9.0' }),
    }, async () => {
      const [ours, theirs] = [await virtwired(...args), await run('libvirtd', args)];
      const first = (text: string) => messages(text).replaceAll('libvirtd', 'virtwired').split('\n')[0];

      assert.equal(first(ours.stderr), first(theirs.stderr));
      assert.equal(ours.code, theirs.code);
      assert.equal(ours.stdout, '');
    });
  }

  test('--version and --help', async () => {
    const [version, help] = [await virtwired('--version'), await virtwired('--help')];

    assert.deepEqual([version.stdout, version.code], ['virtwired (libvirt) 9.0.0\n', 0]);
    assert.match(help.stderr, /\n {6}\S*\/libvirt\/libvirt-sock\n/);
    assert.equal(help.code, 0);
  });

  test('a configuration that asks for more protection than there is stops the start before anything listens', async () => {
    await using here = await place();
    await here.write({ listen_tls: 0, listen_tcp: 1, auth_tcp: 'polkit' });

    const { code, stderr } = await virtwired('-l', '-f', here.conf, '-p', here.pidFile);

    assert.equal(code, 1);
    assert.match(
      messages(stderr),
      /^error : Can't load config file: unsupported configuration: \S+:\d+: auth_tcp = "polkit": .*: \S+\n$/,
    );
    assert.equal(existsSync(`${here.path}/libvirt-sock`), false);
    assert.equal(existsSync(here.pidFile), false);
  });

  test('wrong modes, groups and ports end with 6, wrong log settings with 1, and leave nothing', async () => {
    await using here = await place();
    const tcp = { listen_tls: 0, listen_tcp: 1, auth_tcp: 'none', listen_addr: '127.0.0.1' };
    const cases: readonly (readonly [Parameters<typeof configText>[0], number, string])[] = [
      [{ unix_sock_ro_perms: '0999' }, 6, "error : Failed to parse mode '0999'\n"],
      [{ unix_sock_rw_perms: '0999' }, 6, "error : Failed to parse mode '0999'\n"],
      [{ unix_sock_group: 'no such' }, 6, "error : invalid argument: Failed to parse group 'no such'\n"],
      [{ ...tcp, listen_addr: '192.0.2.1' }, 6, 'error : Unable to bind to port: Cannot assign requested address\n'],
      [{ log_outputs: 'bogus' }, 1, "libvirt:  error : invalid argument: Malformed format for log output 'bogus'\n"],
    ];
    for (const [settings, exit, text] of cases) {
      await here.write({ ...tcp, ...settings });
      const { code, stderr } = await virtwired('-l', '-f', here.conf, '-p', here.pidFile);
      const root = process.getuid?.() === 0;
      // Only root has a read-only socket, whose mode nobody else needs.
      if (!root && 'unix_sock_ro_perms' in settings) continue;
      assert.deepEqual([messages(stderr), code], [text, exit]);
      assert.equal(existsSync(`${here.path}/libvirt-sock`), false);
      assert.equal(existsSync(here.pidFile), false);
    }
  });
});

suite('a running daemon', () => {
  test('sockets and pid file have their modes under any umask, and go away with SIGTERM', async () => {
    await using _ = noLeaks();
    await using here = await place();
    await using daemon = await here.start();
    const mode = (path: string) => statSync(path).mode & 0o777;

    // Root's daemon asks polkit who may go on, so its socket may be open; a user's daemon asks nobody.
    const isRoot = process.getuid?.() === 0;
    assert.equal(mode(`${here.path}/libvirt-sock`), isRoot ? 0o777 : 0o700);
    if (isRoot) assert.equal(mode(`${here.path}/libvirt-sock-ro`), 0o777);
    assert.equal(readFileSync(here.pidFile, 'utf8'), String(daemon.pid));
    daemon.kill('SIGTERM');
    const { code, stderr } = await daemon.finished;

    assert.deepEqual([code, stderr], [0, '']);
    assert.equal(existsSync(`${here.path}/libvirt-sock`), false);
    assert.equal(existsSync(`${here.path}/libvirt-sock-ro`), false);
    assert.equal(existsSync(here.pidFile), false);
  });

  test("without authentication the read-write socket is its owner's alone", async () => {
    await using here = await place();
    await here.write({ auth_unix_rw: 'none' });
    await using _daemon = await here.start();

    assert.equal(statSync(`${here.path}/libvirt-sock`).mode & 0o777, 0o700);
  });

  test('a second daemon is refused and takes nothing from the first', async () => {
    await using here = await place();
    await using daemon = await here.start();

    const same = await virtwired('-f', here.conf, '-p', here.pidFile);
    const other = await virtwired('-f', here.conf, '-p', `${here.path}/other`);

    assert.deepEqual(
      [messages(same.stderr), same.code],
      [`error : Failed to acquire pid file '${here.pidFile}': Resource temporarily unavailable\n`, 1],
    );
    assert.deepEqual(
      [messages(other.stderr), other.code],
      [`error : Another daemon serves the sockets in '${here.path}'\n`, 6],
    );
    const socket = dial(`${here.path}/libvirt-sock`);
    await once(socket, 'connect');
    socket.destroy();
    assert.equal(existsSync(`${here.path}/other`), false);
    daemon.kill('SIGTERM');
    assert.equal((await daemon.finished).code, 0);
  });

  test('what a killed daemon left is taken over', async () => {
    await using here = await place();
    await using killed = await here.start();
    killed.kill('SIGKILL');
    await killed.finished;
    assert.ok(existsSync(`${here.path}/libvirt-sock`) && existsSync(here.pidFile));

    await using daemon = start(node, [...program, '-f', here.conf, '-p', here.pidFile]);
    const up = await settles(async () => {
      const socket = dial(`${here.path}/libvirt-sock`);
      const done = await Promise.race([
        once(socket, 'connect').then(() => true),
        once(socket, 'error').then(() => false),
      ]).catch(() => false);
      socket.destroy();
      return done;
    }, 10_000);

    assert.ok(up, daemon.stderr());
    assert.equal(readFileSync(here.pidFile, 'utf8'), String(daemon.pid));
  });

  test('SIGHUP changes nothing; SIGINT and SIGQUIT end it in order', async () => {
    for (const signal of ['SIGINT', 'SIGQUIT'] as const) {
      await using here = await place();
      await using daemon = await here.start();

      daemon.kill('SIGHUP');
      const socket = dial(`${here.path}/libvirt-sock`);
      await once(socket, 'connect');
      // One that the daemon had not taken yet is reset.
      const ended = new Promise((resolve) => socket.on('error', () => {}).once('close', resolve));
      daemon.kill(signal);

      assert.equal((await daemon.finished).code, 0);
      await ended;
    }
  });

  test('--timeout ends it after so many seconds without clients', async () => {
    await using here = await place();
    await using daemon = await here.start('--timeout', '1');

    assert.equal((await daemon.finished).code, 0);
    assert.equal(existsSync(here.pidFile), false);
  });

  test('unknown settings are told with line and nearest name', async () => {
    await using here = await place();
    await here.write({}, 'max_client = 5\n');
    await using daemon = await here.start();

    await settles(() => daemon.stderr().includes('max_client'));

    assert.equal(
      messages(daemon.stderr()),
      `warning : ${here.conf}:2: unknown setting 'max_client' is ignored; did you mean 'max_clients'?\n`,
    );
  });

  test('--daemon returns when connections are taken, or says why not', async () => {
    await using here = await place();
    const log = `${here.path}/log`;
    await here.write({ log_outputs: `1:file:${log}` });
    const args = ['-d', '-f', here.conf, '-p', here.pidFile];

    const first = await virtwired(...args);
    const pid = Number(readFileSync(here.pidFile, 'utf8'));
    const socket = dial(`${here.path}/libvirt-sock`);
    await once(socket, 'connect');
    socket.destroy();
    const second = await virtwired(...args);
    process.kill(pid, 'SIGTERM');

    assert.deepEqual([first.code, first.stdout, first.stderr], [0, '', '']);
    assert.equal(second.code, 1);
    assert.match(
      second.stderr,
      /^virtwired: error: Unable to obtain pidfile\. Check \S+ or run without --daemon for more info\.\n$/,
    );
    assert.match(readFileSync(log, 'utf8'), /Failed to acquire pid file/);
    assert.ok(await settles(() => !existsSync(here.pidFile)));
  });

  test('a client that waits at max_clients is served when another leaves', {
    skip: requires({ isolation: true }),
  }, async () => {
    await using daemon = await startVirtwired({ conf: { max_clients: 1, max_anonymous_clients: 1 } });
    const AUTH_LIST = Buffer.from('0000001c200080860000000100000042000000000000000000000000', 'hex');
    const first = dial(daemon.socket);
    await once(first, 'connect');
    first.write(AUTH_LIST);
    await once(first, 'data');

    const second = dial(daemon.socket);
    let answered = false;
    second.write(AUTH_LIST);
    const answer = once(second, 'data').then(() => {
      answered = true;
    });
    first.write(AUTH_LIST);
    await once(first, 'data');
    assert.equal(answered, false);
    first.destroy();
    await answer;

    second.destroy();
  });
});
