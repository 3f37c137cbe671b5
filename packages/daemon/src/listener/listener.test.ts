import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, lstatSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { suite, test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Arrival, Reception, Service } from './listener.ts';
import { listenTcp } from './tcp.ts';
import { groupId, listenUnix, parseMode } from './unix.ts';

const service: Service = { name: 'test', readOnly: false, auth: 'none', secure: true };

function directory(): Disposable & { path: string } {
  const path = mkdtempSync(`${tmpdir()}/virtwire-listen-`);
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true }) };
}

function reception(): Reception & { arrived: Promise<Arrival> } {
  const { promise, resolve } = Promise.withResolvers<Arrival>();
  return { arrived: promise, admit: resolve, failed: (_service, error) => assert.fail(error) };
}

suite('unix sockets', () => {
  test('a socket has its mode and group, hands over connections unread, and goes away', async () => {
    using place = directory();
    const path = `${place.path}/sock`;
    const mask = process.umask(0);
    const host = reception();
    const listener = await listenUnix(service, { path, mode: 0o640, gid: process.getgid?.() ?? 0, backlog: 5 }, host);

    assert.equal(statSync(path).mode & 0o777, 0o640);
    assert.equal(process.umask(mask), 0, 'the mask is what it was');
    const client = connect({ path });
    client.write('early');
    const arrival = await host.arrived;
    const channel = arrival.open();
    const { promise, resolve } = Promise.withResolvers<string>();
    channel.open({ data: (chunk) => resolve(new TextDecoder().decode(chunk)), drain() {}, end() {} });
    assert.equal(await promise, 'early');
    client.destroy();
    await listener.close();
    assert.equal(existsSync(path), false);
  });

  test('the socket is never wider than its mode, not even while it is made', async () => {
    using place = directory();
    const path = `${place.path}/sock`;
    const mask = process.umask(0);
    try {
      const made = listenUnix(service, { path, mode: 0o700, gid: null, backlog: 5 }, reception());
      // Polling between its steps: the socket appears inside one of them.
      const seen = new Set<number>();
      for (let listener = null; listener === null; ) {
        for (const name of readdirSync(place.path)) seen.add(lstatSync(`${place.path}/${name}`).mode & 0o777);
        listener = await Promise.race([made, nextTurn(null)]);
      }
      await (await made).close();
      for (const each of seen) assert.equal(each & 0o077, 0);
    } finally {
      process.umask(mask);
    }
  });

  test('what a dead daemon left is replaced; a socket that answers is not', async () => {
    using place = directory();
    const path = `${place.path}/sock`;
    writeFileSync(path, '');
    const options = { path, mode: 0o700, gid: null, backlog: 5 };

    const first = await listenUnix(service, options, reception());
    await assert.rejects(listenUnix(service, options, reception()), {
      message: `Failed to bind socket to '${path}': Address already in use`,
    });

    assert.ok(lstatSync(path).isSocket());
    await first.close();
  });

  test('a directory that is not there is told', async () => {
    const path = '/nonexistent/sock';
    await assert.rejects(listenUnix(service, { path, mode: 0o700, gid: null, backlog: 5 }, reception()), {
      message: "Failed to bind socket to '/nonexistent/sock': No such file or directory",
    });
  });

  test('modes and groups are read as libvirtd reads them', () => {
    assert.equal(parseMode('0777'), 0o777);
    assert.equal(parseMode('700'), 0o700);
    assert.throws(() => parseMode('0999'), { message: "Failed to parse mode '0999'" });
    assert.throws(() => parseMode(''), { message: "Failed to parse mode ''" });
    assert.throws(() => parseMode('0777x'), { message: "Failed to parse mode '0777x'" });
    assert.equal(groupId('root'), 0);
    assert.equal(groupId('+12'), 12);
    assert.equal(groupId('12345'), 12_345);
    assert.throws(() => groupId('no such group'), {
      message: "invalid argument: Failed to parse group 'no such group'",
    });
    assert.throws(() => groupId('4294967295'), { message: "invalid argument: Failed to parse group '4294967295'" });
  });
});

suite('tcp', () => {
  test('a name is listened on with every address it has', async () => {
    const listeners = await listenTcp(service, { host: '127.0.0.1', port: '0', backlog: 5 }, reception());

    assert.equal(listeners.length, 1);
    for (const listener of listeners) await listener.close();
  });

  test('a port in use, an unknown name and an unknown service are told in the words of libvirtd', async () => {
    const busy = createServer().listen(0, '127.0.0.1');
    await once(busy, 'listening');
    const { port } = busy.address() as { port: number };
    const listen = (host: string, service_: string) =>
      listenTcp(service, { host, port: service_, backlog: 5 }, reception());

    await assert.rejects(listen('127.0.0.1', String(port)), {
      message: 'Unable to bind to port: Address already in use',
    });
    await assert.rejects(listen('192.0.2.1', '0'), {
      message: 'Unable to bind to port: Cannot assign requested address',
    });
    await assert.rejects(listen('127.0.0.1', 'no-such-service'), {
      message:
        "Unable to resolve address '127.0.0.1' service 'no-such-service': Servname not supported for ai_socktype",
    });
    await assert.rejects(listen('name.invalid', '1'), /Unable to resolve address 'name\.invalid' service '1': /);
    busy.close();
  });
});
