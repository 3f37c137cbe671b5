// A connection that comes back by itself: real libvirtd is killed and started again under an idle and a busy session.
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { type Connection, connect, type LibvirtError, type LinkBack } from 'virtwire';
import { once } from 'node:events';
import { connect as connectSocket, createServer, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { configText, requires, type Running, start, startShell, temporaryDirectory } from '../launcher/index.ts';
import { isolated } from '../launcher/isolated.ts';

const skip = requires({ libvirt: '9.0', isolation: true });

/** libvirtd that can be started again on the same socket. */
async function restartable(directory: string) {
  const conf = `${directory}/libvirtd.conf`;
  const socket = `${directory}/libvirt-sock`;
  await writeFile(
    conf,
    configText({ unix_sock_dir: directory, auth_unix_rw: 'none', auth_unix_ro: 'none', log_outputs: '3:stderr' }),
  );
  let last: Running | undefined;
  const launch = async (): Promise<Running> => {
    const [command, ...args] = isolated(directory, ['libvirtd', '--config', conf, '--pid-file', `${directory}/pid`]);
    const running = start(command, args);
    last = running;
    while (!(await accepts(socket))) {
      assert.equal(running.child.exitCode, null, running.stderr());
      await delay(5);
    }
    return running;
  };
  return { socket, launch, [Symbol.asyncDispose]: async () => last?.[Symbol.asyncDispose]() };
}

async function accepts(path: string): Promise<boolean> {
  const socket = connectSocket({ path });
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

/** Passes bytes on, and counts how often each text of calls goes by. */
async function counted(path: string, target: string) {
  const seen = new Map<string, number>();
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connectSocket({ path: target });
    for (const each of [client, upstream]) sockets.add(each.on('error', () => each.destroy()));
    client.on('close', () => upstream.destroy());
    upstream.on('close', () => client.destroy());
    client.on('data', (bytes: Buffer) => {
      for (const [text] of bytes.toString('latin1').matchAll(/once-\d+-/g)) seen.set(text, (seen.get(text) ?? 0) + 1);
    });
    client.pipe(upstream);
    upstream.pipe(client);
  }).listen(path);
  await once(server, 'listening');
  return {
    seen,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

interface Session extends AsyncDisposable {
  readonly connection: Connection;
  readonly lost: LibvirtError[];
  readonly backs: { readonly at: number; readonly back: LinkBack }[];
  /** Resolves with each further link. */
  next(): Promise<void>;
}

async function session(socket: string): Promise<Session> {
  const lost: LibvirtError[] = [];
  const backs: { at: number; back: LinkBack }[] = [];
  let wake: () => void = () => {};
  const connection = await connect(`test+unix:///default?socket=${socket}`, {
    reconnect: {
      onLost: (error) => lost.push(error),
      onBack: (back) => {
        backs.push({ at: performance.now(), back });
        wake();
      },
    },
  });
  return {
    connection,
    lost,
    backs,
    next: () =>
      new Promise((resolve) => {
        wake = resolve;
      }),
    [Symbol.asyncDispose]: () => connection.close(),
  };
}

const domainXml = (name: string) =>
  `<domain type='test'><name>${name}</name><memory>1024</memory><os><type>hvm</type></os></domain>`;

test('idle and busy sessions come back within a second, with their events, and no call runs twice', {
  skip,
}, async () => {
  await using directory = await temporaryDirectory();
  await using libvirtd = await restartable(directory.path);
  const { socket, launch } = libvirtd;
  let daemon = await launch();
  await using relay = await counted(`${directory.path}/relay`, socket);
  {
    await using idle = await session(socket);
    await using busy = await session(`${directory.path}/relay`);
    const events: string[] = [];
    const stream = idle.connection.domainEvents('lifecycle');
    await stream.ready;
    const reading = (async () => {
      for await (const { domain } of stream) events.push(domain.name);
    })();

    const outcomes = { done: 0, unknown: 0, other: [] as unknown[] };
    const stop = new AbortController();
    // However this ends, the lanes must: on a closed connection they would turn without a pause.
    using _lanes = { [Symbol.dispose]: () => stop.abort() };
    const work = async (lane: number) => {
      for (let turn = 0; !stop.signal.aborted; turn++) {
        const name = `once-${turn * 8 + lane}-`;
        try {
          await busy.connection.defineDomainXml(domainXml(name));
          outcomes.done++;
        } catch (thrown) {
          const error = thrown as LibvirtError;
          if (error.outcomeUnknown) outcomes.unknown++;
          else outcomes.other.push(error);
        }
      }
    };
    const lanes = Array.from({ length: 8 }, (_, lane) => work(lane));
    for (let round = 1; round <= 3; round++) {
      const before = outcomes.done;
      while (outcomes.done < before + 50) await delay(5);
      const both = [idle.next(), busy.next()];
      daemon.kill('SIGKILL');
      await daemon.finished;
      // The daemon is gone, and nobody was told yet: this call cannot leave any more, and waits for the next link.
      const waiting = idle.connection.getHostname();
      await delay(100 * round);
      daemon = await launch();
      const returned = performance.now();
      await Promise.all(both);
      assert.ok((await waiting).length > 0);
      for (const { backs, lost } of [idle, busy]) {
        assert.equal(lost.length, round);
        assert.ok((backs.at(-1)?.at ?? Infinity) - returned < 1000, `${(backs.at(-1)?.at ?? Infinity) - returned} ms`);
        assert.deepEqual(backs.at(-1)?.back.lostSubscriptions, []);
      }
      // Events flow again. None came meanwhile: the shell of the daemon has forgotten what there was.
      const mark = `mark-${round}`;
      await idle.connection.defineDomainXml(domainXml(mark));
      while (!events.includes(mark)) await delay(5);
    }
    stop.abort();
    await Promise.all(lanes);
    await stream.return();
    await reading;

    assert.deepEqual(outcomes.other, []);
    assert.ok(outcomes.done > 150);
    assert.ok(outcomes.unknown >= 1 && outcomes.unknown <= 3 * 8, `${outcomes.unknown} calls of unknown outcome`);
    assert.deepEqual(
      [...relay.seen].filter(([, times]) => times !== 1),
      [],
    );
    assert.deepEqual(
      events.filter((name) => !/^(mark|once)-/.test(name)),
      [],
    );
  }
});

test('virtwire says what virsh says when its daemon goes and comes', { skip }, async () => {
  await using directory = await temporaryDirectory();
  await using libvirtd = await restartable(directory.path);
  const { socket, launch } = libvirtd;
  const said: string[] = [];
  for (const which of ['virsh', 'virtwire'] as const) {
    let daemon = await launch();
    await using shell = startShell(which, ['-q'], { uri: `test+unix:///default?socket=${socket}` });
    const type = (line: string) => shell.child.stdin?.write(`${line}\n`);
    let lists = 0;
    // Until nothing is under way, not even what virtwire asks of a server a moment after opening: a daemon that is killed
    // with a call unread resets the connection, and that is told in other words than its end.
    const list = async () => {
      type('list --name');
      lists++;
      await shell.output((text) => (text.match(/^test$/gm) ?? []).length >= lists);
    };
    const listUntilQuiet = async () => {
      await list();
      for (const quietMs = performance.now() + 500; performance.now() < quietMs; ) await list();
      await list();
    };
    await listUntilQuiet();
    daemon.kill('SIGKILL');
    await daemon.finished;
    while (!shell.stderr().includes('Disconnected')) await delay(5);
    type('list --name');
    while (!/connect to the hypervisor\nerror: .*\n/.test(shell.stderr())) await delay(5);
    daemon = await launch();
    await listUntilQuiet();
    daemon.kill('SIGKILL');
    await daemon.finished;
    while (shell.stderr().split('Disconnected').length < 3) await delay(5);
    daemon = await launch();
    await listUntilQuiet();
    shell.child.stdin?.end('quit\n');
    await shell.finished;
    said.push(shell.stderr());
    await daemon[Symbol.asyncDispose]();
  }

  assert.match(said[0] ?? '', /^error: Disconnected from .* due to end of file$/m);
  assert.match(said[0] ?? '', /^error: Reconnected to the hypervisor$/m);
  assert.equal(said[1], said[0]);
});
