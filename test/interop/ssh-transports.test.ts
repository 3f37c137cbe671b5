// ssh by OpenSSH, libssh, libssh2 and ext against a real sshd with a real libvirtd behind it: both shells, side by side.
import assert from 'node:assert/strict';
import { appendFile, chmod, readFile, rm, writeFile } from 'node:fs/promises';
import { after, before, suite, test } from 'node:test';
import { type Finished, PASSPHRASE, PASSWORD, requires, type SshHost, startSshHost } from '../launcher/index.ts';

const skip = requires({ libvirt: '9.0', isolation: true, sshd: true });
const SSH = 'no_verify=1&no_tty=1';
const IN_PROCESS = 'known_hosts_verify=ignore';

/** A way to a daemon that both shells go, with the same outcome. */
interface Way {
  readonly what: string;
  readonly uri: string;
  /** What has to be in the second line of the error; without it, the shells must get in. */
  readonly fails?: RegExp;
  /** True when libvirt's own words are others, or not always the same; then only its first line and code count. */
  readonly loose?: true;
}

const ways: readonly Way[] = [
  { what: 'ssh with a key', uri: `test+ssh://127.0.0.1/default?${SSH}&keyfile=PLAIN` },
  { what: 'ssh to an IPv6 address', uri: `test+ssh://root@[::1]:22/default?${SSH}&keyfile=PLAIN` },
  { what: 'ssh with the native proxy', uri: `test+ssh://127.0.0.1/default?${SSH}&keyfile=PLAIN&proxy=native` },
  { what: 'ssh with netcat', uri: `test+ssh://127.0.0.1/default?${SSH}&keyfile=PLAIN&proxy=netcat` },
  { what: 'ssh where the helper is missing', uri: `test+ssh://127.0.0.1/default?${SSH}&keyfile=BARE` },
  {
    what: 'ssh to a socket',
    uri: `test+ssh://127.0.0.1/default?${SSH}&keyfile=PLAIN&socket=/run/libvirt/libvirt-sock`,
  },
  { what: 'ssh by another program', uri: `test+ssh://127.0.0.1/default?command=DIR/my%20ssh` },
  {
    what: 'ssh with the native proxy where the helper is missing',
    uri: `test+ssh://127.0.0.1/default?${SSH}&keyfile=BARE&proxy=native`,
    fails: /^End of file while reading data: .*virt-ssh-helper: not found: Input\/output error$/,
  },
  {
    what: 'ssh where nc is missing',
    uri: `test+ssh://127.0.0.1/default?${SSH}&keyfile=PLAIN&netcat=/nope/nc`,
    fails: /\/nope\/nc: not found: Input\/output error$/,
  },
  {
    what: 'ssh where the daemon is not there',
    uri: `test+ssh://127.0.0.1/default?${SSH}&keyfile=PLAIN&socket=/run/nope`,
    fails: /^End of file while reading data: nc: \/run\/nope: No such file or directory: Input\/output error$/,
  },
  {
    what: 'ssh with a key that is not known',
    uri: `test+ssh://127.0.0.1/default?${SSH}&keyfile=OTHER`,
    fails: /^Cannot recv data: root@127\.0\.0\.1: Permission denied \(publickey,.*\)\.: Connection reset by peer$/,
  },
  {
    what: 'ssh to a closed port',
    uri: `test+ssh://127.0.0.1:2299/default?${SSH}`,
    fails:
      /^Cannot recv data: ssh: connect to host 127\.0\.0\.1 port 2299: Connection refused: Connection reset by peer$/,
  },
  {
    what: 'ssh to a name that does not resolve',
    uri: `test+ssh://nosuch.invalid/default?${SSH}`,
    fails: /^Cannot recv data: ssh: Could not resolve hostname nosuch\.invalid: .*: Connection reset by peer$/,
  },
  {
    what: 'ssh to a host whose key is unknown',
    uri: 'test+ssh://localhost/default?no_tty=1&keyfile=PLAIN',
    fails: /Host key verification failed\.: Connection reset by peer$/,
  },
  {
    what: 'ssh where a text comes before the protocol',
    uri: `test+ssh://127.0.0.1/default?${SSH}&keyfile=BANNER`,
    fails: /^packet 1466264671 bytes received from server too large, want 33554432$/,
  },
  {
    what: 'ssh with netcat and the native proxy',
    uri: 'test+ssh://127.0.0.1/default?proxy=native&netcat=nc',
    fails: /^invalid argument: netcat path not valid with native proxy mode$/,
  },
  {
    what: 'ssh in the direct mode',
    uri: 'test+ssh://127.0.0.1/default?mode=direct',
    fails: /^Operation not supported: Cannot use direct socket mode for ssh transport$/,
  },
  {
    what: 'ssh to a driver that the daemon does not have',
    uri: `nosuch+ssh://127.0.0.1/default?${SSH}&keyfile=PLAIN`,
    fails: /^no connection driver available for nosuch:\/\/\/default$/,
  },
  { what: 'ext', uri: 'test+ext:///default?command=DIR/tunnel' },
  {
    what: 'ext without a program',
    uri: 'test+ext:///default',
    fails: /^invalid argument: remote_open: for 'ext' transport, command is required$/,
  },
  {
    // One that reads nothing at all may end virsh by SIGPIPE.
    what: 'ext with a program that reads a byte and ends',
    uri: 'test+ext:///default?command=DIR/byte',
    fails: /^Cannot recv data: : Connection reset by peer$/,
    loose: true,
  },
  ...(['libssh', 'libssh2'] as const).flatMap((name): Way[] => {
    const here = `test+${name}://root@127.0.0.1/default?${IN_PROCESS}`;
    return [
      { what: `${name} with a key`, uri: `${here}&keyfile=PLAIN` },
      { what: `${name} to an IPv6 address`, uri: `test+${name}://root@[::1]/default?${IN_PROCESS}&keyfile=PLAIN` },
      { what: `${name} with the native proxy`, uri: `${here}&keyfile=PLAIN&proxy=native` },
      { what: `${name} with netcat`, uri: `${here}&keyfile=PLAIN&proxy=netcat` },
      { what: `${name} where the helper is missing`, uri: `${here}&keyfile=BARE` },
      {
        what: `${name} where the helper is missing and nothing else allowed`,
        uri: `${here}&keyfile=BARE&proxy=native`,
        fails: /transport error: Remote command terminated with non-zero code: 127$/,
        loose: true,
      },
      {
        what: `${name} where a text comes before the protocol`,
        uri: `${here}&keyfile=BANNER&proxy=native`,
        fails: /^packet 1466264671 bytes received from server too large, want 33554432$/,
      },
      {
        what: `${name} where the daemon is not there`,
        uri: `${here}&keyfile=PLAIN&socket=/run/nope`,
        fails: /transport error: Remote command terminated with non-zero code: 1$/,
        loose: true,
      },
      {
        what: `${name} with a key that is not known`,
        uri: `${here}&keyfile=OTHER&sshauth=privkey`,
        fails: /Access denied for 'publickey'|Username\/PublicKey combination invalid/,
      },
      {
        what: `${name} without a key`,
        uri: `${here}&sshauth=privkey`,
        fails: /key file path must be provided for private key authentication$/i,
      },
      {
        what: `${name} to a host with another key than stored`,
        uri: `test+${name}://root@127.0.0.1/default?known_hosts=DIR/changed&keyfile=PLAIN`,
        fails:
          /^authentication failed: !!! SSH HOST KEY VERIFICATION FAILED !!!: Identity of host '127\.0\.0\.1:22' differs/,
        // libvirt's libssh2 shows the stored key in the place of the new key's hash.
        ...(name === 'libssh2' ? { loose: true } : {}),
      },
      {
        what: `${name} to a closed port`,
        uri: `test+${name}://127.0.0.1:2299/default?${IN_PROCESS}`,
        fails: /^unable to connect to server at '127\.0\.0\.1:2299': Connection refused$/,
      },
      {
        what: `${name} to a name that does not resolve`,
        uri: `test+${name}://nosuch.invalid/default?${IN_PROCESS}`,
        fails: /^Unable to resolve address 'nosuch\.invalid' service '22': /,
      },
      {
        what: `${name} with a wrong way of checking host keys`,
        uri: `test+${name}://127.0.0.1/default?known_hosts_verify=foo`,
        fails: /^invalid argument: Invalid host key verification method: 'foo'$/,
      },
      {
        what: `${name} with a wrong way of authentication`,
        uri: `test+${name}://127.0.0.1/default?sshauth=agent,foo`,
        fails: /^invalid argument: Invalid authentication method: 'foo'$/,
      },
    ];
  }),
];

