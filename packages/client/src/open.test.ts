// Tests of opening: order of the steps, authentication, features, local drivers, failures.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Driver, DriverFactory } from '@virtwire/protocol';
import { ErrorCode, ErrorDomain, LibvirtError } from '@virtwire/rpc';
import { open } from './open.ts';
import { MemoryDaemon } from './testing/memory-daemon.ts';

const URI = 'test+unix:///default';

test('the steps of opening come in the order of libvirt', async () => {
  const daemon = new MemoryDaemon();

  await using connection = await open(URI, { readOnly: true }, daemon.means());

  assert.deepEqual(daemon.names.slice(0, 3), ['authList', 'connectSupportsFeature', 'connectOpen']);
  assert.deepEqual(daemon.calls[1]?.args, { feature: 10 });
  assert.deepEqual(daemon.calls[2]?.args, { name: 'test:///default', flags: 1 });
  assert.equal(daemon.calls.length, 3);
  assert.equal(connection.watched, true);
  assert.equal(connection.readOnly, true);
});

test('a server without keepalive is not watched, and not asked when keepalive is off', async () => {
  const without = new MemoryDaemon({ features: [] });
  const unasked = new MemoryDaemon();

  await using one = await open(URI, {}, without.means());
  await using two = await open(URI, { keepalive: false }, unasked.means());

  assert.equal(one.watched, false);
  assert.equal(two.watched, false);
  assert.equal(
    unasked.calls.some(({ args }) => args['feature'] === 10),
    false,
  );
  assert.equal(without.names.includes('connectRegisterCloseCallback'), false);
});

test('keepalive parameters of the URI win over the options', async () => {
  const daemon = new MemoryDaemon();

  await using connection = await open(`${URI}?keepalive_interval=0`, {}, daemon.means());

  assert.equal(connection.watched, false);
});

test('a connection that stays asks to be told of a lost hypervisor; one that ends soon does not', async () => {
  let registered = () => {};
  const registration = new Promise<void>((resolve) => {
    registered = resolve;
  });
  const answers = {
    connectRegisterCloseCallback: () => {
      registered();
      return {};
    },
  };
  const [stays, ends, cannot] = [
    new MemoryDaemon({ answers }),
    new MemoryDaemon(),
    new MemoryDaemon({ features: [10, 14] }),
  ];

  await (await open(URI, {}, ends.means())).close();
  await using without = await open(URI, {}, cannot.means());
  const connection = await open(URI, {}, stays.means());
  // Nothing else keeps this process alive: a connection that only waits to ask must not.
  const awake = setInterval(() => {}, 1000);
  await registration;
  clearInterval(awake);
  await connection.close();

  assert.deepEqual(stays.calls[3], { name: 'connectSupportsFeature', args: { feature: 15 } });
  assert.deepEqual(stays.names.slice(4), ['connectRegisterCloseCallback', 'connectClose']);
  assert.deepEqual(ends.names.slice(3), ['connectClose']);
  assert.equal(without.isAlive(), true);
  assert.equal(cannot.names.includes('connectRegisterCloseCallback'), false);
});

test('a connection that ends while it asks waits for the answer, then says goodbye', async () => {
  let answer = () => {};
  let asked = () => {};
  const question = new Promise<void>((resolve) => {
    asked = resolve;
  });
  const daemon = new MemoryDaemon({
    answers: {
      connectRegisterCloseCallback: () =>
        new Promise((resolve) => {
          answer = () => resolve({});
          asked();
        }),
    },
  });
  const connection = await open(URI, {}, daemon.means());
  const awake = setInterval(() => {}, 1000);
  await question;
  clearInterval(awake);

  const closing = connection.close();
  answer();
  await closing;

  assert.deepEqual(daemon.names.slice(-2), ['connectRegisterCloseCallback', 'connectClose']);
});

