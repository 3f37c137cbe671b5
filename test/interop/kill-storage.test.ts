// kill -9 at random moments while pools and volumes are defined, filled and deleted: afterwards each is old or new, never half.
import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { suite, test } from 'node:test';
import { connect, type Connection, type StoragePool } from 'virtwire';
import {
  configText,
  extent,
  requires,
  run,
  type Running,
  settles,
  start,
  temporaryDirectory,
} from '../launcher/index.ts';
import { NAMESPACE_OPTIONS } from '../launcher/isolated.ts';
import { fromEnvironment, programOf } from '../launcher/virtwired.ts';
import { numbers } from './fuzz-campaign.ts';

/** Moments; in CI as many as a release is held to. */
const KILLS = extent('VIRTWIRE_KILLS', 200, 25);
const seed = Number(process.env['VIRTWIRE_SEED'] ?? Date.now() % 1_000_000);

const POOLS = ['one', 'two', 'three'];
const CAPACITY = 2 ** 20;
const LATEST_MS = 400;

// As the launcher's isolation, with everything that outlives a daemon kept from one start to the next.
const PLACE = `
set -e
for pair in etc:/etc/libvirt lib:/var/lib/libvirt run:/run; do
  mkdir -p "$1/\${pair%%:*}" "\${pair#*:}"
  mount --bind "$1/\${pair%%:*}" "\${pair#*:}"
done
shift
exec "$@"
`;

suite(`kill -9, VIRTWIRE_SEED=${seed}`, { skip: requires({ isolation: true, qemuImg: true }) }, () => {
  test(`at ${KILLS} random moments`, { timeout: 60_000 + KILLS * 5000 }, async () => {
    await using directory = await temporaryDirectory();
    const { path } = directory;
    const draw = numbers(seed);
    const conf = { unix_sock_dir: path, auth_unix_rw: 'none', auth_unix_ro: 'none', log_outputs: '3:stderr' };
    await writeFile(`${path}/conf`, configText(conf));
    const uri = `storage+unix:///system?socket=${path}/libvirt-sock`;
    const reached = new Map<string, number>();

    for (let round = 0; round <= KILLS; round++) {
      await using daemon = startDaemon(path);
      const client = await opened(uri, daemon);
      await everythingIsWhole(client, path, daemon);
      if (round === KILLS) break;
      const work = workUntilLost(client, path, draw, (step) => reached.set(step, (reached.get(step) ?? 0) + 1));
      await delay(draw(LATEST_MS));
      daemon.kill('SIGKILL');
      await daemon.finished;
      await work;
    }
    console.log(`# steps begun: ${[...reached].map(([step, count]) => `${step} ${count}`).join(', ')}`);
    assert.ok(reached.size >= 8, 'the work got to all of its steps');
  });
});

function startDaemon(path: string): Running {
  const program = [...programOf('daemon', fromEnvironment()), '-f', `${path}/conf`, '-p', `${path}/pid`];
  return start('unshare', [...NAMESPACE_OPTIONS, 'sh', '-c', PLACE, 'sh', path, ...program], { env: { HOME: path } });
}

async function opened(uri: string, daemon: Running): Promise<Connection> {
  let client: Connection | undefined;
  await settles(async () => {
    client = await connect(uri).catch(() => undefined);
    return client !== undefined || daemon.child.exitCode !== null;
  }, 20_000);
  assert.ok(client, `the daemon does not come back\n${daemon.stderr()}`);
  return client;
}

const uuidOf = (name: string) => `0000000${POOLS.indexOf(name) + 1}-0000-4000-8000-000000000001`;

function poolXml(name: string, target: string): string {
  return `<pool type='dir'><name>${name}</name><uuid>${uuidOf(name)}</uuid><target><path>${target}</path></target></pool>`;
}

function volumeXml(name: string, format: string): string {
  return `<volume><name>${name}</name><capacity>${CAPACITY}</capacity><target><format type='${format}'/></target></volume>`;
}

