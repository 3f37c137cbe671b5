// The log reaches syslog and the journal in the form of libvirtd, by default and when virt-admin says so.
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import {
  type Datagram,
  type DatagramReceiver,
  datagramReceiver,
  noReceiver,
} from '../../packages/daemon/src/testing/datagram-receiver.ts';
import {
  type Finished,
  requires,
  run,
  type StartedDaemon,
  startLibvirtd,
  startVirtwired,
  temporaryDirectory,
} from '../launcher/index.ts';

// A /dev with little but /dev/log, so that the machine's own stays as it is.
const PLACES = `
set -e
mkdir -p /run/systemd/journal "$1/dev/shm"
ln -s "$1/journal" /run/systemd/journal/socket
for node in null zero random urandom; do touch "$1/dev/$node"; mount --bind "/dev/$node" "$1/dev/$node"; done
ln -s "$1/syslog" "$1/dev/log"
mount --rbind "$1/dev" /dev
shift
exec "$@"
`;

interface Logged extends AsyncDisposable {
  readonly daemon: StartedDaemon;
  readonly journal: DatagramReceiver;
  readonly syslog: DatagramReceiver;
}

async function logged(startDaemon: typeof startLibvirtd): Promise<Logged> {
  const stack = new AsyncDisposableStack();
  const { path } = stack.use(await temporaryDirectory());
  const journal = stack.use(await datagramReceiver(`${path}/journal`));
  const syslog = stack.use(await datagramReceiver(`${path}/syslog`));
  for (const receiver of [journal, syslog]) receiver.start();
  const inside = (command: readonly string[]) => ['sh', '-c', PLACES, 'sh', path, ...command];
  const daemon = stack.use(await startDaemon({ conf: { log_outputs: '' }, inside }));
  return { daemon, journal, syslog, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

suite('syslog and the journal', { skip: requires({ libvirt: '9.0', isolation: true }) || noReceiver }, () => {
  let theirs: Logged;
  let ours: Logged;

  before(async () => {
    [theirs, ours] = await Promise.all([logged(startLibvirtd), logged(startVirtwired)]);
  });
  after(() => Promise.all([theirs, ours].map((each) => each[Symbol.asyncDispose]())));

  function admin({ daemon }: Logged, ...args: readonly string[]): Promise<Finished> {
    return run('virt-admin', ['-c', `libvirtd:///system?socket=${daemon.directory}/libvirt-admin-sock`, ...args]);
  }

  async function same(...args: readonly string[]): Promise<Finished> {
    const [expected, got] = await Promise.all([admin(theirs, ...args), admin(ours, ...args)]);
    assert.deepEqual(got, expected, args.join(' '));
    return got;
  }

  async function until(receiver: DatagramReceiver, fits: (datagram: Datagram) => boolean): Promise<string> {
    for (;;) {
      const datagram = await receiver.next();
      if (fits(datagram)) return datagram.bytes;
    }
  }

  const fieldsOf = (bytes: string) =>
    bytes
      .trimEnd()
      .split('\n')
      .map((line) => line.split('=', 2)) as [string, string][];

  test('without a setting and a terminal the log goes to the journal', async () => {
    assert.match((await same('daemon-log-outputs')).stdout, /3:journald/);
  });

  test('virt-admin sets both, and their lines have one form', async () => {
    assert.equal((await same('daemon-log-outputs', '1:journald 1:syslog:my_ident')).code, 0);
    await same('daemon-log-outputs');
    await same('daemon-log-filters', '1:daemon 1:rpc');
    await same('srv-threadpool-info', 'libvirtd');
    for (const each of [theirs, ours]) await run('virsh', ['-c', each.daemon.uri('unix', 'test', '/default'), 'list']);

    const version = ({ bytes }: Datagram) => bytes.includes('libvirt version: 9.0.0');
    const [theirEntry, ourEntry] = await Promise.all([theirs, ours].map(({ journal }) => until(journal, version)));
    const known = new Map(fieldsOf(ourEntry as string));
    for (const [name, value] of fieldsOf(theirEntry as string)) {
      if (['PRIORITY', 'SYSLOG_FACILITY'].includes(name)) assert.equal(known.get(name), value);
    }
    const [theirLine, ourLine] = await Promise.all([theirs, ours].map(({ syslog }) => until(syslog, version)));
    const form = (line = '') =>
      line.replace(/[A-Z][a-z]{2} [ 0-9]\d \d\d:\d\d:\d\d/, 'TIME').replace(/: \d+: /, ': PID: ');
    assert.match(form(theirLine), /^<30>TIME my_ident: PID: info : libvirt version: 9\.0\.0, package: .*\n$/);
    assert.match(form(ourLine), /^<30>TIME my_ident: PID: info : libvirt version: 9\.0\.0, package: .*\n$/);
  });

  test('lines of the daemon itself say where in the code they come from, in the fields of libvirtd', async () => {
    const line = ({ bytes }: Datagram) => bytes.includes('CODE_FUNC=') && !bytes.includes('LIBVIRT_SOURCE=util.log');
    const [theirEntry = '', ourEntry = ''] = await Promise.all(
      [theirs, ours].map(({ journal }) => until(journal, line)),
    );

    const names = (entry: string) => fieldsOf(entry).map(([name]) => name);
    assert.deepEqual(
      names(ourEntry).filter((name) => name !== 'SYSLOG_IDENTIFIER'),
      // Those of an error, which not every line is.
      names(theirEntry).filter((name) => !['LIBVIRT_DOMAIN', 'LIBVIRT_CODE'].includes(name)),
    );
    assert.match(ourEntry, /\nLIBVIRT_SOURCE=[a-z]+\nCODE_FILE=\/.*(?<!log)\.[tj]s\nCODE_LINE=\d+\nCODE_FUNC=/);
  });

  test('wrong outputs are refused in the same words', async () => {
    for (const word of [
      '1:syslog',
      '1:syslog:a:b',

      '1:journald:x',
      '1:file:/a:b',
      '1:journal',
      '0:journald',
    ]) {
      assert.equal((await same('daemon-log-outputs', word)).code, 1, word);
    }
    await same('daemon-log-outputs', '1:syslog:');
    await same('daemon-log-outputs');
    await same('daemon-log-outputs', '2:journald 3:journald 1:syslog:a 2:syslog:b 4:syslog:a');
    await same('daemon-log-outputs');
    await same('daemon-log-outputs', '');
    await same('daemon-log-outputs');
  });
});
