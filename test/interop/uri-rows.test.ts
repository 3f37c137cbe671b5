// Which connection is meant: URIs, aliases, defaults, environment, probing, read-only; both shells, the same daemon.
import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { after, before, suite, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { configText, type Place, requires, type Running, SHELLS, startPlace } from '../launcher/index.ts';
import { testUsers } from '../launcher/users.ts';
import { fromEnvironment, programOf } from '../launcher/virtwired.ts';

const skip = requires({ libvirt: '9.0', isolation: true });

interface Row {
  readonly what: string;
  /** Words before the command `uri`. */
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** What both print; a regular expression where a name of the machine is in it. */
  readonly prints: string;
  /** libvirt.conf; that of all rows when left out. */
  readonly conf?: string;
}

const CONF = `
uri_default = "test+unix:///default"
uri_aliases = [
  "near=test+unix:///default",
  "port=test+tcp://127.0.0.1/default",
  "again=near",
  "under_score-1=test+tcp://[::1]/default",
]
`;
const NO_DEFAULT = 'uri_aliases = [ "near=test+unix:///default" ]\n';

const ok = (uri: string) => `${uri}\n`;
const failed = (text: string) => `error: failed to connect to the hypervisor\nerror: ${text}\n`;

const rows: readonly Row[] = [
  // U1, U2: the forms of URIs.
  {
    what: 'a transport makes it remote',
    args: ['-c', 'test+tcp://127.0.0.1/default'],
    prints: ok('test+tcp://127.0.0.1/default'),
  },
  {
    what: 'the case of a transport',
    args: ['-c', 'test+TCP://127.0.0.1/default'],
    prints: ok('test+TCP://127.0.0.1/default'),
  },
  { what: 'no host: localhost', args: ['-c', 'test+tcp:///default'], prints: ok('test+tcp:///default') },
  { what: 'a host without transport: tls', args: ['-c', 'test://127.0.0.1:1/default'], prints: '' },
  {
    what: 'a port',
    args: ['-c', 'test+tcp://127.0.0.1:16509/default'],
    prints: ok('test+tcp://127.0.0.1:16509/default'),
  },
  { what: 'a user', args: ['-c', 'test+tcp://me@127.0.0.1/default'], prints: ok('test+tcp://me@127.0.0.1/default') },
  { what: 'an IPv6 address', args: ['-c', 'test+tcp://[::1]/default'], prints: ok('test+tcp://[::1]/default') },
  {
    what: 'escapes in user and path',
    args: ['-c', 'test+tcp://m%65@127.0.0.1/def%61ult'],
    prints: ok('test+tcp://me@127.0.0.1/default'),
  },
  {
    what: 'a name with addresses of both families',
    args: ['-c', 'test+tcp://localhost/default'],
    prints: ok('test+tcp://localhost/default'),
  },
  { what: 'a port that nobody listens at', args: ['-c', 'test+tcp://localhost:1/default'], prints: '' },
  // U3, U4: paths and parameters.
  { what: 'a path that the driver does not know', args: ['-c', 'test+unix:///nowhere'], prints: '' },
  { what: 'the legacy name xen', args: ['-c', 'xen'], prints: '' },
  {
    what: 'name=',
    args: ['-c', 'anything+unix:///?name=test:///default'],
    prints: ok('anything+unix:///?name=test:///default'),
  },
  {
    what: 'socket=',
    args: ['-c', 'test+unix:///default?socket=/run/libvirt/libvirt-sock'],
    prints: ok('test+unix:///default?socket=/run/libvirt/libvirt-sock'),
  },
  {
    what: 'mode=legacy',
    args: ['-c', 'test+unix:///default?mode=legacy'],
    prints: ok('test+unix:///default?mode=legacy'),
  },
  { what: 'mode=direct without such a daemon', args: ['-c', 'test+unix:///default?mode=direct'], prints: '' },
  { what: 'a mode that does not exist', args: ['-c', 'test+unix:///default?mode=foo'], prints: '' },
  {
    what: 'a parameter that is passed on',
    args: ['-c', 'test+unix:///default?foo=bar'],
    prints: ok('test+unix:///default?foo=bar'),
  },
  {
    what: 'keepalive parameters',
    args: ['-c', 'test+unix:///default?keepalive_interval=3&keepalive_count=2'],
    prints: ok('test+unix:///default?keepalive_interval=3&keepalive_count=2'),
  },
  { what: 'auth= that is not offered', args: ['-c', 'test+unix:///default?auth=sasl'], prints: '' },
  { what: 'an unknown transport', args: ['-c', 'test+udp://h/default'], prints: '' },
  { what: 'a unix socket on another host', args: ['-c', 'test+unix://h/default'], prints: '' },
  { what: 'an unknown driver', args: ['-c', 'bogus+unix:///system'], prints: '' },
  // U5: aliases.
  { what: 'an alias', args: ['-c', 'near'], prints: ok('test+unix:///default') },
  { what: 'an alias with other marks', args: ['-c', 'under_score-1'], prints: ok('test+tcp://[::1]/default') },
  { what: 'an alias of an alias', args: ['-c', 'again'], prints: '' },
  {
    what: 'no alias',
    args: ['-c', 'nowhere'],
    prints: failed("no connection driver available for URI 'nowhere' does not include a driver name"),
  },
  {
    what: 'an alias with a wrong mark',
    args: ['-c', 'a/b'],
    conf: 'uri_aliases = [ "a/b=test:///default" ]\n',
    prints: '',
  },
  { what: 'an alias without a URI', args: ['-c', 'a'], conf: 'uri_aliases = [ "a" ]\n', prints: '' },
  { what: 'aliases that are no list', args: ['-c', 'a'], conf: 'uri_aliases = 1\n', prints: '' },
  { what: 'a file that cannot be read', args: ['-c', 'a'], conf: 'uri_aliases = [\n', prints: '' },
  // U6: defaults and their order.
  { what: 'uri_default', prints: ok('test+unix:///default') },
  { what: 'an empty -c', args: ['-c', ''], prints: ok('test+unix:///default') },
  {
    what: 'uri_default by alias',
    conf: 'uri_default = "near"\nuri_aliases = [ "near=test+tcp:///default" ]\n',
    prints: ok('test+tcp:///default'),
  },
  {
    what: 'LIBVIRT_DEFAULT_URI before uri_default',
    env: { LIBVIRT_DEFAULT_URI: 'test+tcp://[::1]/default' },
    prints: ok('test+tcp://[::1]/default'),
  },
  {
    what: 'a LIBVIRT_DEFAULT_URI that is no URI',
    env: { LIBVIRT_DEFAULT_URI: 'nowhere' },
    prints: failed("no connection driver available for URI '(null)' does not include a driver name"),
  },
  {
    what: 'an alias in LIBVIRT_DEFAULT_URI',
    env: { LIBVIRT_DEFAULT_URI: 'port' },
    prints: ok('test+tcp://127.0.0.1/default'),
  },
  { what: 'an empty LIBVIRT_DEFAULT_URI', env: { LIBVIRT_DEFAULT_URI: '' }, prints: ok('test+unix:///default') },
  {
    what: 'VIRSH_DEFAULT_CONNECT_URI before LIBVIRT_DEFAULT_URI',
    env: { VIRSH_DEFAULT_CONNECT_URI: 'port', LIBVIRT_DEFAULT_URI: 'near' },
    prints: ok('test+tcp://127.0.0.1/default'),
  },
  {
    what: '-c before all',
    args: ['-c', 'near'],
    env: { VIRSH_DEFAULT_CONNECT_URI: 'port', LIBVIRT_DEFAULT_URI: 'nowhere' },
    prints: ok('test+unix:///default'),
  },
  { what: 'probing when nothing says which', conf: NO_DEFAULT, prints: '' },
  {
    what: 'remote_mode of the file',
    conf: 'uri_default = "test+unix:///default"\nremote_mode = "direct"\n',
    prints: '',
  },
  {
    what: 'a remote_mode that does not exist',
    conf: 'uri_default = "test+unix:///default"\nremote_mode = "foo"\n',
    prints: '',
  },
  // U7: read-only.
  { what: 'read-only by unix', args: ['-r', '-c', 'test+unix:///default'], prints: ok('test+unix:///default') },
  { what: 'read-only by tcp', args: ['-r', '-c', 'port'], prints: ok('test+tcp://127.0.0.1/default') },
  { what: 'read-only probing', args: ['-r'], conf: NO_DEFAULT, prints: '' },
];

suite('which connection is meant', { skip }, () => {
  let place: Place;
  let daemon: Running;

  before(async () => {
    place = await startPlace();
    const conf = { auth_unix_rw: 'none', auth_unix_ro: 'none', listen_tls: 0, listen_tcp: 1, auth_tcp: 'none' };
    await writeFile(`${place.directory}/libvirtd.conf`, configText(conf));
    daemon = place.start('libvirtd', ['--listen', '--config', `${place.directory}/libvirtd.conf`]);
    while (!(await place.listens(16_509))) {
      assert.equal(daemon.child.exitCode, null, daemon.stderr());
      await delay(10);
    }
  });
  after(async () => {
    await daemon?.[Symbol.asyncDispose]();
    await place?.[Symbol.asyncDispose]();
  });

  const nothing = { LIBVIRT_DEFAULT_URI: undefined, VIRSH_DEFAULT_CONNECT_URI: undefined, XDG_CONFIG_HOME: undefined };
  const program = (which: string) => (which === 'virsh' ? ['virsh'] : programOf('shell', fromEnvironment()));

  for (const { what, args = [], env = {}, prints, conf = CONF } of rows) {
    test(what, async () => {
      await writeFile(`${place.directory}/etc/libvirt.conf`, conf);
      const told = await Promise.all(
        SHELLS.map(async (which) => {
          const [command = '', ...first] = program(which);
          const all = [...first, '-q', ...args, 'uri'];
          const { stdout, stderr, code } = await place.run(command, all, { env: { ...nothing, ...env } });
          return { said: stdout + stderr, code };
        }),
      );

      assert.deepEqual(told[1], told[0]);
      if (prints !== '') assert.equal(told[0]?.said, prints);
    });
  }

  test('a user has aliases of its own, and none of the system', async () => {
    await using users = await testUsers([{ name: 'vw-carl', uid: 70_021 }]);
    const home = `${place.directory}/home`;
    await mkdir(`${home}/.config/libvirt`, { recursive: true });
    await writeFile(`${home}/.config/libvirt/libvirt.conf`, 'uri_aliases = [ "mine=test+tcp:///default" ]\n');
    await writeFile(`${place.directory}/etc/libvirt.conf`, CONF);
    await place.run('chmod', ['-R', 'a+rX', place.directory]);

    for (const alias of ['mine', 'near']) {
      const told = await Promise.all(
        SHELLS.map(async (which) => {
          const [command, ...all] = users.as('vw-carl', [...program(which), '-q', '-c', alias, 'uri']);
          const env = { ...nothing, HOME: home, XDG_RUNTIME_DIR: undefined };
          const { stdout, stderr, code } = await place.run(command, all, { env });
          return { said: stdout + stderr, code };
        }),
      );

      assert.deepEqual(told[1], told[0]);
      assert.equal(told[0]?.code, alias === 'mine' ? 0 : 1);
    }
  });
});
