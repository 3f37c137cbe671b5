import assert from 'node:assert/strict';
import test from 'node:test';
import { lxc, remote } from '@virtwire/protocol';
import { ErrorCode, ErrorDomain, LibvirtError } from '@virtwire/rpc';
import { defineDriver } from './define.ts';

const domain = { name: 'd', uuid: '6695eb01-f6a4-8304-79aa-97f2502e193f', id: 1 };

test('a handler answers with the value itself', () => {
  const driver = defineDriver({ handlers: { connectGetType: () => ({ type: 'X' }) } });

  assert.deepEqual(driver.call(remote.connectGetType, {}, {}), { type: 'X' });
});

test('a later bag wins over an earlier one', () => {
  const driver = defineDriver({
    handlers: [{ connectGetType: () => ({ type: 'A' }) }, { connectGetType: () => ({ type: 'B' }) }],
  });

  assert.deepEqual(driver.call(remote.connectGetType, {}, {}), { type: 'B' });
});

test('a missing handler is refused with the name and the domain of the C function', () => {
  const driver = defineDriver({ handlers: [] });

  const refusals = [
    [
      () => driver.call(remote.domainAttachDevice, { dom: domain, xml: '<disk/>' }, {}),
      'virDomainAttachDevice',
      ErrorDomain.Domain,
    ],
    [
      () => driver.call(remote.connectListAllSecrets, { need_results: 1, flags: 0 }, {}),
      'virConnectListAllSecrets',
      ErrorDomain.Secret,
    ],
    [
      () => driver.call(remote.nodeGetMemoryStats, { nparams: 0, cellNum: 0, flags: 0 }, {}),
      'virNodeGetMemoryStats',
      ErrorDomain.Domain,
    ],
  ] as const;

  for (const [call, api, domainNumber] of refusals) {
    assert.throws(call, (error: unknown) => {
      assert.ok(error instanceof LibvirtError);
      assert.equal(error.code, ErrorCode.NoSupport);
      assert.equal(error.domain, domainNumber);
      assert.equal(error.message, `this function is not supported by the connection driver: ${api}`);
      return true;
    });
  }
});

test('names that every object has are not handlers, and other programs are refused', () => {
  const driver = defineDriver({ handlers: {} });

  assert.throws(() => driver.call({ ...remote.connectGetType, name: 'toString' }, {}, {}), {
    code: ErrorCode.NoSupport,
  });
  assert.throws(() => driver.call(lxc.domainOpenNamespace, { dom: domain, flags: 0 }, {}), {
    code: ErrorCode.NoSupport,
  });
});

test('close runs once', async () => {
  let closed = 0;
  const driver = defineDriver({
    handlers: {},
    close: () => {
      closed++;
    },
  });

  await driver.close();
  await driver.close();

  assert.equal(closed, 1);
});
