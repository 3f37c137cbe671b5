// The content of volumes up and down: sizes, holes, limits, and what happens when it breaks off.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFile, stat, truncate, writeFile } from 'node:fs/promises';
import { describe, type TestContext, test } from 'node:test';
import { storagePoolEvents } from '@virtwire/protocol';
import { ErrorCode, ErrorDomain, LibvirtError } from '@virtwire/rpc';
import { bytesOf, poolXml, receiveAll, sendAll, storageHarness, stream, volumeXml } from './testing/harness.ts';

const MiB = 1024 * 1024;
const vol = { pool: 'p', name: 'v', key: '' };

async function harnessWithVolume(t: TestContext, capacity: number) {
  const h = await storageHarness(t);
  const { pool } = await h.call('storagePoolCreateXml', { xml: poolXml('p', `${h.root}/p`), flags: 1 });
  await h.call('storageVolCreateXml', { pool, xml: volumeXml('v', capacity), flags: 0 });
  const refreshed = () =>
    new Promise<void>((resolve) => void h.driver.subscribe(storagePoolEvents.refresh, null, () => resolve(), {}));
  return { ...h, pool, path: `${h.root}/p/v`, refreshed };
}

function pieces(bytes: Uint8Array, size: number): Uint8Array[] {
  const cut: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += size) cut.push(bytes.subarray(at, at + size));
  return cut;
}

describe('an upload', () => {
  test('of many pieces arrives whole, and the pool is looked through again', async (t) => {
    const h = await harnessWithVolume(t, 1000);
    const content = randomBytes(9 * MiB + 17);
    const { caller, context } = stream();
    const refreshed = h.refreshed();

    await h.call('storageVolUpload', { vol, offset: 0n, length: 0n, flags: 0 }, context);
    await sendAll(caller, pieces(content, 70_001));
    await caller.finish();

    assert.ok(content.equals(await readFile(h.path)));
    await refreshed;
    assert.equal((await h.call('storageVolGetInfo', { vol })).capacity, BigInt(content.length));
  });

  test('begins at its offset and leaves the rest alone', async (t) => {
    const h = await harnessWithVolume(t, 10);
    await writeFile(h.path, 'abcdefghij');
    const { caller, context } = stream();

    await h.call('storageVolUpload', { vol, offset: 3n, length: 0n, flags: 0 }, context);
    await sendAll(caller, [Buffer.from('XY')]);
    await caller.finish();

    assert.equal(await readFile(h.path, 'utf8'), 'abcXYfghij');
  });

  test('asks the sender to wait before too much is in memory', async (t) => {
    const h = await harnessWithVolume(t, 10);
    const { caller, context } = stream();
    let paused = 0;
    const driverStream = context.stream;
    assert.ok(driverStream !== undefined);
    const pause = driverStream.pause.bind(driverStream);
    driverStream.pause = () => {
      paused++;
      pause();
    };

    await h.call('storageVolUpload', { vol, offset: 0n, length: 0n, flags: 0 }, context);
    let sentBeforeWait = 0;
    while (caller.write(new Uint8Array(MiB)) && sentBeforeWait < 64) sentBeforeWait++;

    // 4 MiB wait in the driver, and as many in the stream itself.
    assert.ok(sentBeforeWait <= 10, `${sentBeforeWait} MiB were taken at once`);
    assert.equal(paused, 1);
    await caller.drained();
    await caller.finish();
    assert.equal((await stat(h.path)).size, (sentBeforeWait + 1) * MiB);
  });

  test('longer than it said is refused, after what fits', async (t) => {
    const h = await harnessWithVolume(t, 10);
    const { caller, context } = stream();

    await h.call('storageVolUpload', { vol, offset: 0n, length: 5n, flags: 0 }, context);
    await sendAll(caller, [Buffer.from('abc'), Buffer.from('defghij')]);

    await assert.rejects(caller.finish(), {
      code: ErrorCode.SystemError,
      domain: ErrorDomain.Streams,
      message: 'cannot write to stream: No space left on device',
      int1: 28,
    });
    assert.equal((await readFile(h.path, 'utf8')).slice(0, 6), 'abcde\0');
  });

  test('that breaks off is logged and leaves the volume listed', async (t) => {
    const h = await harnessWithVolume(t, 4 * MiB);
    const { caller, context } = stream();
    const refreshed = h.refreshed();

    await h.call('storageVolUpload', { vol, offset: 0n, length: 0n, flags: 0 }, context);
    await sendAll(caller, [randomBytes(2 * MiB)]);
    caller.abort(new LibvirtError(ErrorCode.Rpc, 'the client has disconnected', { domain: ErrorDomain.Rpc }));
    await refreshed;

    assert.ok(
      h.log.some((line) => line.startsWith(`upload to '${h.path}' broke off`)),
      h.log.join('\n'),
    );
    assert.deepEqual((await h.call('storagePoolListVolumes', { pool: h.pool, maxnames: 9 })).names, ['v']);
    assert.equal((await h.call('storageVolGetInfo', { vol })).capacity, BigInt(4 * MiB));
  });

  test('of holes takes no space, not even where there was something', async (t) => {
    const h = await harnessWithVolume(t, 1);
    await writeFile(h.path, randomBytes(MiB));
    const { caller, context } = stream();
    const data = randomBytes(4096);

    await h.call('storageVolUpload', { vol, offset: 0n, length: 0n, flags: 1 }, context);
    await sendAll(caller, [BigInt(64 * MiB), data, BigInt(64 * MiB)]);
    await caller.finish();

    const { size, blocks } = await stat(h.path);
    assert.equal(size, 128 * MiB + 4096);
    assert.ok(blocks * 512 <= 64 * 1024, `${blocks} blocks`);
    const content = await readFile(h.path);
    assert.ok(content.subarray(64 * MiB, 64 * MiB + 4096).equals(data));
    assert.ok(content.subarray(0, MiB).every((byte) => byte === 0));
  });

  test('with a hole in the middle of a volume keeps what is behind it', async (t) => {
    const h = await harnessWithVolume(t, 1);
    await writeFile(h.path, Buffer.alloc(3 * MiB, 1));
    const { caller, context } = stream();

    await h.call('storageVolUpload', { vol, offset: BigInt(MiB), length: 0n, flags: 1 }, context);
    await sendAll(caller, [BigInt(MiB)]);
    await caller.finish();

    const content = await readFile(h.path);
    assert.equal(content.length, 3 * MiB);
    for (const [at, byte] of [
      [0, 1],
      [MiB, 0],
      [2 * MiB, 1],
    ] as const) {
      assert.ok(
        content.subarray(at, at + MiB).every((value) => value === byte),
        `at ${at}`,
      );
    }
  });
});

