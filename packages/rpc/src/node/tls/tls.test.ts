// Both ends of TLS together: who is let in, what those are told who are not, sessions, limits, and files that change.
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect as connectTcp, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test, type TestContext } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { connect as connectSecure, createServer as createTlsServer } from 'node:tls';
import type { Channel } from '../../channel.ts';
import { ErrorCode, LibvirtError } from '../../error-face.ts';
import { Extension } from './certificate.ts';
import { connectTls, type TlsTarget } from './tls-client.ts';
import { tlsCredentials } from './tls-credentials.ts';
import type { TlsFiles } from './tls-files.ts';
import {
  type TlsArrival,
  type TlsListener,
  tlsListener,
  type TlsServerOptions,
  type TlsVerdict,
} from './tls-server.ts';
import { type CertificateParts, certificatePem, der, keyPem, nameDer } from './testing/der-writer.ts';

const folder = mkdtempSync(join(tmpdir(), 'virtwire-tls-'));
after(() => rmSync(folder, { recursive: true }));

const nameOf = (common: string) => nameDer([['2.5.4.10', 0x0c, 'Acme']], [['2.5.4.3', 0x0c, common]]);
const authorityMark = {
  oid: Extension.BasicConstraints,
  critical: true,
  value: der(0x30, der(0x01, Uint8Array.of(255))),
};
const hostNames = {
  oid: Extension.AlternativeNames,
  value: der(0x30, der(0x82, 'localhost'), der(0x87, Uint8Array.of(127, 0, 0, 1))),
};

function written(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const authority = (common: string) => certificatePem({ subject: nameOf(common), extensions: [authorityMark] });
const signed = (common: string, more: Partial<CertificateParts> = {}) =>
  certificatePem({ subject: nameOf(common), issuer: nameOf('CA'), serial: Uint8Array.of(7), ...more });

const ca = written('ca.pem', authority('CA'));
const key = written('key.pem', keyPem());
const filesWith = (cert: string | null): TlsFiles => ({ ca, crl: null, cert, key: cert === null ? null : key });
const serverFiles = filesWith(written('server.pem', signed('server', { extensions: [hostNames] })));
const clientFiles = filesWith(written('client.pem', signed('client1')));

interface Host {
  readonly port: number;
  readonly tls: TlsListener;
  readonly log: string[];
  readonly arrivals: { readonly arrival: TlsArrival; readonly channel: Channel; readonly received: Uint8Array[] }[];
}

async function host(context: TestContext, options: Partial<TlsServerOptions> = {}): Promise<Host> {
  const log: string[] = [];
  const arrivals: Host['arrivals'] = [];
  const tls = tlsListener({
    files: serverFiles,
    maxHandshakes: 5,
    maxWaiting: 5,
    log: (level, text) => log.push(`${level}: ${text}`),
    ...options,
  });
  const sockets = new Set<Socket>();
  const server = createServer({ pauseOnConnect: true }, (socket) => {
    sockets.add(socket);
    tls.accept(socket, (arrival) => {
      const channel = arrival.open();
      const received: Uint8Array[] = [];
      channel.open({ data: (chunk) => received.push(chunk.slice()), drain: () => {}, end: () => {} });
      arrivals.push({ arrival, channel, received });
    });
  });
  const port = await listens(server);
  context.after(() => {
    server.close();
    tls.close();
    for (const { channel } of arrivals) channel.destroy(new LibvirtError(ErrorCode.Rpc, 'over'));
    for (const socket of sockets) socket.destroy();
  });
  return { port, tls, log, arrivals };
}

async function listens(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

const dial = (port: number, more: Partial<TlsTarget> = {}) =>
  connectTls({ host: '127.0.0.1', port, files: clientFiles, ...more });

/** Sends a packet that holds one byte and gives what comes next. */
function ask(channel: Channel): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    channel.open({
      data: (chunk) => resolve(chunk.slice()),
      drain: () => {},
      end: (reason) => reject(reason ?? new Error('ended')),
    });
  });
}

async function refusal(attempt: Promise<unknown>): Promise<LibvirtError> {
  const error = await attempt.then(
    () => assert.fail('it was let in'),
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof LibvirtError, String(error));
  return error;
}

const packet = (size: number) => {
  const bytes = new Uint8Array(size);
  new DataView(bytes.buffer).setUint32(0, size);
  return bytes;
};

test('bytes go both ways once the server has accepted the client, whose name it knows', async (context) => {
  const { port, arrivals } = await host(context, { allowedNames: ['O=Acme,CN=client?'] });

  const channel = await dial(port);
  const answer = ask(channel);
  const [guest] = arrivals;
  guest?.channel.write(Uint8Array.of(1, 2, 3));

  assert.deepEqual([...(await answer)], [1, 2, 3]);
  assert.equal(guest?.arrival.name, 'O=Acme,CN=client1');
  channel.destroy(new LibvirtError(ErrorCode.Rpc, 'over'));
});