/** Works until the connection is lost; whatever else goes wrong is a fault. */
async function workUntilLost(
  client: Connection,
  path: string,
  draw: (below: number) => number,
  began: (step: string) => void,
): Promise<void> {
  const lost = client.closed.then(() => true);
  const step = async <T>(name: string, what: () => Promise<T>): Promise<T> => {
    began(name);
    return what();
  };
  try {
    for (;;) {
      const name = POOLS[draw(POOLS.length)] as string;
      const target = `${path}/lib/${name}-${draw(2) === 0 ? 'a' : 'b'}`;
      await withPool(client, name, target, draw, step);
    }
  } catch (error) {
    const over = await Promise.race([lost, delay(2000, false)]);
    if (!over) throw error;
  }
}

type Step = <T>(name: string, what: () => Promise<T>) => Promise<T>;

async function withPool(client: Connection, name: string, target: string, draw: (below: number) => number, step: Step) {
  const known = (await client.listAllStoragePools()).find((pool) => pool.name === name);
  if (known !== undefined && (await known.isActive())) await step('destroy', () => known.destroy());
  const pool = await step('define', () => client.defineStoragePoolXml(poolXml(name, target)));
  await step('build', () => pool.build());
  await step('start', () => pool.create());
  await step('autostart', () => pool.setAutostart(true));
  for (const volume of await pool.listAllVolumes()) await step('delete', () => volume.delete());
  const raw = await step('create', () => pool.createVolumeXml(volumeXml('raw.img', 'raw')));
  await step('create qcow2', () => pool.createVolumeXml(volumeXml('disk.qcow2', 'qcow2')));
  await step('fill', () => raw.upload([new Uint8Array(CAPACITY / 2).fill(draw(256))]));
  if (draw(2) === 0) {
    await step('delete', () => raw.delete());
    await step('destroy', () => pool.destroy());
    await step('undefine', () => pool.undefine());
  }
}

/** What a start finds: pools that were defined, as they were defined, and volumes of their full size. */
async function everythingIsWhole(client: Connection, path: string, daemon: Running): Promise<void> {
  const pools = await client.listAllStoragePools();
  for (const pool of pools) await poolIsWhole(pool, path);
  assert.equal(new Set(pools.map(({ uuid }) => uuid)).size, pools.length);

  await mkdir(`${path}/etc/storage`, { recursive: true });
  const names = (await readdir(`${path}/etc/storage`)).filter((name) => name !== 'autostart');
  const persistent = pools.map(({ name }) => `${name}.xml`).toSorted();
  assert.deepEqual(names.toSorted(), persistent, `files of definitions\n${daemon.stderr()}`);
  for (const name of names) {
    const text = await readFile(`${path}/etc/storage/${name}`, 'utf8');
    assert.match(text, /<pool type='dir'>[\s\S]*<\/pool>\s*$/, name);
  }
  assert.doesNotMatch(daemon.stderr(), /fault|[Ff]ailed to parse|cannot parse/);
}

async function poolIsWhole(pool: StoragePool, path: string): Promise<void> {
  const xml = await pool.getXmlDesc();
  const { name } = pool;
  assert.ok(POOLS.includes(name), name);
  assert.ok(xml.includes(`<uuid>${uuidOf(name)}</uuid>`), xml);
  assert.match(xml, new RegExp(`<path>${path}/lib/${name}-[ab]</path>`));
  if (!(await pool.isActive())) return;
  for (const volume of await pool.listAllVolumes()) {
    assert.ok(['raw.img', 'disk.qcow2'].includes(volume.name), volume.name);
    const file = await volume.getPath();
    assert.equal((await volume.getInfo()).capacity, BigInt(CAPACITY), `${file} of ${(await stat(file)).size} bytes`);
    if (!volume.name.endsWith('qcow2')) continue;
    const { code, stdout, stderr } = await run('qemu-img', ['check', '-f', 'qcow2', file]);
    assert.equal(code, 0, stdout + stderr);
  }
}
