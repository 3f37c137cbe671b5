// ssh's configuration and certificates of hosts, for the ssh in this process: what OpenSSH itself says, and a real sshd.
import assert from 'node:assert/strict';
import { cp, readFile, writeFile } from 'node:fs/promises';
import { homedir, userInfo } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { after, before, suite, test } from 'node:test';
import * as fc from 'fast-check';
import { readSshConfig, type SshConfigValue } from '../../packages/client/src/ssh/client-config.ts';
import { sshHostConfig } from '../../packages/client/src/ssh/host-config.ts';
import {
  type Finished,
  requires,
  run,
  type Running,
  type RunOptions,
  type SshHost,
  startSshHost,
  temporaryDirectory,
} from '../launcher/index.ts';
import { fromEnvironment, programOf } from '../launcher/virtwired.ts';
import { examine } from './doctor-examine.ts';

const skip = requires({ libvirt: '9.0', isolation: true, sshd: true });

const words = (...all: string[]) => fc.constantFrom(...all);
const line = fc.oneof(
  fc.tuple(words('Host'), words('far', 'f*', '*', 'near far', '* !far', '!far', '"far"', 'f?r near', 'FAR')),
  fc.tuple(
    words('Match'),
    words(
      'all',
      'host far',
      'host real,x',
      '!host far',
      'host far user root',
      'originalhost f* !user me',
      'user me,r*',
    ),
  ),
  fc.tuple(words('Match'), words('exec "true"', 'exec false', 'host=far exec "test %h = real"', 'final host real')),
  fc.tuple(words('HostName', 'hostname='), words('real', '%h', '%h.example', '::1', '"quoted"')),
  fc.tuple(words('User'), words('root', 'me', '"my self"')),
  fc.tuple(words('Port', 'port ='), words('22', '2222')),
  fc.tuple(words('IdentityFile'), words('~/.ssh/one', '/two', '"~/th ree"', '%d/four', 'none')),
  fc.tuple(words('ProxyJump'), words('a', 'b@c:23,d', 'none')),
  fc.tuple(words('ProxyCommand'), words('nc %h %p', 'none')),
  fc.tuple(words('HostKeyAlias'), words('alias')),
  fc.tuple(words('UserKnownHostsFile', 'GlobalKnownHostsFile'), words('/a /b', '"/c d"', 'none')),
  fc.tuple(words('StrictHostKeyChecking'), words('yes', 'no', 'ask', 'accept-new', 'off')),
  fc.tuple(words('ConnectTimeout'), words('5', '1m', 'none')),
  fc.tuple(words('IdentitiesOnly', 'PubkeyAuthentication', 'PasswordAuthentication'), words('yes', 'no')),
  fc.tuple(words('PreferredAuthentications'), words('password,publickey')),
  fc.tuple(words('AddressFamily'), words('any', 'inet', 'inet6')),
  fc.tuple(words('IdentityAgent'), words('none', 'SSH_AUTH_SOCK', '/sock')),
  fc.tuple(words('Include'), words('inner', 'inn*', 'missing')),
  fc.tuple(words('#', '  # Host'), words('comment', '')),
);
const texts = fc
  .array(fc.tuple(words('', '  ', '\t'), line), { maxLength: 14 })
  .map((lines) => lines.map(([before, [keyword, value]]) => `${before}${keyword} ${value}\n`).join(''));

