// SASL through the procedures of a server: who gets in, what failures tell, and what hostile clients cannot do.
import assert from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { test } from 'node:test';
import { type Identity, remote } from '@virtwire/protocol';
import { Caller, saslChannel } from '@virtwire/rpc';
import { type SaslClient, type SaslClientOptions, saslMechanisms } from '@virtwire/rpc/sasl';
import type { Service } from '../listener/listener.ts';
import { type MemoryServer, memoryServer, openFake, programs } from '../testing/memory-server.ts';
import { FailureGuard, type GuardPlace } from './failure-guard.ts';
import { saslAuthority } from './sasl.ts';
import { parseSaslConfig } from './sasl-config.ts';
import type { UserStore } from './user-store.ts';

const REFUSED = { message: 'authentication failed: authentication failed', code: 45, domain: 7 };
const passwords = new Map([
  ['alice@here', 'wonderland'],
  ['bob@here', 'builder'],
  ['alice@there', 'other'],
  ['nobody@here', ''],
]);
const store: UserStore = {
  lookup: (user, realm) => {
    const password = passwords.get(`${user}@${realm}`);
    return password === undefined ? null : { password };
  },
};

interface Made extends MemoryServer {
  readonly waits: number[];
  connect(service?: Partial<Service>, identity?: Identity): Caller;
}

function made(mechlist: string | null, options: Partial<Parameters<typeof saslAuthority>[0]> = {}): Made {
  const waits: number[] = [];
  const memory = memoryServer({
    sasl: saslAuthority({
      config: parseSaslConfig(mechlist === null ? '' : `mech_list: ${mechlist}`, 'libvirt.conf'),
      stores: [store],
      allowedUsers: null,
      tcpMinSsf: 56,
      host: 'here',
      guard: new FailureGuard({ now: () => 0, wait: async (ms) => void waits.push(ms) }),
      ...options,
    }),
  });
  return Object.assign(memory, {
    waits,
    connect: (service: Partial<Service> = {}, identity?: Identity) =>
      memory.caller({ auth: 'sasl', secure: true, ...service }, identity),
  });
}

async function login(caller: Caller, mech: string, options: Partial<SaslClientOptions> & { secure?: boolean }) {
  const { secure = true, ...rest } = options;
  const strength = secure ? { minSsf: 0, maxSsf: 0 } : { minSsf: 56, maxSsf: 256 };
  const client = (await saslMechanisms.get(mech)?.client({ host: 'here', ...strength, ...rest })) as SaslClient;
  const wire = (data: Uint8Array | null) => ({ nil: data === null ? 1 : 0, data: data ?? new Uint8Array() });
  const pause = { pauseAfterReply: true };
  let reply = await caller.call(remote.authSaslStart, { mech, ...wire(await client.start()) }, pause);
  for (;;) {
    const answer = client.complete ? null : await client.step(reply.nil !== 0 ? null : reply.data);
    if (reply.complete !== 0) break;
    caller.resume();
    reply = await caller.call(remote.authSaslStep, wire(answer), pause);
  }
  const { layer } = client;
  if (layer === null) caller.resume();
  else caller.switchChannel((channel) => saslChannel(channel, layer));
  return layer?.ssf ?? 0;
}

const alice = { authname: 'alice', password: 'wonderland' };

for (const mech of ['SCRAM-SHA-512', 'SCRAM-SHA-256', 'SCRAM-SHA-1', 'DIGEST-MD5', 'PLAIN', 'ANONYMOUS']) {
  test(`${mech} on a socket that nobody else can read: in, and not before`, async () => {
    const server = made(mech.toLowerCase());
    const caller = server.connect();

    assert.deepEqual(await caller.call(remote.authList, {}), { types: [1] });
    assert.deepEqual(await caller.call(remote.authSaslInit, {}), { mechlist: mech });
    await assert.rejects(openFake(caller), { message: 'authentication required' });
    assert.equal(await login(caller, mech, alice), 0);
    await openFake(caller);

    assert.deepEqual(await caller.call(remote.connectGetHostname, {}), { hostname: 'here' });
    assert.deepEqual(await caller.call(remote.authList, {}), { types: [0] });
    assert.deepEqual(server.waits, []);
    await caller.close();
  });
}

