// Tests of the window: calls that may take their time leave a server room to read, quick ones go many at once.
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { Caller } from './caller.ts';
import { memoryChannelPair } from './channel.ts';
import { int } from './codec.ts';
import { procedure, program, programOf } from './program.ts';
import { Responder } from './responder.ts';

const rows = program('sample', 0x1234, 1, {
  look: procedure(1, () => [{ id: int }, { id: int }]),
  other: procedure(2, () => [{ id: int }, { id: int }]),
  change: procedure(3, () => [{ id: int }, { id: int }, { needsWrite: 'always' }]),
});
type Name = 'look' | 'other' | 'change';

/** A server that answers when told to. */
function session(t: TestContext, maxInFlight?: number) {
  t.mock.timers.enable({ apis: ['Date'] });
  const [near, far] = memoryChannelPair();
  const atWork: (() => void)[] = [];
  const responder = new Responder(far, {
    programs: [rows[programOf]],
    maxRequests: 1000,
    dispatch: (_row, args) => new Promise((resolve) => atWork.push(() => resolve(args))),
    onClose: () => {},
  });
  const caller = new Caller(near, maxInFlight === undefined ? {} : { maxInFlight });
  t.after(() => caller.close());
  const settled = () => new Promise<void>((resolve) => setImmediate(resolve));
  return {
    responder,
    caller,
    /** Makes calls, and gives how many are at work once those that may have left. */
    async call(name: Name, times: number): Promise<number> {
      for (let id = 0; id < times; id++) caller.call(rows[name], { id }).catch(() => {});
      await settled();
      return atWork.length;
    },
    /** Answers so many calls, and gives how many are at work then. */
    async answer(times: number, afterMs = 0): Promise<number> {
      t.mock.timers.tick(afterMs);
      for (const answer of atWork.splice(0, times)) answer();
      await settled();
      return atWork.length;
    },
  };
}

test('calls of which nothing is known leave four at once', async (t) => {
  const { call, answer } = session(t);

  assert.equal(await call('look', 100), 4);
  assert.equal(await answer(2), 4);
});

test('a procedure that was answered quickly eight times may leave 32 at once, others still four', async (t) => {
  const { call, answer } = session(t);
  await call('look', 8);
  await answer(4, 99);
  assert.equal(await answer(4, 99), 0);

  assert.equal(await call('look', 100), 32);
  while ((await answer(100)) > 0);
  assert.equal(await call('other', 100), 4);
});

test('one slow answer, and a procedure is no longer quick', async (t) => {
  const { call, answer } = session(t);
  await call('look', 8);
  await answer(4);
  await answer(4);
  await call('look', 1);
  await answer(1, 100);

  assert.equal(await call('look', 100), 4);
});

test('while a call waits for long, no more than four are unanswered, however quick they were', async (t) => {
  const { call, answer } = session(t);
  await call('look', 8);
  await answer(4);
  await answer(4);
  assert.equal(await call('other', 3), 3);
  assert.equal(await call('look', 5), 8);
  await answer(0, 100);

  assert.equal(await call('look', 10), 8);
  assert.equal(await answer(6), 4);
});

test('what changes something never leaves more than four at once', async (t) => {
  const { call, answer } = session(t);
  await call('change', 20);
  for (let turn = 0; turn < 5; turn++) await answer(4);

  assert.equal(await call('change', 100), 4);
});

test('a given size is kept', async (t) => {
  const { call, answer } = session(t, 2);
  await call('look', 20);
  for (let turn = 0; turn < 10; turn++) await answer(2);

  assert.equal(await call('look', 100), 2);
});

test('calls stay in order: one that may not leave holds back those behind it', async (t) => {
  const { call, answer } = session(t);
  await call('look', 8);
  await answer(4);
  await answer(4);
  assert.equal(await call('look', 6), 6);

  assert.equal(await call('change', 1), 6);
  assert.equal(await call('look', 1), 6);
  assert.equal(await answer(2), 4);
  assert.equal(await answer(1), 5);
});

test('a window that is made wider lets calls leave at once, though no answer comes', async (t) => {
  const { caller, call } = session(t);
  assert.equal(await call('look', 10), 4);

  caller.maxInFlight = 8;

  assert.equal(await call('other', 0), 8);
});

test('calls that are given up while they wait are not kept behind those that are never answered', async (t) => {
  const { caller, call, answer } = session(t);
  await call('look', 4);
  const held = () => (caller as unknown as { waiting: unknown[] }).waiting.length;
  const first = caller.call(rows.look, { id: 1 });

  for (let turn = 0; turn < 1000; turn++) {
    const given = new AbortController();
    const late = caller.call(rows.look, { id: 2 }, { signal: given.signal });
    given.abort(new Error('enough'));
    await assert.rejects(late, /enough/);
  }

  assert.ok(held() <= 3, `${held()} are kept`);
  assert.equal(await call('change', 1), 4);
  assert.equal(await answer(1), 4);
  assert.equal(await answer(4), 1);
  await first;
  assert.equal(held(), 0);
});
