// Logging in while all workers are busy, and drivers that are opened for nobody.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { defineDriver } from '@virtwire/drivers';
import { remote } from '@virtwire/protocol';
import type { SaslAuthority } from './auth/sasl.ts';
import { dom, memoryServer } from './testing/memory-server.ts';

const nothing = { nil: 1, data: new Uint8Array(0) };

test('a client logs in, and is read on, while all workers are busy', async () => {
  const sasl: SaslAuthority = {
    begin: async (peer) => ({
      mechanisms: 'FAKE',
      start: async () => ({ complete: 0, ...nothing }),
      step: async () => {
        peer.proven({ saslUser: 'one' });
        return { complete: 1, ...nothing };
      },
    }),
  };
  const made = memoryServer({ sasl, workers: { min: 1, max: 1, priority: 0 } });
  const busy = made.caller();
  await busy.call(remote.connectOpen, { name: 'fake:///busy', flags: 0 });
  const suspended = busy.call(remote.domainSuspend, { dom });
  await nextTurn();

  const caller = made.caller({ auth: 'sasl' });
  const login = async () => {
    await caller.call(remote.authSaslInit, {});
    await caller.call(remote.authSaslStart, { mech: 'FAKE', ...nothing });
    await caller.call(remote.authSaslStep, nothing);
    await caller.call(remote.connectOpen, { name: 'fake:///here', flags: 0 });
    return caller.call(remote.connectGetHostname, {});
  };
  let answer: unknown = 'none';
  const done = login().then((reply) => (answer = reply));
  for (let turn = 0; turn < 20; turn++) await nextTurn();
  made.release();
  await suspended;
  for (let turn = 0; turn < 20; turn++) await nextTurn();

  assert.deepEqual(answer, { hostname: 'here' });
  await done;
  for (const each of [busy, caller]) await each.close();
});

test('a driver that was opened for a client who has left, and that fails to close, harms nobody', async () => {
  const { promise: opened, resolve: open } = Promise.withResolvers<void>();
  const made = memoryServer({
    registry: {
      open: async (uri) => {
        await opened;
        const driver = defineDriver({ handlers: {}, close: () => Promise.reject(new Error('cannot close')) });
        return { uri, driver };
      },
    },
  });
  const caller = made.caller();
  const rejected = assert.rejects(caller.call(remote.connectOpen, { name: 'late:///', flags: 0 }));
  await nextTurn();
  await caller.close();
  await rejected;
  await nextTurn();
  open();
  for (let turn = 0; turn < 5; turn++) await nextTurn();

  assert.ok(
    made.lines.some((line) => /cannot close/.test(line)),
    made.lines.join('\n'),
  );
});

test('clients that are logging in, however long that takes, keep no worker from those who have', async () => {
  const { promise: asked, resolve: end } = Promise.withResolvers<never>();
  const made = memoryServer({ sasl: { begin: () => asked }, workers: { min: 1, max: 1, priority: 0 } });
  const strangers = Array.from({ length: 5 }, () => made.caller({ auth: 'sasl' }));
  const logins = strangers.map((stranger) => stranger.call(remote.authSaslInit, {}));
  await nextTurn();

  const caller = made.caller();
  let answer: unknown = 'none';
  const call = async () => {
    await caller.call(remote.connectOpen, { name: 'fake:///here', flags: 0 });
    const suspended = caller.call(remote.domainSuspend, { dom });
    await nextTurn();
    made.release();
    answer = await suspended;
  };
  const done = call();
  for (let turn = 0; turn < 20; turn++) await nextTurn();
  const before = answer;
  end(Promise.reject(new Error('over')) as never);
  await Promise.allSettled(logins);
  for (let turn = 0; turn < 20; turn++) await nextTurn();
  made.release();
  await done;

  assert.deepEqual(before, {});
  for (const each of [caller, ...strangers]) await each.close();
});

test('connections that are opened one behind the other at once leave none open for nobody', async () => {
  const made = memoryServer();
  const caller = made.caller();
  const opens = Array.from({ length: 5 }, () => caller.call(remote.connectOpen, { name: 'slow:///', flags: 0 }));
  const settled = Promise.allSettled(opens);
  for (let turn = 0; turn < 20; turn++) {
    await nextTurn();
    made.openNow();
  }
  const outcomes = (await settled).map(({ status }) => status);

  assert.deepEqual(outcomes, ['fulfilled', 'rejected', 'fulfilled', 'rejected', 'fulfilled']);
  assert.equal(made.open.length, 1);
  await caller.close();
  await nextTurn();
  assert.deepEqual(made.open, []);
});
