import assert from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { test } from 'node:test';
import { remote } from '@virtwire/protocol';
import { ErrorCode, ErrorDomain } from '@virtwire/rpc';
import { dom, memoryServer, openFake } from '../testing/memory-server.ts';
import { PIPELINING_FEATURE } from './session.ts';

const notOpen = {
  code: ErrorCode.InternalError,
  domain: ErrorDomain.Rpc,
  message: 'internal error: hypervisor connection not open',
};

test('without authentication the list of ways has one: none', async () => {
  const caller = memoryServer().caller();

  assert.deepEqual(await caller.call(remote.authList, {}), { types: [0] });
  await caller.close();
});

test('calls before connectOpen are refused, but for the keepalive feature', async () => {
  const caller = memoryServer().caller();

  await assert.rejects(caller.call(remote.connectGetUri, {}), notOpen);
  await assert.rejects(caller.call(remote.connectGetHostname, {}), notOpen);
  await assert.rejects(caller.call(remote.connectSupportsFeature, { feature: 14 }), notOpen);
  assert.deepEqual(await caller.call(remote.connectSupportsFeature, { feature: 10 }), { supported: 1 });
  await caller.close();
});

test('the daemon answers its own features, the driver all others', async () => {
  const caller = memoryServer().caller();
  await openFake(caller);
  const supported: number[] = [];

  for (const feature of [8, 9, 10, 14, 15, 16, PIPELINING_FEATURE]) {
    supported.push((await caller.call(remote.connectSupportsFeature, { feature })).supported);
  }

  assert.deepEqual(supported, [0, 0, 1, 1, 1, 1, 1]);
  await caller.close();
});

test('calls sent right behind connectOpen wait for it, and keep their order', async () => {
  const made = memoryServer();
  const caller = made.caller();
  const answers: string[] = [];

  const calls = [
    caller.call(remote.connectOpen, { name: 'slow:///', flags: 0 }).then(() => answers.push('open')),
    caller.call(remote.connectGetUri, {}).then(({ uri }) => answers.push(uri)),
    caller.call(remote.connectGetHostname, {}).then(({ hostname }) => answers.push(hostname)),
  ];
  await nextTurn();
  assert.deepEqual(answers, []);
  made.openNow();
  await Promise.all(calls);

  assert.deepEqual(answers, ['open', 'slow:///', 'here']);
  await caller.close();
});

test('calls behind a connectOpen that fails are refused', async () => {
  const caller = memoryServer().caller();

  const open = caller.call(remote.connectOpen, { name: 'nosuch:///x', flags: 0 });
  const uri = caller.call(remote.connectGetUri, {});

  await assert.rejects(open, { code: ErrorCode.NoConnect, message: 'no connection driver available for nosuch:///x' });
  await assert.rejects(uri, notOpen);
  await caller.close();
});

test('a second connectOpen fails and drops what the first has opened', async () => {
  const made = memoryServer();
  const caller = made.caller();
  await openFake(caller);

  await assert.rejects(openFake(caller), {
    message: 'internal error: connection already open',
    domain: ErrorDomain.Rpc,
  });

  assert.deepEqual(made.open, []);
  await assert.rejects(caller.call(remote.connectGetUri, {}), notOpen);
  await openFake(caller);
  await caller.close();
});

test('connectClose is answered, then the connection ends', async () => {
  const made = memoryServer();
  const caller = made.caller();
  await openFake(caller);

  assert.deepEqual(await caller.call(remote.connectClose, {}), {});
  await caller.closed;
  await nextTurn();

  assert.deepEqual(made.open, []);
  assert.equal(made.server.clientCount, 0);
});

test('a read-only socket is read-only whatever the client asks for, and bit 0 of the flags is enough elsewhere', async () => {
  const made = memoryServer();
  const denied = {
    code: ErrorCode.OperationDenied,
    message: 'operation forbidden: read only access prevents virDomainDestroy',
  };
  const [byService, byFlag, free] = [made.caller({ readOnly: true }), made.caller(), made.caller()];
  await openFake(byService, 0);
  await openFake(byFlag, 1);
  await openFake(free, 6);

  await assert.rejects(byService.call(remote.domainDestroy, { dom }), denied);
  await assert.rejects(byFlag.call(remote.domainDestroy, { dom }), denied);
  assert.deepEqual(await free.call(remote.domainDestroy, { dom }), {});
  for (const caller of [byService, byFlag, free]) await caller.close();
});

test('the library version is the level that is followed', async () => {
  const caller = memoryServer().caller();
  await openFake(caller);

  assert.deepEqual(await caller.call(remote.connectGetLibVersion, {}), { lib_ver: 9_000_000n });
  await caller.close();
});

test('nobody may speak for another, and ways to authenticate that are not offered are refused', async () => {
  const caller = memoryServer().caller();
  await openFake(caller);
  const failed = { code: ErrorCode.AuthFailed, message: 'authentication failed: authentication failed' };

  await assert.rejects(caller.call(remote.connectSetIdentity, { params: [], flags: 0 }), { code: ErrorCode.NoSupport });
  await assert.rejects(caller.call(remote.authSaslInit, {}), failed);
  await assert.rejects(caller.call(remote.authSaslStart, { mech: 'PLAIN', nil: 1, data: new Uint8Array(0) }), failed);
  await assert.rejects(caller.call(remote.authPolkit, {}), {
    code: ErrorCode.InternalError,
    message: 'Library function returned error but did not set virError',
  });
  await caller.close();
});
