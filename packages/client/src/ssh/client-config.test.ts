// Tests of ssh's configuration as far as it is followed; test/interop/ssh-config.test.ts compares it with ssh itself.
import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { ErrorCode, LibvirtError } from '@virtwire/rpc';
import * as fc from 'fast-check';
import { expandTokens, isHarmlessHost, isHarmlessUser, readSshConfig, wordsOf } from './client-config.ts';
import { type SshHostConfig, sshHostConfig } from './host-config.ts';

let home: string;
before(async () => {
  home = await mkdtemp(join(tmpdir(), 'config-'));
  await mkdir(join(home, '.ssh', 'more'), { recursive: true });
});
after(() => rm(home, { recursive: true }));

interface Asked {
  readonly host?: string;
  readonly user?: string | null;
  readonly runs?: (command: string) => Promise<boolean>;
}

async function look(text: string, { host = 'host', user = null, runs }: Asked = {}): Promise<SshHostConfig> {
  const folder = join(home, '.ssh');
  const path = join(folder, 'config');
  await writeFile(path, text);
  const query = { host, user, localUser: 'me', home };
  const noProgram = async () => assert.fail('a program was run');
  return sshHostConfig(await readSshConfig([{ path, folder }], query, runs ?? noProgram), query);
}

const CONFIG = `
# the usual
IdentityFile ~/.ssh/first
Host short
  HostName %h.example.com
  User=admin
  port 2222
  IdentityFile "~/.ssh/with space"
  HostKeyAlias known-as
Host *.example.com !not.example.com
  User wild
  ProxyJump one@jump:23,[::1]:24
Host short
  User second
  IdentityAgent none
  IdentitiesOnly yes
  UserKnownHostsFile ~/.ssh/a "b c"
  GlobalKnownHostsFile none
  StrictHostKeyChecking off
  ConnectTimeout 1m30
  PreferredAuthentications password,publickey
  AddressFamily inet6
  BindAddress ::1
Host piped
  ProxyCommand nc -X 5 %h "%p" # as it is
Host *
  User everybody
  PasswordAuthentication no
`;

test('the first word for a host counts, key files add up', async () => {
  assert.deepEqual(await look(CONFIG, { host: 'short' }), {
    hostName: 'short.example.com',
    hostKeyAlias: 'known-as',
    port: 2222,
    user: 'admin',
    addressFamily: 6,
    bindAddress: '::1',
    connectTimeoutS: 90,
    identityFiles: ['~/.ssh/first', '~/.ssh/with space'],
    identitiesOnly: true,
    identityAgent: 'none',
    methods: ['publickey'],
    methodsGiven: true,
    userKnownHosts: ['~/.ssh/a', 'b c'],
    globalKnownHosts: [],
    strictHostKeyChecking: 'accept-new',
    proxyJump: [],
    proxyCommand: null,
  });
});

test('patterns, jumps and commands are found', async () => {
  const wild = await look(CONFIG, { host: 'a.example.com' });
  const piped = await look(CONFIG, { host: 'piped' });

  assert.equal(wild.user, 'wild');
  assert.deepEqual(wild.proxyJump, ['one@jump:23', '[::1]:24']);
  assert.equal((await look(CONFIG, { host: 'not.example.com' })).user, 'everybody');
  assert.equal(piped.proxyCommand, 'nc -X 5 %h "%p" # as it is');
  assert.deepEqual(piped.methods, ['publickey', 'keyboard-interactive']);
});

test('of jump and command the first one counts', async () => {
  assert.deepEqual((await look('ProxyJump a\nProxyCommand b\n')).proxyJump, ['a']);
  assert.equal((await look('ProxyJump a\nProxyCommand b\n')).proxyCommand, null);
  assert.equal((await look('ProxyCommand b\nProxyJump a\n')).proxyCommand, 'b');
  assert.equal((await look('ProxyJump none\nProxyCommand b\n')).proxyCommand, 'b');
  assert.deepEqual((await look('ProxyCommand none\nProxyJump a\n')).proxyJump, []);
});

test('no file says nothing', async () => {
  const query = { host: 'host', user: null, localUser: 'me', home };

  const nothing = sshHostConfig(await readSshConfig([{ path: '/nonexistent/config', folder: '/' }], query), query);

  assert.equal(nothing.hostName, null);
  assert.equal(nothing.userKnownHosts, null);
});

const matches: readonly [line: string, found: boolean][] = [
  ['all', true],
  ['!all', false],
  ['host host', true],
  ['host="a,h*"', true],
  ['host h*,!host', false],
  ['!host other', true],
  ['originalhost host user root', true],
  ['user me', false],
  ['localuser me', true],
  ['Host HOST', true],
  ['host host # behind', true],
  ['exec "yes %h"', true],
  ['exec no', false],
  ['host other exec never', false],
  ['canonical', false],
];

for (const [line, found] of matches) {
  test(`Match ${line}`, async () => {
    const ran: string[] = [];
    const runs = async (command: string): Promise<boolean> => {
      ran.push(command);
      return command.startsWith('yes');
    };

    const { port } = await look(`Match ${line}\n  Port 7\n`, { user: 'root', runs });

    assert.equal(port, found ? 7 : null);
    assert.deepEqual(ran, line.startsWith('exec') ? [line === 'exec no' ? 'no' : 'yes host'] : []);
  });
}

test('Match host looks at the name that is connected to, Match final at the end', async () => {
  const text = 'Match final host real\n  User last\nHost nick\n  HostName real\nMatch host real\n  Port 7\n';

  assert.deepEqual(await look(text, { host: 'nick' }).then(({ port, user }) => [port, user]), [7, 'last']);
});

