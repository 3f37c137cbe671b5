// SASL by name and password between both shells and both daemons: who gets in, what those are told who do not, the logs.
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { after, before, suite, test } from 'node:test';
import {
  type Finished,
  requires,
  run,
  type SaslFiles,
  SHELLS,
  type StartedDaemon,
  saslFiles,
  shell,
  startLibvirtd,
  startRecorder,
  startVirtwired,
} from '../launcher/index.ts';

const skip = requires({ libvirt: '9.0', isolation: true, sasl: true });

const conf = {
  auth_unix_rw: 'sasl',
  auth_tcp: 'sasl',
  sasl_allowed_username_list: ['alice', 'team-*'],
};
const PROMPTS = 'Please enter your authentication name: Please enter your password: ';
const FAILED = 'error: failed to connect to the hypervisor\nerror: ';
const REFUSED = `${FAILED}authentication failed: authentication failed\n`;

interface Case {
  readonly name: string;
  readonly transport: 'unix' | 'tcp';
  readonly query?: string;
  readonly input?: string;
  /** Standard error of the shell; empty when it gets in. */
  readonly stderr?: string;
  readonly asks?: string;
}

const cases: readonly Case[] = [
  { name: 'the best mechanism on a socket', transport: 'unix' },
  { name: 'SCRAM-SHA-256', transport: 'unix', query: 'auth=sasl.SCRAM-SHA-256' },
  { name: 'DIGEST-MD5 on a socket', transport: 'unix', query: 'auth=sasl.DIGEST-MD5' },
  { name: 'PLAIN on a socket', transport: 'unix', query: 'auth=sasl.PLAIN' },
  { name: 'DIGEST-MD5 with encryption on plain TCP', transport: 'tcp' },
  { name: 'a user by pattern', transport: 'tcp', input: 'team-red\nword\n' },
  { name: 'a wrong password on a socket', transport: 'unix', input: 'alice\nwrong\n', stderr: REFUSED },
  { name: 'a wrong password on plain TCP', transport: 'tcp', input: 'alice\nwrong\n', stderr: REFUSED },
  { name: 'an unknown user', transport: 'unix', input: 'mallory\nwonderland\n', stderr: REFUSED },
  { name: 'a user who is not on the list', transport: 'tcp', input: 'bob\nbuilder\n', stderr: REFUSED },
  {
    name: 'an empty name, SCRAM',
    transport: 'unix',
    input: '\nx\n',
    stderr: `${FAILED}authentication failed: Failed to start SASL negotiation: -1 (SASL(-1): generic failure: All-whitespace username.)\n`,
  },
  {
    name: 'an empty name, DIGEST-MD5',
    transport: 'tcp',
    input: '\nx\n',
    stderr: `${FAILED}authentication failed: Failed to step SASL negotiation: -1 (SASL(-1): generic failure: All-whitespace username.)\n`,
  },
  {
    name: 'PLAIN on plain TCP',
    transport: 'tcp',
    query: 'auth=sasl.PLAIN',
    asks: '',
    stderr: `${FAILED}authentication failed: SASL mechanism PLAIN not supported by server\n`,
  },
  {
    name: 'a mechanism that is not offered',
    transport: 'unix',
    query: 'auth=sasl.GSSAPI',
    asks: '',
    stderr: `${FAILED}authentication failed: SASL mechanism GSSAPI not supported by server\n`,
  },
  {
    name: 'another way than SASL',
    transport: 'tcp',
    query: 'auth=polkit',
    asks: '',
    stderr: `${FAILED}authentication failed: requested authentication type polkit rejected\n`,
  },
];