suite('both shells through ssh to libvirtd', { skip, concurrency: 2 }, () => {
  let host: SshHost;

  before(async () => {
    host = await startSshHost();
    await host.startDaemon('libvirtd');
    const [type, key] = (await readFile(`${host.key('other')}.pub`, 'utf8')).split(' ');
    await writeFile(`${host.directory}/changed`, `127.0.0.1 ${type} ${key}\n`);
    await writeFile(
      `${host.directory}/my ssh`,
      `#!/bin/sh\nexec ssh -i ${host.key('plain')} -o BatchMode=yes -o StrictHostKeyChecking=no "$@"\n`,
      { mode: 0o755 },
    );
    await writeFile(`${host.directory}/tunnel`, '#!/bin/sh\nexec nc -U /run/libvirt/libvirt-sock\n', { mode: 0o755 });
    await writeFile(`${host.directory}/byte`, '#!/bin/sh\nexec dd bs=1 count=1 of=/dev/null 2>/dev/null\n', {
      mode: 0o755,
    });
    await chmod(`${host.directory}/my ssh`, 0o755);
    // Who comes first would be told that the key is stored now.
    await host.run(['sh', '-c', 'ssh-keyscan -t ed25519 127.0.0.1 ::1 > "$HOME/.ssh/known_hosts"']);
  });
  after(() => host[Symbol.asyncDispose]());

  const place = (uri: string): string =>
    uri
      .replace(/PLAIN|BARE|BANNER|OTHER/, (name) => host.key(name.toLowerCase() as 'plain'))
      .replaceAll('DIR', host.directory);

  for (const { what, uri, fails, loose = false } of ways) {
    test(what, async () => {
      const args = ['-c', place(uri), 'list', '--name'];

      const [theirs, ours] = await Promise.all([host.shell('virsh', args), host.shell('virtwire', args)]);

      assert.equal(ours.code, fails === undefined ? 0 : 1, ours.stderr);
      if (fails === undefined) assert.equal(ours.stdout, 'test\n\n');
      else assert.match(reason(ours), fails);
      assert.equal(ours.code, theirs.code, theirs.stderr);
      assert.equal(ours.stdout, theirs.stdout);
      assert.equal(ours.stderr.split('\n')[0], theirs.stderr.split('\n')[0]);
      if (!loose) assert.equal(heart(ours), heart(theirs));
    });
  }
});

