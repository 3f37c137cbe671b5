// Clients that mean harm, or do not mean anything: none of them disturbs another client of the daemon.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect as dial, type Socket } from 'node:net';
import { after, before, suite, test } from 'node:test';
import { connect, type Connection } from 'virtwire';
import { descriptorsOf, requires, settles, type StartedDaemon, startVirtwired } from '../launcher/index.ts';

const REMOTE = 0x2000_8086;
const CALL = 0;
const STREAM = 3;
const CONTINUE = 2;

/** A packet: length word, six header words, payload. */
function packet(
  words: readonly number[],
  payload: Uint8Array = new Uint8Array(0),
  length = 28 + payload.length,
): Buffer {
  const bytes = Buffer.alloc(28 + payload.length);
  for (const [i, word] of [length, ...words].entries()) bytes.writeUInt32BE(word >>> 0, i * 4);
  bytes.set(payload, 28);
  return bytes;
}

const AUTH_LIST = packet([REMOTE, 1, 66, CALL, 0, 0]);

suite('hostile clients', { skip: requires({ isolation: true }) }, () => {
  let daemon: StartedDaemon;
  let honest: Connection;

  before(async () => {
    daemon = await startVirtwired({ conf: { max_clients: 200, max_anonymous_clients: 100 } });
    honest = await connect(daemon.uri('unix', 'test', '/default'));
  });
  after(async () => {
    await honest.close();
    const { code } = await daemon.stop();
    assert.equal(code, 0, 'the daemon has survived and ends in order');
    await daemon[Symbol.asyncDispose]();
  });

  /** Connects, sends, and gives the socket; what the daemon answers is thrown away unless somebody listens. */
  async function attack(...chunks: readonly Uint8Array[]): Promise<Socket> {
    const socket = dial(daemon.socket);
    socket.on('error', () => {});
    await once(socket, 'connect');
    for (const chunk of chunks) socket.write(chunk);
    return socket;
  }

  async function othersAreWell(): Promise<void> {
    const [domain] = await honest.listAllDomains();
    assert.equal(domain?.name, 'test');
    assert.equal((await domain?.getInfo())?.vcpus, 2);
    await using fresh = await connect(daemon.uri('unix', 'test', '/default'));
    assert.equal(await fresh.getType(), 'TEST');
  }

  async function isClosed(socket: Socket): Promise<void> {
    socket.resume();
    if (!socket.closed) await once(socket, 'close', { signal: AbortSignal.timeout(5000) });
  }

  /** The words of the next reply's header. */
  async function reply(socket: Socket): Promise<{ status: number; serial: number; payload: Buffer }> {
    let bytes = Buffer.alloc(0);
    while (bytes.length < 28 || bytes.length < bytes.readUInt32BE(0)) {
      const [chunk] = (await once(socket, 'data', { signal: AbortSignal.timeout(5000) })) as [Buffer];
      bytes = Buffer.concat([bytes, chunk]);
    }
    return { status: bytes.readUInt32BE(24), serial: bytes.readUInt32BE(20), payload: bytes.subarray(28) };
  }

  test('garbage is cut off', async () => {
    for (let i = 0; i < 20; i++) {
      const garbage = randomBytes(4096);
      garbage.writeUInt32BE(0xffff_0000, 0);
      await isClosed(await attack(garbage));
    }

    await othersAreWell();
  });

  test('half a header, and then nothing, keeps nobody waiting', async () => {
    const socket = await attack(AUTH_LIST.subarray(0, 13));

    await othersAreWell();
    socket.destroy();
  });

  test('a header that comes byte by byte is still a call', async () => {
    const socket = await attack();
    for (const byte of AUTH_LIST) socket.write(Buffer.of(byte));

    assert.equal((await reply(socket)).status, 0);
    socket.destroy();
  });

  test('a length of 4 GiB is refused before any memory is taken', async () => {
    const before = await residentMib();
    for (let i = 0; i < 20; i++)
      await isClosed(await attack(packet([REMOTE, 1, 66, CALL, 0, 0], undefined, 0xffff_ffff)));

    await othersAreWell();
    assert.ok((await residentMib()) - before < 50, 'the daemon has not grown');
  });

  test('lengths too short for a header are refused', async () => {
    for (const length of [0, 1, 3, 4, 27])
      await isClosed(await attack(packet([REMOTE, 1, 66, CALL, 0, 0], undefined, length)));

    await othersAreWell();
  });

  test('a promise of 32 MiB that is not kept takes no memory from others', async () => {
    const before = await residentMib();
    const sockets = await Promise.all(
      Array.from({ length: 50 }, () => attack(packet([REMOTE, 1, 66, CALL, 0, 0], undefined, 33_554_432))),
    );

    await othersAreWell();
    assert.ok((await residentMib()) - before < 100, 'the daemon does not reserve what was only promised');
    for (const socket of sockets) socket.destroy();
  });

  test('an unknown program is answered with an error, and the connection goes on', async () => {
    const socket = await attack(packet([0x1234_5678, 1, 66, CALL, 7, 0]));
    const { status, serial } = await reply(socket);
    socket.write(AUTH_LIST);

    assert.deepEqual([status, serial], [1, 7]);
    assert.equal((await reply(socket)).status, 0);
    socket.destroy();
    await othersAreWell();
  });

  test('an unknown version and an unknown procedure are answered with errors', async () => {
    const socket = await attack(packet([REMOTE, 2, 66, CALL, 1, 0]));
    assert.equal((await reply(socket)).status, 1);
    socket.write(packet([REMOTE, 1, 99_999, CALL, 2, 0]));
    assert.equal((await reply(socket)).status, 1);

    socket.destroy();
    await othersAreWell();
  });

  test('data for a stream that nobody opened is dropped', async () => {
    const socket = await attack(packet([REMOTE, 1, 209, STREAM, 5, CONTINUE], randomBytes(1000)), AUTH_LIST);

    assert.equal((await reply(socket)).status, 0);
    socket.destroy();
    await othersAreWell();
  });

  test('a call whose arguments are cut short is answered with an error', async () => {
    const socket = await attack(AUTH_LIST);
    await reply(socket);
    socket.write(packet([REMOTE, 1, 1, CALL, 1, 0], Buffer.of(0, 0, 0, 1, 0xff, 0xff)));

    assert.equal((await reply(socket)).status, 1);
    socket.destroy();
    await othersAreWell();
  });

  test('a string longer than its bytes is an error, not a read beyond the end', async () => {
    const socket = await attack(AUTH_LIST);
    await reply(socket);
    socket.write(packet([REMOTE, 1, 1, CALL, 1, 0], Buffer.of(0, 0, 0, 1, 0, 0x40, 0, 0, 0x61, 0x61, 0x61, 0x61)));

    assert.equal((await reply(socket)).status, 1);
    socket.destroy();
    await othersAreWell();
  });

  test('calls before the connection is open are refused', async () => {
    const socket = await attack(packet([REMOTE, 1, 273, CALL, 1, 0], Buffer.alloc(8)));

    assert.equal((await reply(socket)).status, 1);
    socket.destroy();
    await othersAreWell();
  });

  test('clients that connect and say nothing leave room for others', async () => {
    const sockets = await Promise.all(Array.from({ length: 60 }, () => attack()));

    await othersAreWell();
    for (const socket of sockets) socket.destroy();
  });

  test('a client that sends calls and never reads is not read either, and others go on', async () => {
    const socket = await attack(AUTH_LIST, packet([REMOTE, 1, 1, CALL, 1, 0], openArguments('test:///default')));
    socket.pause();
    const before = await residentMib();
    // capabilities: a small call with a large answer, far more of them than the daemon may keep in memory
    const calls = Buffer.concat(Array.from({ length: 1000 }, (_, i) => packet([REMOTE, 1, 7, CALL, i + 2, 0])));
    for (let i = 0; i < 50; i++) socket.write(calls);

    await othersAreWell();
    assert.ok((await residentMib()) - before < 100, 'answers that nobody reads do not pile up');
    socket.destroy();
  });

  test('random bytes in every field of a header never end the daemon', async () => {
    for (let i = 0; i < 300; i++) {
      const words = Array.from({ length: 6 }, () =>
        Math.random() < 0.5 ? Math.floor(Math.random() * 8) : randomBytes(4).readUInt32BE(),
      );
      if (Math.random() < 0.7) words[0] = REMOTE;
      if (Math.random() < 0.7) words[1] = 1;
      if (Math.random() < 0.7) words[2] = Math.floor(Math.random() * 460);
      const socket = await attack(
        AUTH_LIST,
        packet([REMOTE, 1, 1, CALL, 1, 0], openArguments('test:///default')),
        packet(words, randomBytes(Math.floor(Math.random() * 200))),
      );
      socket.resume();
      socket.end();
    }

    await othersAreWell();
  });

  test('what attackers held is given back when they have gone', async () => {
    const before = await descriptorsOf(daemon.pid);
    const sockets = await Promise.all(Array.from({ length: 50 }, () => attack(AUTH_LIST)));
    assert.ok(await settles(async () => (await descriptorsOf(daemon.pid)) > before));
    for (const socket of sockets) socket.destroy();

    assert.ok(await settles(async () => (await descriptorsOf(daemon.pid)) <= before), 'descriptors are closed');
  });

  async function residentMib(): Promise<number> {
    const { readFile } = await import('node:fs/promises');
    const status = await readFile(`/proc/${daemon.pid}/status`, 'utf8');
    return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024;
  }
});

function openArguments(uri: string): Uint8Array {
  const padded = Math.ceil(uri.length / 4) * 4;
  const bytes = Buffer.alloc(4 + 4 + padded + 4);
  bytes.writeUInt32BE(1, 0);
  bytes.writeUInt32BE(uri.length, 4);
  bytes.write(uri, 8, 'latin1');
  return bytes;
}