test('a session that is resumed keeps the name, until the server reads its files again', async (context) => {
  const { port, tls, arrivals, log } = await host(context);
  const tickets = { host: '127.0.0.1', port, files: filesWith(written('resuming.pem', signed('resuming'))) };
  const first = await connectTls(tickets);
  const answer = ask(first);
  arrivals[0]?.channel.write(Uint8Array.of(9));
  await answer;

  const second = await connectTls(tickets);
  tls.reload();
  const third = await connectTls(tickets);

  assert.deepEqual(
    arrivals.map(({ arrival: { name, resumed } }) => [name, resumed]),
    [
      ['O=Acme,CN=resuming', false],
      ['O=Acme,CN=resuming', true],
      ['O=Acme,CN=resuming', false],
    ],
  );
  assert.match(
    log.join('\n'),
    /^(info: client 127\.0\.0\.1:\d+ with the certificate 'O=Acme,CN=resuming' accepted\n?){3}$/,
  );
  for (const channel of [first, second, third]) channel.destroy(new LibvirtError(ErrorCode.Rpc, 'over'));
});

test('clients that are refused hear nothing, and the log says why in the words of libvirt', async (context) => {
  const expired = filesWith(written('expired.pem', signed('old', { notAfter: '20210101000000Z' })));
  const stranger = filesWith(written('stranger.pem', signed('stranger', { issuer: nameOf('Other') })));
  const cases = [
    [filesWith(null), 'Unable to verify TLS peer: No certificate was found.'],
    [expired, 'Certificate failed validation: The certificate is not trusted.'],
    [stranger, "Certificate failed validation: The certificate hasn't got a known issuer."],
    [
      clientFiles,
      "Client's Distinguished Name is not on the list of allowed clients (tls_allowed_dn_list).  Use 'virt-pki-query-dn clientcert.pem' to view the Distinguished Name field in the client certificate, or run this daemon with --verbose option.",
    ],
  ] as const;
  for (const [files, reason] of cases) {
    const judged: TlsVerdict[] = [];
    const { port, log, arrivals } = await host(context, {
      allowedNames: [],
      judged: (verdict) => void judged.push(verdict),
    });

    const error = await refusal(dial(port, { files, sanity: false }));

    assert.equal(error.message, 'Unable to read TLS confirmation: Input/output error');
    assert.equal(error.stage, 'certificate');
    assert.equal(error.evidence?.['sentFile'], files.cert);
    const name = files.cert === null ? null : new X509Certificate(readFileSync(files.cert)).subject.replace(/\n/g, ',');
    const [{ address, ...verdict } = { address: '' }] = judged;
    assert.deepEqual(verdict, { name, refusal: reason });
    assert.match(address, /^127\.0\.0\.1:\d+$/);
    assert.deepEqual(log, [
      `error: ${reason}`,
      `warning: Certificate check failed ${reason}`,
      "error: authentication failed: Failed to verify peer's certificate",
      `warning: client ${address}${name === null ? '' : ` with the certificate '${name}'`} refused: ${reason}`,
    ]);
    assert.equal(arrivals.length, 0);
  }
});

test('without verification everybody comes in, nameless unless the certificate is good', async (context) => {
  const { port, arrivals } = await host(context, { verify: false });

  const channels = [await dial(port, { files: filesWith(null) }), await dial(port)];

  assert.deepEqual(
    arrivals.map(({ arrival }) => arrival.name),
    [null, 'O=Acme,CN=client1'],
  );
  for (const channel of channels) channel.destroy(new LibvirtError(ErrorCode.Rpc, 'over'));
});

test('a server that is not the one in the URI is refused, unless nobody minds', async (context) => {
  const { port } = await host(context);

  const error = await refusal(dial(port, { serverName: 'elsewhere' }));
  const warnings: string[] = [];
  const channel = await dial(port, { serverName: 'elsewhere', verify: false, warn: (text) => warnings.push(text) });

  assert.equal(error.message, "authentication failed: Failed to verify peer's certificate");
  assert.equal(error.evidence?.['reason'], 'Certificate [session] owner does not match the hostname elsewhere');
  assert.deepEqual(error.evidence?.['names'], ['localhost', '127.0.0.1']);
  assert.deepEqual(warnings, [
    'Certificate check failed Certificate [session] owner does not match the hostname elsewhere',
  ]);
  channel.destroy(new LibvirtError(ErrorCode.Rpc, 'over'));
});