describe('a download', () => {
  for (const [offset, length, expected] of [
    [0n, 0n, [0, undefined]],
    [1000n, 0n, [1000, undefined]],
    [1000n, 5n, [1000, 1005]],
    [BigInt(3 * MiB), 0n, [3 * MiB, undefined]],
    [99_999_999n, 0n, [3 * MiB, undefined]],
    [0n, 99_999_999n, [0, undefined]],
  ] as const) {
    test(`from ${offset} of ${length} bytes gives what is there`, async (t) => {
      const h = await harnessWithVolume(t, 1);
      const content = randomBytes(3 * MiB);
      await writeFile(h.path, content);
      const { caller, context } = stream();

      await h.call('storageVolDownload', { vol, offset, length, flags: 0 }, context);
      const received = await receiveAll(caller);

      assert.equal(received.error, null);
      assert.ok(content.subarray(...expected).equals(bytesOf(received.pieces)));
    });
  }

  test('of a sparse volume tells its holes, the last one included', async (t) => {
    const h = await harnessWithVolume(t, 1);
    await writeFile(h.path, Buffer.alloc(MiB, 7));
    await truncate(h.path, 500 * MiB);
    const { caller, context } = stream();

    await h.call('storageVolDownload', { vol, offset: 0n, length: 0n, flags: 1 }, context);
    const { pieces: received } = await receiveAll(caller);

    const holes = received.filter((piece) => typeof piece === 'bigint');
    assert.deepEqual(holes, [BigInt(499 * MiB)]);
    assert.ok(bytesOf(received.filter((piece) => typeof piece !== 'bigint')).every((byte) => byte === 7));
  });

  test('without qemu-img finds holes by reading', async (t) => {
    const h = await harnessWithVolume(t, 1);
    const path = process.env['PATH'];
    t.after(() => void (process.env['PATH'] = path));
    process.env['PATH'] = '/nowhere';
    const data = randomBytes(8192);
    await writeFile(h.path, data);
    await truncate(h.path, 20 * MiB);
    const { caller, context } = stream();

    await h.call('storageVolDownload', { vol, offset: 4096n, length: 0n, flags: 1 }, context);
    const { pieces: received } = await receiveAll(caller);

    assert.deepEqual(received.at(-1), BigInt(20 * MiB - 8192));
    assert.ok(data.subarray(4096).equals(bytesOf(received.slice(0, -1))));
  });

  test('waits for a receiver that does not take', async (t) => {
    const h = await harnessWithVolume(t, 1);
    await writeFile(h.path, randomBytes(64 * MiB));
    const { caller, context } = stream();
    let bytes = 0;
    await h.call('storageVolDownload', { vol, offset: 0n, length: 0n, flags: 0 }, context);
    const finished = new Promise<void>((resolve) => {
      caller.receive({
        data: (chunk) => {
          bytes += chunk.length;
          caller.pause();
          setImmediate(() => caller.resume());
        },
        hole: () => assert.fail('no hole was asked for'),
        end: () => void caller.finish().then(resolve),
        fail: (error) => assert.fail(error),
      });
    });

    await finished;

    assert.equal(bytes, 64 * MiB);
  });

  test('that the caller gives up stops, without an error in the log', async (t) => {
    const h = await harnessWithVolume(t, 1);
    await writeFile(h.path, randomBytes(32 * MiB));
    const { caller, context } = stream();
    await h.call('storageVolDownload', { vol, offset: 0n, length: 0n, flags: 0 }, context);

    await new Promise<void>((resolve) => {
      caller.receive({
        data: () => {
          caller.abort();
          resolve();
        },
        hole: () => undefined,
        end: () => assert.fail('it ended'),
        fail: () => undefined,
      });
    });

    assert.deepEqual(h.log, []);
  });

  test('of a directory fails on its stream', async (t) => {
    const h = await harnessWithVolume(t, 1);
    const xml = volumeXml('d', 1, 'dir');
    await h.call('storageVolCreateXml', { pool: h.pool, xml, flags: 0 });
    const { caller, context } = stream();

    await h.call('storageVolDownload', { vol: { ...vol, name: 'd' }, offset: 0n, length: 0n, flags: 0 }, context);
    const { error } = await receiveAll(caller);

    assert.equal(error?.message, `Unable to read ${h.root}/p/d: Is a directory`);
    assert.equal(error.domain, ErrorDomain.Streams);
  });
});