/** Questions of the transports in this process, and what a person types. */
const dialogues: readonly [what: string, parameters: string, input: string, code: number][] = [
  ['an unknown host key that is not accepted', 'known_hosts=DIR/none&keyfile=PLAIN', 'n\n', 1],
  ['a host key that is not accepted by saying yes', 'known_hosts=DIR/none&keyfile=PLAIN', 'yes\n', 1],
  ['a password', `${IN_PROCESS}&sshauth=password`, `${PASSWORD}\n`, 0],
  ['a password at the second try', `${IN_PROCESS}&sshauth=password`, `wrong\n${PASSWORD}\n`, 0],
  ['keyboard-interactive', `${IN_PROCESS}&sshauth=keyboard-interactive`, `${PASSWORD}\n`, 0],
  ['the passphrase of a key', `${IN_PROCESS}&sshauth=privkey&keyfile=LOCKED`, `${PASSPHRASE}\n`, 0],
  ['a wrong passphrase', `${IN_PROCESS}&sshauth=privkey&keyfile=LOCKED`, 'wrong\n', 1],
];

suite('both shells ask the same', { skip, concurrency: 2 }, () => {
  let host: SshHost;

  before(async () => {
    host = await startSshHost();
    await host.startDaemon('libvirtd');
  });
  after(() => host[Symbol.asyncDispose]());

  for (const transport of ['libssh', 'libssh2']) {
    for (const [what, parameters, input, code] of dialogues) {
      test(`${transport}: ${what}`, async () => {
        const given = parameters
          .replace('DIR', host.directory)
          .replace(/PLAIN|LOCKED/, (name) => host.key(name.toLowerCase() as 'plain'));
        const uri = `test+${transport}://root@127.0.0.1/default?${given}`;

        const [theirs, ours] = await Promise.all(
          (['virsh', 'virtwire'] as const).map((which) => host.shell(which, ['-c', uri, 'list', '--name'], { input })),
        );

        assert.equal(theirs?.code, code, theirs?.stderr);
        assert.deepEqual(blank(ours), blank(theirs));
      });
    }
  }
});

