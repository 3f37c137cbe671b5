// 2,000 idle and 200 busy clients, beside those that read nothing or send a byte now and then: every call is answered.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect as dial, type Socket } from 'node:net';
import { after, before, suite, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { remote } from '@virtwire/protocol';
import { Caller, programOf } from '@virtwire/rpc';
import { connectSocket } from '@virtwire/rpc/node';
import { descriptorsOf, extent, requires, settles, type StartedDaemon, startVirtwired } from '../launcher/index.ts';

/** Two minutes are what a release is held to. */
const SECONDS = extent('VIRTWIRE_STRESS_SECONDS', 120, 10);
const IDLE = 2000;
const BUSY = 200;
const LAZY = 20;
const OUTPUT_TIMEOUT_S = 5;

const programs = [remote[programOf]];

suite(`stress, VIRTWIRE_STRESS_SECONDS=${SECONDS}`, { skip: requires({ isolation: true }) }, () => {
  let daemon: StartedDaemon;

  before(async () => {
    daemon = await startVirtwired({ conf: { output_timeout: OUTPUT_TIMEOUT_S, log_outputs: '3:file:/dev/null' } });
  });
  after(async () => {
    const { code } = await daemon.stop();
    assert.equal(code, 0);
    await daemon[Symbol.asyncDispose]();
  });

  async function opened(): Promise<Caller> {
    const caller = new Caller(await connectSocket({ path: daemon.socket }), { programs, maxInFlight: 5 });
    await caller.call(remote.connectOpen, { name: 'test:///default', flags: 0 });
    return caller;
  }

  test('idle, busy, lazy and slow clients together', { timeout: 120_000 + SECONDS * 2000 }, async () => {
    const before = await descriptorsOf(daemon.pid);
    const idle: Caller[] = [];
    for (let count = 0; count < IDLE; count += 100)
      idle.push(...(await Promise.all(Array.from({ length: 100 }, opened))));
    const busy = await Promise.all(Array.from({ length: BUSY }, opened));
    const lazy = await Promise.all(Array.from({ length: LAZY }, () => readsNothing(daemon.socket)));
    const slow = await Promise.all(Array.from({ length: LAZY }, () => sendsSlowly(daemon.socket)));
    const { dom } = await (busy[0] as Caller).call(remote.domainLookupByName, { name: 'test' });

    const times: number[] = [];
    const until = performance.now() + SECONDS * 1000;
    await Promise.all(
      busy.map(async (caller) => {
        while (performance.now() < until) {
          const started = performance.now();
          await caller.call(remote.domainGetInfo, { dom });
          times.push(performance.now() - started);
        }
      }),
    );
    // Nobody was forgotten either.
    for (const caller of idle) assert.equal((await caller.call(remote.connectGetType, {})).type, 'TEST');

    times.sort((a, b) => a - b);
    const at = (share: number) => (times[Math.floor(times.length * share)] ?? 0).toFixed(1);
    console.log(`# ${times.length} calls, ms: p50 ${at(0.5)}, p99 ${at(0.99)}, longest ${at(1 - 1 / times.length)}`);
    assert.ok(times.length > BUSY * SECONDS, 'each busy client had more than a call a second');
    assert.ok(Number(at(0.99)) < 3000, `p99 is ${at(0.99)} ms`);
    assert.ok(
      await settles(() => lazy.every((socket) => socket.closed), (OUTPUT_TIMEOUT_S + 5) * 1000),
      'who reads nothing has been cut off',
    );
    for (const caller of [...idle, ...busy]) await caller.close();
    for (const { stop } of slow) stop();
    assert.ok(await settles(async () => (await descriptorsOf(daemon.pid)) <= before, 10_000), 'descriptors are closed');
  });
});

const capabilities = Buffer.from([
  0, 0, 0, 28, 0x20, 0, 0x80, 0x86, 0, 0, 0, 1, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0, 9, 0, 0, 0, 0,
]);

/** A client that asks for a lot and reads none of it. */
async function readsNothing(path: string): Promise<Socket> {
  const socket = dial(path);
  socket.on('error', () => {});
  await once(socket, 'connect');
  socket.pause();
  socket.write(openCall());
  socket.write(Buffer.concat(Array.from({ length: 20_000 }, () => capabilities)));
  return socket;
}

/** A client that sends a call byte by byte, ten a second. */
async function sendsSlowly(path: string): Promise<{ stop(): void }> {
  const socket = dial(path);
  socket.on('error', () => {}).resume();
  await once(socket, 'connect');
  const stopped = new AbortController();
  void (async () => {
    while (!stopped.signal.aborted) {
      for (const byte of openCall()) {
        socket.write(Buffer.of(byte));
        await delay(100, undefined, { signal: stopped.signal }).catch(() => {});
        if (stopped.signal.aborted) return;
      }
    }
  })();
  return {
    stop: () => {
      stopped.abort();
      socket.destroy();
    },
  };
}

function openCall(): Buffer {
  const uri = Buffer.from('test:///default\0');
  const payload = Buffer.alloc(8 + uri.length + 4);
  payload.writeUInt32BE(1, 0);
  payload.writeUInt32BE(uri.length - 1, 4);
  uri.copy(payload, 8);
  const head = Buffer.alloc(28);
  for (const [index, word] of [28 + payload.length, 0x20008086, 1, 1, 0, 1, 0].entries())
    head.writeUInt32BE(word, index * 4);
  return Buffer.concat([head, payload]);
}