for (const mech of ['SCRAM-SHA-256', 'DIGEST-MD5', 'PLAIN']) {
  test(`${mech}: a user whose password is empty gets in with none`, async () => {
    const server = made(mech);
    for (const password of ['', 'x']) {
      const caller = server.connect();
      await caller.call(remote.authSaslInit, {});

      await assert.rejects(login(caller, mech, { authname: 'nobody', password }), REFUSED);

      await assert.rejects(openFake(caller), { message: 'authentication required' });
      await caller.close();
    }
  });
}

test('who has authenticated may send long packets, but no longer ones than others', async () => {
  const server = made('plain');
  const service = { auth: 'sasl', secure: true } as const;
  const [within, beyond] = [server.channel(service), server.channel(service)];
  const callers = [within, beyond].map((channel) => new Caller(channel, { programs }));
  for (const caller of callers) {
    await caller.call(remote.authSaslInit, {});
    await login(caller, 'PLAIN', alice);
  }

  within.write(Uint8Array.of(2, 0, 0, 4));
  beyond.write(Uint8Array.of(2, 0, 0, 5));
  await nextTurn();

  const states = callers.map((caller) => Promise.race([caller.closed.then(() => 'closed'), nextTurn('open')]));
  assert.deepEqual(await Promise.all(states), ['open', 'closed']);
  assert.match(server.lines.join('\n'), /packet 33554433 bytes received from server too large, want 33554432/);
  await callers[0]?.close();
});

test('plain TCP gets encryption, by a layer that all further packets go through', async () => {
  const server = made('scram-sha-256 plain anonymous digest-md5');
  const caller = server.connect({ secure: false });

  assert.deepEqual(await caller.call(remote.authSaslInit, {}), { mechlist: 'DIGEST-MD5' });
  assert.equal(await login(caller, 'DIGEST-MD5', { ...alice, secure: false }), 128);
  await openFake(caller);

  assert.deepEqual(await caller.call(remote.connectGetHostname, {}), { hostname: 'here' });
  await caller.close();
});

for (const mech of ['PLAIN', 'SCRAM-SHA-256', 'ANONYMOUS', 'EXTERNAL']) {
  test(`plain TCP: ${mech} is refused, though the client insists`, async () => {
    const server = made('scram-sha-256 plain anonymous external digest-md5');
    const caller = server.connect({ secure: false });
    await caller.call(remote.authSaslInit, {});

    await assert.rejects(login(caller, mech, { ...alice }), REFUSED);

    await assert.rejects(openFake(caller), { message: 'authentication required' });
    assert.match(server.lines.join('\n'), new RegExp(`no mechanism available: Couldn't find mech ${mech}`));
    await caller.close();
  });
}

test('a service without a mechanism that may be used there says so in the log only', async () => {
  const server = made('scram-sha-256 plain');
  const caller = server.connect({ secure: false });

  await assert.rejects(caller.call(remote.authSaslInit, {}), REFUSED);

  assert.match(server.lines.join('\n'), /error client 1 \(memory\): internal error: no SASL mechanisms are available/);
  await caller.close();
});

test('without mech_list there is neither ANONYMOUS nor PLAIN nor EXTERNAL', async () => {
  const caller = made(null).connect({}, { address: 'x', x509Name: 'CN=a' });

  const { mechlist } = await caller.call(remote.authSaslInit, {});

  assert.match(mechlist, /SCRAM-SHA-256/);
  assert.doesNotMatch(mechlist, /ANONYMOUS|PLAIN|EXTERNAL/);
  await caller.close();
});

