// Tests of the remote driver: events shared between listeners, loss of the link, calls that are given up.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { remote } from '@virtwire/protocol';
import { DomainEventType } from '@virtwire/protocol/constants';
import { ErrorCode, LibvirtError } from '@virtwire/rpc';
import type { Connection } from './api/connection.ts';
import { open } from './open.ts';
import { type MemoryAnswers, MemoryDaemon } from './testing/memory-daemon.ts';

const one = { name: 'one', uuid: '00000000-0000-0000-0000-000000000001', id: 1 };
const two = { name: 'two', uuid: '00000000-0000-0000-0000-000000000002', id: 2 };
const started = { event: DomainEventType.Started, detail: 0 };

async function start(answers: MemoryAnswers = {}, features?: number[]): Promise<[MemoryDaemon, Connection]> {
  let nextId = 0;
  const register = () => ({ callbackID: nextId++ });
  const daemon = new MemoryDaemon({
    ...(features === undefined ? undefined : { features }),
    answers: {
      connectDomainEventCallbackRegisterAny: register,
      connectDomainEventCallbackDeregisterAny: () => ({}),
      connectNetworkEventRegisterAny: register,
      connectNetworkEventDeregisterAny: () => ({}),
      connectDomainEventRegisterAny: () => ({}),
      connectDomainEventDeregisterAny: () => ({}),
      domainLookupByName: ({ name }: { name: string }) => ({ dom: name === 'one' ? one : two }),
      ...answers,
    },
  });
  return [daemon, await open('test+unix:///default', {}, daemon.means())];
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

test('listeners of the same kind share one registration, which goes with the last of them', async () => {
  const [daemon, connection] = await start();
  await using _ = connection;

  const [first, second] = [connection.domainEvents('lifecycle'), connection.domainEvents('lifecycle')];
  await Promise.all([first.ready, second.ready]);
  daemon.send(remote.domainEventCallbackLifecycle, { callbackID: 0, msg: { dom: one, ...started } });
  const events = await Promise.all([first.next(), second.next()]);
  await first.return();
  await settled();
  const afterFirst = daemon.names.filter((name) => name.endsWith('DeregisterAny')).length;
  await second.return();
  await settled();

  assert.equal(daemon.names.filter((name) => name === 'connectDomainEventCallbackRegisterAny').length, 1);
  assert.deepEqual(
    events.map(({ value }) => [value?.domain.name, value?.event]),
    [
      ['one', DomainEventType.Started],
      ['one', DomainEventType.Started],
    ],
  );
  assert.equal(afterFirst, 0);
  assert.deepEqual(daemon.calls.at(-1), { name: 'connectDomainEventCallbackDeregisterAny', args: { callbackID: 0 } });
});

test('each filter has its own registration, and events go by their callback id', async () => {
  const [daemon, connection] = await start();
  await using _ = connection;
  const domain = await connection.lookupDomainByName('two');

  const all = connection.domainEvents('lifecycle');
  const only = connection.domainEvents('lifecycle', { domain });
  const networks = connection.networkEvents('lifecycle');
  await Promise.all([all.ready, only.ready, networks.ready]);
  daemon.send(remote.domainEventCallbackLifecycle, { callbackID: 1, msg: { dom: two, ...started } });
  daemon.send(remote.domainEventCallbackLifecycle, { callbackID: 0, msg: { dom: one, ...started } });
  daemon.send(remote.domainEventCallbackLifecycle, { callbackID: 77, msg: { dom: one, ...started } });

  assert.equal((await only.next()).value?.domain.name, 'two');
  assert.equal((await all.next()).value?.domain.name, 'one');
  const asked = daemon.calls.filter(({ name }) => name === 'connectDomainEventCallbackRegisterAny');
  assert.deepEqual(
    asked.map(({ args }) => args['dom']),
    [null, { ...two, id: -1 }],
  );
});

test('an event that comes in one piece with the answer to its registration is not lost', async () => {
  const [daemon, connection] = await start({
    connectDomainEventCallbackRegisterAny: () => {
      // Answer and event leave in the same write, the event even first.
      daemon.send(remote.domainEventCallbackLifecycle, { callbackID: 5, msg: { dom: one, ...started } });
      queueMicrotask(() =>
        daemon.send(remote.domainEventCallbackLifecycle, { callbackID: 5, msg: { dom: two, ...started } }),
      );
      return { callbackID: 5 };
    },
  });
  await using _ = connection;

  const events = connection.domainEvents('lifecycle');

  assert.equal((await events.next()).value?.domain.name, 'one');
  assert.equal((await events.next()).value?.domain.name, 'two');
});

test('a server without callback ids gets one legacy registration, and filters are kept here', async () => {
  const [daemon, connection] = await start({}, []);
  await using _ = connection;
  const domain = await connection.lookupDomainByName('two');

  const all = connection.domainEvents('lifecycle');
  const only = connection.domainEvents('lifecycle', { domain });
  const suspended = connection.domainEvents('pmSuspend');
  await Promise.all([all.ready, only.ready, suspended.ready]);
  daemon.send(remote.domainEventLifecycle, { dom: one, ...started });
  daemon.send(remote.domainEventLifecycle, { dom: two, ...started });
  daemon.send(remote.domainEventPmsuspend, { dom: one });

  assert.equal((await only.next()).value?.domain.name, 'two');
  assert.equal((await all.next()).value?.domain.name, 'one');
  assert.equal((await suspended.next()).value?.reason, 0);
  const asked = daemon.calls.filter(({ name }) => name === 'connectDomainEventRegisterAny');
  assert.deepEqual(
    asked.map(({ args }) => args),
    [{ eventID: 0 }, { eventID: 12 }],
  );
  await assert.rejects(connection.domainEvents('tunable').ready, { code: ErrorCode.NoSupport });
});

test('a registration that the server refuses may be tried again', async () => {
  let tries = 0;
  const [, connection] = await start({
    connectDomainEventCallbackRegisterAny: () => {
      tries += 1;
      if (tries === 1) throw new LibvirtError(ErrorCode.NoSupport, 'virConnectDomainEventRegisterAny');
      return { callbackID: 0 };
    },
  });
  await using _ = connection;

  await assert.rejects(connection.domainEvents('lifecycle').ready, { code: ErrorCode.NoSupport });
  await connection.domainEvents('lifecycle').ready;

  assert.equal(tries, 2);
});

test('a lost link rejects pending calls once, ends event streams, and is told with its reason', async () => {
  const [daemon, connection] = await start({ domainGetInfo: () => new Promise(() => {}) });
  const events = connection.domainEvents('lifecycle');
  await events.ready;
  const domain = await connection.lookupDomainByName('one');
  let rejections = 0;

  const calls = Array.from({ length: 100 }, () =>
    domain.getInfo().catch((thrown: unknown) => {
      rejections += 1;
      return thrown;
    }),
  );
  await settled();
  daemon.responders.at(-1)?.close();
  const errors = (await Promise.all(calls)) as LibvirtError[];
  const end = await connection.closed;

  assert.equal(rejections, 100);
  assert.match(errors[0]?.message ?? '', /End of file/);
  assert.equal(errors[0]?.outcomeUnknown, true, 'the first was sent');
  assert.equal(errors[99]?.outcomeUnknown, false, 'the last had to wait');
  assert.equal(end.text, 'end of file');
  await assert.rejects(events.next(), /End of file/);
  await assert.rejects(domain.getInfo(), /End of file/);
  await connection.close();
});

test('a server that loses its hypervisor ends the connection with its reason', async () => {
  const [daemon, connection] = await start();

  daemon.send(remote.connectEventConnectionClosed, { reason: 2 });
  const end = await connection.closed;

  assert.equal(end.text, 'keepalive timeout');
  assert.match(end.error?.message ?? '', /lost its connection to the hypervisor/);
  await connection.close();
});

test('a call that is given up after it was sent says that nobody knows its outcome', async () => {
  const [, connection] = await start({ domainGetInfo: () => new Promise(() => {}) });
  await using _ = connection;
  const domain = await connection.lookupDomainByName('one');
  const controller = new AbortController();
  const reason = new Error('no longer wanted');

  const call = domain.getInfo({ signal: controller.signal });
  controller.abort(reason);

  await assert.rejects(call, { outcomeUnknown: true, cause: reason });
  await assert.rejects(domain.getInfo({ signal: controller.signal }), reason);
});

test('closing with calls under way rejects them without waiting', async () => {
  const [daemon, connection] = await start({ domainGetInfo: () => new Promise(() => {}) });
  const domain = await connection.lookupDomainByName('one');
  const call = domain.getInfo();

  await connection.close();

  await assert.rejects(call, { message: /client socket is closed/ });
  assert.equal(daemon.names.includes('connectClose'), false);
});

test('a subscription is given up while the server has not yet told how it registers events', async () => {
  let answer = () => {};
  const [daemon, connection] = await start({
    connectSupportsFeature: ({ feature }: { feature: number }) =>
      feature === 14
        ? new Promise((resolve) => {
            answer = () => resolve({ supported: 1 });
          })
        : { supported: 1 },
  });
  await using _ = connection;
  const given = new AbortController();
  const events = connection.domainEvents('lifecycle', { signal: given.signal });
  await settled();

  given.abort(new Error('enough'));
  await assert.rejects(events.ready, /enough/);

  answer();
  await connection.domainEvents('reboot').ready;
  const registered = daemon.calls.filter(({ name }) => name === 'connectDomainEventCallbackRegisterAny');
  assert.deepEqual(
    registered.map(({ args }) => args['eventID']),
    [1],
  );
});
