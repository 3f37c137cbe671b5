// Tests of ~/.ssh/config as far as it is followed.
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { LibvirtError } from '@virtwire/rpc';
import * as fc from 'fast-check';
import { expandTokens, readSshConfig, sshHostConfig } from './client-config.ts';

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
Host piped
  ProxyCommand nc -X 5 %h %p
Host *
  User everybody
`;

test('the first word for a host counts, key files add up', async () => {
  const found = await sshHostConfig(CONFIG, 'short', null);

  assert.deepEqual(found, {
    hostName: 'short.example.com',
    hostKeyAlias: 'known-as',
    port: 2222,
    user: 'admin',
    identityFiles: ['~/.ssh/first', '~/.ssh/with space'],
    identityAgent: 'none',
    proxyJump: [],
    proxyCommand: null,
  });
});

test('patterns, jumps and commands are found', async () => {
  const wild = await sshHostConfig(CONFIG, 'a.example.com', null);
  const not = await sshHostConfig(CONFIG, 'not.example.com', null);
  const piped = await sshHostConfig(CONFIG, 'piped', null);

  assert.equal(wild.user, 'wild');
  assert.deepEqual(wild.proxyJump, ['one@jump:23', '[::1]:24']);
  assert.equal(not.user, 'everybody');
  assert.equal(piped.proxyCommand, 'nc -X 5 %h %p');
});

test('no file says nothing', async () => {
  assert.equal((await sshHostConfig('', 'host', null)).hostName, null);
  assert.equal(await readSshConfig('/nonexistent/config', '/nonexistent'), '');
});

test('included files are read in their place, wildcards in order, rings end', async () => {
  const home = await mkdtemp(join(tmpdir(), 'config-'));
  await mkdir(join(home, '.ssh', 'more'), { recursive: true });
  await writeFile(join(home, '.ssh', 'config'), 'Include more/*\nUser last\n');
  await writeFile(join(home, '.ssh', 'more', 'a'), 'Host a\n  Port 1\n');
  await writeFile(join(home, '.ssh', 'more', 'b'), `Host b\n  Port 2\nHost *\ninclude ~/.ssh/ring\n`);
  await writeFile(join(home, '.ssh', 'ring'), 'Include ring\nPort 3\n');

  const text = await readSshConfig(join(home, '.ssh', 'config'), home);
  await rm(home, { recursive: true });

  assert.deepEqual(
    await Promise.all(['a', 'b', 'c'].map(async (host) => (await sshHostConfig(text, host, null)).port)),
    [1, 2, 3],
  );
});

test('~ and tokens are replaced, unknown ones stay', () => {
  const facts = { d: '/home/me', h: 'host', p: '22', r: 'root', u: 'me' };

  assert.equal(expandTokens('~/.ssh/%r@%h:%p', facts), '/home/me/.ssh/root@host:22');
  assert.equal(expandTokens('%d/100%%/%x/~', facts), '/home/me/100%/%x/~');
});

for (const port of ['0', '65536', 'ssh', '-1']) {
  test(`port ${port} is refused`, async () => {
    await assert.rejects(sshHostConfig(`Port ${port}\n`, 'h', null), (thrown) => thrown instanceof LibvirtError);
  });
}

test('any text is a configuration or a LibvirtError', async () => {
  const piece = fc.constantFrom(
    'Host ',
    'Host',
    'HostName ',
    'Port ',
    'User ',
    'ProxyJump ',
    '*',
    '"',
    '#',
    '=',
    ' ',
    '\n',
    '\t',
    '!',
    '%h',
    '22',
    ',',
    'Match all\n',
    'Match host ',
    '\\',
  );
  const text = fc
    .array(fc.oneof(piece, fc.string({ maxLength: 5 })), { maxLength: 30 })
    .map((parts) => parts.join(''))
    // Runs programs, as the user wants it to.
    .filter((each) => !/exec|canonical/i.test(each));

  await fc.assert(
    fc.asyncProperty(text, async (content) => {
      try {
        const { port } = await sshHostConfig(content, 'host', 'user');
        assert.ok(port === null || (port > 0 && port < 65_536));
      } catch (thrown) {
        assert.ok(thrown instanceof LibvirtError, String(thrown));
      }
    }),
    { numRuns: 2000 },
  );
});