suite("ssh's own reading of its configuration", { skip }, () => {
  test('is ours', async () => {
    await using directory = await temporaryDirectory();
    const folder = directory.path;
    const path = `${folder}/config`;
    const localUser = userInfo().username;
    await fc.assert(
      fc.asyncProperty(texts, texts, words('far', 'near'), words('root', ''), async (text, inner, host, user) => {
        // Relative names are in ~/.ssh of whoever runs this, which is not ours to write to.
        const outer = text.replaceAll(/(Include )(?=in|mi)/g, `$1${folder}/`);
        await writeFile(path, outer);
        await writeFile(`${folder}/inner`, inner.replaceAll(/^\s*Include.*$/gm, ''));
        const query = { host, user: user === '' ? null : user, localUser, home: homedir() };
        const ssh = async (file: string) => {
          const { stdout, stderr, code } = await run('ssh', [
            '-G',
            '-F',
            file,
            ...(user === '' ? [] : ['-l', user]),
            host,
          ]);
          assert.equal(code, 0, stderr);
          return stdout;
        };
        const [theirs, nothing] = await Promise.all([ssh(path), ssh('/dev/null')]);

        const values = await readSshConfig([{ path, folder }], query);

        const { hostName, hostKeyAlias } = sshHostConfig(values, query);
        const said = [...values].map(([keyword, all]): [string, string[]] => [keyword, all.map(shown)]);
        const ours = { ...toldBy(nothing), ...Object.fromEntries(said) };
        if (hostName !== null) ours['hostname'] = [hostName];
        if (query.user !== null) ours['user'] = [query.user];
        if (hostKeyAlias !== null) ours['hostkeyalias'] = [hostKeyAlias];
        assert.deepEqual(plain(ours), plain(toldBy(theirs)), `${outer}\n--- inner\n${inner}`);
      }),
      { numRuns: 60 },
    );
  });
});

interface Way {
  readonly what: string;
  /** `~/.ssh/config`; KEY, OTHER and DIR stand for paths, HOSTKEY for the key of the host. */
  readonly config: string;
  readonly uri: string;
  /** What is said when it must not get in. */
  readonly fails?: RegExp;
  /** Lines of known_hosts in DIR/known. */
  readonly known?: string;
}

const ways: readonly Way[] = [
  {
    what: 'UserKnownHostsFile has the host',
    config: 'UserKnownHostsFile DIR/nothing DIR/known\nIdentityFile KEY\n',
    uri: 'test+libssh://127.0.0.1/default',
    known: '127.0.0.1 HOSTKEY\n',
  },
  {
    what: 'GlobalKnownHostsFile has the host',
    config: 'GlobalKnownHostsFile DIR/known\nIdentityFile KEY\n',
    uri: 'test+libssh2://127.0.0.1/default',
    known: '127.0.0.1 HOSTKEY\n',
  },
  {
    what: 'known_hosts= counts more than UserKnownHostsFile',
    config: 'UserKnownHostsFile DIR/known\nStrictHostKeyChecking yes\nIdentityFile KEY\n',
    uri: 'test+libssh://127.0.0.1/default?known_hosts=DIR/nothing',
    known: '127.0.0.1 HOSTKEY\n',
    fails: /^libssh transport error: SSH host key for '127\.0\.0\.1' \(.*\) was not accepted$/,
  },
  {
    what: 'StrictHostKeyChecking accept-new, and nothing is kept in /dev/null',
    config: 'UserKnownHostsFile /dev/null\nStrictHostKeyChecking accept-new\nIdentityFile KEY\n',
    uri: 'test+libssh://127.0.0.1/default',
  },
  {
    what: 'HostKeyAlias, HostName and Port by nickname',
    config:
      'Host nick\n HostName 127.0.0.%p\nMatch originalhost nick user root\n HostName 127.0.0.1\n Port 22\n HostKeyAlias known-as\n' +
      'Host *\n UserKnownHostsFile DIR/known\n IdentityFile %d/id\n',
    uri: 'test+libssh://nick/default',
    known: 'known-as HOSTKEY\n',
    fails: /Unable to resolve address '127\.0\.0\.%p'/,
  },
  {
    what: 'an IdentityFile by tokens, user and host matched',
    config:
      'Match originalhost nick user root exec "test %r = root"\n HostName ::1\n HostKeyAlias known-as\n' +
      'Host *\n User root\n UserKnownHostsFile DIR/known\n IdentityFile ~/id-%n-%r\n',
    uri: 'test+libssh2://root@nick/default',
    known: 'known-as HOSTKEY\n',
  },
  {
    what: 'a key that is not accepted, no other way by PreferredAuthentications',
    config: 'PreferredAuthentications publickey\nIdentityFile OTHER\n',
    uri: 'test+libssh://127.0.0.1/default?known_hosts_verify=ignore',
    fails: /All provided authentication methods with credentials were rejected by the server$/,
  },
  {
    what: 'methods that are switched off',
    config: 'PubkeyAuthentication no\nPasswordAuthentication no\nKbdInteractiveAuthentication no\nIdentityFile KEY\n',
    uri: 'test+libssh://127.0.0.1/default?known_hosts_verify=ignore',
    fails: /None of the requested authentication methods are supported by the server$/,
  },
  {
    what: 'ProxyCommand with tokens',
    config: 'Host nick\n ProxyCommand nc 127.0.0.1 %p\nHost *\n IdentityFile KEY\n',
    uri: 'test+libssh://nick/default?known_hosts_verify=ignore',
  },
  {
    what: 'a line that says nothing that is known',
    config: 'ConnectTimeout soon\n',
    uri: 'test+libssh://127.0.0.1/default',
    fails: /config line 1: bad time 'soon'/,
  },
];

