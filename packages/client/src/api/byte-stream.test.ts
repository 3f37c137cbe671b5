// Tests of downloads and uploads against the driver's side of a stream.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type DriverStream, ErrorCode, LibvirtError, streamPair } from '@virtwire/rpc';
import { type Chunk, Download, type DownloadStreamOptions, Hole, Upload } from './byte-stream.ts';

const bytes = (...values: number[]) => Uint8Array.from(values);
const broken = new LibvirtError(ErrorCode.WriteFailed, 'disk is full');

// What a driver hears, as words.
function listen(stream: DriverStream, finish: () => void | Promise<void> = () => {}): string[] {
  const heard: string[] = [];
  stream.receive({
    data: (chunk) => heard.push(`data ${chunk.length}`),
    hole: (length) => heard.push(`hole ${length}`),
    finish: () => {
      heard.push('finish');
      return finish();
    },
    abort: (reason) => heard.push(`abort ${reason.message}`),
  });
  return heard;
}

async function openDownload(options: DownloadStreamOptions = {}) {
  let driver: DriverStream | undefined;
  let heard: string[] = [];
  const { download, reply } = await Download.open(async (stream) => {
    driver = stream;
    heard = listen(stream);
    return 'reply';
  }, options);
  assert.ok(driver);
  return { driver, heard, download, reply };
}

async function openUpload({ sparse = false, finish }: { sparse?: boolean; finish?: () => Promise<void> } = {}) {
  let driver: DriverStream | undefined;
  let heard: string[] = [];
  const upload = await Upload.open(
    async (stream) => {
      driver = stream;
      heard = listen(stream, finish);
    },
    { sparse },
  );
  assert.ok(driver);
  return { driver, heard, upload };
}

test('a download gives chunks and holes in order, and ends when the driver has confirmed', async () => {
  const { driver, heard, download, reply } = await openDownload();

  driver.write(bytes(1, 2));
  driver.hole(10n);
  driver.write(bytes(3));
  driver.end();
  const chunks: Chunk[] = [];
  for await (const chunk of download) chunks.push(chunk);
  await download.finished;

  assert.equal(reply, 'reply');
  assert.deepEqual(chunks, [bytes(1, 2), new Hole(10n), bytes(3)]);
  assert.deepEqual(heard, ['finish']);
});

test('a download that breaks gives what came, then the error of the driver', async () => {
  const { driver, download } = await openDownload();

  driver.write(bytes(1));
  driver.fail(broken);
  const iterator = download[Symbol.asyncIterator]();

  assert.deepEqual((await iterator.next()).value, bytes(1));
  await assert.rejects(iterator.next(), broken);
  await assert.rejects(download.finished, broken);
});

test('leaving the loop early gives the download up', async () => {
  const { driver, heard, download } = await openDownload();

  driver.write(bytes(1));
  for await (const _ of download) break;

  assert.match(heard[0] ?? '', /^abort .*stream aborted$/);
  await assert.rejects(download.finished, { code: ErrorCode.OperationAborted });
});

test('a signal gives the download up, with its reason as the cause', async () => {
  const controller = new AbortController();
  const { download } = await openDownload({ signal: controller.signal });
  const next = download[Symbol.asyncIterator]().next();

  controller.abort('enough');

  await assert.rejects(next, { code: ErrorCode.OperationAborted, cause: 'enough' });
});

test('a download that nobody reads stops its driver after a few MiB', async () => {
  const { driver, download } = await openDownload();
  const chunk = new Uint8Array(256 * 1024);

  let written = 0;
  while (driver.write(chunk)) written += 1;

  assert.ok(written <= 20, `${written} chunks of 256 KiB`);
  for (let left = written; left > 0; left -= 1) await download[Symbol.asyncIterator]().next();
  await driver.drained();
});

test('a download is a web stream, too', async () => {
  const { driver, download } = await openDownload();

  driver.write(bytes(1, 2));
  driver.write(bytes(3));
  driver.end();
  const all = await new Response(download.readable as ReadableStream<Uint8Array<ArrayBuffer>>).bytes();

  assert.deepEqual([...all], [1, 2, 3]);
});

test('cancelling the web stream gives the download up', async () => {
  const { heard, download } = await openDownload();

  await download.readable.cancel();

  assert.match(heard[0] ?? '', /^abort/);
});

test('a call that fails rejects the opening of a stream', async () => {
  await assert.rejects(
    Download.open(async () => {
      throw broken;
    }),
    broken,
  );
});

test('an upload from a source arrives in order and is finished', async () => {
  const { heard, upload } = await openUpload({ sparse: true });

  await upload.pipeFrom([bytes(1), new Hole(5n), bytes(2, 3)]);

  assert.deepEqual(heard, ['data 1', 'hole 5', 'data 2', 'finish']);
  await assert.rejects(upload.write(bytes(1)), { code: ErrorCode.InvalidStream });
});

