// Sessions that are resumed: nobody comes back by one who would not be let in without, on either end.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, mock, test, type TestContext } from 'node:test';
import type { Channel } from '../../channel.ts';
import { ErrorCode, LibvirtError } from '../../error-face.ts';
import { Extension } from './certificate.ts';
import { connectTls, type TlsTarget } from './tls-client.ts';
import type { TlsFiles } from './tls-files.ts';
import { type TlsListener, tlsListener, type TlsServerOptions } from './tls-server.ts';
import {
  type CertificateParts,
  certificatePem,
  der,
  keyPem,
  nameDer,
  revocationListPem,
} from './testing/der-writer.ts';

const folder = mkdtempSync(join(tmpdir(), 'virtwire-resumption-'));
after(() => rmSync(folder, { recursive: true }));

const HOUR_MS = 3_600_000;
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
const inHours = (hours: number) =>
  `${new Date(Date.now() + hours * HOUR_MS).toISOString().replaceAll(/[-:T]|\..*/g, '')}Z`;

let written = 0;
function file(text: string): string {
  const path = join(folder, `${written++}.pem`);
  writeFileSync(path, text);
  return path;
}

const ca = file(certificatePem({ subject: nameOf('CA'), extensions: [authorityMark] }));
const key = file(keyPem());
function filesOf(common: string, serial: number, more: Partial<CertificateParts> = {}): TlsFiles {
  const parts = { subject: nameOf(common), issuer: nameOf('CA'), serial: Uint8Array.of(serial), ...more };
  return { ca, crl: null, cert: file(certificatePem(parts)), key };
}
const serverFiles = (more: Partial<CertificateParts> = {}) =>
  filesOf('server', 1, { extensions: [hostNames], ...more });
const revoking = (serial: number) =>
  revocationListPem({ issuer: nameOf('CA'), serials: [Uint8Array.of(serial)], nextUpdate: '20990101000000Z' });

interface Host {
  readonly port: number;
  readonly tls: TlsListener;
  readonly log: string[];
  readonly resumed: boolean[];
}

