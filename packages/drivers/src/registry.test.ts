import assert from 'node:assert/strict';
import test from 'node:test';
import { ErrorCode } from '@virtwire/rpc';
import { defineDriver } from './define.ts';
import { driverRegistry, type ProbingDriverFactory } from './registry.ts';

function factory(scheme: string, offered: string | null): ProbingDriverFactory {
  return { scheme, open: () => defineDriver({ handlers: {} }), probe: () => offered };
}

test('a scheme that nobody knows is refused with the URI', () => {
  const registry = driverRegistry([factory('test', null)]);

  for (const uri of ['nosuch:///x', 'TEST:///default', 'toString:///x']) {
    assert.throws(() => registry.open(uri, {}), {
      code: ErrorCode.NoConnect,
      domain: 0,
      message: `no connection driver available for ${uri}`,
    });
  }
});

test('a text without a scheme is refused as one', () => {
  assert.throws(() => driverRegistry([]).open('nosuch', {}), {
    message: "no connection driver available for URI 'nosuch' does not include a driver name",
  });
});

test('an empty URI opens the first driver that offers itself', () => {
  const registry = driverRegistry([
    factory('test', null),
    factory('qemu', 'qemu:///system'),
    factory('lxc', 'lxc:///'),
  ]);

  const opened = registry.open('', {});

  assert.ok(!(opened instanceof Promise));
  assert.equal(opened.uri, 'qemu:///system');
});

test('an empty URI is refused when no driver offers itself', () => {
  assert.throws(() => driverRegistry([factory('test', null)]).open('', {}), { code: ErrorCode.NoConnect });
});

test('a driver that opens later is waited for', async () => {
  const driver = defineDriver({ handlers: {} });
  const registry = driverRegistry([{ scheme: 'slow', open: () => Promise.resolve(driver) }]);

  assert.deepEqual(await registry.open('slow:///', {}), { uri: 'slow:///', driver });
});
