// doctor on the way between hosts and to local sockets: each fault is made for real, and has to be named.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { after, before, test } from 'node:test';
import { ErrorCode, explain, faultOf, type LibvirtError } from 'virtwire';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort, requires, start, startLibvirtd, temporaryDirectory } from '../launcher/index.ts';
import { fromEnvironment, programOf } from '../launcher/virtwired.ts';
import { testUsers } from '../launcher/users.ts';
import { examine, examined, foundIn } from './doctor-examine.ts';
import { type TlsHost, tlsHost } from './tls-host.ts';

const skip = requires({ libvirt: '9.0', isolation: true, certtool: true });

let host: TlsHost;
before(async () => {
  if (skip === false) host = await tlsHost();
});
after(() => host?.[Symbol.asyncDispose]());

const within = (uri: string, args: readonly string[] = []) =>
  examine(uri, { by: (...command) => host.place.run(...command), args });

test('a name that does not resolve', { skip }, async () => {
  foundIn(await within('qemu+tls://nosuch.invalid/system'), 'name-does-not-resolve', /nosuch\.invalid/);
});

test('a port where nobody listens, for each address', { skip }, async () => {
  const found = await within('test+tcp://localhost/default');

  foundIn(found, 'nothing-listens', /listen_tcp = 1/);
  assert.match(found.last.text, /^unable to connect to server at 'localhost:16509': Connection refused$/);
  const { addresses, attempts } = found.last.evidence as {
    addresses: string[];
    attempts: { address: string; result: string }[];
  };
  assert.deepEqual(
    attempts.map(({ address, result }) => [address, result]),
    addresses.map((address) => [address, 'ECONNREFUSED']),
  );
});

test('a firewall that drops packets, and a host without a way to it', { skip }, async () => {
  // libvirt's network driver needs iptables, so it is there.
  const { code, stderr } = await host.place.run('iptables', ['-A', 'INPUT', '-d', '127.0.0.9', '-j', 'DROP']);
  assert.equal(code, 0, stderr);

  const [dropped, unreachable] = await Promise.all([
    within('test+tls://127.0.0.9/default', ['--timeout', '1']),
    within('test+tls://203.0.113.7/default', ['--timeout', '1']),
  ]);

  foundIn(dropped, 'no-answer', /firewall/);
  assert.equal(dropped.last.text, "unable to connect to server at '127.0.0.9:16514': Connection timed out");
  foundIn(unreachable, 'host-unreachable', /route/);
});

test('TLS and plain RPC on the port of the other', { skip }, async () => {
  await using daemon = await host.serve('libvirtd', { listen_tcp: 1, auth_tcp: 'none' });
  assert.equal(daemon.child.exitCode, null);
  while (!(await host.place.listens(16_509))) await delay(10);

  const [plain, secured, healthy] = await Promise.all([
    within('test+tcp://localhost:16514/default'),
    within('test+tls://localhost:16509/default'),
    within('test+tls://localhost/default'),
  ]);

  foundIn(plain, 'port-speaks-tls', /\+tls/);
  foundIn(secured, 'port-speaks-plain-rpc', /16514/);
  assert.equal(healthy.code, 0);
  assert.deepEqual(
    healthy.steps.map(({ stage, state }) => `${stage} ${state}`),
    ['uri ok', 'resolve ok', 'connect ok', 'tls ok', 'certificate ok', 'authentication ok', 'open ok'],
  );
  assert.match(healthy.last.text, /^driver TEST of libvirt 9\.0\.0, host /);
});

test('a driver that is not there, a daemon that is stopped, a link that goes silent', { skip }, async () => {
  await using daemon = await startLibvirtd();

  foundIn(await examine(daemon.uri('unix', 'bhyve', '/system')), 'driver-missing', /bhyve/);

  const uri = daemon.uri('tcp', 'test', '/default');
  const [program, ...args] = programOf('shell', fromEnvironment());
  await using watching = start(program, [...args, 'doctor', uri, '--json', '--watch', '30']);
  await watching.output((text) => text.includes('"stage":"open"'));
  process.kill(daemon.pid, 'SIGSTOP');
  const silent = await examine(daemon.uri('unix', 'test', '/default'), { args: ['--timeout', '1'] });
  const lost = examined(await watching.finished);
  process.kill(daemon.pid, 'SIGCONT');

  foundIn(silent, 'daemon-silent', /stopped/);
  foundIn(lost, 'keepalive-lost', /pings/);
});

