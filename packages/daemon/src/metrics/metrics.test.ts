import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { lstatSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { Server } from 'node:net';
import { tmpdir } from 'node:os';
import { test } from 'node:test';
import { remote } from '@virtwire/protocol';
import { ErrorCode } from '@virtwire/rpc';
import { memoryServer, openFake } from '../testing/memory-server.ts';
import { CallMetrics } from './call-metrics.ts';
import { serveMetrics } from './metrics-server.ts';
import { metricsRegistry } from './registry.ts';

async function busyServer() {
  const metrics = new CallMetrics();
  const made = memoryServer({ metrics });
  const registry = metricsRegistry({
    calls: metrics,
    servers: () => [made.server],
    certificates: () =>
      Promise.resolve([
        { kind: 'certificate', file: '/a.pem', notAfter: new Date(Date.now() + 86_400_000 * 10) },
        { kind: 'revocation_list', file: '/crl.pem', notAfter: new Date(Date.now() - 86_400_000) },
      ]),
  });
  const caller = made.caller();
  await openFake(caller, 1);
  for (let count = 0; count < 3; count++) await caller.call(remote.connectGetHostname, {});
  const dom = { name: 'one', uuid: '11111111-1111-1111-1111-111111111111', id: 1 };
  await assert.rejects(caller.call(remote.domainDestroy, { dom }), { code: ErrorCode.OperationDenied });
  return { made, metrics, registry, caller };
}

test('calls, their time, failures, refusals and states are told in the form of Prometheus', async () => {
  const { registry, caller } = await busyServer();

  const text = await registry.metrics();

  const lines = [
    '# TYPE virtwire_call_seconds histogram',
    'virtwire_call_seconds_bucket{program="remote",procedure="connectGetHostname",le="+Inf"} 3',
    'virtwire_call_seconds_count{program="remote",procedure="connectGetHostname"} 3',
    'virtwire_call_failures_total{program="remote",procedure="domainDestroy"} 1',
    'virtwire_refusals_total{reason="read_only"} 1',
    'virtwire_connections_total{service="memory"} 1',
    'virtwire_clients{server="libvirtd"} 1',
    'virtwire_calls_queued{server="libvirtd"} 0',
  ];
  for (const line of lines) assert.ok(text.includes(`${line}\n`), `${line}\nin\n${text}`);
  assert.match(text, /virtwire_certificate_days_left\{file="\/a\.pem"\} (9\.99|10)/);
  assert.match(text, /virtwire_revocation_list_days_left\{file="\/crl\.pem"\} -1/);
  assert.match(text, /process_resident_memory_bytes \d+/);
  await caller.close();
});

test('buckets add up, and a second look counts nothing twice', async () => {
  const { metrics, registry, caller } = await busyServer();
  const counts = metrics.procedures.get(remote.connectGetHostname);

  await registry.metrics();
  const text = await registry.metrics();

  assert.equal(
    counts?.buckets.reduce((sum, count) => sum + count, 0),
    3,
  );
  assert.ok(text.includes('virtwire_call_failures_total{program="remote",procedure="domainDestroy"} 1\n'));
  await caller.close();
});

test('a client that may not call yet counts as refused', async () => {
  const metrics = new CallMetrics();
  const made = memoryServer({ metrics });
  const caller = made.caller({ auth: 'sasl' });

  await assert.rejects(caller.call(remote.connectGetHostname, {}), { message: 'authentication required' });

  assert.equal(metrics.refusals.get('not_authenticated'), 1);
  await caller.close();
});

test('metrics are served on a socket of their own, for its owner alone, and nothing else is', async () => {
  const { registry, caller } = await busyServer();
  const directory = mkdtempSync(`${tmpdir()}/virtwire-metrics-`);
  const place = `${directory}/metrics`;
  const stop = await serveMetrics(registry, { place, gid: null, failed: assert.fail });
  const ask = (path: string, method = 'GET') =>
    new Promise<{ status: number | undefined; text: string }>((resolve, reject) => {
      request({ socketPath: place, path, method }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (part: string) => (text += part));
        response.on('end', () => resolve({ status: response.statusCode, text }));
      })
        .on('error', reject)
        .end();
    });

  const found = await ask('/metrics');

  assert.equal(found.status, 200);
  assert.match(found.text, /virtwire_clients/);
  assert.equal((await ask('/')).status, 404);
  assert.equal((await ask('/metrics', 'POST')).status, 405);
  assert.equal(statSync(place).mode & 0o777, 0o600);
  stop();
  await assert.rejects(ask('/metrics'), { code: 'ENOENT' });
  rmSync(directory, { recursive: true });
  await caller.close();
});

test('a place that is neither a path nor an address is refused', async () => {
  const { registry, caller } = await busyServer();

  for (const place of ['metrics', 'localhost:1', '127.0.0.1:70000', '1.2.3.4']) {
    await assert.rejects(
      serveMetrics(registry, { place, gid: null, failed: assert.fail }),
      /neither an absolute path nor ADDRESS:PORT/,
    );
  }
  await caller.close();
});

test('a dead socket at the place is replaced, one that is served and any other file stay', async () => {
  const { registry, caller } = await busyServer();
  const directory = mkdtempSync(`${tmpdir()}/virtwire-metrics-`);
  const place = `${directory}/metrics`;
  const serve = () => serveMetrics(registry, { place, gid: null, failed: assert.fail });
  const bound = `Failed to bind metrics_socket to '${place}'`;

  writeFileSync(place, 'precious');
  await assert.rejects(serve, { message: `${bound}: it is there and no socket` });
  assert.equal(readFileSync(place, 'utf8'), 'precious');
  rmSync(place);
  leaveDeadSocket(place);
  assert.ok(lstatSync(place).isSocket());
  const stop = await serve();
  await assert.rejects(serve, { message: `${bound}: Address already in use` });
  stop();
  rmSync(directory, { recursive: true });
  await caller.close();
});

test('an error of its listener later is told, and it goes on', async (t) => {
  const { registry, caller } = await busyServer();
  const made = t.mock.method(Server.prototype, 'listen');
  const told: Error[] = [];
  const stop = await serveMetrics(registry, { place: '127.0.0.1:0', gid: null, failed: (error) => told.push(error) });
  const server = made.mock.calls[0]?.this as Server;

  for (const code of ['EMFILE', 'ENFILE']) server.emit('error', Object.assign(new Error(code), { code }));

  assert.deepEqual(
    told.map(({ message }) => message),
    ['EMFILE', 'ENFILE'],
  );
  assert.ok(server.listening);
  stop();
  await caller.close();
});

// A process that is killed leaves its socket behind.
function leaveDeadSocket(path: string): void {
  const script =
    "require('node:net').createServer().listen(process.argv[1], () => process.kill(process.pid, 'SIGKILL'))";
  spawnSync(process.execPath, ['-e', script, path]);
}
