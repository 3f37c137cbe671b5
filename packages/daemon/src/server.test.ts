import assert from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { suite, test } from 'node:test';
import { remote } from '@virtwire/protocol';
import { type Channel, ErrorCode, ErrorDomain } from '@virtwire/rpc';
import * as fc from 'fast-check';
import { dom, memoryServer, openFake } from './testing/memory-server.ts';

const REMOTE = 0x2000_8086;

/** A packet with the given header words behind its length. */
function packet(words: readonly number[], length = 28): Uint8Array {
  const bytes = new Uint8Array(28);
  const view = new DataView(bytes.buffer);
  for (const [index, word] of [length, ...words].entries()) view.setUint32(index * 4, word >>> 0);
  return bytes;
}

interface Peer {
  readonly channel: Channel;
  readonly received: Uint8Array[];
  readonly ended: Promise<void>;
}

function peer(channel: Channel): Peer {
  const received: Uint8Array[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  channel.open({ data: (chunk) => void received.push(chunk.slice()), drain: () => {}, end: () => resolve() });
  return { channel, received, ended: promise };
}

suite('clients that send what is no protocol', () => {
  const wrong: Readonly<Record<string, Uint8Array>> = {
    'a length of 4 GiB': packet([REMOTE, 1, 66, 0, 0, 0], 0xffff_ffff),
    'a length one above the limit': packet([REMOTE, 1, 66, 0, 0, 0], 33_554_437),
    'a length below the header': packet([REMOTE, 1, 66, 0, 0, 0], 27),
    'the start of TLS': new Uint8Array([0x16, 0x03, 0x01, 0x02, 0x00, 0x01]),
    'file descriptors': packet([REMOTE, 1, 1, 4, 0, 0]),
  };
  for (const [what, bytes] of Object.entries(wrong)) {
    test(`${what}: that client is cut off with a line in the log, another is served on`, async () => {
      const made = memoryServer();
      const honest = made.caller();
      await openFake(honest);
      const bad = peer(made.channel());

      bad.channel.write(bytes);
      await bad.ended;

      assert.equal(bad.received.length, 0);
      assert.equal(made.server.clientCount, 1);
      assert.match(made.lines.at(-1) ?? '', /^error client 2 \(memory\): /);
      assert.deepEqual(await honest.call(remote.connectGetHostname, {}), { hostname: 'here' });
      await honest.close();
    });
  }

  const dropped: Readonly<Record<string, Uint8Array>> = {
    'half a header': packet([REMOTE, 1, 66, 0, 0, 0]).subarray(0, 13),
    'a reply': packet([REMOTE, 1, 66, 1, 0, 0]),
    'an event': packet([REMOTE, 1, 107, 2, 0, 0]),
    'a type that does not exist': packet([REMOTE, 1, 66, 9, 0, 0]),
    'data of a stream that was never opened': packet([REMOTE, 1, 209, 3, 7, 2]),
    nothing: new Uint8Array(0),
  };
  for (const [what, bytes] of Object.entries(dropped)) {
    test(`${what}: no answer, the connection stays, another client is served`, async () => {
      const made = memoryServer();
      const honest = made.caller();
      await openFake(honest);
      const odd = peer(made.channel());

      odd.channel.write(bytes);
      await nextTurn();

      assert.equal(odd.received.length, 0);
      assert.equal(made.server.clientCount, 2);
      assert.deepEqual(await honest.call(remote.connectGetHostname, {}), { hostname: 'here' });
      odd.channel.close();
      await honest.close();
    });
  }

  test('a header that comes byte by byte is answered when it is complete', async () => {
    const made = memoryServer();
    const slow = peer(made.channel());

    for (const byte of packet([REMOTE, 1, 66, 0, 5, 0])) {
      slow.channel.write(new Uint8Array([byte]));
      await nextTurn();
    }

    assert.equal(slow.received.length, 1);
    slow.channel.close();
  });

  test('any bytes: the server lives on', async () => {
    const made = memoryServer();
    const honest = made.caller();
    await openFake(honest);
    const word = fc.oneof(
      fc.constantFrom(28, 32, 40, REMOTE, 0x2000_8087, 1, 0, 2, 60, 66, 167, 313, 316, 0xffff_ffff),
      fc.nat(),
    );
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.array(word, { maxLength: 30 }).map((list) => new Uint8Array(new Uint32Array(list.map(swap)).buffer)),
    );
    await fc.assert(
      fc.asyncProperty(bytes, async (sent) => {
        const bad = peer(made.channel());
        bad.channel.write(sent);
        await nextTurn();
        bad.channel.close();
        assert.deepEqual(await honest.call(remote.connectGetHostname, {}), { hostname: 'here' });
      }),
      { numRuns: 300 },
    );
    await nextTurn();
    assert.equal(made.server.clientCount, 1);
    await honest.close();
  });
});

function swap(word: number): number {
  return new DataView(new Uint32Array([word]).buffer).getUint32(0) >>> 0;
}