suite('SASL with passwords', { skip }, () => {
  let files: SaslFiles;
  let daemons: readonly StartedDaemon[];

  before(async () => {
    files = await saslFiles({
      mechanisms: 'scram-sha-256 digest-md5 plain',
      users: { alice: 'wonderland', bob: 'builder', 'team-red': 'word' },
    });
    const { env } = files;
    daemons = await Promise.all([startLibvirtd({ conf, env }), startVirtwired({ conf, env })]);
  });
  after(async () => {
    await Promise.all((daemons ?? []).map((daemon) => daemon[Symbol.asyncDispose]()));
    await files?.[Symbol.asyncDispose]();
  });

  const uriOf = (daemon: StartedDaemon, { transport, query }: Pick<Case, 'transport' | 'query'>) => {
    const uri = daemon.uri(transport, 'test', '/default');
    return query === undefined ? uri : `${uri}${uri.includes('?') ? '&' : '?'}${query}`;
  };

  // Real libvirtd is the measure: what virsh is told by it, everybody is told by everybody.
  for (const each of cases) {
    test(each.name, async () => {
      const { input = 'alice\nwonderland\n', stderr = '', asks = PROMPTS } = each;
      const outcomes: Record<string, Pick<Finished, 'stdout' | 'stderr' | 'code'>> = {};
      // One after the other at each daemon, for the order of the lines in its log.
      await Promise.all(
        daemons.map(async (daemon) => {
          for (const which of SHELLS) {
            const got = await shell(which, ['list --name'], { uri: uriOf(daemon, each), input });
            outcomes[`${which} on ${daemon.name}`] = { stdout: got.stdout, stderr: got.stderr, code: got.code };
          }
        }),
      );

      const expected = { stdout: asks + (stderr === '' ? 'test\n\n' : ''), stderr, code: stderr === '' ? 0 : 1 };
      assert.deepEqual(outcomes, Object.fromEntries(Object.keys(outcomes).map((pair) => [pair, expected])));
    });
  }

  test('both daemons log the same about it', () => {
    const [libvirtd, virtwired] = daemons.map((daemon) => saslErrors(daemon));

    assert.deepEqual(virtwired, libvirtd);
    assert.ok((libvirtd?.length ?? 0) >= 16);
  });

  test('auth.conf: by variable, by URI, in the home directory; no question is asked', async () => {
    const content = '[credentials-x]\nauthname=alice\npassword=wonderland\n[auth-libvirt-default]\ncredentials=x\n';
    const home = `${files.directory}/home`;
    const path = `${home}/.config/libvirt/auth.conf`;
    await run('mkdir', ['-p', `${home}/.config/libvirt`]);
    await writeFile(path, content);

    for (const daemon of daemons) {
      for (const which of SHELLS) {
        for (const { env, query } of [
          { env: { LIBVIRT_AUTH_FILE: path }, query: undefined },
          { env: {}, query: `authfile=${path}` },
          { env: { HOME: home, XDG_CONFIG_HOME: undefined }, query: undefined },
        ]) {
          const { stdout, stderr } = await shell(which, ['list --name'], {
            uri: uriOf(daemon, { transport: 'tcp', ...(query === undefined ? {} : { query }) }),
            env,
          });
          assert.deepEqual([stdout, stderr], ['test\n\n', ''], `${which} on ${daemon.name}`);
        }
      }
    }
  });

  test('credentials that auth.conf refers to and does not have are told as virsh tells it', async () => {
    const path = `${files.directory}/auth.conf`;
    await writeFile(path, '[auth-libvirt-localhost]\ncredentials=x\n');
    const told = new Set<string>();

    for (const which of SHELLS) {
      const uri = uriOf(daemons[0] as StartedDaemon, { transport: 'unix' });
      told.add((await shell(which, ['uri'], { uri, env: { LIBVIRT_AUTH_FILE: path } })).stderr);
    }

    assert.deepEqual(
      [...told],
      [
        `${FAILED}configuration file syntax error: Missing group 'credentials-x' referenced from group 'auth-libvirt-localhost' in '${path}'\n`,
      ],
    );
  });

  test('a user whom saslpasswd2 puts in while the daemons run is known at once', async () => {
    await files.user('team-new', 'fresh');

    for (const daemon of daemons) {
      const uri = uriOf(daemon, { transport: 'tcp' });
      assert.equal(
        (await shell('virtwire', ['list --name'], { uri, input: 'team-new\nfresh\n' })).stderr,
        '',
        daemon.name,
      );
    }
  });

  test('on plain TCP nothing can be read behind the authentication', { skip: requires({ tshark: true }) }, async () => {
    for (const daemon of daemons) {
      for (const which of SHELLS) {
        await using recorder = await startRecorder(daemon.tcpPort);
        const uri = `test+tcp://127.0.0.1:${recorder.port}/default`;
        const { stderr } = await shell(which, ['dumpxml test; list'], { uri, input: 'alice\nwonderland\n' });
        assert.equal(stderr, '');
        const path = `${files.directory}/session.pcap`;
        await recorder.save(path);

        const bytes = (await readFile(path)).toString('latin1');
        const { stdout } = await run('tshark', [
          '-n',
          '-r',
          path,
          '-d',
          `tcp.port==${recorder.port},libvirt`,
          '-Y',
          'libvirt.program == 0x20008086',
          '-T',
          'fields',
          '-e',
          'libvirt.procedure',
        ]);
        const procedures = new Set(stdout.split(/[\s,]+/).filter((word) => word !== ''));

        assert.equal(/test:\/\/\/default|<domain|wonderland/.test(bytes), false, `${which} on ${daemon.name}`);
        assert.deepEqual([...procedures].sort(), ['66', '67', '68', '69']);
      }
    }
  });

  test('a document of many frames comes through the layer whole', async () => {
    const xml = `<domain type='test'><name>large</name><description>${'x'.repeat(300_000)}</description><memory>1024</memory><os><type>hvm</type></os></domain>`;
    const file = `${files.directory}/large.xml`;
    await writeFile(file, xml);

    for (const daemon of daemons) {
      for (const which of SHELLS) {
        const { stdout, stderr } = await shell(which, [`define ${file}; dumpxml large; undefine large`], {
          uri: uriOf(daemon, { transport: 'tcp' }),
          input: 'alice\nwonderland\n',
        });
        assert.equal(stderr, '', `${which} on ${daemon.name}`);
        assert.match(stdout, /<description>x{300000}<\/description>/);
      }
    }
  });
});

