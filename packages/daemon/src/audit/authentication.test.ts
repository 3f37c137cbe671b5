// Who tried to log in, and what came of it, as the audit log tells it.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { type Identity, remote } from '@virtwire/protocol';
import { accessControl, type AccessControl } from '../acl/control.ts';
import { FailureGuard } from '../auth/failure-guard.ts';
import type { PolkitAuthority } from '../auth/polkit-authority.ts';
import { saslAuthority } from '../auth/sasl.ts';
import { parseSaslConfig } from '../auth/sasl-config.ts';
import { memoryServer } from '../testing/memory-server.ts';
import { authenticationObserver } from './authentication.ts';

type Fields = Readonly<Record<string, unknown>>;

interface Audited {
  readonly control: AccessControl;
  /** Copies in the log, `level {fields}`. */
  readonly copies: string[];
  text(): string;
  /** What is special about each record. */
  records(): Fields[];
}

function audited(t: TestContext): Audited {
  const directory = mkdtempSync(join(tmpdir(), 'audit-'));
  const auditFile = join(directory, 'audit.log');
  const copies: string[] = [];
  const control = accessControl({
    drivers: [],
    rulesFile: '/nope',
    auditFile,
    polkit: null,
    log: (_level, text) => assert.fail(text),
    copy: (level, text) => void copies.push(`${level} ${text}`),
  });
  t.after(() => {
    control.close();
    rmSync(directory, { recursive: true });
  });
  const text = () => readFileSync(auditFile, 'utf8');
  const records = () =>
    text()
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>)
      .filter(({ event }) => event === 'authentication')
      .map(({ seq: _seq, time: _time, prev: _prev, hash: _hash, event: _event, ...rest }) => rest);
  return { control, copies, text, records };
}

const plain = (user: string, password: string) => ({
  mech: 'PLAIN',
  nil: 0,
  data: new TextEncoder().encode(`\0${user}\0${password}`),
});

test('SASL: who got in by which mechanism, and who did not and why, without any password', async (t) => {
  const { control, copies, text, records } = audited(t);
  const server = memoryServer({
    access: control,
    sasl: saslAuthority({
      config: parseSaslConfig('mech_list: plain', 'libvirt.conf'),
      stores: [{ lookup: (user) => (user === 'alice' || user === 'bob' ? { password: 'wonderland' } : null) }],
      allowedUsers: ['alice'],
      tcpMinSsf: 56,
      host: 'here',
      guard: new FailureGuard({ wait: () => Promise.resolve() }),
    }),
  });
  const told: string[] = [];
  for (const attempt of [
    plain('alice', 'wonderland'),
    plain('alice', 'secret-1'),
    plain('nobody', 'secret-2'),
    plain('bob', 'wonderland'),
    { ...plain('alice', 'secret-3'), mech: 'CRAM-MD5' },
  ]) {
    const caller = server.caller({ auth: 'sasl', name: 'tls' }, { address: '10.0.0.1:5', x509Name: 'CN=pc' });
    await caller.call(remote.authSaslInit, {});
    await caller.call(remote.authSaslStart, attempt).catch(({ message }: Error) => told.push(message));
    await caller.close();
  }

  const who = { identity: { x509: 'CN=pc' }, address: '10.0.0.1:5', service: 'tls', method: 'sasl' };
  const [first, ...refused] = records();
  assert.deepEqual(first, {
    ...who,
    identity: { sasl: 'alice', x509: 'CN=pc' },
    mechanism: 'PLAIN',
    decision: 'allow',
  });
  assert.deepEqual(
    refused.map(({ mechanism, claimed, decision }) => [mechanism, claimed, decision]),
    [
      ['PLAIN', 'alice', 'deny'],
      ['PLAIN', 'nobody', 'deny'],
      ['PLAIN', 'bob', 'deny'],
      [undefined, undefined, 'deny'],
    ],
  );
  for (const { reason } of refused) assert.equal(typeof reason, 'string');
  assert.match(String(refused[2]?.['reason']), /not on the list of allowed clients/);
  assert.match(String(refused[3]?.['reason']), /Couldn't find mech CRAM-MD5/);
  assert.doesNotMatch(text(), /secret|wonderland/);
  // Whatever was wrong, the client learns one thing.
  assert.deepEqual([...new Set(told)], ['authentication failed: authentication failed']);
  assert.equal(copies.filter((line) => line.startsWith('warning {"event":"authentication"')).length, 4);
  assert.match(copies[0] ?? '', /^info \{"event":"authentication","identity":\{"sasl":"alice"/);
});

test('SASL: a client that breaks the rules of the exchange is written down, too', async (t) => {
  const { control, records } = audited(t);
  const caller = memoryServer({ access: control }).caller({ auth: 'none' });

  await assert.rejects(caller.call(remote.authSaslInit, {}), {
    message: 'authentication failed: authentication failed',
  });
  await caller.close();

  assert.equal(records()[0]?.['reason'], 'client tried to use SASL where it is not asked for');
});

test('polkit: process, user, action and answer', async (t) => {
  const { control, records } = audited(t);
  const identity: Identity = { pid: 4711, uid: 1000, unixUser: 'alice', startTime: 99n, address: 'unix' };
  let authorized = true;
  const polkit: PolkitAuthority = {
    check: () => Promise.resolve({ authorized, challenge: false, dismissed: false }),
    close: () => undefined,
  };
  const server = memoryServer({ access: control, polkit });
  for (authorized of [true, false]) {
    const caller = server.caller({ auth: 'polkit', name: 'unix' }, identity);
    await caller.call(remote.authPolkit, {}).catch(() => undefined);
    await caller.close();
  }

  const who = { identity: { user: 'alice', uid: 1000, pid: 4711 }, address: 'unix', service: 'unix', method: 'polkit' };
  assert.deepEqual(records(), [
    { ...who, mechanism: 'org.libvirt.unix.manage', decision: 'allow' },
    {
      ...who,
      mechanism: 'org.libvirt.unix.manage',
      decision: 'deny',
      reason: 'authentication failed: access denied by policy',
    },
  ]);
});

test('refusals without end fill no disk: beyond a number only their number is told, for each method apart', () => {
  const written: Fields[] = [];
  let now = 0;
  const observe = authenticationObserver({ add: (fields) => void written.push(fields) }, assert.fail, () => now);
  const tls = { method: 'tls', mechanism: null, service: 'tls', identity: { address: 'a' }, refusal: 'no' } as const;

  for (let count = 0; count < 250; count++) observe(tls);
  observe({ ...tls, method: 'sasl' });
  now = 10_001;
  observe({ ...tls, refusal: null });

  assert.equal(written.length, 102);
  assert.deepEqual(
    written.slice(100).map(({ method, decision, refusalsLeftOut }) => [method, decision, refusalsLeftOut]),
    [
      ['sasl', 'deny', undefined],
      ['tls', 'allow', 150],
    ],
  );
});

test('a log that cannot be written is told, and lets in who may come in', () => {
  const told: string[] = [];
  const sink = {
    add: () => {
      throw new Error('No space left on device');
    },
  };

  authenticationObserver(sink, (text) => told.push(text))({
    method: 'tls',
    mechanism: null,
    service: 'tls',
    identity: { address: 'a' },
    refusal: null,
  });

  assert.deepEqual(told, ['No space left on device']);
});
