// Tests of the place where sent calls wait: it behaves as a map by serial, however long some calls stay.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type PendingCall, PendingCalls } from './pending-calls.ts';

const call = () => ({ serial: -1 }) as PendingCall;

test('serials are never those of calls that wait, and the oldest is the one that was added first', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(9), { maxLength: 400 }), (steps) => {
      const calls = new PendingCalls();
      const model = new Map<number, PendingCall>();
      for (const step of steps) {
        if (step < 6) {
          const added = call();
          const serial = calls.freeSerial();
          calls.add(added, serial);
          assert.ok(!model.has(serial));
          assert.equal(added.serial, serial);
          model.set(serial, added);
        } else {
          // Sometimes the newest, so that old ones stay for long.
          const waiting = Array.from(model.values());
          const taken = step === 6 ? waiting[0] : waiting.at(-1);
          if (taken === undefined) continue;
          calls.delete(taken);
          model.delete(taken.serial);
          assert.equal(calls.get(taken.serial), undefined);
        }
        assert.equal(calls.size, model.size);
        assert.equal(calls.oldest, model.values().next().value);
        for (const [serial, each] of model) assert.equal(calls.get(serial), each);
      }
      assert.deepEqual(calls.clear(), Array.from(model.values()));
      assert.equal(calls.size, 0);
    }),
  );
});

test('a serial that nobody waits for is told from one that shares its place', () => {
  const calls = new PendingCalls();
  const one = call();
  calls.add(one, calls.freeSerial());

  assert.equal(calls.get(8), undefined);
  assert.equal(calls.get(0xffff_fff8), undefined);
  assert.equal(calls.get(0), one);
});

test('a call that stays while serials go round all their numbers keeps its own', () => {
  const calls = new PendingCalls();
  const stays = call();
  calls.add(stays, 0xffff_fffd);
  const serials: number[] = [];

  for (let turn = 0; turn < 12; turn++) {
    const passing = call();
    calls.add(passing, calls.freeSerial());
    serials.push(passing.serial);
    calls.delete(passing);
  }

  assert.deepEqual(serials.slice(0, 4), [0xffff_fffe, 0xffff_ffff, 0, 1]);
  assert.ok(!serials.includes(5), 'its place is that of the one that stays');
  assert.equal(calls.oldest, stays);
});