suite('both shells through ssh to virtwired', { skip }, () => {
  let host: SshHost;

  before(async () => {
    host = await startSshHost();
    await host.startDaemon('virtwired');
  });
  after(() => host[Symbol.asyncDispose]());

  for (const transport of ['ssh', 'libssh', 'libssh2']) {
    for (const proxy of ['auto', 'native', 'netcat']) {
      test(`${transport} with proxy=${proxy}`, async () => {
        const checks = transport === 'ssh' ? SSH : IN_PROCESS;
        const uri = `test+${transport}://root@127.0.0.1/default?${checks}&keyfile=${host.key('plain')}&proxy=${proxy}`;

        const [theirs, ours] = await Promise.all(
          (['virsh', 'virtwire'] as const).map((which) => host.shell(which, ['-c', uri, 'dominfo', 'test'])),
        );

        assert.match(theirs?.stdout ?? '', /^Name: +test$/m);
        assert.deepEqual(blank(ours), blank(theirs));
      });
    }
  }
});

suite('what only the client in this process does', { skip }, () => {
  let host: SshHost;

  before(async () => {
    host = await startSshHost();
    await host.startDaemon('libvirtd');
  });
  after(() => host[Symbol.asyncDispose]());

  /** Runs a script with the client library on the host; `ask` answers from the words given. */
  const script = (body: string, words: readonly string[] = [], env: Record<string, string> = {}): Promise<Finished> =>
    host.run(
      [process.execPath, '--conditions=source', '--no-warnings', '--input-type=module', '-e', `${PRELUDE}${body}`],
      { env: { WORDS: JSON.stringify(words), ...env } },
    );

  test('password, keyboard-interactive and passphrase are asked for, and an unknown host key', async () => {
    const base = `test+libssh://root@127.0.0.1/default?known_hosts=${host.directory}/asked`;
    const password = `Enter root's password for 127.0.0.1`;
    const { stdout, stderr } = await script(
      `await tryOpen('${base}&sshauth=password');
       await tryOpen('${base}&sshauth=keyboard-interactive');
       await tryOpen('${base}&sshauth=privkey&keyfile=${host.key('locked')}');
       await tryOpen('${base}&sshauth=password');`,
      ['y', PASSWORD, PASSWORD, PASSPHRASE, 'wrong', PASSWORD],
    );

    assert.equal(stderr, '');
    const lines = stdout.split('\n');
    assert.match(
      lines[0] ?? '',
      /^ask Accept SSH host key with hash '([0-9a-f]{2}:){31}[0-9a-f]{2}' for host '127\.0\.0\.1:22' \(y\/n\)\?$/,
    );
    assert.deepEqual(lines.slice(1, -1), [
      `ask ${password}`,
      'open test',
      'ask Password',
      'open test',
      'ask Passphrase',
      'open test',
      `ask ${password}`,
      `ask ${password}`,
      'open test',
    ]);
    assert.match(await readFile(`${host.directory}/asked`, 'utf8'), /^127\.0\.0\.1 ssh-ed25519 \S+\n$/);
  });

  test('an agent is asked, and ~/.ssh/config is followed through a jump and a command', async () => {
    const config = [
      'Host far\n  HostName ::1\n  HostKeyAlias the-far-one\n  ProxyJump near',
      'Host near\n  HostName 127.0.0.1',
      'Host piped\n  ProxyCommand nc 127.0.0.1 %p',
      'Host *\n  User root\n',
    ].join('\n');
    await writeFile(`${host.home}/.ssh/config`, config);
    const checks = `known_hosts=${host.directory}/jumped&known_hosts_verify=auto`;
    const body = `for (const name of ['far', 'piped']) await tryOpen('test+libssh2://' + name + '/default?${checks}');`;
    await writeFile(`${host.directory}/agent.mjs`, `${PRELUDE}${body}`);

    const { stdout, stderr } = await host.run(
      [
        'ssh-agent',
        'sh',
        '-c',
        `ssh-add -q "$0" && exec "$1" --conditions=source --no-warnings "$2"`,
        host.key('plain'),
        process.execPath,
        `${host.directory}/agent.mjs`,
      ],
      { env: { WORDS: '[]' } },
    );
    await rm(`${host.home}/.ssh/config`);

    assert.equal(stdout + stderr, 'open test\nopen test\n');
    const names = (await readFile(`${host.directory}/jumped`, 'utf8')).split('\n').map((line) => line.split(' ')[0]);
    assert.deepEqual(names, ['127.0.0.1', 'the-far-one', 'piped', '']);
  });

  test('twenty connections at once share one connection to sshd, by whichever way', async () => {
    const before = logins(host.log());
    const base = `test+libssh://root@127.0.0.1/default?known_hosts_verify=ignore&keyfile=${host.key('plain')}`;

    const { stdout, stderr } = await script(
      `const all = await Promise.all(Array.from({ length: 20 }, () => connect('${base}')));
       console.log((await Promise.all(all.map((each) => each.getHostname()))).length);
       await all[0].close();
       console.log((await all[19].listAllDomains()).length);
       for (const each of all.slice(1)) await each.close();`,
    );

    assert.equal(stdout + stderr, '20\n1\n');
    assert.equal(logins(host.log()) - before, 1);
  });

  test('a revoked key is refused whatever else is said', async () => {
    const [type, key] = (await readFile(`${host.hostKey}.pub`, 'utf8')).split(' ');
    const file = `${host.directory}/revoked`;
    await appendFile(file, `127.0.0.1 ${type} ${key}\n@revoked * ${type} ${key}\n`);

    const { stdout } = await script(
      `await tryOpen('test+libssh://127.0.0.1/default?known_hosts_verify=auto&known_hosts=${file}');`,
    );

    assert.match(stdout, /^error authentication failed: .* is revoked in /);
  });
});

