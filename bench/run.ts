// `npm run bench`: libvirtd and virtwired side by side under the same load, and how they compare.
//
//   --write           also writes docs/performance.md
//   --rounds N        rounds of each figure, 3 when left out
//   --seconds S       seconds a rate is measured for, 1 when left out
//   --only A,B        groups: pinned latency threads connections in-flight list events connect stream startup shell client memory
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import {
  clientTemplate,
  configText,
  freePort,
  requires,
  run,
  serverTemplate,
  type StartedDaemon,
  startLibvirtd,
  startVirtwired,
  testAuthority,
} from '../test/launcher/index.ts';
import { isolated } from '../test/launcher/isolated.ts';
import { temporaryDirectory } from '../test/launcher/temporary.ts';
import { type Place, type Row, ROWS, type Side } from './figures.ts';
import { inventoryXml } from './inventory.ts';
import { line, type Measured, page, table } from './report.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const { values } = parseArgs({
  options: {
    write: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '1' },
    only: { type: 'string' },
  },
});
const rounds = Number(values.rounds);
const groups = values.only?.split(',');

const missing = requires({ libvirt: '9.0', isolation: true });
if (missing !== false) console.log(`virtwired alone, without ratios: ${missing}`);

await using work = await temporaryDirectory();
await using pools = await temporaryDirectory('/dev/shm');
const programs = compile(work.path);
const limits = JSON.parse((await run(programs.limits, ['-t', '1'])).stdout) as Record<string, number>;
for (const count of [100, 1000, 10_000]) writeFileSync(inventoryPath(count), inventoryXml(count));

const tls = await tlsSettings();
const daemons: StartedDaemon[] = [];
const tlsPorts = new Map<string, number>();
await using stack = new AsyncDisposableStack();
if (missing === false) daemons.push(stack.use(await startLibvirtd({ conf: await tlsConf('libvirtd') })));
daemons.push(stack.use(await startVirtwired({ from: 'bundle', conf: await tlsConf('virtwired') })));
const places = await Promise.all(daemons.map(placeOf));

const measured: Measured[] = [];
for (const row of ROWS) {
  if (groups !== undefined && !groups.includes(row.group)) continue;
  for (const result of await measure(row)) {
    measured.push(result);
    console.log(table([line(result)]).split('\n')[1]);
  }
}

console.log(`\n${table(measured.map(line))}`);
const judged = measured.map((one) => line(one).at(-1)).filter((met) => met === 'yes' || met === 'no');
console.log(`\n${judged.filter((met) => met === 'yes').length} of ${judged.length} goals met`);
if (values.write) {
  const { stdout: libvirt } = await run('libvirtd', ['--version']);
  mkdirSync(`${root}docs`, { recursive: true });
  const about = {
    date: new Date().toISOString().slice(0, 10),
    libvirt: /[\d.]+/.exec(libvirt)?.[0] ?? '',
    rounds,
    secondsPerRate: Number(values.seconds),
    limits,
  };
  const path = `${root}docs/performance.md`;
  // What people wrote below the table stays.
  const before = readFileSync(path, 'utf8');
  const prose = before.indexOf('\n## ');
  writeFileSync(path, page(measured, about) + (prose < 0 ? '' : before.slice(prose)));
  console.log('written: docs/performance.md');
}

// One row with both sides in turns, so that a slow minute of the machine hits both.
async function measure(row: Row): Promise<Measured[]> {
  const numbers: Record<Side, Record<string, number>[]> = { libvirt: [], virtwire: [] };
  let error: string | undefined;
  for (let round = 0; round < rounds && error === undefined; round++) {
    for (const [side, place] of sidesOf(row)) {
      const result = await runProgram(row, side, place);
      if (typeof result === 'string') error = `${side}: ${result}`;
      else numbers[side].push(result);
    }
  }
  return row.figures.map((figure) => ({
    group: row.group,
    figure,
    libvirt: numbers.libvirt.map((one) => one[figure.key] ?? Number.NaN),
    virtwire: numbers.virtwire.map((one) => one[figure.key] ?? Number.NaN),
    ...(error === undefined ? {} : { error }),
  }));
}

function sidesOf(row: Row): [Side, Place][] {
  const libvirtd = places.find(({ name }) => name === 'libvirtd');
  const virtwired = places.find(({ name }) => name === 'virtwired');
  const sides: [Side, Place | undefined][] = [
    ['libvirt', row.client === 'virtwired' ? virtwired : libvirtd],
    ['virtwire', row.client === 'libvirtd' ? libvirtd : virtwired],
  ];
  return sides.flatMap(([side, place]): [Side, Place][] => (place === undefined ? [] : [[side, place]]));
}