suite("ssh's configuration before a real sshd", { skip }, () => {
  let host: SshHost;
  let hostKey: string;
  before(async () => {
    host = await startSshHost();
    await host.startDaemon('libvirtd');
    hostKey = (await readFile(`${host.hostKey}.pub`, 'utf8')).split(' ').slice(0, 2).join(' ');
    for (const name of ['id', 'id-nick-root']) await cp(host.key('plain'), `${host.home}/${name}`);
  });
  after(() => host?.[Symbol.asyncDispose]());

  const place = (text: string): string =>
    text
      .replaceAll('DIR', host.directory)
      .replaceAll('HOSTKEY', hostKey)
      .replaceAll('KEY', host.key('plain'))
      .replaceAll('OTHER', host.key('other'));
  const connect = async ({ config, uri, known = '' }: Way, options: RunOptions = {}): Promise<Finished> => {
    await writeFile(`${host.directory}/known`, place(known));
    await writeFile(`${host.home}/.ssh/config`, place(config));
    return host.shell('virtwire', ['-c', place(uri), 'list', '--name'], { ...options, input: '' });
  };

  for (const way of ways) {
    test(way.what, async () => {
      const { stdout, stderr, code } = await connect(way);

      if (way.fails === undefined) assert.equal(stdout, 'test\n\n', stderr);
      else assert.match(stderr.split('\n')[1]?.replace(/^error: /, '') ?? '', way.fails);
      assert.equal(code, way.fails === undefined ? 0 : 1);
    });
  }

  test('IdentitiesOnly leaves keys of the agent out that are not named', async () => {
    const config = (file: string) => `IdentitiesOnly yes\nIdentityFile ${file}\nPreferredAuthentications publickey\n`;
    const uri = 'test+libssh://127.0.0.1/default?known_hosts_verify=ignore&sshauth=agent';
    const script = `ssh-add -q KEY OTHER && exec "$@"`;
    const outcomes: string[] = [];
    for (const file of ['KEY', 'OTHER']) {
      await writeFile(`${host.home}/.ssh/config`, place(config(file)));
      const virtwire = [...programOf('shell', fromEnvironment()), '-c', uri, 'list', '--name'];
      const { stdout, stderr } = await host.run(['ssh-agent', 'sh', '-c', place(script), 'sh', ...virtwire]);
      outcomes.push(stdout.trim() || (stderr.split('\n')[1] ?? ''));
    }

    assert.deepEqual(outcomes, [
      'test',
      "error: libssh transport error: failed to authenticate: Access denied for 'publickey'. Authentication that can continue: publickey,password,keyboard-interactive",
    ]);
  });

  test('AddressFamily and BindAddress choose the way', async () => {
    const config = 'BindAddress 127.0.0.3\nAddressFamily inet\nIdentityFile KEY\n';
    const uri = 'test+libssh://localhost/default?known_hosts_verify=ignore';

    const { code, stderr } = await connect({ what: '', config, uri });

    assert.equal(code, 0, stderr);
    assert.match(host.log(), /Accepted publickey for root from 127\.0\.0\.3 /);
  });

  test('ConnectTimeout gives up', async () => {
    const { code } = await host.run(['iptables', '-A', 'INPUT', '-d', '127.0.0.9', '-j', 'DROP']);
    assert.equal(code, 0);

    const { stderr } = await connect({
      what: '',
      config: 'ConnectTimeout 1\n',
      uri: 'test+libssh://127.0.0.9/default',
    });

    assert.match(stderr, /unable to connect to server at '127\.0\.0\.9:22': Connection timed out/);
  });
});

