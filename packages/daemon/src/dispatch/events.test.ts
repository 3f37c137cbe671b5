import assert from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { test } from 'node:test';
import { domainEvents, networkEvents, remote } from '@virtwire/protocol';
import { type Caller, ErrorCode, ErrorDomain } from '@virtwire/rpc';
import { dom, memoryServer, type MemoryServer, openFake } from '../testing/memory-server.ts';

const other = { name: 'two', uuid: '22222222-2222-2222-2222-222222222222', id: 2 };
const tracked = { code: ErrorCode.InvalidArg, domain: 0, message: 'invalid argument: event callback already tracked' };

function refused(detail: string) {
  return { code: ErrorCode.InternalError, domain: ErrorDomain.Rpc, message: `internal error: ${detail}` };
}

async function connected(made: MemoryServer): Promise<{ caller: Caller; events: unknown[] }> {
  const caller = made.caller();
  const events: unknown[] = [];
  caller.onEvent((row, message) => events.push([row.name, message]));
  await openFake(caller);
  return { caller, events };
}

test('an event reaches each subscriber with its own callback id', async () => {
  const made = memoryServer();
  const [one, two] = [await connected(made), await connected(made)];
  const lifecycle = { eventID: 0, dom: null };
  await one.caller.call(remote.connectNetworkEventRegisterAny, { eventID: 0, net: null });
  const { callbackID } = await one.caller.call(remote.connectDomainEventCallbackRegisterAny, lifecycle);
  await two.caller.call(remote.connectDomainEventCallbackRegisterAny, lifecycle);

  made.hub.publish(domainEvents.lifecycle, { dom, event: 2, detail: 0 });
  await nextTurn();

  const msg = { dom, event: 2, detail: 0 };
  assert.equal(callbackID, 1);
  assert.deepEqual(one.events, [['domainEventCallbackLifecycle', { callbackID: 1, msg }]]);
  assert.deepEqual(two.events, [['domainEventCallbackLifecycle', { callbackID: 0, msg }]]);
  await one.caller.close();
  await two.caller.close();
});

test('events that follow each other keep their order and their contents', async () => {
  const made = memoryServer();
  const { caller, events } = await connected(made);
  await caller.call(remote.connectDomainEventCallbackRegisterAny, { eventID: 0, dom: null });
  await caller.call(remote.connectDomainEventCallbackRegisterAny, { eventID: 1, dom: null });

  for (let detail = 0; detail < 3; detail++) {
    made.hub.publish(domainEvents.lifecycle, { dom, event: 2, detail });
    made.hub.publish(domainEvents.reboot, { dom });
  }
  await nextTurn();

  assert.deepEqual(
    events,
    [0, 1, 2].flatMap((detail) => [
      ['domainEventCallbackLifecycle', { callbackID: 0, msg: { dom, event: 2, detail } }],
      ['domainEventCallbackReboot', { callbackID: 1, msg: { dom } }],
    ]),
  );
  await caller.close();
});

test('a registration for one domain sees that one only', async () => {
  const made = memoryServer();
  const { caller, events } = await connected(made);
  await caller.call(remote.connectDomainEventCallbackRegisterAny, { eventID: 0, dom });

  made.hub.publish(domainEvents.lifecycle, { dom: other, event: 2, detail: 0 });
  made.hub.publish(domainEvents.lifecycle, { dom, event: 5, detail: 0 });
  await nextTurn();

  assert.deepEqual(events, [['domainEventCallbackLifecycle', { callbackID: 0, msg: { dom, event: 5, detail: 0 } }]]);
  await caller.close();
});

test('older registrations get messages without callback id', async () => {
  const made = memoryServer();
  const { caller, events } = await connected(made);
  assert.deepEqual(await caller.call(remote.connectDomainEventRegister, {}), { cb_registered: 0 });
  await caller.call(remote.connectDomainEventRegisterAny, { eventID: 1 });

  made.hub.publish(domainEvents.lifecycle, { dom, event: 2, detail: 0 });
  made.hub.publish(domainEvents.reboot, { dom });
  await nextTurn();
  await caller.call(remote.connectDomainEventDeregister, {});
  await caller.call(remote.connectDomainEventDeregisterAny, { eventID: 1 });
  made.hub.publish(domainEvents.reboot, { dom });
  await nextTurn();

  assert.deepEqual(events, [
    ['domainEventLifecycle', { dom, event: 2, detail: 0 }],
    ['domainEventReboot', { dom }],
  ]);
  await caller.close();
});

