import assert from 'node:assert/strict';
import test from 'node:test';
import { type EventType, remote } from '@virtwire/protocol';
import { EventHub } from './event-hub.ts';

interface Payload {
  readonly dom: { readonly name: string; readonly uuid: string };
  readonly event: number;
}
const lifecycle: EventType<Payload> = {
  name: 'lifecycle',
  object: 'domain',
  id: 0,
  row: remote.domainEventCallbackLifecycle,
  legacyRow: remote.domainEventLifecycle,
  nested: true,
};
const a = { name: 'a', uuid: 'a0000000-0000-0000-0000-000000000000' };
const b = { name: 'b', uuid: 'b0000000-0000-0000-0000-000000000000' };

test('events come after the code that published them, in order, as the same object for all', async () => {
  const hub = new EventHub();
  const one: Payload[] = [];
  const two: Payload[] = [];
  hub.subscribe(lifecycle, null, (payload) => one.push(payload));
  hub.subscribe(lifecycle, null, (payload) => two.push(payload));

  hub.publish(lifecycle, { dom: a, event: 1 });
  hub.publish(lifecycle, { dom: b, event: 2 });
  assert.equal(one.length, 0);
  await Promise.resolve();

  assert.deepEqual(
    one.map((payload) => payload.event),
    [1, 2],
  );
  assert.ok(one.every((payload, index) => payload === two[index]));
});

test('a filter lets only its object through', async () => {
  const hub = new EventHub();
  const seen: number[] = [];
  hub.subscribe(lifecycle, b, (payload) => seen.push(payload.event));

  hub.publish(lifecycle, { dom: a, event: 1 });
  hub.publish(lifecycle, { dom: b, event: 2 });
  await Promise.resolve();

  assert.deepEqual(seen, [2]);
});

test('a filter without uuid goes by name', async () => {
  const hub = new EventHub();
  const seen: number[] = [];
  hub.subscribe(lifecycle, { name: 'a', uuid: '' }, (payload) => seen.push(payload.event));

  hub.publish(lifecycle, { dom: a, event: 1 });
  hub.publish(lifecycle, { dom: b, event: 2 });
  await Promise.resolve();

  assert.deepEqual(seen, [1]);
});

test('nothing comes after unsubscribing, nor from before subscribing', async () => {
  const hub = new EventHub();
  const seen: string[] = [];
  const stop = hub.subscribe(lifecycle, null, () => seen.push('stopped'));
  hub.subscribe(lifecycle, null, () => seen.push('first'));

  hub.publish(lifecycle, { dom: a, event: 1 });
  hub.subscribe(lifecycle, null, () => seen.push('late'));
  stop();
  stop();
  await Promise.resolve();

  assert.deepEqual(seen, ['first']);
});

test('a listener that throws is reported and does not stop the others', async () => {
  const errors: unknown[] = [];
  const hub = new EventHub({ onListenerError: (error) => errors.push(error) });
  const seen: number[] = [];
  hub.subscribe(lifecycle, null, () => {
    throw new Error('broken listener');
  });
  hub.subscribe(lifecycle, null, (payload) => seen.push(payload.event));

  hub.publish(lifecycle, { dom: a, event: 1 });
  await Promise.resolve();

  assert.deepEqual(seen, [1]);
  assert.match(String(errors[0]), /broken listener/);
});

test('what a listener publishes comes after what was already published', async () => {
  const hub = new EventHub();
  const seen: number[] = [];
  hub.subscribe(lifecycle, null, (payload) => {
    seen.push(payload.event);
    if (payload.event === 1) hub.publish(lifecycle, { dom: a, event: 3 });
  });

  hub.publish(lifecycle, { dom: a, event: 1 });
  hub.publish(lifecycle, { dom: a, event: 2 });
  await new Promise((resolve) => setImmediate(resolve));

  assert.deepEqual(seen, [1, 2, 3]);
});
