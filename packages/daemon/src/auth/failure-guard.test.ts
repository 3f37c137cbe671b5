// Guessing gets slower; the clock is the test's own.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FailureGuard } from './failure-guard.ts';

function guard(options = {}) {
  const clock = { now: 0 };
  const waits: number[] = [];
  const made = new FailureGuard({
    delayMs: 100,
    maxDelayMs: 1000,
    cheapFailures: 2,
    forgetMs: 10_000,
    now: () => clock.now,
    wait: async (ms) => void waits.push(ms),
    ...options,
  });
  return { made, clock, waits };
}

const place = (name: string, crowd: string | null = null) => ({ name, crowd });

const { signal } = new AbortController();

test('the first failures cost the same, those behind them twice as much each, up to the most', async () => {
  const { made, waits } = guard();

  for (let count = 0; count < 8; count++) await made.failed(place('here'), signal);
  await made.failed(place('elsewhere'), signal);

  assert.deepEqual(waits, [100, 100, 200, 400, 800, 1000, 1000, 1000, 100]);
});

test('attempts at the same time do not get around the delay, and those of others are not held up', async () => {
  const { made, clock, waits } = guard();
  await made.failed(place('here'), signal);

  clock.now = 30;
  await made.admit(place('here'), signal);
  await made.admit(place('elsewhere'), signal);
  clock.now = 100;
  await made.admit(place('here'), signal);

  assert.deepEqual(waits, [100, 70]);
});

test('a place is forgotten after a while without failure', async () => {
  const { made, clock, waits } = guard();
  for (let count = 0; count < 4; count++) await made.failed(place('here'), signal);

  clock.now = 10_001;
  await made.failed(place('here'), signal);

  assert.deepEqual(waits, [100, 100, 200, 400, 100]);
});

test('no number of places fills the memory', async () => {
  const { made } = guard();

  for (let number = 0; number < 10_050; number++) await made.failed(place(`${number}`), signal);

  assert.equal((made as unknown as { places: Map<string, unknown> }).places.size, 10_000);
});

test('a client that leaves does not leave a timer behind', async () => {
  const controller = new AbortController();
  const made = new FailureGuard({ delayMs: 60_000, maxDelayMs: 60_000 });

  const waiting = made.failed(place('here'), controller.signal);
  controller.abort();

  await waiting;
});

test('who makes a new place for each attempt gets slower with all of the crowd, and with nobody else', async () => {
  const { made, clock, waits } = guard({ cheapCrowdFailures: 3 });

  for (let count = 0; count < 6; count++) await made.failed(place(`connection ${count}`, 'unix'), signal);
  clock.now = 100;
  await made.admit(place('connection 7', 'unix'), signal);
  await made.admit(place('uid 5'), signal);

  assert.deepEqual(waits, [100, 100, 100, 200, 400, 800, 700]);
});