suite('certificates of hosts', { skip }, () => {
  let host: SshHost;
  const daemons: Running[] = [];
  before(async () => {
    host = await startSshHost();
    await host.startDaemon('libvirtd');
    const { directory } = host;
    const make = (name: string, type: string) =>
      host.run(['ssh-keygen', '-q', '-t', type, '-N', '', '-C', '', '-f', `${directory}/${name}`]);
    await Promise.all([make('ca', 'ed25519'), make('other-ca', 'ecdsa')]);
    const servers: readonly [name: string, key: string, port: number, options: readonly string[]][] = [
      ['good', 'ed25519', 2201, ['-n', 'localhost,127.0.0.1']],
      ['ecdsa', 'ecdsa', 2202, ['-n', 'localhost,127.0.0.1']],
      ['rsa', 'rsa', 2203, ['-n', '127.0.0.1']],
      ['past', 'ed25519', 2204, ['-n', '127.0.0.1', '-V', '20200101:20210101']],
      ['elsewhere', 'ed25519', 2205, ['-n', 'elsewhere']],
      ['none', 'ed25519', 2206, []],
    ];
    for (const [name, type, port, options] of servers) {
      await make(name, type);
      if (name !== 'none') {
        const file = `${directory}/${name}.pub`;
        const signed = await host.run([
          'ssh-keygen',
          '-q',
          '-h',
          '-s',
          `${directory}/ca`,
          '-I',
          name,
          ...options,
          file,
        ]);
        assert.equal(signed.code, 0, signed.stderr);
      }
      const conf = (await readFile(`${directory}/sshd_config`, 'utf8'))
        .replaceAll(/^(HostKey|ListenAddress) .*\n/gm, '')
        // It has another key without certificate, which is shown to those who ask for no certificate.
        .concat(`HostKey ${directory}/${name}\nHostKey ${host.hostKey}\nListenAddress 127.0.0.1:${port}\n`)
        .concat(name === 'none' ? '' : `HostCertificate ${directory}/${name}-cert.pub\n`);
      await writeFile(`${directory}/sshd-${name}`, conf);
      const daemon = host.start(['/usr/sbin/sshd', '-D', '-e', '-f', `${directory}/sshd-${name}`]);
      daemons.push(daemon);
      while (!daemon.stderr().includes('listening')) {
        assert.equal(daemon.child.exitCode, null, daemon.stderr());
        await delay(10);
      }
    }
  });
  after(async () => {
    for (const daemon of daemons) await daemon[Symbol.asyncDispose]();
    await host?.[Symbol.asyncDispose]();
  });

  const lineOf = async (name: string, patterns: string, marker = '@cert-authority ') =>
    `${marker}${patterns} ${(await readFile(`${host.directory}/${name}.pub`, 'utf8')).trim()}\n`;
  /** Connects by ssh itself, and by ours with doctor's evidence. */
  const both = async (port: number, known: string) => {
    const file = `${host.directory}/trusted`;
    await writeFile(file, known);
    const options = ['BatchMode=yes', 'StrictHostKeyChecking=yes', `UserKnownHostsFile=${file}`];
    const given = ['-p', String(port), '-i', host.key('plain'), ...options.flatMap((option) => ['-o', option])];
    const theirs = await host.run(['ssh', ...given, '127.0.0.1', 'true']);
    const uri = `test+libssh://127.0.0.1:${port}/default?known_hosts=${file}&keyfile=${host.key('plain')}`;
    const ours = await examine(uri, {
      by: (command, args, more) => host.run([command, ...args], { ...more, input: '' }),
    });
    const unchanged = (await readFile(file, 'utf8')) === known;
    return {
      theirs: theirs.code === 0,
      ours: ours.code === 0,
      evidence: ours.last.evidence,
      hint: ours.last.hint,
      unchanged,
    };
  };

  for (const [what, port, patterns, expected, fault] of [
    ['an ed25519 key', 2201, '127.0.0.1', true, undefined],
    ['an ecdsa key', 2202, '[127.0.0.1]:2202', true, undefined],
    ['an rsa key', 2203, '*', true, undefined],
    ['a line for another host', 2201, 'elsewhere', false, undefined],
    ['a certificate that has ended', 2204, '*', false, 'it ended on 2021-01-01'],
    ['a certificate for another name', 2205, '*', false, 'it is for elsewhere'],
    ['a host without certificate', 2206, '*', false, 'the server has none'],
  ] as const) {
    test(`${what}: ${expected ? 'trusted' : 'not trusted'}, as by ssh`, async () => {
      const found = await both(port, await lineOf('ca', patterns));

      assert.deepEqual([found.theirs, found.ours, found.unchanged], [expected, expected, true], JSON.stringify(found));
      assert.equal(found.evidence['hostCertificate'], fault);
      if (fault !== undefined) assert.match(found.hint ?? '', /certificate/);
    });
  }

  test('another authority, and one that is revoked', async () => {
    const other = await both(2201, await lineOf('other-ca', '*'));
    const revoked = await both(2201, `${await lineOf('ca', '*')}${await lineOf('ca', '*', '@revoked ')}`);
    const keyRevoked = await both(2201, `${await lineOf('ca', '*')}${await lineOf('good', '*', '@revoked ')}`);

    for (const found of [other, revoked, keyRevoked]) assert.deepEqual([found.theirs, found.ours], [false, false]);
    assert.equal(other.evidence['hostCertificate'], 'it is signed by another authority');
  });
});