test('what answers is no libvirt daemon, or one that is too old', { skip }, async () => {
  await using web = await listener((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
  foundIn(await examine(`test+tcp://127.0.0.1:${web.port}/default`), 'port-is-not-libvirt', /HTTP/);

  await using old = await listener((socket) => {
    socket.on('data', (call: Buffer) => {
      // Every procedure is unknown, as to a daemon from before it.
      const text = Buffer.from(`unknown procedure: ${call.readUInt32BE(12)}`);
      const words = [39, 7, 1, text.length];
      const error = Buffer.concat([wordsOf(words), text, Buffer.alloc((4 - (text.length % 4)) % 4)]);
      const rest = wordsOf([2, 0, 0, 0, 0, 0xffff_ffff, 0xffff_ffff, 0]);
      const header = Buffer.from(call.subarray(0, 28));
      header.writeUInt32BE(28 + error.length + rest.length, 0);
      header.writeUInt32BE(1, 16);
      header.writeUInt32BE(1, 24);
      socket.write(Buffer.concat([header, error, rest]));
    });
  });
  foundIn(await examine(`test+tcp://127.0.0.1:${old.port}/default`), 'server-too-old', /older/);
});

test('sockets: missing, not for this user, left behind', { skip }, async () => {
  await using directory = await temporaryDirectory();
  await using users = await testUsers([{ name: 'vw-carol', uid: 70_004 }]);
  await using daemon = await startLibvirtd({ conf: { unix_sock_rw_perms: '0700' } });
  const left = `${directory.path}/left`;
  const script = `import socket; s = socket.socket(socket.AF_UNIX); s.bind('${left}')`;
  assert.equal((await host.place.run('/usr/bin/python3', ['-c', script])).code, 0);
  await host.place.run('chmod', ['0755', directory.path, daemon.directory]);

  foundIn(await examine(`test+unix:///default?socket=${directory.path}/none`), 'socket-missing', /systemctl start/);
  foundIn(await examine(`test+unix:///default?socket=${left}`), 'socket-dead', /start it again/);
  const denied = await examine(daemon.uri('unix', 'test', '/default'), {
    by: (command, args, options) => {
      const [program, ...all] = users.as('vw-carol', [command, ...args]);
      return host.place.run(program, all, { ...options, env: { HOME: '/nonexistent' } });
    },
  });
  foundIn(denied, 'socket-permission-denied', /read-only/);
  assert.equal(denied.last.evidence['socketMode'], '0700');
});

test('programs of ext: missing, ending, writing something else; and what URIs get wrong', { skip }, async () => {
  await using directory = await temporaryDirectory();
  const script = async (name: string, text: string) => {
    await writeFile(`${directory.path}/${name}`, `#!/bin/sh\n${text}\n`, { mode: 0o755 });
    return `test+ext:///default?command=${directory.path}/${name}`;
  };
  await mkdir(`${directory.path}/none`);

  const quits = await examine(await script('quits', 'echo "no such machine" >&2; exit 3'));
  foundIn(await examine('test+ext:///default?command=virtwire-no-such'), 'program-missing', /virtwire-no-such/);
  foundIn(quits, 'program-exited', /exit code 3/);
  assert.equal(quits.last.evidence['stderr'], 'no such machine');
  foundIn(await examine(await script('talks', 'echo Hello; cat')), 'program-wrote-other-text', /Hell/);
  foundIn(await examine('test+ext:///default'), 'command-not-given', /command=/);
  foundIn(await examine('test+udp://localhost/default'), 'transport-unknown', /libssh2/);
  foundIn(await examine('nonsense'), 'uri-without-driver', /qemu:\/\/\/system/);
  foundIn(await examine('test://[::1/default'), 'uri-malformed', /brackets/);
  foundIn(await examine('test+tls://localhost/default?no_verify=yes'), 'parameter-wrong', /no_verify/);
  foundIn(await examine('test+unix://other/default'), 'host-with-unix-socket', /\+ssh/);
});

test('an error of the library has the same in its fields', { skip }, async () => {
  const { connect } = await import('virtwire');
  const port = await freePort();

  const error = await connect(`test+tcp://127.0.0.1:${port}/default`).then(
    () => assert.fail('connected'),
    (thrown: LibvirtError) => thrown,
  );

  assert.equal(error.code, ErrorCode.SystemError);
  assert.equal(error.message, `unable to connect to server at '127.0.0.1:${port}': Connection refused`);
  assert.equal(error.stage, 'connect');
  assert.equal(faultOf(error), 'nothing-listens');
  assert.deepEqual(error.evidence?.['attempts'], [{ address: '127.0.0.1', port, result: 'ECONNREFUSED' }]);
  assert.ok(error.hint !== null && error.cause !== undefined);
  assert.equal(explain('no error', { stage: 'open', transport: null, evidence: {} }), 'no error');
});

interface Listener extends AsyncDisposable {
  readonly port: number;
}

async function listener(talk: (socket: Socket) => void): Promise<Listener> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => {}));
    talk(socket);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

function wordsOf(words: readonly number[]): Buffer {
  const bytes = Buffer.alloc(words.length * 4);
  for (const [index, word] of words.entries()) bytes.writeUInt32BE(word >>> 0, index * 4);
  return bytes;
}
