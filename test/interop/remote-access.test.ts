// Ways of remote access at default ports and paths: both shells, both daemons, one outcome, which is that of virsh on libvirtd.
import assert from 'node:assert/strict';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { after, before, suite, test } from 'node:test';
import { configText } from '../launcher/daemon.ts';
import { requires, type Running, type RunOptions, saslFiles, SHELLS, type Shell } from '../launcher/index.ts';
import { type TestUsers, testUsers } from '../launcher/users.ts';
import { fromEnvironment, programOf } from '../launcher/virtwired.ts';
import { type Conf, type DaemonName, type TlsHost, tlsHost } from './tls-host.ts';

const skip = requires({ libvirt: '9.0', isolation: true, certtool: true, sasl: true });
const DAEMONS: readonly DaemonName[] = ['libvirtd', 'virtwired'];
const OPEN = { auth_unix_rw: 'none', auth_unix_ro: 'none', auth_tcp: 'none', auth_tls: 'none', listen_tcp: 1 };
const SOCKET = '/run/libvirt/libvirt-sock';

let host: TlsHost;
before(async () => {
  if (skip === false) host = await tlsHost();
});
after(() => host?.[Symbol.asyncDispose]());

/** What is tried on a connection, and what has to come of it. */
interface Step {
  readonly uri: string;
  readonly readOnly?: true;
  /** The line that says why it failed; left out: it must not fail. */
  readonly fails?: string;
}

interface Serving {
  readonly ports: readonly number[];
  readonly users?: TestUsers;
  readonly env?: Readonly<Record<string, string>>;
}

async function serve(name: DaemonName, conf: Conf, { ports, users, env = {} }: Serving): Promise<Running> {
  const directory = `${host.place.directory}/${name}`;
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { recursive: true });
  await writeFile(`${directory}/daemon.conf`, configText({ log_outputs: '3:stderr', ...conf }));
  const program = name === 'libvirtd' ? ['libvirtd'] : programOf('daemon', fromEnvironment());
  const options = ['--listen', '--config', `${directory}/daemon.conf`, '--pid-file', `${directory}/pid`];
  const [command = '', ...args] = users?.inside([...program, ...options]) ?? [...program, ...options];
  const daemon = host.place.start(command, args, { env: { ...env } });
  const isUp = async () => {
    const open = await Promise.all(ports.map((port) => host.place.listens(port)));
    return open.every(Boolean) && (await takesConnections(`/proc/${daemon.pid}/root${SOCKET}`));
  };
  while (!(await isUp())) {
    assert.equal(daemon.child.exitCode, null, daemon.stderr());
    await delay(10);
  }
  return daemon;
}

function takesConnections(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ path });
    socket.once('connect', () => resolve(true));
    socket.once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

function program(shell: Shell): string[] {
  return shell === 'virsh' ? ['virsh'] : programOf('shell', fromEnvironment());
}