async function host(context: TestContext, options: Partial<TlsServerOptions>): Promise<Host> {
  const log: string[] = [];
  const resumed: boolean[] = [];
  const sockets = new Set<Socket>();
  const usual: TlsServerOptions = {
    files: serverFiles(),
    maxHandshakes: 5,
    maxWaiting: 5,
    log: (level, text) => log.push(`${level}: ${text}`),
  };
  // What is asked for each client anew stays so.
  const tls = tlsListener(Object.defineProperties(usual, Object.getOwnPropertyDescriptors(options)));
  const server = createServer({ pauseOnConnect: true }, (socket) => {
    sockets.add(socket);
    tls.accept(socket, (arrival) => {
      resumed.push(arrival.resumed);
      const channel = arrival.open();
      // The tickets come before it.
      channel.open({ data: () => {}, drain: () => {}, end: () => {} });
      channel.write(Uint8Array.of(9));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  context.after(() => {
    mock.timers.reset();
    server.close();
    tls.close();
    for (const socket of sockets) socket.destroy();
  });
  return { port: (server.address() as AddressInfo).port, tls, log, resumed };
}

// Connects, reads what the server says, and ends: the next one can resume.
async function visit(target: TlsTarget): Promise<void> {
  const channel: Channel = await connectTls(target);
  await new Promise<void>((resolve, reject) => {
    channel.open({ data: () => resolve(), drain: () => {}, end: (reason) => reject(reason ?? new Error('ended')) });
  });
  channel.destroy(new LibvirtError(ErrorCode.Rpc, 'over'));
}

async function refusal(target: TlsTarget): Promise<LibvirtError> {
  const error = await visit(target).then(
    () => assert.fail('it was let in'),
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof LibvirtError, String(error));
  return error;
}

test('a client whose certificate has expired since does not come back by its session', async (context) => {
  const { port, log, resumed } = await host(context, {});
  const target = { host: '127.0.0.1', port, files: filesOf('guest', 7, { notAfter: inHours(1) }) };
  await visit(target);
  await visit(target);

  mock.timers.enable({ apis: ['Date'], now: Date.now() + 2 * HOUR_MS });
  const error = await refusal(target);

  assert.deepEqual(resumed, [false, true]);
  assert.match(error.message, /^Unable to read TLS confirmation/);
  assert.match(log.join('\n'), /error: (Certificate failed validation|The client certificate \[session\] has expired)/);
});

test('a client that has been revoked since does not come back by its session', async (context) => {
  const crl = file(revoking(99));
  const { port, tls, log, resumed } = await host(context, { files: { ...serverFiles(), crl } });
  const target = { host: '127.0.0.1', port, files: filesOf('guest', 7) };
  await visit(target);
  await visit(target);

  writeFileSync(crl, revoking(7));
  tls.reload();
  const error = await refusal(target);

  assert.deepEqual(resumed, [false, true]);
  assert.match(error.message, /^Unable to read TLS confirmation/);
  assert.match(log.join('\n'), /error: Certificate failed validation: The certificate has been revoked\./);
});

test('a name that was taken from the list since does not come back by its session', async (context) => {
  let allowedNames = ['O=Acme,CN=guest'];
  const { port, log, resumed } = await host(context, {
    get allowedNames() {
      return allowedNames;
    },
  });
  const target = { host: '127.0.0.1', port, files: filesOf('guest', 7) };
  await visit(target);
  await visit(target);

  allowedNames = ['O=Acme,CN=other'];
  await refusal(target);
  allowedNames = ['O=Acme,CN=guest'];
  await visit(target);

  assert.equal(resumed.length, 3);
  assert.deepEqual(resumed.slice(0, 2), [false, true]);
  assert.match(log.join('\n'), /error: Client's Distinguished Name is not on the list of allowed clients/);
});

test('a server whose certificate has expired since is refused, resumed or not', async (context) => {
  const { port, resumed } = await host(context, { files: serverFiles({ notAfter: inHours(1) }) });
  const target = { host: '127.0.0.1', port, files: filesOf('guest', 7) };
  await visit(target);
  await visit(target);

  mock.timers.enable({ apis: ['Date'], now: Date.now() + 2 * HOUR_MS });
  const error = await refusal(target);

  assert.deepEqual(resumed.slice(0, 2), [false, true]);
  assert.equal(error.message, "authentication failed: Failed to verify peer's certificate");
  assert.match(String(error.evidence?.['reason']), /The certificate is not trusted\.|has expired/);
});

test('a server that has been revoked since is refused: changed files end the sessions of a client', async (context) => {
  const { port, resumed } = await host(context, {});
  const crl = file(revoking(99));
  const target = { host: '127.0.0.1', port, files: { ...filesOf('guest', 7), crl } };
  await visit(target);
  await visit(target);

  rmSync(crl);
  writeFileSync(crl, `${revoking(1)}\n`);
  const error = await refusal(target);

  assert.deepEqual(resumed.slice(0, 2), [false, true]);
  assert.equal(error.evidence?.['reason'], 'Certificate failed validation: The certificate has been revoked.');
});

test('a session serves the name that it was made for, and nobody who verified less', async (context) => {
  const { port, resumed } = await host(context, {});
  const target = { host: '127.0.0.1', port, files: filesOf('guest', 7) };
  await visit(target);

  const elsewhere = await refusal({ ...target, serverName: 'elsewhere' });
  await visit({ ...target, serverName: 'elsewhere', verify: false });
  const again = await refusal({ ...target, serverName: 'elsewhere' });

  for (const error of [elsewhere, again]) {
    assert.equal(error.evidence?.['reason'], 'Certificate [session] owner does not match the hostname elsewhere');
  }
  assert.equal(resumed[0], false);
});

test('sessions of one certificate are not those of another', async (context) => {
  const { port, resumed } = await host(context, {});

  await visit({ host: '127.0.0.1', port, files: filesOf('one', 7) });
  await visit({ host: '127.0.0.1', port, files: filesOf('two', 8) });

  assert.deepEqual(resumed, [false, false]);
});

for (const priority of ['NORMAL', 'NORMAL:-VERS-TLS1.3']) {
  test(`a server is verified anew each time, its session being resumed, with ${priority}`, async (context) => {
    const { port, resumed } = await host(context, {});
    const target = { host: '127.0.0.1', port, files: filesOf('guest', 7), priority };

    await visit(target);
    await visit(target);
    await visit({ ...target, serverName: 'localhost' });
    await visit({ ...target, serverName: 'localhost' });

    assert.deepEqual(resumed, [false, true, false, true]);
  });
}