suite('limits', () => {
  test('clients beyond max_clients wait, and are served in order when others leave', async () => {
    const made = memoryServer({ maxClients: 2, maxAnonymousClients: 2 });
    const first = made.caller();
    const second = made.caller();
    await openFake(first);
    await openFake(second);
    const third = made.caller();
    const opened = openFake(third);
    await nextTurn();

    assert.equal(made.server.clientCount, 2);
    assert.equal(made.server.waitingCount, 1);
    await first.close();
    await opened;

    assert.equal(made.server.waitingCount, 0);
    assert.equal(made.server.clientCount, 2);
    await second.close();
    await third.close();
  });

  test('connections beyond max_queued_clients are dropped', () => {
    const made = memoryServer({ maxClients: 1, maxAnonymousClients: 1, maxQueuedClients: 1 });

    const channels = [made.channel(), made.channel(), made.channel()];

    assert.equal(made.dropped, 1);
    assert.equal(made.server.waitingCount, 1);
    assert.match(made.lines.at(-1) ?? '', /^warning connection from memory dropped/);
    channels[0]?.close();
  });

  test('clients that have not authenticated count on their own', async () => {
    const made = memoryServer({ maxAnonymousClients: 1 });
    const silent = made.caller({ auth: 'sasl' });
    const waiting = made.caller({ auth: 'sasl' });
    await nextTurn();

    assert.equal(made.server.clientCount, 1);
    assert.equal(made.server.waitingCount, 1);
    await silent.close();
    await nextTurn();
    assert.equal(made.server.clientCount, 1);
    assert.equal(made.server.waitingCount, 0);
    await waiting.close();
  });

  test('strangers who wait for their turn to log in keep nobody else waiting', async () => {
    const made = memoryServer({ maxAnonymousClients: 1 });
    const strangers = [made.caller({ auth: 'sasl' }), made.caller({ auth: 'sasl' }), made.caller({ auth: 'polkit' })];
    const known = made.caller();
    const root = made.caller({ auth: 'polkit' }, { address: 'unix', uid: 0 });
    await nextTurn();

    assert.equal(made.server.clientCount, 3);
    assert.equal(made.server.waitingCount, 2);
    await openFake(known);
    await openFake(root);
    await strangers[0]?.close();
    await nextTurn();
    assert.deepEqual(await strangers[1]?.call(remote.authList, {}), { types: [1] });
    assert.equal(made.server.waitingCount, 1);
    for (const each of [known, root, ...strangers]) await each.close();
  });

  test('calls before authentication are refused, and so are long packets', async () => {
    const made = memoryServer();
    const caller = made.caller({ auth: 'sasl' });

    assert.deepEqual(await caller.call(remote.authList, {}), { types: [1] });
    await assert.rejects(openFake(caller), {
      code: ErrorCode.Rpc,
      domain: ErrorDomain.Rpc,
      message: 'authentication required',
    });
    await assert.rejects(caller.call(remote.authSaslInit, {}), {
      code: ErrorCode.AuthFailed,
      message: 'authentication failed: authentication failed',
    });
    await assert.rejects(caller.call(remote.connectOpen, { name: 'x'.repeat(70_000), flags: 0 }));
    assert.match(made.lines.at(-1) ?? '', /too large/);
  });

  test('max_client_requests calls are at work at once, all are answered, and the log tells once', async () => {
    const made = memoryServer({ maxClientRequests: 3 });
    const caller = made.caller();
    await openFake(caller);
    const calls = Array.from({ length: 7 }, () => caller.call(remote.domainSuspend, { dom }));

    for (let round = 0; round < 4; round++) {
      await nextTurn();
      made.release();
    }

    assert.deepEqual(
      await Promise.all(calls),
      Array.from({ length: 7 }, () => ({})),
    );
    assert.equal(made.lines.filter((line) => line.includes('Client hit max requests limit 3')).length, 1);
    await caller.close();
  });
});

suite('the end', () => {
  test('a client that goes away takes its driver with it', async () => {
    const made = memoryServer();
    const caller = made.caller();
    await openFake(caller);
    assert.equal(made.open.length, 1);

    await caller.close();
    await nextTurn();

    assert.equal(made.open.length, 0);
    assert.equal(made.server.clientCount, 0);
  });

  test('a client that goes away while its driver opens leaves no driver', async () => {
    const made = memoryServer();
    const caller = made.caller();
    const opening = caller.call(remote.connectOpen, { name: 'slow:///', flags: 0 });
    opening.catch(() => {});
    await nextTurn();

    await caller.close();
    made.openNow();
    await nextTurn();

    assert.deepEqual(made.open, []);
  });

  test('stopping lets calls at work finish, closes the others, and admits nobody', async () => {
    const made = memoryServer();
    const idle = made.caller();
    const busy = made.caller();
    await openFake(busy);
    await openFake(idle);
    const call = busy.call(remote.domainSuspend, { dom });
    await nextTurn();

    const stopped = made.server.stop(5000);
    await idle.closed;
    made.channel();
    assert.equal(made.dropped, 1);
    made.release();
    await stopped;

    assert.deepEqual(await call, {});
    assert.equal(made.server.clientCount, 0);
  });

  test('stopping does not wait for ever', async () => {
    const made = memoryServer();
    const busy = made.caller();
    await openFake(busy);
    const call = busy.call(remote.domainSuspend, { dom });
    await nextTurn();

    await made.server.stop(1);

    await assert.rejects(call);
    assert.equal(made.server.clientCount, 0);
  });
});
