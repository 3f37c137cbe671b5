// Tests of a connection that comes back by itself, with a daemon in memory: what is repeated, what is told, when it ends.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { remote } from '@virtwire/protocol';
import { type Channel, ErrorCode, LibvirtError, type ResponderContext } from '@virtwire/rpc';
import { type Connection } from './api/connection.ts';
import { open } from './open.ts';
import type { LinkBack, ReconnectOptions } from './reconnect.ts';
import { MemoryDaemon, type MemoryAnswers } from './testing/memory-daemon.ts';

interface Held {
  readonly daemon: MemoryDaemon;
  readonly connection: Connection;
  readonly lost: LibvirtError[];
  readonly backs: LinkBack[];
  /** Resolves with the next link. */
  back(): Promise<void>;
  /** Breaks the link as a daemon that dies. */
  breakLink(): void;
}

async function hold(
  answers: MemoryAnswers = {},
  more: ReconnectOptions = {},
  dial?: (daemon: MemoryDaemon, times: number) => Channel,
): Promise<Held> {
  const daemon = new MemoryDaemon({ answers });
  const lost: LibvirtError[] = [];
  const backs: LinkBack[] = [];
  let wake: () => void = () => {};
  let times = 0;
  const means = daemon.means();
  const transport = {
    ...daemon.transport('unix'),
    dial: async () => (dial ?? ((each) => each.connect()))(daemon, times++),
  };
  const connection = await open(
    'test+unix:///default',
    {
      keepalive: false,
      reconnect: {
        firstDelayMs: 1,
        maxDelayMs: 2,
        onLost: (error) => lost.push(error),
        onBack: (back) => {
          backs.push(back);
          wake();
        },
        ...more,
      },
    },
    { ...means, transports: new Map([['unix', transport]]) },
  );
  return {
    daemon,
    connection,
    lost,
    backs,
    back: () =>
      new Promise((resolve) => {
        wake = resolve;
      }),
    breakLink: () => daemon.responders.at(-1)?.close(new LibvirtError(ErrorCode.Rpc, 'gone')),
  };
}

test('a call that was sent is rejected with outcomeUnknown and not made again', async () => {
  let runs = 0;
  const held = await hold({
    connectGetHostname: () => {
      runs++;
      held.breakLink();
      return new Promise(() => {});
    },
  });
  const back = held.back();

  const error = await held.connection.getHostname().then(
    () => assert.fail('answered'),
    (thrown: LibvirtError) => thrown,
  );
  await back;

  assert.equal(error.outcomeUnknown, true);
  assert.equal(runs, 1);
  assert.equal(held.lost.length, 1);
  assert.equal(held.backs.length, 1);
  await held.connection.close();
});

test('calls that were not sent wait for the next link', async () => {
  const held = await hold({ connectGetHostname: () => ({ hostname: 'vm' }) });
  const back = held.back();

  held.breakLink();
  await new Promise<void>((resolve) => {
    const look = () => (held.lost.length > 0 ? resolve() : setTimeout(look, 1));
    look();
  });
  const answer = held.connection.getHostname();
  await back;

  assert.equal(await answer, 'vm');
  assert.equal(held.daemon.names.filter((name) => name === 'connectGetHostname').length, 1);
  await held.connection.close();
});

test('a call that the loss kept from leaving is made over the next link, with its stream', async () => {
  const channels: Channel[] = [];
  let received = 0;
  const held = await hold(
    {
      connectGetHostname: () => ({ hostname: 'vm' }),
      storageVolLookupByKey: () => ({ vol: { pool: 'p', name: 'v', key: 'k' } }),
      storageVolUpload: (_args: never, { stream }: ResponderContext) => {
        const data = (chunk: Uint8Array) => {
          received += chunk.length;
        };
        stream?.receive({ data, hole: () => {}, finish: () => {}, abort: () => {} });
        return {};
      },
    },
    {},
    (daemon) => {
      const channel = daemon.connect();
      channels.push(channel);
      return channel;
    },
  );
  const volume = await held.connection.lookupStorageVolumeByKey('k');
  const back = held.back();

  // As when the daemon is killed: the link is gone in this tick, and nobody was told yet.
  channels[0]?.destroy(new LibvirtError(ErrorCode.SystemError, 'Cannot write data: Broken pipe'));
  const hostname = held.connection.getHostname();
  const opened = volume.openUpload();
  await back;

  assert.equal(await hostname, 'vm');
  const upload = await opened;
  await upload.write(new Uint8Array(10));
  await upload.finish();
  assert.equal(received, 10);
  assert.deepEqual(
    held.daemon.names.filter((name) => /Hostname|Upload/.test(name)),
    ['connectGetHostname', 'storageVolUpload'],
  );
  await held.connection.close();
});

