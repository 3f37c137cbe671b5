// Kerberos between both shells and both daemons, with a KDC of its own: tickets, encryption on plain TCP, refusals.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, suite, test } from 'node:test';
import {
  type Finished,
  type Krb5Realm,
  requires,
  type SaslFiles,
  SHELLS,
  type StartedDaemon,
  saslFiles,
  shell,
  startKrb5Realm,
  startLibvirtd,
  startRecorder,
  startVirtwired,
} from '../launcher/index.ts';

const skip = requires({ libvirt: '9.0', isolation: true, krb5: true, sasl: true });

const conf = { auth_unix_rw: 'sasl', auth_tcp: 'sasl', sasl_allowed_username_list: ['alice'] };
const FAILED = 'error: failed to connect to the hypervisor\nerror: ';
const REFUSED = `${FAILED}authentication failed: authentication failed\n`;

// Cyrus looks for the key of the host's own name, and the tests talk to localhost.
const inside = (command: readonly string[]) => [
  'unshare',
  '--uts',
  'sh',
  '-c',
  'hostname localhost; exec "$@"',
  'sh',
  ...command,
];

suite('SASL with Kerberos', { skip }, () => {
  let realm: Krb5Realm;
  let files: SaslFiles;
  let daemons: readonly StartedDaemon[];
  let alice: Record<string, string>;
  let bob: Record<string, string>;

  before(async () => {
    realm = await startKrb5Realm();
    const keytab = await realm.keytab('libvirt/localhost');
    [alice, bob] = [await realm.ticket('alice'), await realm.ticket('bob')];
    files = await saslFiles({ mechanisms: 'gssapi', keytab });
    const env = { ...files.env, ...realm.env };
    daemons = await Promise.all([startLibvirtd({ conf, env, inside }), startVirtwired({ conf, env, inside })]);
  });
  after(async () => {
    await Promise.all((daemons ?? []).map((daemon) => daemon[Symbol.asyncDispose]()));
    await files?.[Symbol.asyncDispose]();
    await realm?.[Symbol.asyncDispose]();
  });

  const uriOf = (daemon: StartedDaemon, transport: 'unix' | 'tcp') =>
    daemon.uri(transport, 'test', '/default').replace('127.0.0.1', 'localhost');

  async function everywhere(transport: 'unix' | 'tcp', env: Record<string, string>, query = '') {
    const outcomes: Record<string, Pick<Finished, 'stdout' | 'stderr' | 'code'>> = {};
    await Promise.all(
      daemons.flatMap((daemon) =>
        SHELLS.map(async (which) => {
          const uri = uriOf(daemon, transport) + query;
          const { stdout, stderr, code } = await shell(which, ['list --name'], { uri, env });
          outcomes[`${which} on ${daemon.name}`] = { stdout, stderr, code };
        }),
      ),
    );
    return outcomes;
  }

  for (const transport of ['unix', 'tcp'] as const) {
    test(`a ticket is all that it takes, over ${transport}`, async () => {
      const outcomes = await everywhere(transport, alice);

      const expected = { stdout: 'test\n\n', stderr: '', code: 0 };
      assert.deepEqual(outcomes, Object.fromEntries(Object.keys(outcomes).map((pair) => [pair, expected])));
    });
  }

  test('a principal that is not on the list is refused', async () => {
    const outcomes = await everywhere('tcp', bob);

    const expected = { stdout: '', stderr: REFUSED, code: 1 };
    assert.deepEqual(outcomes, Object.fromEntries(Object.keys(outcomes).map((pair) => [pair, expected])));
    for (const daemon of daemons) {
      assert.match(daemon.process.stderr(), /SASL client identity 'bob' not allowed by ACL/);
    }
  });

  test('without a ticket the client says so, as virsh does', async () => {
    const outcomes = await everywhere('tcp', realm.env, '?auth=sasl.GSSAPI');

    const told = new Set(Object.values(outcomes).map(({ stderr }) => stderr));
    assert.equal(told.size, 1, [...told].join());
    assert.match(
      [...told][0] ?? '',
      /authentication failed: Failed to start SASL negotiation: -1 \(SASL\(-1\): generic failure: GSSAPI Error: No credentials were supplied/,
    );
  });

  test('on plain TCP nothing can be read behind the authentication', async () => {
    for (const daemon of daemons) {
      for (const which of SHELLS) {
        await using recorder = await startRecorder(daemon.tcpPort);
        const uri = `test+tcp://localhost:${recorder.port}/default`;
        const { stderr } = await shell(which, ['dumpxml test; list'], { uri, env: alice });
        assert.equal(stderr, '');
        await recorder.save(`${files.directory}/session.pcap`);
        const bytes = (await readFile(`${files.directory}/session.pcap`)).toString('latin1');

        assert.ok(bytes.includes('GSSAPI'));
        assert.doesNotMatch(bytes, /test:\/\/\/default|<domain/, `${which} on ${daemon.name}`);
      }
    }
  });

  test('a host without a key: refused by the KDC, with its words', async () => {
    const uri = uriOf(daemons[1] as StartedDaemon, 'tcp').replace('localhost', '127.0.0.1');
    const told: string[] = [];
    for (const which of SHELLS) told.push((await shell(which, ['uri'], { uri, env: alice })).stderr);

    assert.equal(told[1], told[0]);
    assert.match(
      told[0] ?? '',
      /GSSAPI Error: .*Server (libvirt\/127\.0\.0\.1@VIRTWIRE\.TEST )?not found in Kerberos database/,
    );
  });
});
