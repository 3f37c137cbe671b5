import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { IdleMemory } from './idle-memory.ts';

const MIB = 1_048_576;

function watched(t: TestContext, used: number) {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const heap = { heapUsed: used, heapTotal: used };
  let shrunk = 0;
  const memory = new IdleMemory({ usage: () => heap, shrink: () => void shrunk++ });
  return {
    heap,
    memory,
    shrunk: () => shrunk,
    pass: (ms: number) => t.mock.timers.tick(ms),
  };
}

test('memory that clients have left behind is given back, once and not while they come and go', (t) => {
  const { heap, memory, shrunk, pass } = watched(t, 10 * MIB);
  heap.heapTotal = 200 * MIB;
  memory.clientsChanged();
  memory.clientsChanged();
  assert.equal(shrunk(), 0);
  pass(2000);
  assert.equal(shrunk(), 1);
  memory.clientsChanged();
  pass(10_000);
  assert.equal(shrunk(), 1);
});

test('a heap that is in use is left alone', (t) => {
  const { heap, memory, shrunk, pass } = watched(t, 10 * MIB);
  Object.assign(heap, { heapUsed: 150 * MIB, heapTotal: 200 * MIB });
  memory.clientsChanged();
  pass(2000);
  assert.equal(shrunk(), 1);
  pass(30_000);
  memory.clientsChanged();
  pass(2000);
  assert.equal(shrunk(), 1);

  Object.assign(heap, { heapUsed: 12 * MIB, heapTotal: 200 * MIB });
  memory.clientsChanged();
  pass(2000);
  assert.equal(shrunk(), 2);
});

test('little is not worth it, and nothing is looked at after the end', (t) => {
  const { heap, memory, shrunk, pass } = watched(t, 10 * MIB);
  heap.heapTotal = 50 * MIB;
  memory.clientsChanged();
  pass(2000);
  assert.equal(shrunk(), 0);

  heap.heapTotal = 500 * MIB;
  memory.clientsChanged();
  memory.end();
  pass(60_000);
  assert.equal(shrunk(), 0);
});
