// doctor on ssh: a real sshd, and everything that goes wrong there and behind it.
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { after, before, suite, test } from 'node:test';
import { requires, type SshHost, startSshHost } from '../launcher/index.ts';
import { examine, foundIn } from './doctor-examine.ts';

const skip = requires({ libvirt: '9.0', isolation: true, sshd: true });
const QUIET = 'no_verify=1&no_tty=1';

interface Case {
  readonly what: string;
  readonly uri: string;
  readonly fault: string;
  readonly hint: RegExp;
  readonly stage?: string;
}

const cases: readonly Case[] = [
  {
    what: 'a host that has never been seen',
    uri: 'test+ssh://127.0.0.1/default?no_tty=1&keyfile=PLAIN',
    fault: 'ssh-host-key-unknown',
    hint: /fingerprint/,
  },
  {
    what: 'a key that is not accepted',
    uri: `test+ssh://127.0.0.1/default?${QUIET}&keyfile=OTHER`,
    fault: 'ssh-authentication-refused',
    hint: /authorized_keys/,
  },
  {
    what: 'an nc that cannot do unix sockets',
    uri: `test+ssh://127.0.0.1/default?${QUIET}&keyfile=PLAIN&netcat=DIR/nc-without-u`,
    fault: 'netcat-without-unix-sockets',
    hint: /netcat-openbsd/,
  },
  {
    what: 'nc that is missing',
    uri: `test+ssh://127.0.0.1/default?${QUIET}&keyfile=PLAIN&netcat=/nope/nc`,
    fault: 'netcat-missing',
    hint: /\/nope\/nc/,
  },
  {
    what: 'the helper that is missing',
    uri: `test+ssh://127.0.0.1/default?${QUIET}&keyfile=BARE&proxy=native`,
    fault: 'helper-missing',
    hint: /proxy=netcat/,
  },
  {
    what: 'a line of text before the protocol',
    uri: `test+ssh://127.0.0.1/default?${QUIET}&keyfile=BANNER`,
    fault: 'text-before-protocol',
    hint: /'Welc'/,
  },
  {
    what: 'a daemon that is down, by netcat',
    uri: `test+ssh://127.0.0.1/default?${QUIET}&keyfile=PLAIN&socket=/run/nope`,
    fault: 'remote-daemon-down',
    hint: /systemctl start libvirtd/,
  },
  {
    what: 'no sshd',
    uri: `test+ssh://127.0.0.1:2299/default?${QUIET}`,
    fault: 'nothing-listens',
    hint: /sshd/,
    stage: 'connect',
  },
  {
    what: 'a name that does not resolve',
    uri: `test+ssh://nosuch.invalid/default?${QUIET}`,
    fault: 'name-does-not-resolve',
    hint: /nosuch\.invalid/,
    stage: 'resolve',
  },
  {
    what: 'ssh that is not installed',
    uri: 'test+ssh://127.0.0.1/default?command=virtwire-no-ssh',
    fault: 'program-missing',
    hint: /virtwire-no-ssh/,
  },
  {
    what: 'libssh and a key that is not accepted',
    uri: 'test+libssh://root@127.0.0.1/default?known_hosts_verify=ignore&sshauth=privkey&keyfile=OTHER',
    fault: 'ssh-authentication-refused',
    hint: /keyfile=/,
  },
  {
    what: 'libssh2 and no sshd',
    uri: 'test+libssh2://root@127.0.0.1:2299/default?known_hosts_verify=ignore&sshauth=privkey&keyfile=PLAIN',
    fault: 'nothing-listens',
    hint: /sshd/,
    stage: 'connect',
  },
  {
    what: 'libssh and a changed host key',
    uri: 'test+libssh://root@127.0.0.1/default?known_hosts=DIR/changed&sshauth=privkey&keyfile=PLAIN',
    fault: 'ssh-host-key-changed',
    hint: /ssh-keygen -R/,
  },
];

suite('ssh', { skip }, () => {
  let host: SshHost;
  let daemon: AsyncDisposable;
  const look = (uri: string) =>
    examine(
      uri
        .replace('PLAIN', host.key('plain'))
        .replace('OTHER', host.key('other'))
        .replace('BARE', host.key('bare'))
        .replace('BANNER', host.key('banner'))
        .replace('DIR', host.directory),
      { by: (command, args, options) => host.run([command, ...args], options) },
    );

  before(async () => {
    host = await startSshHost();
    daemon = await host.startDaemon('libvirtd');
    // As traditional netcat: it knows no -U.
    const nc = '#!/bin/sh\necho "nc: invalid option -- \'U\'" >&2\nexit 1\n';
    await writeFile(`${host.directory}/nc-without-u`, nc, { mode: 0o755 });
    const other = await readFile(`${host.key('other')}.pub`, 'utf8');
    await writeFile(`${host.directory}/changed`, `127.0.0.1 ${other}[127.0.0.1]:22 ${other}`);
  });
  after(() => host?.[Symbol.asyncDispose]());

  for (const { what, uri, fault, hint, stage = 'proxy' } of cases) {
    test(what, async () => {
      const found = await look(uri);

      foundIn(found, fault, hint);
      assert.equal(found.last.stage, stage);
    });
  }

  test('a host key that has changed, by OpenSSH', async () => {
    const other = await readFile(`${host.key('other')}.pub`, 'utf8');
    await writeFile(`${host.home}/.ssh/known_hosts`, `127.0.0.1 ${other}`);
    const found = await look('test+ssh://127.0.0.1/default?no_tty=1&keyfile=PLAIN');
    await writeFile(`${host.home}/.ssh/known_hosts`, '');

    foundIn(found, 'ssh-host-key-changed', /ssh-keygen -R '127\.0\.0\.1'/);
    assert.match(String(found.last.evidence['stderr']), /HAS CHANGED/);
  });

  test('a healthy way', async () => {
    const found = await look(`test+ssh://127.0.0.1/default?${QUIET}&keyfile=PLAIN`);

    assert.equal(found.code, 0, JSON.stringify(found.last));
    assert.deepEqual(
      found.steps.map(({ stage }) => stage),
      ['uri', 'proxy', 'authentication', 'open'],
    );
  });

  test('a daemon that is down, by the helper', async () => {
    await daemon[Symbol.asyncDispose]();

    const found = await look(`test+ssh://127.0.0.1/default?${QUIET}&keyfile=PLAIN&proxy=native`);

    foundIn(found, 'remote-daemon-down', /systemctl start libvirtd/);
    assert.match(String(found.last.evidence['stderr']), /virt-ssh-helper: cannot connect/);
  });
});