const followed =
  'hostname port user identityfile proxyjump proxycommand hostkeyalias userknownhostsfile globalknownhostsfile ' +
  'stricthostkeychecking connecttimeout identitiesonly identityagent preferredauthentications addressfamily ' +
  'pubkeyauthentication passwordauthentication';

/** What `ssh -G` prints, of what we follow. */
function toldBy(output: string): Record<string, string[]> {
  const told: Record<string, string[]> = {};
  for (const each of output.trimEnd().split('\n')) {
    const [keyword = '', ...rest] = each.split(' ');
    (told[keyword] ??= []).push(rest.join(' '));
  }
  return told;
}

function shown({ words: all }: SshConfigValue): string {
  return all.join(' ');
}

// ssh prints its own words for yes and no, a time in seconds, and nothing for `none` of a way.
function plain(told: Readonly<Record<string, readonly string[]>>): Record<string, readonly string[]> {
  const same: Readonly<Record<string, string>> = { yes: 'true', no: 'false', off: 'false', '1m': '60' };
  return Object.fromEntries(
    followed.split(' ').flatMap((keyword) => {
      const values = (told[keyword] ?? []).map((value) => same[value] ?? value);
      const isNothing = values.length === 0 || (keyword.startsWith('proxy') && values[0] === 'none');
      return isNothing ? [] : [[keyword, values]];
    }),
  );
}