test('a server that says anything but yes, and one that speaks no TLS, are told apart', async (context) => {
  const pem = signed('server', { extensions: [hostNames] });
  const no = createTlsServer({ cert: pem, key: keyPem() }, (socket) =>
    socket.on('error', () => {}).end(Uint8Array.of(0)),
  );
  const plain = createServer((socket) => socket.on('error', () => {}).end('HTTP/1.0 400 no\r\n\r\n'));
  context.after(() => void (no.close(), plain.close()));

  const refused = await refusal(dial(await listens(no)));
  const strange = await refusal(dial(await listens(plain)));

  assert.match(refused.message, /server verification \(of our certificate or IP address\) failed/);
  assert.equal(strange.message, 'authentication failed: TLS handshake failed An unexpected TLS packet was received.');
  assert.equal(strange.stage, 'tls');
  assert.match(strange.hint ?? '', /does not speak TLS/);
});

test('connections that say nothing, or nothing of TLS, end and leave room for others', async (context) => {
  const { port, log, arrivals } = await host(context, { maxHandshakes: 1, maxWaiting: 3, handshakeMs: 100 });
  const silent = connectTcp(port, '127.0.0.1').resume();
  const plain = connectTcp(port, '127.0.0.1').resume();
  plain.write(packet(28));
  await Promise.all([once(silent, 'connect'), once(plain, 'connect')]);

  const channel = await dial(port);
  await Promise.all([silent, plain].filter(({ closed }) => !closed).map((socket) => once(socket, 'close')));

  assert.equal(arrivals.length, 1);
  assert.ok(
    log.includes('error: authentication failed: TLS handshake failed An unexpected TLS packet was received.'),
    log.join('\n'),
  );
  channel.destroy(new LibvirtError(ErrorCode.Rpc, 'over'));
});

test('a handshake that goes on byte by byte ends at the deadline, too', async (context) => {
  const { port } = await host(context, { handshakeMs: 100 });
  const socket = connectTcp(port, '127.0.0.1').resume();
  socket.on('error', () => {});
  // The start of a record of a handshake, with all of it still to come.
  socket.write(Uint8Array.of(22, 3, 1, 64, 0, 1, 0, 63, 252));
  const trickle = setInterval(() => socket.write(Uint8Array.of(3)), 20);
  context.after(() => clearInterval(trickle));
  const began = performance.now();

  // It may end by an error, which once() would take for a failure of its own.
  await new Promise((resolve) => socket.on('close', resolve));

  assert.ok(performance.now() - began < 2000);
});

test('a client that leaves before it is served ends at once when it is', async (context) => {
  const { promise: arrived, resolve: admit } = Promise.withResolvers<TlsArrival>();
  const { promise: accepted, resolve: accept } = Promise.withResolvers<Socket>();
  const tls = tlsListener({ files: serverFiles, maxHandshakes: 5, maxWaiting: 5, log: () => {} });
  const server = createServer({ pauseOnConnect: true }, (socket) => {
    accept(socket);
    tls.accept(socket, admit);
  });
  const port = await listens(server);
  context.after(() => server.close());
  const pem = (path: string | null) => readFileSync(path ?? '');
  const socket = connectSecure({
    port,
    host: '127.0.0.1',
    ca: pem(ca),
    cert: pem(clientFiles.cert),
    key: pem(key),
    checkServerIdentity: () => undefined,
  });
  socket.on('error', () => {});
  const raw = await accepted;
  const arrival = await arrived;
  const closed = once(raw, 'close');
  socket.destroy();
  await closed;
  let ended = false;
  arrival.open().open({
    data: () => {},
    drain: () => {},
    end: () => {
      ended = true;
    },
  });
  await nextTurn();

  assert.ok(ended);
  tls.close();
});

test('new certificates serve new clients, and nobody is dropped; broken ones change nothing', async (context) => {
  const cert = written('changing.pem', signed('server', { extensions: [hostNames] }));
  const { port, tls, arrivals } = await host(context, { files: filesWith(cert) });
  const channel = await dial(port);
  const answer = ask(channel);

  writeFileSync(cert, 'broken');
  assert.throws(() => tls.reload(), { message: `Unable to import server certificate ${cert}` });
  const still = await dial(port);
  writeFileSync(cert, signed('server', { serial: Uint8Array.of(99) }));
  tls.reload();
  const changed = await refusal(dial(port));
  arrivals[0]?.channel.write(Uint8Array.of(5));

  assert.equal(changed.evidence?.['serial'], '63');
  assert.deepEqual([...(await answer)], [5]);
  for (const each of [channel, still]) each.destroy(new LibvirtError(ErrorCode.Rpc, 'over'));
});

