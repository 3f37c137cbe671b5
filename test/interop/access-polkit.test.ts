// polkit with a real bus and a real polkitd: who may connect, and what ordinary users see and do by libvirt's own actions.
import assert from 'node:assert/strict';
import { chmod, writeFile } from 'node:fs/promises';
import { suite, test } from 'node:test';
import {
  requires,
  run,
  type Running,
  start,
  startLibvirtd,
  startVirtwired,
  type StartedDaemon,
} from '../launcher/index.ts';
import { startPolkit } from '../launcher/polkit.ts';
import { type TestUsers, testUsers } from '../launcher/users.ts';

const skip = requires({ libvirt: '9.0', isolation: true, polkit: true });

const people = [
  { name: 'vw-alice', uid: 70_001, groups: ['libvirt'] },
  { name: 'vw-bob', uid: 70_002 },
  { name: 'vw-eve', uid: 70_003, groups: ['vw-banned'] },
];

// Debian's own rule lets the group libvirt manage; this one comes before it.
const rules = `
polkit.addRule(function(action, subject) {
  if (subject.isInGroup("vw-banned")) return polkit.Result.NO;
  if (subject.user != "vw-alice" || action.id.indexOf("org.libvirt.api.") != 0) return polkit.Result.NOT_HANDLED;
  var name = action.lookup("domain_name");
  if (action.lookup("connect_driver") != "TEST") return polkit.Result.NO;
  if (action.id == "org.libvirt.api.domain.getattr" && name != "web-1" && name != "web-2") return polkit.Result.NO;
  if (action.id == "org.libvirt.api.domain.start" && name == "web-1") return polkit.Result.YES;
  if (/^org\\.libvirt\\.api\\.domain\\.(write|save)$/.test(action.id) && name == "web-3") return polkit.Result.YES;
  return polkit.Result.NOT_HANDLED;
});
`;

/** What a user is told by a command of virsh. */
async function told(users: TestUsers, user: string, uri: string, command: readonly string[]) {
  const [program, ...args] = users.as(user, ['virsh', '-q', '-c', uri, ...command]);
  const { stdout, stderr, code } = await run(program, args);
  return { code, stdout: stdout.trim(), stderr: stderr.trim() };
}

async function reachable(daemon: StartedDaemon): Promise<StartedDaemon> {
  await chmod(daemon.directory, 0o755);
  return daemon;
}

// The test driver forgets what it has when its last connection is closed.
async function held(daemon: StartedDaemon, commands: readonly string[]): Promise<Running> {
  const shell = start('virsh', ['-c', daemon.uri('unix', 'test', '/default')]);
  shell.child.stdin?.write(`${commands.join('\n')}\necho held\n`);
  await shell.output((text) => text.includes('\nheld\n'));
  return shell;
}