const PRELUDE = `
import { connect } from ${JSON.stringify(new URL('../../packages/client/src/index.ts', import.meta.url).href)};
const words = JSON.parse(process.env.WORDS);
const credentials = async (requests) =>
  requests.map(({ prompt }) => {
    console.log('ask ' + prompt);
    return words.shift() ?? null;
  });
async function tryOpen(uri) {
  try {
    await using connection = await connect(uri, { credentials });
    console.log('open ' + (await connection.listAllDomains()).map(({ name }) => name).join());
  } catch (error) {
    console.log('error ' + error.message);
  }
}
`;

// The line behind "failed to connect", the last of it where ssh added notes of its own.
function reason({ stderr }: Finished): string {
  const [, ...lines] = stderr.trimEnd().split('\n');
  return lines
    .join('\n')
    .replace(/^error: /, '')
    .replace(/^(End of file while reading data: )Warning: Permanently added .*\r?\n/, '$1');
}

// How the end of a program is worded depends on whether it had read what was sent, which is chance.
function heart(outcome: Finished): string {
  return reason(outcome).replace(
    /^(?:End of file while reading data: (.*): Input\/output error|Cannot recv data: (.*): Connection reset by peer)$/s,
    '$1$2',
  );
}

function blank(outcome: Finished | undefined): Pick<Finished, 'stdout' | 'stderr' | 'code'> {
  const { stdout = '', stderr = '', code = null } = outcome ?? {};
  return { stdout: stdout.replace(/(CPU time: +).*/, '$1'), stderr, code };
}

function logins(log: string): number {
  return log.match(/Accepted publickey/g)?.length ?? 0;
}
