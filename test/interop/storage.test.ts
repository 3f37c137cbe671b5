// The storage driver in all four pairings: pools, volumes, and the bytes of volumes in both directions.
import assert from 'node:assert/strict';
import { createHash, type Hash, randomFillSync } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { after, before, suite, test } from 'node:test';
import {
  requires,
  run,
  settles,
  shell,
  startShell,
  type TemporaryDirectory,
  temporaryDirectory,
} from '../launcher/index.ts';
import { type BothDaemons, type Pairing, PEERS, pairings, sameEverywhere, startBoth } from './pairings.ts';

const MIB = 2 ** 20;

suite('storage', { skip: requires({ ...PEERS, qemuImg: true }) }, () => {
  let both: BothDaemons;
  let work: TemporaryDirectory;

  before(async () => {
    both = await startBoth();
    work = await temporaryDirectory('/dev/shm');
  });
  after(async () => {
    await both[Symbol.asyncDispose]();
    await work[Symbol.asyncDispose]();
  });

  const all = (transports?: readonly ('unix' | 'tcp')[]) => pairings(both, 'storage', '/system', transports);
  /** A name and a directory of this pairing alone, of one length for all, since tables are as wide as what they hold. */
  const poolOf = ({ name }: Pairing) => `pool-${all().findIndex((other) => other.name === name)}`;
  const targetOf = (pairing: Pairing) => `${work.path}/${poolOf(pairing)}`;
  const same = (words: (pairing: Pairing) => readonly string[]) =>
    sameEverywhere(all(), words, (text, pairing) => withoutChance(text.replaceAll(poolOf(pairing), 'POOL')));

  test('a pool is defined, built, started, listed and dumped alike', async () => {
    await same((p) => ['pool-define-as', poolOf(p), 'dir', '--target', targetOf(p)]);
    await same((p) => ['pool-build', poolOf(p)]);
    await same((p) => ['pool-start', poolOf(p)]);
    await same((p) => ['pool-autostart', poolOf(p)]);
    await same((p) => ['pool-info', poolOf(p)]);
    await same((p) => ['pool-dumpxml', poolOf(p)]);
    await same(() => ['pool-uuid', 'nosuchpool']);

    const { stderr } = await same((p) => ['pool-list', '--all', '--details', poolOf(p)]);
    assert.equal(stderr, "error: Invalid pool type 'POOL'\n");
  });

  test('raw and qcow2 volumes are created, described, resized, cloned, wiped and deleted alike', async () => {
    await same((p) => ['vol-create-as', poolOf(p), 'a.img', '8M']);
    await same((p) => ['vol-create-as', poolOf(p), 'b.qcow2', '64M', '--format', 'qcow2']);
    await same((p) => ['vol-create-as', poolOf(p), 'thin.img', '1G', '--allocation', '0']);
    await same((p) => ['vol-create-as', poolOf(p), 'a.img', '1M']);
    await same((p) => ['vol-list', poolOf(p), '--details']);
    for (const volume of ['a.img', 'b.qcow2', 'thin.img']) {
      await same((p) => ['vol-info', volume, poolOf(p)]);
      await same((p) => ['vol-dumpxml', volume, poolOf(p)]);
      await same((p) => ['vol-path', volume, poolOf(p)]);
      await same((p) => ['vol-key', volume, poolOf(p)]);
    }
    await same((p) => ['vol-clone', 'a.img', 'clone.img', poolOf(p)]);
    await same((p) => ['vol-resize', 'a.img', '16M', poolOf(p)]);
    await same((p) => ['vol-resize', 'b.qcow2', '128M', poolOf(p)]);
    await same((p) => ['vol-wipe', 'clone.img', poolOf(p)]);
    await same((p) => ['vol-delete', 'clone.img', poolOf(p)]);
    const { stdout } = await same((p) => ['vol-list', poolOf(p), '--details']);

    assert.match(stdout, /^ a\.img .* file +16\.00 MiB/m);
    assert.match(stdout, /^ b\.qcow2 .* file +128\.00 MiB/m);
    for (const pairing of all()) {
      const { stdout: info } = await run('qemu-img', ['info', `${targetOf(pairing)}/b.qcow2`]);
      assert.match(info, /file format: qcow2\nvirtual size: 128 MiB/, pairing.name);
    }
  });

  test('random bytes go up and come down unchanged', async () => {
    const source = `${work.path}/random`;
    const size = 8 * MIB + 12_345;
    const digest = await randomFile(source, size);

    for (const pairing of all()) {
      const { uri } = pairing;
      const commands = [
        `vol-create-as ${poolOf(pairing)} up.img ${size}B`,
        `vol-upload up.img ${source} ${poolOf(pairing)}`,
        `vol-download up.img ${work.path}/down ${poolOf(pairing)}`,
        `vol-delete up.img ${poolOf(pairing)}`,
      ];
      for (const command of commands.slice(0, 3)) await succeed(pairing, command);
      assert.equal(await digestOf(`${targetOf(pairing)}/up.img`), digest, `${pairing.name}: uploaded`);
      assert.equal(await digestOf(`${work.path}/down`), digest, `${pairing.name}: downloaded`);
      await shell(pairing.shell, [commands.at(-1) ?? ''], { uri });
    }
  });

  test('1 GiB of random bytes goes up and comes down unchanged', async () => {
    const source = `${work.path}/gib`;
    const digest = await randomFile(source, 1024 * MIB);

    for (const pairing of all(['unix'])) {
      await succeed(pairing, `vol-create-as ${poolOf(pairing)} gib.img 1G`);
      await succeed(pairing, `vol-upload gib.img ${source} ${poolOf(pairing)}`);
      assert.equal(await digestOf(`${targetOf(pairing)}/gib.img`), digest, `${pairing.name}: uploaded`);
      await succeed(pairing, `vol-download gib.img ${work.path}/gib-down ${poolOf(pairing)}`);
      assert.equal(await digestOf(`${work.path}/gib-down`), digest, `${pairing.name}: downloaded`);
      await succeed(pairing, `vol-delete gib.img ${poolOf(pairing)}`);
    }
  });

  test('a part of a volume is downloaded by offset and length', async () => {
    const source = `${work.path}/part`;
    const digest = await randomFile(source, 5000);

    for (const pairing of all(['unix'])) {
      await succeed(pairing, `vol-create-as ${poolOf(pairing)} part.img 1M`);
      await succeed(pairing, `vol-upload part.img ${source} ${poolOf(pairing)} --offset 1000 --length 5000`);
      await succeed(pairing, `vol-download part.img ${source}-down ${poolOf(pairing)} --offset 1000 --length 5000`);
      assert.equal(await digestOf(`${source}-down`), digest, pairing.name);
    }
  });

  test('a sparse file stays sparse in both directions', async () => {
    const source = `${work.path}/sparse`;
    const size = 256 * MIB;
    const file = await open(source, 'w');
    await file.write(randomFillSync(Buffer.alloc(MIB)), 0, MIB, 100 * MIB);
    await file.truncate(size);
    await file.close();
    const digest = await digestOf(source);

    for (const pairing of all()) {
      await succeed(pairing, `vol-create-as ${poolOf(pairing)} sparse.img ${size}B --allocation 0`);
      await succeed(pairing, `vol-upload sparse.img ${source} ${poolOf(pairing)} --sparse`);
      await succeed(pairing, `vol-download sparse.img ${work.path}/sparse-down ${poolOf(pairing)} --sparse`);
      for (const path of [`${targetOf(pairing)}/sparse.img`, `${work.path}/sparse-down`]) {
        assert.equal(await digestOf(path), digest, `${pairing.name}: ${path}`);
        const { blocks, size: bytes } = await stat(path);
        assert.equal(bytes, size, `${pairing.name}: ${path}`);
        assert.ok(blocks * 512 < 4 * MIB, `${pairing.name}: ${path} takes ${blocks * 512} bytes of the disk`);
      }
      await succeed(pairing, `vol-delete sparse.img ${poolOf(pairing)}`);
    }
  });

  test('an upload that is killed in the middle leaves the volume listed and the daemon well', async () => {
    await mkdir(`${work.path}/fifo`);
    const fifo = `${work.path}/fifo/pipe`;
    await run('mkfifo', [fifo]);

    for (const pairing of all()) {
      const { uri } = pairing;
      await succeed(pairing, `vol-create-as ${poolOf(pairing)} broken.img 16M`);
      await using upload = startShell(pairing.shell, ['vol-upload', 'broken.img', fifo, poolOf(pairing)], { uri });
      await using writer = await open(fifo, 'w');
      await writer.write(Buffer.alloc(2 * MIB, 1));
      const path = `${targetOf(pairing)}/broken.img`;
      assert.ok(await settles(async () => (await firstByte(path)) === 1, 10_000), `${pairing.name}: bytes arrive`);
      upload.kill('SIGKILL');
      await upload.finished;

      const list = await shell(pairing.shell, ['vol-list', poolOf(pairing)], { uri });
      assert.match(list.stdout, /broken\.img/, pairing.name);
      const again = await shell(pairing.shell, ['vol-delete', 'broken.img', poolOf(pairing)], { uri });
      assert.deepEqual([again.stderr, again.code], ['', 0], `${pairing.name}: the volume is free again`);
    }
  });

  test('a pool is destroyed, deleted and undefined alike', async () => {
    for (const pairing of all()) {
      const { stdout } = await shell(pairing.shell, ['vol-list', poolOf(pairing)], { uri: pairing.uri });
      for (const name of stdout.match(/^ \S+\.\S+/gm) ?? [])
        await succeed(pairing, `vol-delete ${name.trim()} ${poolOf(pairing)}`);
    }
    await same((p) => ['pool-delete', poolOf(p)]);
    await same((p) => ['pool-destroy', poolOf(p)]);
    await same((p) => ['pool-delete', poolOf(p)]);
    await same((p) => ['pool-undefine', poolOf(p)]);
    await same((p) => ['pool-info', poolOf(p)]);
  });
});