test('an upload takes generators, web streams and pipes', async () => {
  const fromGenerator = await openUpload();
  await fromGenerator.upload.pipeFrom(
    (async function* () {
      yield bytes(1);
      yield bytes(2);
    })(),
  );
  const fromWeb = await openUpload();
  await fromWeb.upload.pipeFrom(new Blob(['abc']).stream());
  const piped = await openUpload();
  await new Blob(['abcd']).stream().pipeTo(piped.upload.writable);

  assert.deepEqual(fromGenerator.heard, ['data 1', 'data 1', 'finish']);
  assert.deepEqual(fromWeb.heard, ['data 3', 'finish']);
  assert.deepEqual(piped.heard, ['data 4', 'finish']);
});

test('a hole in an upload that is not sparse is refused before it is sent', async () => {
  const { heard, upload } = await openUpload();

  await assert.rejects(upload.write(new Hole(1n)), { code: ErrorCode.InvalidArg });

  assert.deepEqual(heard, []);
  assert.throws(() => new Hole(0n), { code: ErrorCode.InvalidArg });
});

test('an error of the source gives the upload up and comes back as it is', async () => {
  const { heard, upload } = await openUpload();
  const own = new Error('cannot read');

  const failing = upload.pipeFrom(
    (async function* () {
      yield bytes(1);
      throw own;
    })(),
  );

  await assert.rejects(failing, own);
  assert.equal(heard[0], 'data 1');
  assert.match(heard[1] ?? '', /^abort/);
});

test('an upload that breaks tells the one who waits for a source that never comes', async () => {
  const { driver, upload } = await openUpload();
  const silent: AsyncIterable<Uint8Array> = {
    [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => {}) }),
  };

  const piping = upload.pipeFrom(silent);
  driver.fail(broken);

  await assert.rejects(piping, broken);
});

test('what the driver says at the end decides whether an upload worked', async () => {
  const { upload } = await openUpload({
    finish: async () => {
      throw broken;
    },
  });

  await upload.write(bytes(1));

  await assert.rejects(upload.finish(), broken);
  await assert.rejects(upload.finish(), broken);
});

test('a driver that pauses stops the writer of an upload', async () => {
  const { driver, upload } = await openUpload();
  driver.pause();
  let written = false;

  const writing = (async () => {
    for (let count = 0; count < 17; count += 1) await upload.write(new Uint8Array(256 * 1024));
    written = true;
  })();
  await new Promise((resolve) => setImmediate(resolve));

  assert.equal(written, false);
  driver.resume();
  await writing;
});

test('an upload that is not finished is given up when its scope ends', async () => {
  const { heard, upload } = await openUpload();

  {
    await using held = upload;
    await held.write(bytes(1));
  }

  assert.match(heard[1] ?? '', /^abort/);
});

test('a download of nothing but holes stops its sender when nobody reads, too', async () => {
  const { caller, driver } = streamPair();
  const download = new Download<Chunk>(caller, undefined);
  let sent = 0;
  while (driver.hole(1n)) {
    sent++;
    assert.ok(sent < 1_000_000, 'holes without end');
  }
  sent++;
  driver.receive({ data: () => {}, hole: () => {}, finish: () => {}, abort: () => {} });
  driver.end();

  let received = 0;
  for await (const chunk of download) received += chunk instanceof Hole ? Number(chunk.length) : 0;
  assert.equal(received, sent);
});

test('a download gives back each chunk when the next is asked for, if its reader is done with it then', async () => {
  for (const reuseMemory of [true, false]) {
    const { caller, driver } = streamPair();
    const released: number[] = [];
    const download = new Download<Chunk>(
      { ...caller, release: (chunk) => released.push(chunk[0] as number) },
      { reuseMemory },
    );
    listen(driver);
    driver.write(bytes(1));
    driver.hole(10n);
    driver.write(bytes(2));
    driver.end();
    const seen: number[][] = [];

    for await (const _ of download) seen.push(released.slice());

    assert.deepEqual(seen, reuseMemory ? [[], [1], [1]] : [[], [], []]);
    assert.deepEqual(released, reuseMemory ? [1, 2] : []);
  }
});

test('chunks of a readable are never lent: who pipes it may read ahead of the one who writes', async () => {
  const { caller, driver } = streamPair();
  const released: Uint8Array[] = [];
  const download = new Download<Chunk>({ ...caller, release: (chunk) => released.push(chunk) }, { reuseMemory: true });
  listen(driver);
  for (let value = 1; value < 4; value++) driver.write(bytes(value));
  driver.end();

  const seen: Chunk[] = [];
  await download.readable.pipeTo(
    new WritableStream({ write: (chunk: Chunk) => void seen.push(chunk) }, { highWaterMark: 16 }),
  );

  assert.deepEqual(seen, [bytes(1), bytes(2), bytes(3)]);
  assert.deepEqual(released, []);
});