test('no mechanism that may be used: the client learns nothing, the log says it', { skip }, async () => {
  await using files = await saslFiles({ mechanisms: 'scram-sha-256', users: { alice: 'wonderland' } });
  const { env } = files;
  await using stack = new AsyncDisposableStack();
  const daemons = await Promise.all([startLibvirtd({ conf, env }), startVirtwired({ conf, env })]);
  for (const daemon of daemons) stack.use(daemon);
  const told = new Set<string>();

  for (const daemon of daemons) {
    for (const which of SHELLS) {
      const { stdout, stderr } = await shell(which, ['uri'], { uri: daemon.uri('tcp', 'test', '/default') });
      told.add(stdout + stderr);
    }
  }

  assert.deepEqual([...told], [REFUSED]);
  const [libvirtd, virtwired] = daemons.map((daemon) => saslErrors(daemon));
  assert.deepEqual(virtwired, libvirtd);
});

test('an empty mech_list stops both daemons with the same words', { skip }, async () => {
  await using files = await saslFiles({ mechanisms: '' });
  // libvirtd listens first and looks at its configuration then.
  const failure = async (start: Promise<StartedDaemon>) => {
    const error = await start.then(
      async (daemon) => {
        await using running = daemon;
        const { code, stderr } = await running.process.finished;
        return `${stderr}exit code ${code}`;
      },
      (thrown: Error) => thrown.message,
    );
    return (
      /failed to initialize SASL library: -100 \(error when parsing configuration file\)/.exec(error)?.[0] ?? error
    );
  };

  const { env } = files;
  const told = [await failure(startLibvirtd({ conf, env })), await failure(startVirtwired({ conf, env }))];

  assert.match(told[0] ?? '', /^failed to initialize/);
  assert.equal(told[1], told[0]);
});

test('users of virtwired passwd: SCRAM and PLAIN with real virsh, no password anywhere', { skip }, async () => {
  await using files = await saslFiles({ mechanisms: 'scram-sha-256 scram-sha-512 plain' });
  await using daemon = await startVirtwired({ conf: { auth_unix_rw: 'sasl' }, env: files.env });
  const { programOf } = await import('../launcher/virtwired.ts');
  const [node, ...args] = programOf('daemon');
  const passwd = (words: readonly string[], input = '') =>
    run(node, [...args, 'passwd', ...words], { env: files.env, input });

  assert.deepEqual((await passwd(['add', 'carol'], 'a long word\n')).code, 0);
  assert.equal((await passwd(['list'])).stdout, 'carol\n');
  for (const which of SHELLS) {
    for (const mechanism of ['SCRAM-SHA-256', 'SCRAM-SHA-512', 'PLAIN']) {
      const uri = `${daemon.uri('unix', 'test', '/default')}&auth=sasl.${mechanism}`;
      assert.equal((await shell(which, ['uri'], { uri, input: 'carol\na long word\n' })).stderr, '', mechanism);
    }
  }
  assert.equal((await passwd(['delete', 'carol'])).code, 0);
  const { stderr } = await shell('virsh', ['uri'], {
    uri: daemon.uri('unix', 'test', '/default'),
    input: 'carol\na long word\n',
  });
  assert.equal(stderr, REFUSED);
});

// The lines of the log about SASL, without what tells one daemon from the other.
function saslErrors(daemon: StartedDaemon): string[] {
  return daemon.process
    .stderr()
    .split('\n')
    .map((line) => /: error : (?:vir\w+:\d+ : |remote\w+:\d+ : |client \d+ \([^)]*\): )?(.*)$/.exec(line)?.[1] ?? '')
    .filter((text) => /SASL|authentication failed|not on the list|not allowed/.test(text));
}
