import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import fc from 'fast-check';
import { ErrorCode } from '../error-codes.ts';
import { loadPeerCredentials, processStartTime, startTimeOf } from './peer-credentials.ts';

const linux = process.platform === 'linux' ? false : 'SO_PEERCRED is of Linux';

test('tells process, user, group and start time of who connected', { skip: linux }, async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'peer-'));
  const server = createServer({ pauseOnConnect: true });
  t.after(() => {
    server.close();
    rmSync(directory, { recursive: true });
  });
  const path = join(directory, 'socket');
  server.listen(path);
  const client = connect(path);
  const [accepted] = (await once(server, 'connection')) as [Socket];
  const credentialsOf = await loadPeerCredentials();

  const credentials = credentialsOf(accepted);

  assert.equal(credentials.pid, process.pid);
  assert.equal(credentials.uid, process.getuid?.());
  assert.equal(credentials.gid, process.getgid?.());
  assert.equal(credentials.startTime, processStartTime(process.pid));
  assert.ok(credentials.startTime > 0n);
  client.destroy();
  accepted.destroy();
});

test('refuses a socket that is closed, and one that has no local peer', { skip: linux }, async (t) => {
  const server = createServer({ pauseOnConnect: true });
  t.after(() => server.close());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const client = connect(port, '127.0.0.1');
  const [accepted] = (await once(server, 'connection')) as [Socket];
  const credentialsOf = await loadPeerCredentials();

  assert.throws(() => credentialsOf(accepted), { code: ErrorCode.SystemError });
  accepted.destroy();
  client.destroy();
  assert.throws(() => credentialsOf(accepted), { code: ErrorCode.SystemError });
});

test('finds the start time behind any name of a program', () => {
  const rest = `S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 424242 20`;

  assert.equal(startTimeOf(`7 (plain) ${rest}`), 424242n);
  assert.equal(startTimeOf(`7 (a) R 1 1) ${rest}`), 424242n);
  assert.equal(startTimeOf('7 (cut) S 1 2'), null);
  assert.equal(startTimeOf(''), null);
});

test('any text gives a start time or null', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const found = startTimeOf(text);
      assert.ok(found === null || found >= 0n);
    }),
  );
});

test('a process that is not there has no start time', () => {
  assert.equal(processStartTime(2 ** 31 - 1), null);
});