test('events are registered again, come in once, and none is made up', async () => {
  let ids = 0;
  const held = await hold({
    connectDomainEventCallbackRegisterAny: () => ({ callbackID: ++ids }),
    connectDomainEventCallbackDeregisterAny: () => ({}),
  });
  const stream = held.connection.domainEvents('reboot');
  await stream.ready;
  const back = held.back();
  held.breakLink();
  await back;
  const dom = { name: 'a', uuid: '00000000-0000-0000-0000-000000000001', id: 1 };
  held.daemon.send(remote.domainEventCallbackReboot, { callbackID: 2, msg: { dom } });

  const { value } = await stream.next();

  assert.equal((value as { domain: { name: string } }).domain.name, 'a');
  assert.equal(ids, 2);
  assert.deepEqual(held.backs[0]?.lostSubscriptions, []);
  await stream.return();
  await held.connection.close();
});

test('a registration that the server refuses afterwards is told', async () => {
  let times = 0;
  const held = await hold({
    connectDomainEventCallbackRegisterAny: () => {
      if (times++ > 0) throw new LibvirtError(ErrorCode.NoSupport, 'no events');
      return { callbackID: 1 };
    },
  });
  const stream = held.connection.domainEvents('lifecycle');
  await stream.ready;
  const back = held.back();

  held.breakLink();
  await back;

  assert.deepEqual(
    held.backs[0]?.lostSubscriptions.map(({ event, object }) => [event, object]),
    [['lifecycle', null]],
  );
  await held.connection.close();
});

test('attempts go on until the daemon is there; a refusal of who we are ends them', async () => {
  const tries = { refused: 0 };
  const held = await hold({}, {}, (daemon, times) => {
    if (times > 0 && times < 4) {
      tries.refused++;
      throw new LibvirtError(ErrorCode.SystemError, 'Connection refused');
    }
    return daemon.connect();
  });
  const back = held.back();
  held.breakLink();
  await back;
  assert.equal(tries.refused, 3);
  assert.equal(held.backs[0]?.attempts, 4);
  await held.connection.close();

  let known = true;
  const stranger = await hold({
    authList: () => {
      if (!known) throw new LibvirtError(ErrorCode.AuthFailed, 'authentication failed');
      return { types: [0] };
    },
  });
  known = false;
  stranger.breakLink();
  const { error } = await stranger.connection.closed;
  assert.equal(error?.code, ErrorCode.AuthFailed);
  await stranger.connection.close();
});

test('it gives up after its time, and at once when it is closed; who waits is told', async () => {
  const refuse = (daemon: MemoryDaemon, times: number) => {
    if (times > 0) throw new LibvirtError(ErrorCode.SystemError, 'Connection refused');
    return daemon.connect();
  };
  const late = await hold({}, { giveUpAfterMs: 5 }, refuse);
  late.breakLink();
  assert.match((await late.connection.closed).error?.message ?? '', /Connection refused/);
  await assert.rejects(late.connection.getHostname(), /Connection refused/);

  const closed = await hold({}, {}, refuse);
  const lost = closed.connection;
  closed.breakLink();
  await new Promise<void>((resolve) => {
    const look = () => (closed.lost.length > 0 ? resolve() : setTimeout(look, 1));
    look();
  });
  const waiting = lost.getHostname();
  await lost.close();
  await assert.rejects(waiting, /closed/);
});

test('a call that waits can be given up', async () => {
  const held = await hold({}, {}, (daemon, times) => {
    if (times > 0) throw new LibvirtError(ErrorCode.SystemError, 'Connection refused');
    return daemon.connect();
  });
  held.breakLink();
  const abort = new AbortController();
  const waiting = held.connection.getHostname({ signal: abort.signal });

  abort.abort(new Error('enough'));

  await assert.rejects(waiting);
  await held.connection.close();
});