test('each packet of a client travels in records of its own, and large ones in full records', async (context) => {
  const { port, arrivals } = await host(context);
  const records: number[] = [];
  const proxy = createServer((socket) => {
    const upstream = connectTcp(port, '127.0.0.1');
    let rest = Buffer.alloc(0);
    socket.on('data', (chunk) => {
      rest = Buffer.concat([rest, chunk]);
      while (rest.length >= 5 && rest.length >= 5 + rest.readUInt16BE(3)) {
        if (rest[0] === 23) records.push(rest.readUInt16BE(3));
        rest = rest.subarray(5 + rest.readUInt16BE(3));
      }
    });
    socket.pipe(upstream).pipe(socket);
    for (const each of [socket, upstream]) each.on('error', () => {});
  });
  context.after(() => void proxy.close());
  const channel = await dial(await listens(proxy));
  channel.open({ data: () => {}, drain: () => {}, end: () => {} });
  const before = records.length;
  const two = new Uint8Array([...packet(40), ...packet(60)]);
  const large = packet(40_000);

  channel.write(two);
  channel.write(two);
  channel.writeBoth(large.subarray(0, 28), large.subarray(28));
  const wanted = 200 + 40_000;
  while (arrivals[0] === undefined || size(arrivals[0].received) < wanted) await new Promise(setImmediate);

  // A record has 17 bytes more than what it holds: the kind, and the tag.
  assert.deepEqual(
    records.slice(before).map((length) => length - 17),
    [40, 60, 40, 60, 16_384, 16_384, 40_000 - 32_768],
  );
  channel.destroy(new LibvirtError(ErrorCode.Rpc, 'over'));
});

function size(chunks: readonly Uint8Array[]): number {
  return chunks.reduce((sum, { length }) => sum + length, 0);
}

test('files are read once, until one of them changes', () => {
  const cert = written('kept.pem', signed('one'));
  const options = { side: 'client', files: filesWith(cert), priority: 'NORMAL', sanity: true } as const;

  const first = tlsCredentials(options);
  const second = tlsCredentials(options);
  writeFileSync(cert, signed('another'));
  const third = tlsCredentials(options);

  assert.equal(second, first);
  assert.equal(third.chain[0]?.subject, 'O=Acme,CN=another');
});

test('a file that is written again in its place with the same size and time has changed all the same', () => {
  const cert = written('same.pem', signed('one'));
  const past = new Date(1_700_000_000_000);
  utimesSync(cert, past, past);
  const options = { side: 'client', files: filesWith(cert), priority: 'NORMAL', sanity: true } as const;
  assert.equal(tlsCredentials(options).chain[0]?.subject, 'O=Acme,CN=one');
  const { ctimeNs } = statSync(cert, { bigint: true });

  // The clock of the file system has to go on.
  do {
    writeFileSync(cert, signed('two'));
    utimesSync(cert, past, past);
  } while (statSync(cert, { bigint: true }).ctimeNs === ctimeNs);

  assert.equal(tlsCredentials(options).chain[0]?.subject, 'O=Acme,CN=two');
});

test('files that will not do are named, with what is wrong', () => {
  const load =
    (files: Partial<TlsFiles>, side: 'client' | 'server' = 'client') =>
    () =>
      tlsCredentials({ side, files: { ...clientFiles, ...files }, priority: 'NORMAL', sanity: true });
  const broken = written('broken.pem', 'nothing');
  const missing = join(folder, 'missing.pem');
  const { cert } = clientFiles;
  for (const [attempt, message] of [
    [load({ ca: missing }), `Cannot read CA certificate '${missing}': No such file or directory`],
    [load({ cert: missing }, 'server'), `Cannot read certificate '${missing}': No such file or directory`],
    [load({ key: missing }, 'server'), `Cannot read private key '${missing}': No such file or directory`],
    [load({ ca: broken }), `Unable to import CA certificate list ${broken}`],
    [load({ cert: broken }), `Unable to import client certificate ${broken}`],
    [
      load({ key: broken }),
      `Unable to set x509 key and certificate: ${broken}, ${cert}: The requested data were not available.`,
    ],
    [load({ crl: broken }), `Unable to set x509 certificate revocation list: ${broken}: Base64 decoding error.`],
  ] as const) {
    assert.throws(attempt, { message, stage: 'certificate' });
  }
  load({ crl: missing })();
  assert.equal(load({ cert: missing })().chain.length, 0);
});

test('a certificate that soon ends is worth a warning', () => {
  const soon = new Date(Date.now() + 5 * 86_400_000).toISOString();
  const cert = written('soon.pem', signed('soon', { notAfter: soon.replace(/[-:T]|\..*/g, '') + 'Z' }));

  const { warnings } = tlsCredentials({ side: 'client', files: filesWith(cert), priority: 'NORMAL', sanity: true });

  assert.deepEqual(warnings, [`The client certificate ${cert} expires on ${soon.slice(0, 10)}`]);
});
