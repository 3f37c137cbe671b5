import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type EventRow, programOf, type Row } from '@virtwire/rpc';
import type { EventObject, EventType } from './driver.ts';
import {
  domainEvents,
  eventTypeById,
  eventTypeOf,
  eventTypesOf,
  fromEventMessage,
  monitorEvent,
  networkEvents,
  nodeDeviceEvents,
  secretEvents,
  storagePoolEvents,
  toEventMessage,
} from './event-types.ts';
import { remote } from './remote/index.ts';

const dom = { name: 'test', uuid: '6695eb01-f6a4-8304-79aa-97f2502e193f', id: 1 };
const objects: readonly EventObject[] = ['domain', 'network', 'storagePool', 'nodeDevice', 'secret', 'monitor'];

test('ids count from 0 without a gap and find their type', () => {
  for (const object of objects) {
    for (const [index, type] of eventTypesOf(object).entries()) {
      assert.equal(type.id, index);
      assert.equal(type.object, object);
      assert.equal(eventTypeById(object, index), type);
    }
  }
  assert.deepEqual(
    objects.map((object) => eventTypesOf(object).length),
    [28, 2, 2, 2, 2, 1],
  );
  assert.equal(eventTypeById('domain', 28), undefined);
});

test('the key of a type is its shell name in camelCase', () => {
  for (const types of [domainEvents, networkEvents, storagePoolEvents, nodeDeviceEvents, secretEvents]) {
    for (const [key, type] of Object.entries<EventType>(types)) {
      assert.equal(
        type.name.replace(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase()),
        key,
      );
    }
  }
});

test('every event row belongs to a type, but for the end of the connection', () => {
  const rows = [...remote[programOf].byNumber.values()].filter((row: Row): row is EventRow => row.kind === 'event');

  const orphans = rows.filter((row) => eventTypeOf(row) === undefined).map((row) => row.name);

  assert.deepEqual(orphans, ['connectEventConnectionClosed']);
  assert.equal(eventTypeOf(remote.domainEventReboot), domainEvents.reboot);
});

test('the shape of a row agrees with where its type says the payload is', () => {
  for (const object of objects) {
    for (const type of eventTypesOf(object)) {
      assert.equal(type.row.message.shape.includes(', msg: {'), type.nested, type.name);
      assert.equal(type.legacyRow !== null, type.nested, type.name);
      if (type.legacyRow !== null) assert.ok(type.row.message.shape.endsWith(`msg: ${type.legacyRow.message.shape}}`));
    }
  }
});

test('a nested payload goes into the message and comes out again, with and without callback id', () => {
  const payload = { dom, event: 4, detail: 1 };

  const message = toEventMessage(domainEvents.lifecycle, 7, payload);

  assert.equal(message['callbackID'], 7);
  assert.deepEqual(message['msg'], payload);
  const wire = { callbackID: 7, msg: payload };
  assert.deepEqual(fromEventMessage(domainEvents.lifecycle, remote.domainEventCallbackLifecycle, wire), payload);
  assert.deepEqual(fromEventMessage(domainEvents.lifecycle, remote.domainEventLifecycle, payload), payload);
});

test('the reason of a pm event stands beside msg, and is 0 where it does not travel', () => {
  const payload = { dom, reason: 3 };

  const message = toEventMessage(domainEvents.pmWakeup, 7, payload);

  assert.equal(message['reason'], 3);
  const wire = { callbackID: 7, reason: 3, msg: { dom } };
  assert.deepEqual(fromEventMessage(domainEvents.pmWakeup, remote.domainEventCallbackPmwakeup, wire), payload);
  assert.deepEqual(fromEventMessage(domainEvents.pmWakeup, remote.domainEventPmwakeup, { dom }), { dom, reason: 0 });
});

test('a flat payload stands beside the callback id', () => {
  const payload = { dom, event: 'STOP', seconds: 1n, micros: 2, details: null };

  const message = toEventMessage(monitorEvent, 0, payload);

  assert.deepEqual(message, { ...payload, callbackID: 0 });
  assert.deepEqual(fromEventMessage(monitorEvent, monitorEvent.row, message), payload);
});
