// SASL from the client, through the whole opening: choice of the mechanism, credentials, the layer, servers that cheat.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ErrorCode, ErrorDomain, saslChannel } from '@virtwire/rpc';
import { type SaslServer, type SecurityLayer, saslMechanisms } from '@virtwire/rpc/sasl';
import { parseAuthFile } from './auth-file.ts';
import type { CredentialCallback, CredentialRequest } from './credentials.ts';
import { open } from './open.ts';
import { MemoryDaemon } from './testing/memory-daemon.ts';

const URI = 'test+tcp://host/default';
const SASL = 1;

interface Reply {
  complete: number;
  nil: number;
  data: Uint8Array;
}

// A daemon with real server mechanisms.
function saslDaemon(mechlist: string, { secure = false, change = (reply: Reply) => reply, cheat = false } = {}) {
  let server: SaslServer | undefined;
  const started: string[] = [];
  const step = async (first: boolean, { nil, data }: { nil: number; data: Uint8Array }) => {
    const message = nil !== 0 ? null : data;
    const answer = await (first ? server?.start(message) : server?.step(message));
    const layer: SecurityLayer | null | undefined = server?.layer;
    if (answer?.complete === true && layer !== undefined && layer !== null && !cheat) {
      daemon.responders.at(-1)?.switchChannelAfterReply((channel) => saslChannel(channel, layer));
    }
    const sent = answer?.data ?? null;
    return change({
      complete: answer?.complete === true ? 1 : 0,
      nil: sent === null ? 1 : 0,
      data: sent ?? new Uint8Array(),
    });
  };
  const daemon: MemoryDaemon = new MemoryDaemon({
    answers: {
      authList: () => ({ types: [SASL] }),
      authSaslInit: () => ({ mechlist }),
      authSaslStart: async (args: { mech: string; nil: number; data: Uint8Array }) => {
        started.push(args.mech);
        server = await saslMechanisms.get(args.mech)?.server({
          host: 'host',
          realm: 'realm',
          minSsf: secure ? 0 : 56,
          maxSsf: secure ? 0 : 256,
          lookup: (user) => (user === 'alice' ? { password: 'wonderland' } : null),
          decoySecret: new Uint8Array(32),
        });
        return step(true, args);
      },
      authSaslStep: (args: { nil: number; data: Uint8Array }) => step(false, args),
      connectGetHostname: () => ({ hostname: 'behind' }),
    },
  });
  const means = daemon.means();
  return {
    daemon,
    started,
    means: { ...means, transports: new Map([['tcp', { ...daemon.transport('tcp'), secure }]]) },
  };
}

const answering =
  (name: string, password: string, asked: CredentialRequest[] = []): CredentialCallback =>
  (requests) => {
    asked.push(...requests);
    return requests.map(({ kind }) => (kind === 'authname' ? name : password));
  };
const alice = answering('alice', 'wonderland');

for (const [mechlist, secure, chosen] of [
  ['PLAIN,SCRAM-SHA-1,SCRAM-SHA-256,DIGEST-MD5', true, 'SCRAM-SHA-256'],
  ['PLAIN,DIGEST-MD5', true, 'DIGEST-MD5'],
  ['PLAIN', true, 'PLAIN'],
  ['PLAIN,SCRAM-SHA-256,DIGEST-MD5,ANONYMOUS', false, 'DIGEST-MD5'],
] as const) {
  test(`of ${mechlist} a ${secure ? 'secure' : 'plain'} link takes ${chosen}, and calls follow`, async () => {
    const { started, means } = saslDaemon(mechlist, { secure });
    const asked: CredentialRequest[] = [];

    await using connection = await open(URI, { credentials: answering('alice', 'wonderland', asked) }, means);

    assert.equal(await connection.getHostname(), 'behind');
    assert.deepEqual(started, [chosen]);
    assert.deepEqual(
      asked.map(({ prompt, hidden }) => [prompt, hidden]),
      [
        ['Please enter your authentication name', false],
        ['Please enter your password', true],
      ],
    );
  });
}