test('EXTERNAL is for clients with a certificate', async () => {
  const server = made('external');
  const [without, one] = [server.connect(), server.connect({}, { address: 'x', x509Name: 'CN=client' })];

  await assert.rejects(without.call(remote.authSaslInit, {}), REFUSED);
  await one.call(remote.authSaslInit, {});
  await login(one, 'EXTERNAL', {});

  assert.match(server.lines.join('\n'), /SASL user 'CN=client' authenticated/);
  await Promise.all([without.close(), one.close()]);
});

for (const mech of ['SCRAM-SHA-256', 'DIGEST-MD5', 'PLAIN']) {
  test(`${mech}: a wrong password, an unknown user and one who is not allowed look alike, and cost time`, async () => {
    const server = made(mech, { allowedUsers: ['al*'] });
    const seen: unknown[] = [];
    const attempts = [
      { authname: 'alice', password: 'wrong' },
      { authname: 'mallory', password: 'wrong' },
      { authname: 'bob', password: 'builder' },
    ];

    for (const options of attempts) {
      const caller = server.connect();
      await caller.call(remote.authSaslInit, {});
      await assert.rejects(login(caller, mech, options), (error: Error & { code?: number; domain?: number }) => {
        seen.push({ message: error.message, code: error.code, domain: error.domain });
        return true;
      });
      await assert.rejects(openFake(caller), { message: 'authentication required' });
      await caller.close();
    }

    assert.deepEqual(seen, [REFUSED, REFUSED, REFUSED]);
    assert.equal(server.waits.filter((ms) => ms > 0).length >= 3, true);
    const log = server.lines.join('\n');
    assert.match(log, /-13 \(SASL\(-13\): authentication failure: /);
    assert.match(log, /-20 \(SASL\(-13\): user not found: /);
    assert.match(log, /SASL client identity 'bob' not allowed by ACL/);
    assert.match(log, /Client's username is not on the list of allowed clients/);
    assert.doesNotMatch(log, /wonderland|builder|wrong/);
  });
}

test('after a failure the same client may begin again', async () => {
  const server = made('scram-sha-256');
  const caller = server.connect();
  await caller.call(remote.authSaslInit, {});
  await assert.rejects(login(caller, 'SCRAM-SHA-256', { ...alice, password: 'x' }), REFUSED);

  await caller.call(remote.authSaslInit, {});
  await login(caller, 'SCRAM-SHA-256', alice);

  await openFake(caller);
  await caller.close();
});

test('a name with a realm is the user of that realm, not the one of ours', async () => {
  const server = made('plain', { allowedUsers: ['alice'] });
  const caller = server.connect();
  await caller.call(remote.authSaslInit, {});

  await assert.rejects(login(caller, 'PLAIN', { authname: 'alice@there', password: 'other' }), REFUSED);

  assert.match(server.lines.join('\n'), /SASL client identity 'alice@there' not allowed by ACL/);
  await caller.close();
});

test('a user has one name, whether the realm of this host stands behind it or not', async () => {
  for (const mech of ['PLAIN', 'SCRAM-SHA-256', 'DIGEST-MD5']) {
    const server = made(mech.toLowerCase(), { allowedUsers: ['alice'] });
    const [long, short] = [server.connect(), server.connect()];
    await long.call(remote.authSaslInit, {});
    await login(long, mech, { ...alice, authname: 'alice@here' });
    await short.call(remote.authSaslInit, {});
    await login(short, mech, alice);

    const users = [...server.server.served].map(({ identity }) => identity.saslUser);
    assert.deepEqual(users, ['alice', 'alice'], mech);
    for (const each of [long, short]) await each.close();
  }
});

test('a store that cannot be read keeps nobody out whom another one knows, and its reason stays in the log', async () => {
  const broken: UserStore = {
    lookup: () => {
      throw new Error('cannot read /etc/secret');
    },
  };
  const server = made('plain', { stores: [broken, store] });
  const caller = server.connect();
  await caller.call(remote.authSaslInit, {});

  await login(caller, 'PLAIN', alice);

  assert.match(server.lines.join('\n'), /cannot read \/etc\/secret/);
  await caller.close();
});

const empty = { nil: 0, data: new Uint8Array() };

for (const [what, run] of [
  ['start before init', (caller: Caller) => caller.call(remote.authSaslStart, { mech: 'PLAIN', ...empty })],
  ['step before init', (caller: Caller) => caller.call(remote.authSaslStep, empty)],
  [
    'init twice',
    async (caller: Caller) => {
      await caller.call(remote.authSaslInit, {});
      return caller.call(remote.authSaslInit, {});
    },
  ],
  [
    'step before start',
    async (caller: Caller) => {
      await caller.call(remote.authSaslInit, {});
      return caller.call(remote.authSaslStep, empty);
    },
  ],
  [
    'start twice',
    async (caller: Caller) => {
      await caller.call(remote.authSaslInit, {});
      await caller.call(remote.authSaslStart, { mech: 'DIGEST-MD5', nil: 1, data: new Uint8Array() });
      return caller.call(remote.authSaslStart, { mech: 'PLAIN', nil: 0, data: Buffer.from('\0alice\0wonderland') });
    },
  ],
  [
    'a mechanism with an odd name',
    async (caller: Caller) => {
      await caller.call(remote.authSaslInit, {});
      return caller.call(remote.authSaslStart, { mech: 'PLAIN\nerror: made up', ...empty });
    },
  ],
] as const) {
  test(`${what}: refused with the one text, and nobody is in`, async () => {
    const server = made('digest-md5 plain');
    const caller = server.connect();

    await assert.rejects(async () => run(caller), REFUSED);

    await assert.rejects(openFake(caller), { message: 'authentication required' });
    for (const line of server.lines) assert.doesNotMatch(line, /\n/);
    await caller.close();
  });
}

test('a client that has got in cannot become somebody else', async () => {
  const server = made('plain');
  const caller = server.connect();
  await caller.call(remote.authSaslInit, {});
  await login(caller, 'PLAIN', alice);

  await assert.rejects(caller.call(remote.authSaslInit, {}), REFUSED);
  await assert.rejects(
    caller.call(remote.authSaslStart, { mech: 'PLAIN', nil: 0, data: Buffer.from('\0bob\0builder') }),
    REFUSED,
  );

  assert.equal(server.lines.filter((line) => /authenticated/.test(line)).length, 1);
  await caller.close();
});

test('failures are counted by host, by user, and by connection where nobody knows the user of a socket', async () => {
  const places: GuardPlace[] = [];
  const guard = new FailureGuard();
  guard.failed = (place) => Promise.resolve(void places.push(place));
  const authority = saslAuthority({
    config: parseSaslConfig('mech_list: plain', 'libvirt.conf'),
    stores: [store],
    allowedUsers: null,
    tcpMinSsf: 56,
    host: 'here',
    guard,
  });
  const attempt = async (address: string, id: number, uid: number | null, identity: Identity = { address }) => {
    const exchange = await authority.begin({
      service: { name: 'x', readOnly: false, auth: 'sasl', secure: true },
      identity,
      address,
      id,
      localUser: () => Promise.resolve(uid),
      signal: new AbortController().signal,
      proven: () => assert.fail(),
      attempted: () => undefined,
      log: () => undefined,
      switchChannelAfterReply: () => assert.fail(),
    });
    await assert.rejects(
      exchange.start('PLAIN', { nil: 0, data: new TextEncoder().encode('\0alice\0wrong') }),
      REFUSED,
    );
  };

  await attempt('10.0.0.1:4711', 1, null);
  await attempt('[::1]:4711', 2, null);
  await attempt('unix', 3, 1000);
  await attempt('unix', 4, null, { address: 'unix', uid: 5 });
  await attempt('unix', 5, null);

  assert.deepEqual(places, [
    { name: '10.0.0.1', crowd: null },
    { name: '[::1]', crowd: null },
    { name: 'uid 1000', crowd: null },
    { name: 'uid 5', crowd: null },
    { name: 'connection 5', crowd: 'unix' },
  ]);
});