test('whether events have callback ids is asked once, with the first subscription', async () => {
  let nextId = 0;
  const daemon = new MemoryDaemon({
    answers: {
      connectDomainEventCallbackRegisterAny: () => ({ callbackID: nextId++ }),
      connectDomainEventCallbackDeregisterAny: () => ({}),
    },
  });
  await using connection = await open(URI, {}, daemon.means());

  const [one, two] = [connection.domainEvents('lifecycle'), connection.domainEvents('reboot')];
  await Promise.all([one.ready, two.ready]);

  const features = daemon.calls.filter(({ name }) => name === 'connectSupportsFeature');
  assert.deepEqual(
    features.map(({ args }) => args['feature']),
    [10, 14],
  );
});

test('a server that refuses to tell of pipelining is used with the small window', async () => {
  const daemon = new MemoryDaemon({
    answers: {
      connectSupportsFeature: ({ feature }: { feature: number }) => {
        if (feature > 100) throw new LibvirtError(ErrorCode.InvalidArg, 'feature');
        return { supported: 1 };
      },
      connectGetHostname: () => ({ hostname: 'here' }),
    },
  });

  await using connection = await open(URI, {}, daemon.means());
  const names = await Promise.all(Array.from({ length: 50 }, () => connection.getHostname()));

  assert.equal(names.length, 50);
  assert.deepEqual(daemon.calls.filter(({ args }) => args['feature'] === 0x76770001).length, 1);
});

test('calls beyond the window wait here: quick ones beyond 32; a server that reads on gets 128', async () => {
  const most = { 1: 0, 2: 0 };
  const daemonWith = (features: number[], key: 1 | 2) => {
    let atWork = 0;
    return new MemoryDaemon({
      features,
      answers: {
        connectGetHostname: async () => {
          atWork += 1;
          most[key] = Math.max(most[key], atWork);
          await new Promise((resolve) => setImmediate(resolve));
          atWork -= 1;
          return { hostname: 'here' };
        },
      },
    });
  };
  const [stock, ours] = [daemonWith([10, 14, 15], 1), daemonWith([10, 14, 15, 0x76770001], 2)];

  await using one = await open(URI, {}, stock.means());
  await using two = await open(URI, {}, ours.means());
  await Promise.all(Array.from({ length: 500 }, () => Promise.all([one.getHostname(), two.getHostname()])));

  assert.equal(most[1], 32);
  assert.equal(most[2], 128);
});

for (const [wanted, offered, error] of [
  ['none', [0], 'unknown authentication type none'],
  ['bogus', [0], 'unknown authentication type bogus'],
  ['polkit', [0], 'requested authentication type polkit rejected'],
  ['sasl.digest-md5', [0], 'requested authentication type sasl.digest-md5 rejected'],
  ['sasl', [2], 'requested authentication type sasl rejected'],
] as const) {
  test(`auth=${wanted} with an offer of ${offered[0]} fails as in libvirt`, async () => {
    const daemon = new MemoryDaemon({ answers: { authList: () => ({ types: offered }) } });

    const opening = open(wanted === null ? URI : `${URI}?auth=${wanted}`, {}, daemon.means());

    await assert.rejects(opening, {
      message: `authentication failed: ${error}`,
      code: ErrorCode.AuthFailed,
      domain: ErrorDomain.Remote,
    });
    await daemon.ended;
    assert.equal(daemon.names.includes('connectOpen'), false);
  });
}

test('polkit is asked when it is the first offer', async () => {
  const daemon = new MemoryDaemon({
    answers: { authList: () => ({ types: [2, 0] }), authPolkit: () => ({ complete: 1 }) },
  });

  await using connection = await open(URI, {}, daemon.means());

  assert.deepEqual(daemon.names.slice(0, 2), ['authList', 'authPolkit']);
  assert.equal(connection.isAlive(), true);
});

test('an old server that knows nothing of authentication is taken as it is', async () => {
  const daemon = new MemoryDaemon({
    answers: {
      authList: () => {
        throw new LibvirtError(ErrorCode.Rpc, 'unknown procedure: 66', { domain: ErrorDomain.Rpc });
      },
    },
  });

  await using connection = await open(URI, {}, daemon.means());

  assert.equal(connection.isAlive(), true);
});

