// 200,000 mutated packets over unix, TCP and the admin socket, and 20,000 mutated TLS handshakes: the daemon goes on.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect as dial, createServer, type Socket } from 'node:net';
import { after, before, suite, test } from 'node:test';
import { connect as connectTls } from 'node:tls';
import { connect } from 'virtwire';
import {
  descriptorsOf,
  freePort,
  requires,
  serverTemplate,
  settles,
  type StartedDaemon,
  startVirtwired,
  temporaryDirectory,
  type TemporaryDirectory,
  testAuthority,
} from '../launcher/index.ts';
import { adminMill, campaign, clientMill, numbers } from './fuzz-campaign.ts';

const seed = Number(process.env['VIRTWIRE_SEED'] ?? Date.now() % 1_000_000);
const PACKETS = 200_000;
const HANDSHAKES = 20_000;
/** What the second half of an attack may add to the daemon, in MiB; the first half fills buffers that are kept. */
const GROWTH_MIB = 64;

suite(`fuzzing, VIRTWIRE_SEED=${seed}`, { skip: requires({ isolation: true }) }, () => {
  let daemon: StartedDaemon;
  let files: TemporaryDirectory;
  let tlsPort: number;

  before(async () => {
    files = await temporaryDirectory();
    const authority = await testAuthority(files.path, 'ca');
    const { cert, key } = await authority.sign('server', ['cn = localhost', 'dns_name = localhost', ...serverTemplate]);
    tlsPort = await freePort();
    daemon = await startVirtwired({
      conf: {
        listen_tls: 1,
        tls_port: String(tlsPort),
        ca_file: authority.certificate,
        cert_file: cert,
        key_file: key,
        max_anonymous_clients: 200,
        log_outputs: `3:file:/dev/null`,
      },
    });
    // What the first thousands cost is not growth.
    await campaign({ path: daemon.socket }, clientMill(seed), 20_000);
  });
  after(async () => {
    const { code, stderr } = await daemon.stop();
    assert.equal(code, 0, stderr);
    assert.doesNotMatch(stderr, /internal fault|unhandled/i);
    await daemon[Symbol.asyncDispose]();
    await files[Symbol.asyncDispose]();
  });

  async function residentMib(): Promise<number> {
    const status = await readFile(`/proc/${daemon.pid}/status`, 'utf8');
    return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024;
  }

  /** Runs an attack; the daemon serves on, as large as before, with nothing left open. */
  async function survives(what: string, attack: (half: number) => Promise<unknown>): Promise<void> {
    const [before, descriptors] = [await residentMib(), await descriptorsOf(daemon.pid)];
    const started = performance.now();
    await attack(0);
    const memory = await residentMib();
    await attack(1);
    const seconds = (performance.now() - started) / 1000;
    {
      await using client = await connect(daemon.uri('unix', 'test', '/default'));
      assert.equal(await client.getType(), 'TEST');
    }
    const closed = async () => (await descriptorsOf(daemon.pid)) <= descriptors + 2;
    assert.ok(await settles(closed, 15_000), `${await descriptorsOf(daemon.pid)} descriptors, ${descriptors} before`);
    const grown = (await residentMib()) - memory;
    const sizes = [before, memory, memory + grown].map((size) => size.toFixed(0)).join(', ');
    console.log(`# ${what}: ${seconds.toFixed(1)} s, resident MiB before, between and after: ${sizes}`);
    assert.ok(grown < GROWTH_MIB, `the daemon goes on to grow: ${sizes}`);
  }

  test('mutated packets over a unix socket', () =>
    survives('unix', (half) => campaign({ path: daemon.socket }, clientMill(seed + 10 + half), PACKETS * 0.25)));

  test('mutated packets over TCP', () =>
    survives('tcp', (half) =>
      campaign({ host: '127.0.0.1', port: daemon.tcpPort }, clientMill(seed + 20 + half), PACKETS * 0.2),
    ));

  test('mutated packets to the admin socket', () =>
    survives('admin', (half) =>
      campaign({ path: `${daemon.directory}/libvirt-admin-sock` }, adminMill(seed + 30 + half), PACKETS * 0.05),
    ));

  test('mutated handshakes', () =>
    survives('handshakes', async (half) => {
      const hello = await clientHello();
      const draw = numbers(seed + 40 + half);
      let left = HANDSHAKES / 2;
      const lane = async () => {
        while (left-- > 0) {
          const bytes = Uint8Array.from(hello);
          for (let flips = 1 + draw(6); flips > 0; flips--) bytes[draw(bytes.length)] = draw(256);
          const length = draw(4) === 0 ? 1 + draw(bytes.length) : bytes.length;
          const socket = dial({ host: '127.0.0.1', port: tlsPort });
          socket.on('error', () => {});
          const over = Promise.race([once(socket, 'close'), once(socket, 'data')]).catch(() => {});
          // The end of what is sent is the end of a handshake that waits for more.
          socket.end(bytes.subarray(0, length));
          await over;
          socket.destroy();
        }
      };
      await Promise.all(Array.from({ length: 16 }, lane));
    }));
});

/** The first bytes of a real handshake. */
async function clientHello(): Promise<Uint8Array> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  assert.ok(typeof address === 'object' && address !== null);
  const client = connectTls({ host: '127.0.0.1', port: address.port, rejectUnauthorized: false });
  client.on('error', () => {});
  const [socket] = (await once(server, 'connection')) as [Socket];
  const [bytes] = (await once(socket, 'data')) as [Uint8Array];
  client.destroy();
  socket.destroy();
  server.close();
  return bytes;
}