test('a kind of event for one object is registered once, in either form', async () => {
  const made = memoryServer();
  const { caller } = await connected(made);
  await caller.call(remote.connectDomainEventCallbackRegisterAny, { eventID: 0, dom: null });
  await caller.call(remote.connectDomainEventCallbackRegisterAny, { eventID: 0, dom });

  await assert.rejects(caller.call(remote.connectDomainEventCallbackRegisterAny, { eventID: 0, dom: null }), tracked);
  await assert.rejects(caller.call(remote.connectDomainEventCallbackRegisterAny, { eventID: 0, dom }), tracked);
  await assert.rejects(caller.call(remote.connectDomainEventRegister, {}), tracked);
  await assert.rejects(caller.call(remote.connectDomainEventRegisterAny, { eventID: 0 }), tracked);
  await caller.close();
});

test('what is unknown or not registered is refused in the words of libvirtd', async () => {
  const made = memoryServer();
  const { caller } = await connected(made);
  const noDomain = { eventID: 99, dom: null };

  await assert.rejects(
    caller.call(remote.connectDomainEventCallbackRegisterAny, noDomain),
    refused('unsupported event ID 99'),
  );
  await assert.rejects(
    caller.call(remote.connectDomainEventRegisterAny, { eventID: 16 }),
    refused('unsupported event ID 16'),
  );
  await assert.rejects(
    caller.call(remote.connectNetworkEventRegisterAny, { eventID: -1, net: null }),
    refused('unsupported network event ID -1'),
  );
  await assert.rejects(caller.call(remote.connectDomainEventDeregister, {}), refused('domain event 0 not registered'));
  await assert.rejects(
    caller.call(remote.connectStoragePoolEventDeregisterAny, { callbackID: 9 }),
    refused('storage pool event callback 9 not registered'),
  );
  const { callbackID } = await caller.call(remote.connectNetworkEventRegisterAny, { eventID: 0, net: null });
  await assert.rejects(
    caller.call(remote.connectDomainEventCallbackDeregisterAny, { callbackID }),
    refused(`domain event callback ${callbackID} not registered`),
  );
  await caller.close();
});

test('before connectOpen there is nothing to subscribe to', async () => {
  const caller = memoryServer().caller();

  await assert.rejects(
    caller.call(remote.connectNetworkEventRegisterAny, { eventID: 0, net: null }),
    refused('connection not open'),
  );
  await assert.rejects(caller.call(remote.connectDomainEventRegister, {}), refused('hypervisor connection not open'));
  await caller.close();
});

test('nothing is told after a deregistration, nor after the connection', async () => {
  const made = memoryServer();
  const [one, two] = [await connected(made), await connected(made)];
  const { callbackID } = await one.caller.call(remote.connectNetworkEventRegisterAny, { eventID: 0, net: null });
  await two.caller.call(remote.connectNetworkEventRegisterAny, { eventID: 0, net: null });

  await one.caller.call(remote.connectNetworkEventDeregisterAny, { callbackID });
  await two.caller.call(remote.connectClose, {});
  await two.caller.closed;
  const net = { name: 'default', uuid: dom.uuid };
  made.hub.publish(networkEvents.lifecycle, { net, event: 2, detail: 0 });
  await nextTurn();

  assert.deepEqual([...one.events, ...two.events], []);
  await one.caller.close();
});

test('a client that does not read its events is cut off with a line in the log, another gets them all', async () => {
  const made = memoryServer({ maxEventBytes: 10_000 });
  const good = await connected(made);
  await good.caller.call(remote.connectDomainEventCallbackRegisterAny, { eventID: 0, dom: null });
  const lazyChannel = made.channel();
  const lazy = new (good.caller.constructor as typeof Caller)(lazyChannel);
  await openFake(lazy);
  await lazy.call(remote.connectDomainEventCallbackRegisterAny, { eventID: 0, dom: null });
  lazyChannel.pause();

  for (let count = 0; count < 1000; count++) {
    made.hub.publish(domainEvents.lifecycle, { dom, event: 2, detail: 0 });
    if (count % 50 === 0) await nextTurn();
  }
  await nextTurn();

  assert.equal(good.events.length, 1000);
  assert.equal(made.server.clientCount, 1);
  assert.ok(made.lines.some((line) => /too slow for its events/.test(line)));
  await good.caller.close();
});
