import assert from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { test } from 'node:test';
import { WorkerWindow } from './worker-window.ts';

test('calls beyond the limit wait in order, and begin when others end', async () => {
  const window = new WorkerWindow({ min: 1, max: 2, priority: 0 });
  const began: number[] = [];
  for (let call = 0; call < 2; call++) {
    assert.ok(window.isFree(false));
    window.enter();
  }
  assert.ok(!window.isFree(false));
  for (let call = 0; call < 3; call++) void window.wait(false).then(() => began.push(call));
  assert.equal(window.queued, 3);

  window.leave();
  await nextTurn();
  assert.deepEqual(began, [0]);
  window.leave();
  window.leave();
  await nextTurn();

  assert.deepEqual(began, [0, 1, 2]);
  assert.deepEqual([window.busy, window.queued], [2, 0]);
});

test('calls of high priority pass when all ordinary places are taken, and before those that wait', async () => {
  const window = new WorkerWindow({ min: 1, max: 1, priority: 1 });
  const began: string[] = [];
  window.enter();
  assert.ok(!window.isFree(false));
  assert.ok(window.isFree(true));
  window.enter();
  assert.ok(!window.isFree(true));
  void window.wait(false).then(() => began.push('usual'));
  void window.wait(true).then(() => began.push('urgent'));

  window.leave();
  await nextTurn();
  assert.deepEqual(began, ['urgent']);
  window.leave();
  window.leave();
  await nextTurn();

  assert.deepEqual(began, ['urgent', 'usual']);
});

test('a wider window lets those that wait begin at once; a narrower one lets those at work go on', async () => {
  const window = new WorkerWindow({ min: 1, max: 1, priority: 0 });
  window.enter();
  let began = 0;
  for (let call = 0; call < 3; call++) void window.wait(false).then(() => began++);

  window.limits = { min: 1, max: 3, priority: 0 };
  await nextTurn();
  assert.equal(began, 2);
  window.limits = { min: 1, max: 1, priority: 0 };
  window.leave();
  await nextTurn();

  assert.equal(began, 2);
  assert.deepEqual([window.busy, window.queued, window.threadCount], [2, 1, 1]);
});

test('thousands may wait', async () => {
  const window = new WorkerWindow({ min: 1, max: 1, priority: 0 });
  window.enter();
  const order: number[] = [];
  for (let call = 0; call < 5000; call++) {
    void window.wait(false).then(() => {
      order.push(call);
      window.leave();
    });
  }
  window.leave();
  while (order.length < 5000) await nextTurn();

  assert.deepEqual(
    order,
    Array.from({ length: 5000 }, (_, call) => call),
  );
  assert.deepEqual([window.busy, window.queued], [0, 0]);
});