suite('polkit', { skip }, () => {
  test('who may connect, and what is said to whom may not: the same as by libvirtd', async () => {
    await using users = await testUsers(people);
    await using polkit = await startPolkit(rules, users);
    const outcomes: Record<string, unknown>[] = [];
    for (const launch of [startLibvirtd, startVirtwired]) {
      await using daemon = await reachable(
        await launch({
          conf: { auth_unix_rw: 'polkit', auth_unix_ro: 'polkit', unix_sock_rw_perms: '0777' },
          env: polkit.env,
          inside: users.inside,
        }),
      );
      const [scheme, path] = daemon.name === 'libvirtd' ? ['storage', '/system'] : ['test', '/default'];
      const outcome: Record<string, unknown> = {};
      for (const { name } of people) {
        const uri = daemon.uri('unix', scheme, path);
        const readOnly = uri.replace(daemon.socket, daemon.readOnlySocket);
        for (const [mode, where] of [
          ['manage', [uri, 'uri']],
          ['monitor', [readOnly, '-r', 'uri']],
        ] as const) {
          const [target = '', ...command] = where;
          const { code, stderr } = await told(users, name, target, command);
          outcome[`${name} ${mode}`] = { code, stderr: /error: (?!failed to connect)(.*)/.exec(stderr)?.[1] ?? '' };
        }
      }
      outcomes.push(outcome);
    }

    assert.deepEqual(outcomes[1], {
      'vw-alice manage': { code: 0, stderr: '' },
      'vw-alice monitor': { code: 0, stderr: '' },
      'vw-bob manage': {
        code: 1,
        stderr:
          "authentication unavailable: no polkit agent available to authenticate action 'org.libvirt.unix.manage'",
      },
      'vw-bob monitor': { code: 0, stderr: '' },
      'vw-eve manage': { code: 1, stderr: 'authentication failed: access denied by policy' },
      'vw-eve monitor': { code: 1, stderr: 'authentication failed: access denied by policy' },
    });
    assert.deepEqual(outcomes[0], outcomes[1]);
  });

  test('without a bus nobody but the superuser gets in', async () => {
    await using users = await testUsers(people);
    await using daemon = await reachable(
      await startVirtwired({
        conf: { auth_unix_rw: 'polkit', unix_sock_rw_perms: '0777' },
        env: { DBUS_SYSTEM_BUS_ADDRESS: 'unix:path=/nonexistent' },
      }),
    );
    const uri = daemon.uri('unix', 'test', '/default');

    const { stderr } = await told(users, 'vw-alice', uri, ['list']);
    const root = await run('virsh', ['-q', '-c', uri, 'list', '--name']);

    assert.match(
      stderr,
      /error: internal error: Unable to get system bus connection: Could not connect: No such file or directory$/,
    );
    assert.equal(root.stdout.trim(), 'test');
  });

  test('per-object rules: lists, lookups, life cycle and definitions of an ordinary user', async () => {
    await using users = await testUsers(people);
    await using polkit = await startPolkit(rules, users);
    await using daemon = await reachable(
      await startVirtwired({
        conf: { access_drivers: ['polkit'], unix_sock_rw_perms: '0777' },
        env: polkit.env,
        inside: users.inside,
      }),
    );
    const uri = daemon.uri('unix', 'test', '/default');
    const file = (name: string) => `${daemon.directory}/${name}.xml`;
    for (const name of ['web-1', 'web-2', 'web-3', 'db']) await writeFile(file(name), domainXml(name), { mode: 0o644 });
    await using root = await held(
      daemon,
      ['web-1', 'web-2', 'db'].map((name) => `define ${file(name)}`),
    );
    const alice = (...command: string[]) => told(users, 'vw-alice', uri, command);
    const denied = "error: access denied: 'TEST' denied access";

    const list = await alice('list', '--all', '--name');
    const counted = await alice('list', '--all', '--name', '--state-shutoff');
    const started = await alice('start', 'web-1');
    const refused = await alice('start', 'web-2');
    const hidden = await alice('domstate', 'db');
    const unknown = await alice('domstate', 'nobody');
    const defined = await alice('define', file('web-3'));
    const redefined = await alice('define', file('db'));
    const banned = await told(users, 'vw-eve', uri, ['list']);

    assert.deepEqual(list.stdout.split('\n').sort(), ['web-1', 'web-2']);
    assert.deepEqual(counted.stdout.split('\n').sort(), ['web-1', 'web-2']);
    assert.equal(started.code, 0);
    assert.deepEqual([refused.code, refused.stderr.split('\n').at(-1)], [1, denied]);
    assert.equal(hidden.stderr, "error: failed to get domain 'db'");
    assert.equal(unknown.stderr, "error: failed to get domain 'nobody'");
    assert.equal(defined.code, 0);
    assert.equal(redefined.stderr.split('\n').at(-1), denied);
    assert.match(banned.stderr, /error: access denied: 'TEST' denied access$/);
    assert.equal(root.child.exitCode, null);
  });

  test('a client over the network has no process to ask about, and is denied', async () => {
    await using users = await testUsers(people);
    await using polkit = await startPolkit(rules, users);
    await using daemon = await startVirtwired({ conf: { access_drivers: ['polkit'] }, env: polkit.env });

    const { stderr, code } = await run('virsh', ['-c', daemon.uri('tcp', 'test', '/default'), 'list']);

    assert.equal(code, 1);
    assert.match(stderr, /error: access denied: 'TEST' denied access\n$/);
    assert.match(daemon.process.stderr(), /No process ID available/);
  });
});

function domainXml(name: string): string {
  return `<domain type='test'><name>${name}</name><memory>8192</memory><os><type>hvm</type></os></domain>`;
}