/** Goes all steps in one process. @returns for each what was written to both streams */
async function go(shell: Shell, steps: readonly Step[]): Promise<string[]> {
  const input = steps
    .map(({ uri, readOnly }, at) =>
      [
        `connect ${readOnly === true ? '--readonly ' : ''}'${uri}'`,
        'list --name',
        ...(readOnly === true ? ['suspend test'] : ['domstate test']),
        `echo END${at}`,
        `echo --err END${at}`,
        '',
      ].join('\n'),
    )
    .join('');
  const [command = '', ...args] = program(shell);
  const { stdout, stderr } = await host.place.run(command, [...args, '-q', '-c', 'test:///default'], { input });
  // What is typed is shown with its prompt.
  let out = stdout.replaceAll(/(?:virsh|virtwire) [#>] [^\n]*\n?/g, '');
  let err = stderr;
  return steps.map((_, at) => {
    const [said = '', ...laterOut] = out.split(`END${at}`);
    const [failed = '', ...laterErr] = err.split(`error: END${at}\n`);
    out = laterOut.join(`END${at}`);
    err = laterErr.join(`error: END${at}\n`);
    return `${said.trim()}\n${failed.trim()}`.trim();
  });
}

async function compare(conf: Conf, serving: Serving, steps: readonly Step[]): Promise<void> {
  const told: Record<string, string[]> = {};
  for (const name of DAEMONS) {
    await using daemon = await serve(name, conf, serving);
    assert.equal(daemon.child.exitCode, null);
    for (const shell of SHELLS) told[`${shell} on ${name}`] = await go(shell, steps);
  }
  const expected = told['virsh on libvirtd'] ?? [];
  assert.deepEqual(told, Object.fromEntries(Object.keys(told).map((pair) => [pair, expected])));
  for (const [at, { uri, readOnly, fails }] of steps.entries()) {
    const said = expected[at] ?? '';
    if (fails !== undefined) assert.ok(said.split('\n').includes(`error: ${fails}`), `${uri}\n${said}`);
    else if (readOnly === true) {
      assert.match(
        said,
        /^test\n.*Failed to suspend domain 'test'\nerror: operation forbidden: read only access/s,
        uri,
      );
    } else assert.equal(said, 'test\nrunning', uri);
  }
}

const refusedAt = (place: string) => `unable to connect to server at '${place}': Connection refused`;

suite('remote access', { skip }, () => {
  test('default ports and sockets, read-only as well', async () => {
    await compare(OPEN, { ports: [16_509, 16_514] }, [
      { uri: 'test+tcp://localhost/default' },
      { uri: 'test+tcp://127.0.0.1/default' },
      { uri: 'test+tcp://[::1]/default' },
      { uri: 'test+tcp://localhost/default', readOnly: true },
      { uri: 'test+tls://localhost/default' },
      { uri: 'test+tls://[::1]/default' },
      { uri: 'test+tls://localhost/default', readOnly: true },
      { uri: 'test+unix:///default' },
      { uri: 'test+unix:///default', readOnly: true },
      { uri: `test+unix:///default?socket=${SOCKET}` },
      { uri: `test+unix:///default?socket=${SOCKET}-ro`, readOnly: true },
    ]);
  });

  test('other ports, by number and by the name of a service', async () => {
    const conf = { ...OPEN, tcp_port: '20001', tls_port: 'http-alt' };
    await compare(conf, { ports: [20_001, 8080] }, [
      { uri: 'test+tcp://localhost:20001/default' },
      { uri: 'test+tls://localhost:8080/default' },
      { uri: 'test+tcp://localhost/default', fails: refusedAt('localhost:16509') },
      { uri: 'test+tls://localhost/default', fails: refusedAt('localhost:16514') },
    ]);
  });

  for (const [address, good, bad] of [
    ['127.0.0.1', '127.0.0.1', '[::1]'],
    ['::1', '[::1]', '127.0.0.1'],
  ] as const) {
    test(`listening at ${address} alone`, async () => {
      const at = (port: number) => refusedAt(`${bad.replaceAll(/[[\]]/g, '')}:${port}`);
      await compare({ ...OPEN, listen_addr: address }, { ports: [16_509, 16_514] }, [
        { uri: `test+tcp://${good}/default` },
        { uri: `test+tls://${good}/default?no_verify=1` },
        { uri: `test+tcp://${bad}/default`, fails: at(16_509) },
        { uri: `test+tls://${bad}/default?no_verify=1`, fails: at(16_514) },
      ]);
    });
  }

  test('no daemon at all', async () => {
    const steps: Step[] = [
      { uri: 'test+tcp://localhost/default', fails: refusedAt('localhost:16509') },
      { uri: 'test+tls://[::1]/default', fails: refusedAt('::1:16514') },
    ];
    const [theirs, ours] = await Promise.all(SHELLS.map((shell) => go(shell, steps)));

    assert.deepEqual(ours, theirs);
    for (const [at, { fails = '' }] of steps.entries()) assert.match(theirs?.[at] ?? '', new RegExp(fails, 'm'));
  });

  test('SASL over unix, tcp and tls, the password in auth.conf at its usual place', async () => {
    await using files = await saslFiles({ mechanisms: 'scram-sha-256 digest-md5', users: { alice: 'wonderland' } });
    const auth = `${host.place.directory}/etc/auth.conf`;
    const conf = { ...OPEN, auth_unix_rw: 'sasl', auth_tcp: 'sasl', auth_tls: 'sasl' };
    const steps = (fails?: string): Step[] =>
      ['test+unix:///default', 'test+tcp://localhost/default', 'test+tls://localhost/default'].map((uri) => ({
        uri,
        ...(fails === undefined ? {} : { fails }),
      }));
    const text = (password: string) =>
      `[credentials-all]\nauthname=alice\npassword=${password}\n[auth-libvirt-default]\ncredentials=all\n`;

    await writeFile(auth, text('wonderland'));
    await compare(conf, { ports: [16_509, 16_514], env: files.env }, steps());
    await writeFile(auth, text('wrong'));
    await compare(
      conf,
      { ports: [16_509, 16_514], env: files.env },
      steps('authentication failed: authentication failed'),
    );
    await rm(auth);
  });

  test('sockets by group and mode', async () => {
    await using users = await testUsers([
      { name: 'vw-inside', uid: 70_041, groups: ['vw-team'] },
      { name: 'vw-outside', uid: 70_042 },
    ]);
    await host.place.run('chmod', ['0755', host.place.directory]);
    const conf = { ...OPEN, unix_sock_group: 'vw-team', unix_sock_rw_perms: '0770', unix_sock_ro_perms: '0777' };
    const told: Record<string, unknown[]> = {};
    for (const name of DAEMONS) {
      await using daemon = await serve(name, conf, { ports: [16_509], users });
      assert.equal(daemon.child.exitCode, null);
      for (const shell of SHELLS) {
        const as = async (user: string, options: readonly string[], socket: string) => {
          const uri = `test+unix:///default?socket=${socket}`;
          const [command, ...args] = users.as(user, [...program(shell), ...options, '-c', uri, 'list', '--name']);
          const env: RunOptions = { env: { HOME: '/nonexistent', XDG_RUNTIME_DIR: undefined } };
          const { stdout, stderr, code } = await host.place.run(command, args, env);
          return { said: stdout + stderr, code };
        };
        told[`${shell} on ${name}`] = [
          await as('vw-inside', [], SOCKET),
          await as('vw-outside', [], SOCKET),
          await as('vw-outside', ['-r'], `${SOCKET}-ro`),
        ];
      }
    }

    const said = 'error: failed to connect to the hypervisor\nerror: ';
    const expected = [
      { said: 'test\n\n', code: 0 },
      { said: `${said}Failed to connect socket to '${SOCKET}': Permission denied\n`, code: 1 },
      { said: 'test\n\n', code: 0 },
    ];
    assert.deepEqual(told, Object.fromEntries(Object.keys(told).map((pair) => [pair, expected])));
  });

  test('aliases and defaults lead to either daemon', async () => {
    const path = `${host.place.directory}/etc/libvirt.conf`;
    await writeFile(
      path,
      'uri_default = "far"\nuri_aliases = [ "far=test+tls://localhost/default", "near=test+unix:///default" ]\n',
    );
    const told: Record<string, unknown[]> = {};
    for (const name of DAEMONS) {
      await using daemon = await serve(name, OPEN, { ports: [16_514] });
      assert.equal(daemon.child.exitCode, null);
      for (const shell of SHELLS) {
        const [command = '', ...args] = program(shell);
        told[`${shell} on ${name}`] = await Promise.all(
          [[], ['-c', 'near'], ['-c', 'nowhere']].map(async (options) => {
            const env = { LIBVIRT_DEFAULT_URI: undefined, VIRSH_DEFAULT_CONNECT_URI: undefined };
            const { stdout, stderr, code } = await host.place.run(command, [...args, ...options, 'uri'], { env });
            return { said: (stdout + stderr).trim(), code };
          }),
        );
      }
    }
    await rm(path);

    const expected = [
      { said: 'test+tls://localhost/default', code: 0 },
      { said: 'test+unix:///default', code: 0 },
      {
        said: "error: failed to connect to the hypervisor\nerror: no connection driver available for URI 'nowhere' does not include a driver name",
        code: 1,
      },
    ];
    assert.deepEqual(told, Object.fromEntries(Object.keys(told).map((pair) => [pair, expected])));
  });

  test('any program carries the bytes to either daemon', async () => {
    const tunnel = `${host.place.directory}/tunnel`;
    await writeFile(tunnel, `#!/bin/sh\nexec nc -U ${SOCKET}\n`, { mode: 0o755 });
    await compare(OPEN, { ports: [16_509] }, [
      { uri: `test+ext:///default?command=${tunnel}` },
      { uri: `test+ext:///default?command=${tunnel}`, readOnly: true },
    ]);
  });
});
