import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { Keepalive } from './keepalive.ts';

test('pings after silence, and gives up after interval * (count + 1)', (context) => {
  mock.timers.enable({ apis: ['setInterval', 'Date'], now: 1_000_000 });
  context.after(() => mock.timers.reset());
  const happened: string[] = [];
  let second = 0;
  const keepalive = new Keepalive(
    { intervalS: 5, count: 5 },
    () => happened.push(`ping ${second}`),
    () => happened.push(`lost ${second}`),
  );

  for (second = 1; second <= 40; second++) mock.timers.tick(1000);
  keepalive.stop();

  assert.deepEqual(happened, ['ping 5', 'ping 10', 'ping 15', 'ping 20', 'ping 25', 'lost 30']);
});

test('any packet starts the wait anew', (context) => {
  mock.timers.enable({ apis: ['setInterval', 'Date'], now: 1_000_000 });
  context.after(() => mock.timers.reset());
  let pings = 0;
  const keepalive = new Keepalive(
    { intervalS: 5, count: 2 },
    () => pings++,
    () => assert.fail('not lost'),
  );

  for (let second = 1; second <= 60; second++) {
    mock.timers.tick(1000);
    keepalive.received();
  }
  keepalive.stop();

  assert.equal(pings, 0);
});

test('silence does not count while this side does not read', (context) => {
  mock.timers.enable({ apis: ['setInterval', 'Date'], now: 1_000_000 });
  context.after(() => mock.timers.reset());
  let suspended = true;
  let lost = false;
  const keepalive = new Keepalive(
    { intervalS: 1, count: 0 },
    () => {},
    () => {
      lost = true;
    },
    () => suspended,
  );

  for (let second = 0; second < 10; second++) mock.timers.tick(1000);
  const lostWhileSuspended = lost;
  suspended = false;
  for (let second = 0; second < 3; second++) mock.timers.tick(1000);
  keepalive.stop();

  assert.equal(lostWhileSuspended, false);
  assert.equal(lost, true);
});