async function succeed({ name, shell: which, uri }: Pairing, command: string): Promise<void> {
  const { stderr, code } = await shell(which, [command], { uri });
  assert.deepEqual([stderr, code], ['', 0], `${name}: ${command}`);
}

async function randomFile(path: string, size: number): Promise<string> {
  const hash = createHash('sha256');
  await using file = await open(path, 'w');
  const block = Buffer.alloc(MIB);
  for (let left = size; left > 0; left -= MIB) {
    const part = randomFillSync(block).subarray(0, Math.min(left, MIB));
    hash.update(part);
    await file.write(part);
  }
  return hash.digest('hex');
}

async function digestOf(path: string): Promise<string> {
  const hash: Hash = createHash('sha256');
  await pipeline(createReadStream(path, { highWaterMark: MIB }), hash);
  return hash.digest('hex');
}

async function firstByte(path: string): Promise<number> {
  await using file = await open(path);
  const { buffer } = await file.read(Buffer.alloc(1), 0, 1, 0);
  return buffer[0] ?? -1;
}

// What chance decides: UUIDs, times, sizes of the file system below the pool.
function withoutChance(text: string): string {
  return text
    .replaceAll(/[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}/g, 'UUID')
    .replaceAll(/<(atime|mtime|ctime|btime)>[\d.]+</g, '<$1>TIME<')
    .replaceAll(/^((?:Capacity|Allocation|Available): +)[\d.]+ [KMGT]iB$/gm, '$1SIZE')
    .replaceAll(/(<(?:capacity|allocation|available) unit='bytes'>)\d{9,}</g, '$1SIZE<');
}
