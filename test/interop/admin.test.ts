// Real virt-admin asks virtwired what it asks libvirtd, and gets answers of the same form.
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import {
  type Finished,
  requires,
  type Running,
  run,
  settles,
  type StartedDaemon,
  start,
  startLibvirtd,
  startVirtwired,
} from '../launcher/index.ts';

const conf = { log_filters: '3:remote 4:event' };

suite('virt-admin', { skip: requires({ libvirt: '9.0', isolation: true }) }, () => {
  let daemons: readonly [StartedDaemon, StartedDaemon];

  before(async () => {
    daemons = await Promise.all([startLibvirtd({ conf }), startVirtwired({ conf })]);
  });
  after(() => Promise.all(daemons.map((daemon) => daemon[Symbol.asyncDispose]())));

  function admin(daemon: StartedDaemon, ...args: readonly string[]): Promise<Finished> {
    return run('virt-admin', ['-c', `libvirtd:///system?socket=${daemon.directory}/libvirt-admin-sock`, ...args]);
  }

  /** A client that stays until it is disposed; its number is found by what it is connected with. */
  async function stay(daemon: StartedDaemon, readOnly = false): Promise<Running> {
    const options = readOnly ? ['-r'] : [];
    const client = start('virsh', ['-q', ...options, '-c', uri(daemon, readOnly)]);
    client.child.stdin?.write('uri\n');
    await client.output((text) => text.includes('test'));
    return client;
  }

  function uri(daemon: StartedDaemon, readOnly: boolean): string {
    return readOnly ? `test+unix:///default?socket=${daemon.readOnlySocket}` : daemon.uri('unix', 'test', '/default');
  }

  // What differs by its nature from one daemon to another, and nothing else.
  function form({ stdout, stderr, code }: Finished, daemon: StartedDaemon): string {
    return `${code}\n${stdout}${stderr}`
      .replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d[+-]\d{4}/g, 'TIME')
      .replaceAll(/(unix_process_id: )\d+/g, '$1PID')
      .replaceAll(daemon.directory, 'DIR');
  }

  /** Runs a command on both daemons: they say the same. */
  async function same(...args: readonly string[]): Promise<string> {
    const [theirs, ours] = await Promise.all(daemons.map(async (daemon) => form(await admin(daemon, ...args), daemon)));
    assert.equal(ours, theirs, args.join(' '));
    return ours ?? '';
  }

  test('the servers, and one that is not there', async () => {
    // libvirtd keeps its servers in a hash table with a random seed.
    const lists = await Promise.all(daemons.map((daemon) => admin(daemon, 'srv-list')));
    const [theirs, ours] = lists.map(({ stdout }) => stdout.replaceAll(/^ \d+/gm, ' N').split('\n').toSorted());
    assert.deepEqual(ours, theirs);
    await same('client-list', 'nosuch');
    await same('version');
  });

  test('clients: list, facts, disconnecting', async () => {
    await using clients = new AsyncDisposableStack();
    const first: Running[] = [];
    for (const daemon of daemons) first.push(clients.use(await stay(daemon)));
    for (const daemon of daemons) clients.use(await stay(daemon, true));
    const numbers = await Promise.all(
      daemons.map(async (daemon) => (await admin(daemon, 'client-list', 'libvirtd')).stdout.match(/^ \d+/gm) ?? []),
    );
    const [[one = '', two = ''] = []] = numbers;
    assert.deepEqual(numbers[1], numbers[0]);

    assert.match(await same('client-list', 'libvirtd'), new RegExp(`\\n ${one.trim()} +unix +TIME\\n`));
    assert.match(await same('client-info', 'libvirtd', one.trim()), /readonly +: no\nunix_user_id +: 0\n/);
    assert.match(await same('client-info', 'libvirtd', two.trim()), /readonly +: yes\n/);
    await same('client-info', 'libvirtd', '9999');
    await same('client-disconnect', 'libvirtd', one.trim());
    await same('client-disconnect', 'libvirtd', '9999');

    for (const client of first) client.child.stdin?.end('list\n');
    const ends = await Promise.all(first.map(({ finished }) => finished));
    for (const { stderr } of ends) assert.match(stderr, /client socket is closed|Disconnected|end of file/i);
    assert.match(await same('client-list', 'libvirtd'), /unix/);
  });

  test('a client over TCP is told with its address', async () => {
    await using clients = new AsyncDisposableStack();
    for (const daemon of daemons) {
      const client = clients.use(start('virsh', ['-q', '-c', daemon.uri('tcp', 'test', '/default')]));
      client.child.stdin?.write('uri\n');
      await client.output((text) => text.includes('test'));
    }
    const infos: string[] = [];
    for (const daemon of daemons) {
      const { stdout } = await admin(daemon, 'client-list', 'libvirtd');
      const id = /^ (\d+) +tcp/m.exec(stdout)?.[1] ?? '';
      const info = await admin(daemon, 'client-info', 'libvirtd', id);
      infos.push(
        form(info, daemon)
          .replace(/id +: \d+/, 'id')
          .replace(/127\.0\.0\.1:\d+/, 'ADDRESS'),
      );
    }
    assert.equal(infos[1], infos[0]);
    assert.match(infos[1] ?? '', /sock_addr +: ADDRESS/);
  });

  test('the pool of workers', async () => {
    await same('server-threadpool-info', 'libvirtd');
    await same('srv-threadpool-info', 'admin');
    await same('server-threadpool-set', 'libvirtd', '--min-workers', '6', '--max-workers', '30');
    assert.match(await same('server-threadpool-info', 'libvirtd'), /maxWorkers +: 30/);
    await same('server-threadpool-set', 'libvirtd', '--max-workers', '3');
    await same('server-threadpool-set', 'libvirtd', '--min-workers', '300');
    await same('server-threadpool-set', 'libvirtd', '--priority-workers', '7');
    assert.match(await same('server-threadpool-info', 'libvirtd'), /prioWorkers +: 7/);
  });

  test('limits of clients', async () => {
    for (const daemon of daemons) {
      const gone = async () => !/unix|tcp/.test((await admin(daemon, 'client-list', 'libvirtd')).stdout);
      assert.ok(await settles(gone, 10_000));
    }
    await same('server-clients-info', 'libvirtd');
    await same('srv-clients-info', 'admin');
    await same('server-clients-set', 'libvirtd', '--max-clients', '500');
    await same('server-clients-set', 'libvirtd', '--max-unauth-clients', '600');
    await same('server-clients-set', 'libvirtd', '--max-clients', '10');
    assert.match(await same('server-clients-info', 'libvirtd'), /nclients_max +: 500/);
  });

  test('a lowered limit counts: a client beyond it waits until it is raised again', async () => {
    const [, daemon] = daemons;
    await admin(daemon, 'server-clients-set', 'libvirtd', '--max-clients', '1', '--max-unauth-clients', '1');
    await using _first = await stay(daemon);
    const second = start('virsh', ['-q', '-c', daemon.uri('unix', 'test', '/default'), 'uri']);
    await using _second = second;
    const { stdout } = await admin(daemon, 'server-clients-info', 'libvirtd');
    assert.match(stdout, /nclients +: 1\n/);
    assert.equal(second.stdout(), '');

    await admin(daemon, 'server-clients-set', 'libvirtd', '--max-clients', '500', '--max-unauth-clients', '20');

    assert.equal((await second.finished).code, 0);
  });

  test('filters and outputs of the log', async () => {
    await same('daemon-log-filters');
    await same('daemon-log-filters', '1:rpc 3:qemu');
    assert.match(await same('daemon-log-filters'), /1:\*rpc\* 3:\*qemu\*/);
    await same('daemon-log-filters', '9:x');
    await same('daemon-log-filters', '');
    await same('daemon-log-filters');
    for (const daemon of daemons) await admin(daemon, 'daemon-log-outputs', `1:file:${daemon.directory}/other.log`);
    assert.match(await same('daemon-log-outputs'), /1:file:DIR\/other\.log/);
    await same('daemon-log-outputs', '9:foo');
    await same('daemon-log-outputs', '');
    assert.match(await same('daemon-log-outputs'), /3:stderr/);
  });

  test('without TLS there are no files of it to read again', async () => {
    await same('server-update-tls', 'libvirtd');
  });

  test('a time without clients ends the daemon', async () => {
    await same('daemon-timeout', '--timeout', '1');

    const ends = await Promise.all(daemons.map(({ process }) => process.finished));
    assert.deepEqual(
      ends.map(({ code }) => code),
      [0, 0],
    );
  });
});