test("the server's refusal to open comes back, and the channel is closed", async () => {
  const refusal = new LibvirtError(ErrorCode.NoConnect, 'test:///default');
  const daemon = new MemoryDaemon({
    answers: {
      connectOpen: () => {
        throw refusal;
      },
    },
  });

  await assert.rejects(open(URI, {}, daemon.means()), { message: refusal.message, code: refusal.code, remote: true });

  await daemon.ended;
});

test('a signal gives opening up with its own reason', async () => {
  const controller = new AbortController();
  const daemon = new MemoryDaemon({ answers: { connectOpen: () => new Promise(() => {}) } });
  const reason = new Error('too slow');

  const opening = open(URI, { signal: controller.signal }, daemon.means());
  setImmediate(() => controller.abort(reason));

  await assert.rejects(opening, reason);
  await daemon.ended;
});

test('transports that are not built are refused by name', async () => {
  const daemon = new MemoryDaemon();

  for (const name of ['ssh', 'libssh', 'libssh2', 'tls']) {
    await assert.rejects(open(`qemu+${name}://host/system`, {}, daemon.means()), {
      code: ErrorCode.NoSupport,
      message: `transport '${name}' is not built into this client yet (there are: unix, tcp)`,
    });
  }
  await assert.rejects(open('qemu://host/system', {}, daemon.means()), { message: /^transport 'tls' is not built/ });
});

function localDriver(): DriverFactory & { opened: string[] } {
  const opened: string[] = [];
  const driver: Driver = {
    call: (procedure) => {
      if (procedure.name === 'connectGetHostname') return { hostname: 'inside' } as never;
      throw new LibvirtError(ErrorCode.NoSupport, procedure.name);
    },
    subscribe: () => () => {},
    close: () => {},
  };
  return {
    scheme: 'test',
    opened,
    open: (uri) => {
      opened.push(uri);
      return driver;
    },
  };
}

test('a local driver gets URIs of its scheme without transport and host, the wire all others', async () => {
  const daemon = new MemoryDaemon({ answers: { connectGetHostname: () => ({ hostname: 'outside' }) } });
  const local = localDriver();

  await using inside = await open('test:///default', { drivers: [local] }, daemon.means());
  await using outside = await open(URI, { drivers: [local] }, daemon.means());

  assert.equal(await inside.getHostname(), 'inside');
  assert.equal(await outside.getHostname(), 'outside');
  assert.deepEqual(local.opened, ['test:///default']);
  await assert.rejects(inside.getType(), { code: ErrorCode.NoSupport });
});

test('read-only access to a local driver goes through the gate, and is refused without one', async () => {
  const daemon = new MemoryDaemon();
  const local = localDriver();
  const asked: boolean[] = [];

  await assert.rejects(open('test:///default', { drivers: [local], readOnly: true }, daemon.means()), {
    code: ErrorCode.InvalidArg,
  });
  await using connection = await open(
    'test:///default',
    {
      drivers: [local],
      readOnly: true,
      gate: (driver, { readOnly }) => {
        asked.push(readOnly);
        return driver;
      },
    },
    daemon.means(),
  );

  assert.deepEqual(asked, [true]);
  assert.equal(connection.readOnly, true);
});

test('a closed connection refuses calls and tells why it ended', async () => {
  const daemon = new MemoryDaemon();
  const connection = await open(URI, {}, daemon.means());

  await connection.close();
  await connection.close();

  assert.deepEqual(await connection.closed, { reason: 3, text: 'client request', error: null });
  assert.equal(daemon.names.at(-1), 'connectClose');
  await assert.rejects(connection.getHostname(), { code: ErrorCode.InvalidConn, message: 'the connection is closed' });
  assert.equal(connection.isAlive(), false);
});