async function runProgram(row: Row, side: Side, place: Place): Promise<Record<string, number> | string> {
  // The library as it is built, as its users have it: the compiler of types would be measured, too.
  const load =
    row.client !== undefined && side === 'virtwire'
      ? [process.execPath, `${root}bench/load/client.ts`]
      : [programs[row.program]];
  let command = [...load, '-p', String(place.pid), '-t', values.seconds, ...row.arguments(place)];
  if (row.isolated) command = isolated(`${work.path}/${place.name}`, command);
  if (row.pinned) {
    spawnSync('taskset', ['-acp', '0', String(place.pid)]);
    command = ['taskset', '-c', '0', ...command];
  }
  const [program = '', ...args] = command;
  const { stdout, stderr } = await run(program, args, { timeoutMs: 120_000 });
  if (row.pinned) spawnSync('taskset', ['-acp', '0-1023', String(place.pid)]);
  const text = stdout.trim();
  if (text === '') return stderr.trim() || 'no output';
  const result = JSON.parse(text) as Record<string, number> & { error?: string };
  return result.error ?? result;
}

async function placeOf(daemon: StartedDaemon): Promise<Place> {
  const started = `${work.path}/${daemon.name}`;
  mkdirSync(started, { recursive: true });
  const conf = `${started}/daemon.conf`;
  const tcpPort = await freePort();
  writeFileSync(
    conf,
    configText({
      unix_sock_dir: started,
      auth_unix_rw: 'none',
      auth_unix_ro: 'none',
      listen_tls: 0,
      listen_tcp: 1,
      auth_tcp: 'none',
      listen_addr: '127.0.0.1',
      tcp_port: String(tcpPort),
    }),
  );
  const program = daemon.name === 'libvirtd' ? 'libvirtd' : `${root}bin/virtwired`;
  return {
    name: daemon.name,
    pid: daemon.pid,
    socket: daemon.socket,
    tcpAddress: `127.0.0.1:${daemon.tcpPort}`,
    uri: (transport, driver, path) =>
      transport === 'tls'
        ? `${driver}+tls://127.0.0.1:${tlsPorts.get(daemon.name)}${path}?pkipath=${tls.pkipath}`
        : daemon.uri(transport, driver, path),
    inventory: inventoryPath,
    poolDirectory: `${pools.path}/${daemon.name}`,
    startCommand: [program, '--listen', '--config', conf, '--pid-file', `${started}/daemon.pid`],
    startUri: `test+unix:///default?socket=${started}/libvirt-sock`,
    shell: daemon.name === 'libvirtd' ? 'virsh' : `${root}bin/virtwire`,
  };
}

// Certificates for both sides, and the settings of a daemon that uses them.
async function tlsSettings(): Promise<{ pkipath: string; conf: Record<string, string | number> }> {
  const made = `${work.path}/certificates`;
  const pkipath = `${work.path}/pki`;
  const authority = await testAuthority(made, 'Bench CA');
  const server = await authority.sign('server', ['cn = localhost', 'ip_address = 127.0.0.1', ...serverTemplate]);
  const client = await authority.sign('client', ['cn = client', ...clientTemplate]);
  mkdirSync(pkipath);
  copyFileSync(authority.certificate, `${pkipath}/cacert.pem`);
  copyFileSync(client.cert, `${pkipath}/clientcert.pem`);
  copyFileSync(client.key, `${pkipath}/clientkey.pem`);
  return {
    pkipath,
    conf: { listen_tls: 1, ca_file: authority.certificate, cert_file: server.cert, key_file: server.key },
  };
}

async function tlsConf(name: string): Promise<Record<string, string | number>> {
  const port = await freePort();
  tlsPorts.set(name, port);
  return { ...tls.conf, tls_port: String(port) };
}

function inventoryPath(count: number): string {
  return `${work.path}/inventory-${count}.xml`;
}

// Compiles the load programs; they need a C compiler and the headers of the client library.
function compile(directory: string): Record<'clientload' | 'rawload' | 'limits', string> {
  const libraries = { clientload: ['-lvirt', '-lpthread', '-lm'], rawload: ['-lm'], limits: ['-lm'] };
  const paths = { clientload: '', rawload: '', limits: '' };
  for (const [name, options] of Object.entries(libraries)) {
    const path = `${directory}/${name}`;
    const source = `${root}bench/load/${name}.c`;
    const { status, stderr } = spawnSync('gcc', ['-O2', '-Wall', '-o', path, source, ...options], { encoding: 'utf8' });
    if (status !== 0)
      throw new Error(`${name}.c does not compile (scripts/setup-peers installs what it needs)\n${stderr}`);
    paths[name as keyof typeof paths] = path;
  }
  return paths;
}