test('a command is run by a shell', async () => {
  const folder = join(home, '.ssh');
  const path = join(folder, 'run');
  await writeFile(path, 'Match exec "test %n = host"\n  Port 7\nMatch exec false\n  User nobody\n');
  const query = { host: 'host', user: null, localUser: 'me', home };

  const { port, user } = sshHostConfig(await readSshConfig([{ path, folder }], query), query);

  assert.deepEqual([port, user], [7, null]);
});

test('included files are read in their place and decide for themselves, wildcards in order, rings end', async () => {
  const folder = join(home, '.ssh');
  await writeFile(join(folder, 'more', 'a'), 'Host a\n  Port 1\n');
  await writeFile(join(folder, 'more', 'b'), 'Host b\n  Port 2\nHost nobody\n');
  await writeFile(join(folder, 'ring'), 'Include ring\nPort 3\n');
  const text = 'Include more/*\nUser last\nHost d\n  Include more/b\n  Port 4\nHost *\n  include ~/.ssh/ring\n';

  const found = await Promise.all(['a', 'b', 'c', 'd'].map((host) => look(text, { host })));

  assert.deepEqual(
    found.map(({ port, user }) => [port, user]),
    [
      [1, 'last'],
      [2, 'last'],
      [3, 'last'],
      [4, 'last'],
    ],
  );
});

test('words have quotes, marks and comments as in ssh', () => {
  assert.deepEqual(wordsOf(String.raw`a "b c" 'd"e' f\ g h\"i\x "j"k # l`), ['a', 'b c', 'd"e', 'f g', 'h"i\\x', 'jk']);
  assert.deepEqual(wordsOf('""'), ['']);
  assert.equal(wordsOf('"a'), null);
});

test('~, variables and tokens are replaced, unknown ones stay', () => {
  const facts = { d: '/home/me', h: 'host', p: '22', r: 'root', u: 'me' };

  assert.equal(expandTokens('~/.ssh/%r@%h:%p', facts), '/home/me/.ssh/root@host:22');
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a variable of ssh's configuration
  assert.equal(expandTokens('${KEYS}/${NOPE}/%d', facts, { KEYS: '/k' }), '/k/${NOPE}//home/me');
  assert.equal(expandTokens('%d/100%%/%x/~', facts), '/home/me/100%/%x/~');
});

for (const line of [
  'Port 0',
  'Port 65536',
  'Port ssh',
  'Port -1',
  'ConnectTimeout soon',
  'IdentitiesOnly perhaps',
  'StrictHostKeyChecking sometimes',
  'Match',
  'Match host',
  'Match moon full',
  'User "me',
]) {
  test(`'${line}' is refused with its place`, async () => {
    await assert.rejects(look(`\n${line}\n`), (thrown) => {
      assert.ok(thrown instanceof LibvirtError);
      assert.equal(thrown.code, ErrorCode.ConfSyntax);
      assert.match(thrown.message, /config line 2: /);
      return true;
    });
  });
}

test('any text is a configuration or a LibvirtError', async () => {
  const pieces =
    'Host |Host|HostName |Port |User |ProxyJump |Match all\n|Match host |Include |Match |*|"|\'|#|=| |\n|\t|!|%h|22|,|\\|exec |final|' +
    'IdentityFile ';
  const piece = fc.constantFrom(...pieces.split('|'));
  const text = fc
    .array(fc.oneof(piece, fc.string({ maxLength: 5 })), { maxLength: 30 })
    .map((parts) => parts.join(''))
    // A file that includes others by chance would read what is on this machine.
    .filter((each) => !/include\s*=?\s*[/~]/i.test(each));

  await fc.assert(
    fc.asyncProperty(text, async (content) => {
      try {
        const { port } = await look(content, { user: 'user', runs: async () => true });
        assert.ok(port === null || (port > 0 && port < 65_536));
      } catch (thrown) {
        assert.ok(thrown instanceof LibvirtError, String(thrown));
      }
    }),
    { numRuns: 1000 },
  );
});

test('a file that others may write is refused where ssh refuses it, since it can name commands', async () => {
  const folder = join(home, '.ssh');
  const path = join(folder, 'open');
  const query = { host: 'host', user: null, localUser: 'me', home };
  await writeFile(path, 'User me\n');
  const own = { path, folder, isGuarded: true };
  await chmod(path, 0o644);
  assert.equal((await readSshConfig([own], query)).size, 1);
  await chmod(path, 0o646);
  const refused = { code: ErrorCode.ConfSyntax, message: new RegExp(`Bad owner or permissions on ${path}$`) };
  await assert.rejects(readSshConfig([own], query), refused);
  assert.equal((await readSshConfig([{ path, folder }], query)).size, 1, 'as the file of the system');
  await assert.rejects(look('Include open\n'), refused);
});

test('names that would be commands are told from those that may be', () => {
  for (const host of ['host', 'h-1.example', '::1', 'fe80::1%eth0', 'a_b', 'ünï'])
    assert.ok(isHarmlessHost(host), host);
  for (const host of ['-oX', 'a b', 'a$(id)', 'a;b', 'a`b`', 'a\nb', "a'b", 'a"b', 'a\\b', 'a|b', 'a&b', 'a{b', 'a<b'])
    assert.ok(!isHarmlessHost(host), host);
  for (const user of ['me', 'DOMAIN\\user', 'my self', 'me@example']) assert.ok(isHarmlessUser(user), user);
  for (const user of ['-l', 'a -b', 'a$(id)', 'a;b', 'a`b', 'a\nb', "a'b", 'a\\', 'a|b'])
    assert.ok(!isHarmlessUser(user), user);
});
