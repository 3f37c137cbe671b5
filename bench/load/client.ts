// The load of clientload.c through our own client library: the same tests, arguments and lines of JSON.
//
//   client.ts [-t SECONDS] TEST URI [ARGS...]     latency, threads (calls in flight), list, connect, stream
import { parseArgs } from 'node:util';
import { StoragePoolCreateFlags } from '@virtwire/protocol/constants';
import { connect, type Connection, type Domain } from 'virtwire';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { t: { type: 'string', short: 't', default: '1' }, p: { type: 'string', short: 'p' } },
});
const WARM_UP_MS = 300;
// Code is compiled by how often it has run: slow calls need longer than the time above, but not forever.
const WARM_UP_CALLS = 300;
const MAX_WARM_UP_MS = 6000;
const seconds = Number(values.t);
const [test = '', uri = '', first = '', second = ''] = positionals;

const tests: Readonly<Record<string, () => Promise<Record<string, number>>>> = {
  latency: () =>
    withDomain((domain) => callsOf(first === 'xml' ? () => domain.getXmlDesc() : () => domain.getInfo(), 1)),
  threads: () => withDomain((domain) => callsOf(() => domain.getInfo(), Number(first))),
  list: () => withConnection((connection) => times(Number(first), () => connection.listAllDomains())),
  connect: () => callsOf(async () => (await connect(uri)).close(), 1),
  stream: () => withConnection((connection) => stream(connection, first, Number(second) * 2 ** 20)),
};

const run = tests[test];
if (run === undefined) throw new Error(`no test '${test}': there are ${Object.keys(tests).join(', ')}`);
console.log(JSON.stringify(await run()));

async function withConnection<R>(body: (connection: Connection) => Promise<R>): Promise<R> {
  await using connection = await connect(uri);
  return await body(connection);
}

function withDomain<R>(body: (domain: Domain) => Promise<R>): Promise<R> {
  return withConnection(async (connection) => {
    const [domain] = await connection.listAllDomains();
    if (domain === undefined) throw new Error('no domain');
    return body(domain);
  });
}

// Keeps `inFlight` calls going for the time of a rate, after a while in which the code gets compiled.
async function callsOf(call: () => Promise<unknown>, inFlight: number): Promise<Record<string, number>> {
  const warm = performance.now();
  for (let calls = 0; calls < WARM_UP_CALLS && performance.now() - warm < MAX_WARM_UP_MS; ) {
    calls += (await callsFor(WARM_UP_MS, call, inFlight)).length;
  }
  const cpu = process.cpuUsage();
  const start = performance.now();
  const latencies = await callsFor(seconds * 1000, call, inFlight);
  const elapsed = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  latencies.sort((a, b) => a - b);
  const quantile = (q: number) => (latencies[Math.floor(q * latencies.length)] ?? Number.NaN) * 1000;
  return {
    calls_per_s: latencies.length / elapsed,
    p50_us: quantile(0.5),
    p99_us: quantile(0.99),
    client_cpu_us: (user + system) / latencies.length,
  };
}

async function callsFor(ms: number, call: () => Promise<unknown>, inFlight: number): Promise<number[]> {
  const latencies: number[] = [];
  const deadline = performance.now() + ms;
  const oneByOne = async () => {
    for (let start = performance.now(); start < deadline; ) {
      await call();
      const end = performance.now();
      latencies.push(end - start);
      start = end;
    }
  };
  await Promise.all(Array.from({ length: inFlight }, oneByOne));
  return latencies;
}

async function times(count: number, body: () => Promise<unknown>): Promise<Record<string, number>> {
  const warm = performance.now() + WARM_UP_MS;
  do await body();
  while (performance.now() < warm);
  const ms: number[] = [];
  for (let i = 0; i < count; i++) {
    const start = performance.now();
    await body();
    ms.push(performance.now() - start);
  }
  return { ms: ms.toSorted((a, b) => a - b)[count >> 1] ?? Number.NaN };
}

async function stream(connection: Connection, directory: string, bytes: number): Promise<Record<string, number>> {
  const pool = await connection.createStoragePoolXml(
    `<pool type='dir'><name>bench-client</name><target><path>${directory}</path></target></pool>`,
    StoragePoolCreateFlags.WithBuild,
  );
  const volume = await pool.createVolumeXml(
    `<volume><name>big.img</name><capacity unit='bytes'>${bytes}</capacity><target><format type='raw'/></target></volume>`,
  );
  const chunk = new Uint8Array(256 * 1024).map((_, i) => i * 7);
  const uploadStart = performance.now();
  await volume.upload(
    (function* () {
      for (let left = bytes; left > 0; left -= chunk.length) yield chunk.subarray(0, Math.min(left, chunk.length));
    })(),
  );
  const downloadStart = performance.now();
  let received = 0;
  for await (const part of await volume.download({ reuseMemory: true })) received += part.length;
  const end = performance.now();
  if (received !== bytes) throw new Error('not all bytes were moved');
  await volume.delete();
  await pool.destroy();
  return {
    upload_mb_per_s: bytes / (downloadStart - uploadStart) / 1000,
    download_mb_per_s: bytes / (end - downloadStart) / 1000,
  };
}
