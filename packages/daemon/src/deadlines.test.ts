import assert from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { test } from 'node:test';
import { remote } from '@virtwire/protocol';
import { dom, memoryServer, openFake } from './testing/memory-server.ts';

test('a client that does not authenticate in time is cut off, and makes room for another', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const made = memoryServer({ loginTimeoutMs: 60_000, maxAnonymousClients: 1 });
  const ended = Promise.withResolvers<void>();
  made.channel({ auth: 'sasl' }).open({ data: () => {}, drain: () => {}, end: () => ended.resolve() });
  const waiting = made.caller({ auth: 'sasl' });
  assert.deepEqual([made.server.clientCount, made.server.waitingCount], [1, 1]);

  t.mock.timers.tick(59_999);
  assert.equal(made.server.clientCount, 1);
  t.mock.timers.tick(1);
  await ended.promise;

  assert.match(made.lines.join('\n'), /client 1 \(memory\): .*has not authenticated within 60 seconds/);
  assert.deepEqual(await waiting.call(remote.authList, {}), { types: [1] });
  await waiting.close();
});

test('a client that has authenticated, or need not, stays for ever', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const made = memoryServer({ loginTimeoutMs: 1000 });
  const [open, root] = [made.caller(), made.caller({ auth: 'polkit' }, { uid: 0 })];

  t.mock.timers.tick(100_000);

  assert.deepEqual(await open.call(remote.authList, {}), { types: [0] });
  assert.deepEqual(await root.call(remote.authList, {}), { types: [0] });
  await open.close();
  await root.close();
});

test('calls beyond max_workers wait, whoever makes them; those that are urgent or answered at once do not', async () => {
  const made = memoryServer({ workers: { min: 1, max: 2, priority: 1 } });
  const callers = [made.caller(), made.caller(), made.caller()];
  for (const caller of callers) await openFake(caller);
  const [one, two, three] = callers as [(typeof callers)[0], (typeof callers)[0], (typeof callers)[0]];
  const suspended = [one, two, three].map((caller) => caller.call(remote.domainSuspend, { dom }));
  await nextTurn();
  assert.deepEqual([made.server.workers.busy, made.server.workers.queued], [2, 1]);

  assert.deepEqual(await three.call(remote.connectGetHostname, {}), { hostname: 'here' });
  assert.ok(suspended.length === 3);
  while (made.server.workers.busy > 0 || made.server.workers.queued > 0) {
    made.release();
    await nextTurn();
  }
  await Promise.all(suspended);

  for (const caller of callers) await caller.close();
});

test('a call that waits for a place is given up when its client leaves', async () => {
  const made = memoryServer({ workers: { min: 1, max: 1, priority: 0 } });
  const [one, two] = [made.caller(), made.caller()];
  await openFake(one);
  await openFake(two);
  const first = one.call(remote.domainSuspend, { dom });
  const second = two.call(remote.domainSuspend, { dom });
  second.catch(() => {});
  await nextTurn();
  await two.close();

  made.release();
  await first;
  await nextTurn();

  assert.deepEqual([made.server.workers.busy, made.server.workers.queued], [0, 0]);
  await assert.rejects(second);
  await one.close();
});