for (const [what, mechlist, query, message] of [
  [
    'PLAIN on a plain link',
    'PLAIN',
    '',
    /Failed to start SASL negotiation: -4 \(SASL\(-4\): no mechanism available: No worthy/,
  ],
  ['PLAIN on a plain link, though it is wanted', 'PLAIN', '?auth=sasl.plain', /No worthy mechs found/],
  ['ANONYMOUS on a plain link', 'ANONYMOUS', '', /No worthy mechs found/],
  ['SCRAM, which cannot encrypt, on a plain link', 'SCRAM-SHA-256', '', /No worthy mechs found/],
  ['a mechanism that nobody here knows', 'NTLM', '', /No worthy mechs found/],
  [
    'a mechanism that the server has not',
    'DIGEST-MD5',
    '?auth=sasl.gssapi',
    /SASL mechanism gssapi not supported by server/,
  ],
] as const) {
  test(`does not take ${what}`, async () => {
    const { daemon, started, means } = saslDaemon(mechlist);

    await assert.rejects(open(URI + query, { credentials: alice }, means), { code: ErrorCode.AuthFailed, message });

    assert.deepEqual(started, []);
    await daemon.ended;
  });
}

test('the wanted mechanism wins over better ones, in any case of its letters', async () => {
  const { started, means } = saslDaemon('SCRAM-SHA-256,PLAIN', { secure: true });

  await using _ = await open(`${URI}?auth=sasl.plain`, { credentials: alice }, means);

  assert.deepEqual(started, ['PLAIN']);
});

test('auth.conf answers before anybody is asked', async () => {
  const { means } = saslDaemon('DIGEST-MD5');
  const file = parseAuthFile(
    '[credentials-x]\nauthname=alice\npassword=wonderland\n[auth-libvirt-host]\ncredentials=x\n',
    'auth.conf',
  );
  const given: (string | null)[] = [];
  const host = {
    ...means.host,
    readAuthFile: async (name: string | null) => {
      given.push(name);
      return file;
    },
  };

  await using connection = await open(`${URI}?authfile=/etc/mine`, {}, { ...means, host });

  assert.equal(connection.isAlive(), true);
  assert.deepEqual(given, ['/etc/mine']);
});

test('only what auth.conf does not have is asked for', async () => {
  const { means } = saslDaemon('DIGEST-MD5');
  const text = '[credentials-x]\nauthname=alice\n[auth-libvirt-default]\ncredentials=x\n';
  const host = { ...means.host, readAuthFile: async () => parseAuthFile(text, 'auth.conf') };
  const asked: CredentialRequest[] = [];

  await using _ = await open(URI, { credentials: answering('', 'wonderland', asked) }, { ...means, host });

  assert.deepEqual(
    asked.map(({ kind }) => kind),
    ['password'],
  );
});

for (const [what, credentials, message] of [
  ['nobody who could be asked', undefined, 'No authentication callback available'],
  ['a user who cancels', () => null, 'Failed to collect auth credentials'],
  ['a wrong password', answering('alice', 'wrong'), 'authentication failed'],
  ['an unknown user', answering('mallory', 'wrong'), 'authentication failed'],
  [
    'an empty name',
    answering('', 'x'),
    'Failed to step SASL negotiation: -1 (SASL(-1): generic failure: All-whitespace username.)',
  ],
] as const) {
  test(`${what}: fails as in libvirt`, async () => {
    const { daemon, means } = saslDaemon('DIGEST-MD5');

    const opening = open(URI, credentials === undefined ? {} : { credentials }, means);

    await assert.rejects(opening, { code: ErrorCode.AuthFailed, message: `authentication failed: ${message}` });
    await daemon.ended;
    assert.equal(daemon.names.includes('connectOpen'), false);
  });
}

test('a server that says "complete" without proof is not believed', async () => {
  const { daemon, means } = saslDaemon('DIGEST-MD5', { change: (reply) => ({ ...reply, complete: 1 }) });

  await assert.rejects(open(URI, { credentials: alice }, means), {
    message: 'authentication failed: the server ended the SASL negotiation before it had proven itself',
    domain: ErrorDomain.Remote,
  });

  await daemon.ended;
});

test('a server that forgets its layer is not talked to in clear', async () => {
  const { daemon, means } = saslDaemon('DIGEST-MD5', { cheat: true });

  await assert.rejects(open(URI, { credentials: alice }, means));

  await daemon.ended;
  assert.equal(daemon.names.includes('connectSupportsFeature'), false);
});

test('a negotiation without end is given up', async () => {
  const { daemon, means } = saslDaemon('PLAIN', {
    secure: true,
    change: () => ({ complete: 0, nil: 1, data: new Uint8Array() }),
  });
  daemon.calls.length = 0;

  await assert.rejects(open(URI, { credentials: alice }, means), { code: ErrorCode.AuthFailed });

  assert.ok(daemon.calls.length < 30);
});
