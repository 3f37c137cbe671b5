import assert from 'node:assert/strict';
import { test } from 'node:test';
import { socketActivation } from './activation.ts';

function env(names: string, count = names === '' ? 0 : names.split(':').length) {
  return { LISTEN_PID: '7', LISTEN_FDS: String(count), LISTEN_FDNAMES: names, PATH: '/bin' } as NodeJS.ProcessEnv;
}

test('descriptors are handed out by name, each once, and the variables are gone', () => {
  const variables = env('libvirtd.socket:virtwired-ro.socket:libvirtd.socket');

  const activation = socketActivation(variables, 7);

  assert.deepEqual(Object.keys(variables), ['PATH']);
  assert.ok(activation);
  assert.deepEqual([activation.has('unix'), activation.has('admin')], [true, false]);
  assert.deepEqual(activation.claim('unix'), [3, 5]);
  assert.deepEqual(activation.claim('unix'), []);
  assert.throws(() => activation.complete(), /unclaimed: virtwired-ro\.socket/);
  assert.deepEqual(activation.claim('unix-ro'), [4]);
  activation.complete();
});

test('what was meant for another process is left alone', () => {
  const variables = env('libvirtd.socket');

  assert.equal(socketActivation(variables, 8), null);
  assert.equal(socketActivation({}, 7), null);
  assert.equal(variables['LISTEN_FDS'], '1');
});

test('variables that make no sense are refused', () => {
  assert.throws(() => socketActivation(env('libvirtd.socket', 2), 7), /2 sockets were handed over with 1 names/);
  assert.throws(() => socketActivation({ ...env('a'), LISTEN_FDS: '-1' }, 7), /no number of descriptors/);
  assert.throws(() => socketActivation({ ...env('a'), LISTEN_FDS: '9999' }, 7), /no number of descriptors/);
  assert.equal(socketActivation(env(''), 7), null);
});
