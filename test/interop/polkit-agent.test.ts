// polkit's agent for terminals: when either shell starts it, with what words, and when not. The agent here is a stand-in that
// writes down how it was called; polkit and libvirtd are real.
import assert from 'node:assert/strict';
import { chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { after, before, suite, test } from 'node:test';
import {
  type Finished,
  requires,
  run,
  SHELLS,
  type Shell,
  startLibvirtd,
  type StartedDaemon,
  temporaryDirectory,
} from '../launcher/index.ts';
import { startPolkit } from '../launcher/polkit.ts';
import { type TestUsers, testUsers } from '../launcher/users.ts';
import { fromEnvironment, programOf } from '../launcher/virtwired.ts';

const skip =
  requires({ libvirt: '9.0', isolation: true, polkit: true }) ||
  (spawnSync('script', ['--version']).error !== undefined && 'script is not installed') ||
  (!existsSync('/usr/bin/pkttyagent') && 'pkttyagent is not installed');

// It closes the descriptor that it is told, as the real one does once it is ready.
const AGENT = `#!/bin/sh
echo "$@" >> "DIR/calls"
eval "exec $4>&-"
exec sleep 60
`;
const ENTER = 'mount --bind "$1" /usr/bin/pkttyagent; shift; exec "$@"';
const RULES = `polkit.addRule(function(action, subject) {
  return subject.user == "vw-nina" ? polkit.Result.NO : polkit.Result.AUTH_SELF;
});`;

suite("polkit's agent", { skip }, () => {
  const stack = new AsyncDisposableStack();
  let users: TestUsers;
  let daemon: StartedDaemon;
  let directory: string;
  before(async () => {
    const people = ['vw-kim', 'vw-nina'].map((name, index) => ({ name, uid: 70_051 + index }));
    users = stack.use(await testUsers(people));
    const polkit = stack.use(await startPolkit(RULES, users));
    const conf = { auth_unix_rw: 'polkit', auth_unix_ro: 'none', unix_sock_rw_perms: '0777' };
    daemon = stack.use(await startLibvirtd({ conf, env: polkit.env, inside: users.inside }));
    await chmod(daemon.directory, 0o755);
    const place = stack.use(await temporaryDirectory());
    directory = `${place.path}/open`;
    await chmod(place.path, 0o755);
    await mkdir(directory);
    await chmod(directory, 0o777);
    await writeFile(`${place.path}/agent`, AGENT.replace('DIR', directory), { mode: 0o755 });
  });
  after(() => stack.disposeAsync());

  /** Runs a shell as a user, on a terminal or without one. */
  const connect = async (
    shell: Shell,
    user: string,
    { terminal, readOnly = false }: { readonly terminal: boolean; readonly readOnly?: boolean },
  ): Promise<{ calls: string[]; finished: Finished }> => {
    const program = shell === 'virsh' ? ['virsh'] : programOf('shell', fromEnvironment());
    const uri = daemon.uri('unix', 'test', '/default');
    const words = [...program, ...(readOnly ? ['-r', '-c', `${uri}-ro`] : ['-c', uri]), 'list', '--name'];
    const log = `${directory}/${shell}-${user}.log`;
    const line = words.map((word) => `'${word}'`).join(' ');
    const command = terminal ? ['script', '-qec', line, log] : ['setsid', '--wait', ...words];
    const enter = ['--mount', '--propagation', 'private', 'sh', '-ec', ENTER, 'sh', `${directory}/../agent`];
    const env = { HOME: '/nonexistent', TERM: 'dumb' };
    const finished = await run('unshare', [...enter, ...users.as(user, command)], { env, input: '' });
    const calls = await readFile(`${directory}/calls`, 'utf8').catch(() => '');
    await rm(`${directory}/calls`, { force: true });
    return { calls: calls.split('\n').filter(Boolean), finished };
  };
  const both = async (...how: [string, { terminal: boolean; readOnly?: boolean }]) => {
    const outcomes = [];
    // One after the other, for they write to the same file.
    for (const shell of SHELLS) {
      const { calls, finished } = await connect(shell, ...how);
      const { stdout, stderr, code } = finished;
      const said = (stdout + stderr).replaceAll('\r\n', '\n');
      outcomes.push({ said, code, calls: calls.map((call) => call.replaceAll(/\d+/g, 'N')) });
    }
    assert.deepEqual(outcomes[1], outcomes[0]);
    return outcomes[0];
  };
  const FAILED = 'error: failed to connect to the hypervisor\nerror: ';
  const NOBODY = `${FAILED}authentication unavailable: no polkit agent available to authenticate action 'org.libvirt.unix.manage'\n`;

  test('it is started on a terminal, before polkit is asked', async () => {
    const outcome = await both('vw-kim', { terminal: true });

    assert.deepEqual(outcome?.calls, ['--process N --notify-fd N --fallback']);
    assert.equal(outcome?.said.trimEnd(), NOBODY.trimEnd());
    assert.equal(outcome?.code, 1);
  });

  test('it is not started without a terminal', async () => {
    const outcome = await both('vw-kim', { terminal: false });

    assert.deepEqual(outcome, { calls: [], said: NOBODY, code: 1 });
  });

  test('one agent is enough for the five times that the rules say no', async () => {
    const refused = await both('vw-nina', { terminal: true });

    assert.deepEqual(refused?.calls, ['--process N --notify-fd N --fallback']);
    assert.match(refused?.said ?? '', /error: authentication failed: access denied by policy/);
  });

  test('where the daemon does not ask polkit, ours starts none, and virsh does', async () => {
    const [theirs, ours] = [
      await connect('virsh', 'vw-kim', { terminal: true, readOnly: true }),
      await connect('virtwire', 'vw-kim', { terminal: true, readOnly: true }),
    ];

    assert.deepEqual([ours.calls.length, theirs.calls.length], [0, 1]);
    assert.equal(ours.finished.stdout, theirs.finished.stdout);
    assert.deepEqual([ours.finished.code, theirs.finished.code], [0, 0]);
  });
});
