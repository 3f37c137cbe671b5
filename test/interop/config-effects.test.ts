// Settings do in virtwired what they do in libvirtd: limits as virt-admin sees them, and questions whether clients live.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { after, before, suite, test } from 'node:test';
import { DriverFeature } from '@virtwire/protocol/constants';
import { KEEPALIVE_PROGRAM } from '@virtwire/rpc';
import {
  requires,
  run,
  type StartedDaemon,
  startLibvirtd,
  startVirtwired,
  temporaryDirectory,
} from '../launcher/index.ts';
import { isolated } from '../launcher/isolated.ts';

// Odd numbers, each another one, so that none can be taken for another or for a default.
const limits = {
  max_clients: 61,
  max_queued_clients: 31,
  max_anonymous_clients: 17,
  min_workers: 3,
  max_workers: 13,
  prio_workers: 7,
  admin_min_workers: 2,
  admin_max_workers: 11,
  admin_max_clients: 19,
};
const conf = { ...limits, log_level: 2, log_filters: '3:object', keepalive_interval: 1, keepalive_count: 2 };

suite('settings', { skip: requires({ libvirt: '9.0', isolation: true }) }, () => {
  let daemons: readonly StartedDaemon[] = [];
  before(async () => {
    daemons = await Promise.all([startLibvirtd({ conf }), startVirtwired({ conf })]);
  });
  after(() => Promise.all(daemons.map((daemon) => daemon[Symbol.asyncDispose]())));

  async function ask(daemon: StartedDaemon, ...args: readonly string[]): Promise<string> {
    const uri = `libvirtd:///system?socket=${daemon.directory}/libvirt-admin-sock`;
    const { stdout, stderr } = await run('virt-admin', ['-c', uri, ...args]);
    return stdout + stderr;
  }

  test('limits of both servers are what virt-admin sees', async () => {
    for (const server of ['libvirtd', 'admin']) {
      for (const [command, names] of [
        ['srv-clients-info', /^(nclients_max|nclients_unauth_max) /],
        ['srv-threadpool-info', /^(minWorkers|maxWorkers|prioWorkers) /],
      ] as const) {
        const [theirs, ours] = await Promise.all(
          daemons.map(async (daemon) =>
            (await ask(daemon, command, server)).split('\n').filter((line) => names.test(line)),
          ),
        );
        assert.equal(ours?.length, command === 'srv-clients-info' ? 2 : 3);
        assert.deepEqual(ours, theirs, `${command} ${server}`);
      }
    }
  });

  test('filters and outputs of the log are what virt-admin sees', async () => {
    for (const command of ['daemon-log-filters', 'daemon-log-outputs']) {
      const [theirs, ours] = await Promise.all(daemons.map((daemon) => ask(daemon, command)));
      assert.equal(ours, theirs);
    }
  });

  test('a client that does not answer is asked as often as keepalive_count says, and then cut off', async () => {
    const pings = await Promise.all(daemons.map((daemon) => silentClient(daemon.socket)));

    assert.deepEqual(pings, [2, 2]);
  });
});

test('the golden lines are what libvirtd says', { skip: requires({ libvirt: '9.0', isolation: true }) }, async () => {
  const golden = JSON.parse(await readFile(new URL('../../golden/daemon/settings.json', import.meta.url), 'utf8')) as {
    readonly lines: readonly (readonly [line: string, error: string | null])[];
  };
  // Those that end it at once; some of them, as all take a while.
  const sample = golden.lines.filter(([, error]) => error !== null).filter((_, index) => index % 9 === 0);
  await using directory = await temporaryDirectory();
  const loop = `while IFS= read -r line; do printf '%s\\n' "$line" > conf; libvirtd -f conf -p pid 2>&1 | grep error; echo .; done`;
  const [command, ...args] = isolated(directory.path, ['sh', '-c', loop]);

  const { stdout } = await run(command, args, {
    cwd: directory.path,
    input: sample.map(([line]) => `${line}\n`).join(''),
  });

  const said = stdout.split('\n.\n');
  for (const [index, [line, error]] of sample.entries()) {
    assert.ok(said[index]?.replaceAll('conf:', 'FILE:').includes(error as string), `${line}: ${said[index]}`);
  }
});

/** Says once that it can be asked, then nothing. @returns how often it was asked until it was cut off */
function silentClient(path: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = connect({ path });
    const chunks: Uint8Array[] = [];
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.on('error', reject);
    socket.on('close', () => resolve(pingsIn(Buffer.concat(chunks))));
    socket.write(call(AUTH_LIST, 1, []));
    // Whoever says this can be asked.
    socket.write(call(CONNECT_SUPPORTS_FEATURE, 2, [0, 0, 0, DriverFeature.ProgramKeepalive]));
  });
}

const REMOTE_PROGRAM = 0x2000_8086;
const AUTH_LIST = 66;
const CONNECT_SUPPORTS_FEATURE = 60;

/** A packet with the arguments as they are on the wire. */
function call(procedure: number, serial: number, args: readonly number[]): Uint8Array {
  const packet = Buffer.alloc(28 + args.length);
  for (const [at, word] of [packet.length, REMOTE_PROGRAM, 1, procedure, 0, serial, 0].entries()) {
    packet.writeUInt32BE(word, at * 4);
  }
  packet.set(args, 28);
  return packet;
}

function pingsIn(bytes: Buffer): number {
  let pings = 0;
  for (let at = 0; at + 28 <= bytes.length; at += bytes.readUInt32BE(at)) {
    if (bytes.readUInt32BE(at + 4) === KEEPALIVE_PROGRAM) pings++;
  }
  return pings;
}
