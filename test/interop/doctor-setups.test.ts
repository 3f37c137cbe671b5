// doctor as somebody new meets it: slips in URIs, files that are broken, daemons that lack something. The text of each error is
// that of virsh.
import assert from 'node:assert/strict';
import { appendFile, cp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { after, before, suite, test } from 'node:test';
import {
  clientTemplate,
  requires,
  run,
  type RunOptions,
  saslFiles,
  serverTemplate,
  type SshHost,
  startKrb5Realm,
  startLibvirtd,
  startSshHost,
} from '../launcher/index.ts';
import { startPolkit } from '../launcher/polkit.ts';
import { testUsers } from '../launcher/users.ts';
import { type Examination, examine, foundIn, type Runner } from './doctor-examine.ts';
import { CLIENT_NAME, SERVER_NAMES, type TlsHost, tlsHost } from './tls-host.ts';

const skip = requires({ libvirt: '9.0', isolation: true, certtool: true });
const LONG_AGO = ['activation_date = "2020-01-01 00:00:00"', 'expiration_date = "2021-01-01 00:00:00"'];

/** Examines, and fails unless virsh fails with the same text. */
async function both(uri: string, by: Runner, options: RunOptions = {}): Promise<Examination> {
  const [found, theirs] = await Promise.all([
    examine(uri, { by, ...options }),
    by('virsh', ['-c', uri, 'list', '--name'], options),
  ]);
  const lines = theirs.stderr.split('\n').filter((line) => line.startsWith('error: '));
  assert.equal(lines[0], 'error: failed to connect to the hypervisor', theirs.stderr);
  assert.equal(`error: ${found.last.text}`, lines[1]);
  return found;
}

suite('slips and broken files', { skip }, () => {
  let host: TlsHost;
  before(async () => {
    host = await tlsHost();
  });
  after(() => host?.[Symbol.asyncDispose]());
  const by: Runner = (...command) => host.place.run(...command);

  for (const [uri, fault, hint] of [
    ['qmeu:///system', 'socket-missing', /perhaps qemu is meant/],
    ['qemu://system', 'uri-slash-missing', /three slashes: qemu:\/\/\/system$/],
    ['qemu+tcp://localhost:99999/system', 'port-impossible', /end at 65535/],
    ['qemu+tcp://::1/system', 'uri-malformed', /brackets/],
    ['qemu+shs://localhost/system', 'transport-unknown', /ssh/],
    ['qemu:///system?mode=foo', 'parameter-wrong', /auto, direct or legacy/],
  ] as const) {
    test(`${uri}: ${fault}`, async () => {
      foundIn(await both(uri, by), fault, hint);
    });
  }

  test('a name that no driver has is told first, and what a host with its port lacks', async () => {
    const slip = await both('qmeu:///system', by);
    const place = await both('localhost:16509', by);

    assert.deepEqual([slip.steps[0]?.fault, place.steps[0]?.fault], ['driver-unknown', 'driver-unknown']);
    assert.match(place.steps[0]?.hint ?? '', /qemu\+tcp:\/\/localhost:16509\/system$/);
  });

  test('libvirt.conf that cannot be read', async () => {
    const path = `${host.place.directory}/etc/libvirt.conf`;
    await writeFile(path, 'uri_aliases = [\n');
    const found = await both('alias', by);
    await rm(path);

    foundIn(found, 'configuration-malformed', /libvirt\.conf/);
  });

  test('files of ours: no certificates in them, a key that is none, one with a passphrase, an authority that has ended', async () => {
    const { authority, place } = host;
    const client = await authority.sign('own', [...CLIENT_NAME, ...clientTemplate]);
    const folder = (name: string) => host.folder(name, authority.certificate, { client });
    const [noAuthority, noKey, locked, past] = [
      await folder('no-authority'),
      await folder('no-key'),
      await folder('locked'),
      await folder('past-authority'),
    ];
    await writeFile(`${noAuthority}/cacert.pem`, 'nothing\n');
    await writeFile(`${noKey}/clientkey.pem`, 'nothing\n');
    const pass = ['-passout', 'pass:secret', '-in', client.key, '-out', `${locked}/clientkey.pem`];
    assert.equal((await run('openssl', ['pkcs8', '-topk8', ...pass])).code, 0);
    await writeFile(`${place.directory}/past.tmpl`, ['cn = Past CA', 'ca', 'cert_signing_key', ...LONG_AGO].join('\n'));
    const ended = [
      '--generate-self-signed',
      '--load-privkey',
      authority.key,
      '--template',
      `${place.directory}/past.tmpl`,
    ];
    const made = await run('certtool', [...ended, '--outfile', `${past}/cacert.pem`]);
    assert.equal(made.code, 0, made.stderr);
    await using daemon = await host.serve('libvirtd');
    assert.equal(daemon.child.exitCode, null);
    const look = (path: string) => both(`test+tls://localhost/default?pkipath=${path}`, by);

    foundIn(await look(noAuthority), 'ca-file-malformed', /no PEM certificate/);
    foundIn(await look(noKey), 'client-key-malformed', /no PEM file/);
    foundIn(await look(locked), 'client-key-malformed', /passphrase/);
    foundIn(await look(past), 'ca-certificate-not-valid', /2021-01-01/);
  });

  test('certificates of servers: revoked, too weak, of an authority that has ended', async () => {
    const { authority, place } = host;
    const client = await authority.sign('friend', [...CLIENT_NAME, ...clientTemplate]);
    const folder = await host.folder('friend', authority.certificate, { client });
    const server = await authority.sign('leaked', [...SERVER_NAMES, 'serial = 4712', ...serverTemplate]);
    const uri = `test+tls://localhost/default?pkipath=${folder}`;
    await host.install(server);
    await cp(await authority.revoke('leaks', server.cert), `${folder}/cacrl.pem`);
    {
      await using daemon = await host.serve('libvirtd');
      assert.equal(daemon.child.exitCode, null);
      foundIn(await both(uri, by), 'server-certificate-revoked', /do not go on/);
      await rm(`${folder}/cacrl.pem`);
    }

    const weak = { cert: `${place.directory}/weak.pem`, key: `${place.directory}/weak-key.pem` };
    const short = await run('certtool', ['--generate-privkey', '--bits', '768', '--outfile', weak.key]);
    assert.equal(short.code, 0, short.stderr);
    await writeFile(
      `${place.directory}/weak.tmpl`,
      [...SERVER_NAMES, ...serverTemplate, 'expiration_days = 9'].join('\n'),
    );
    const signing = ['--load-ca-certificate', authority.certificate, '--load-ca-privkey', authority.key];
    const template = ['--template', `${place.directory}/weak.tmpl`, '--load-privkey', weak.key, '--outfile', weak.cert];
    const signed = await run('certtool', ['--generate-certificate', ...signing, ...template]);
    assert.equal(signed.code, 0, signed.stderr);
    await host.install(weak);
    await using daemon = await host.serve('libvirtd', {
      tls_no_sanity_certificate: 1,
      tls_priority: 'NORMAL:%PROFILE_VERY_WEAK',
    });
    assert.equal(daemon.child.exitCode, null, daemon.stderr());
    foundIn(await both(uri, by), 'server-certificate-weak', /3072 bits/);
  });

  test('ports where TLS is not spoken, and servers with another version', async () => {
    const web = createServer((socket) => socket.on('error', () => {}).end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    const mute = createServer((socket) => socket.on('error', () => {}).destroy());
    for (const server of [web, mute]) await once(server.listen(0, '127.0.0.1'), 'listening');
    const portOf = (server: typeof web) => (server.address() as { port: number }).port;
    const { authority } = host;
    const client = await authority.sign('speaker', [...CLIENT_NAME, ...clientTemplate]);
    const folder = await host.folder('speaker', authority.certificate, { client });
    // These listen outside of the place.
    const outside = (port: number) => examine(`test+tls://127.0.0.1:${port}/default?pkipath=${folder}`);

    foundIn(await outside(portOf(web)), 'not-tls', /16514/);
    foundIn(await outside(portOf(mute)), 'tls-cut-off', /16514/);
    for (const server of [web, mute]) server.close();

    await host.install(await authority.sign('modern', [...SERVER_NAMES, ...serverTemplate]));
    await using daemon = await host.serve('libvirtd', { tls_priority: 'NORMAL:-VERS-ALL:+VERS-TLS1.3' });
    assert.equal(daemon.child.exitCode, null);
    const priority = encodeURIComponent('NORMAL:-VERS-ALL:+VERS-TLS1.2');
    const old = await examine(`test+tls://localhost/default?pkipath=${folder}&tls_priority=${priority}`, { by });
    assert.match(old.fault ?? '', /^(no-common-tls|tls-cut-off)$/);
  });

  test('paths of URIs that the driver does not have', async () => {
    await using daemon = await startLibvirtd();
    for (const [driver, path] of [
      ['qemu', '/nowhere'],
      ['test', ''],
      ['test', '/nowhere'],
    ] as const) {
      foundIn(await both(daemon.uri('unix', driver, path), run), 'uri-path-wrong', /\/system or \/session/);
    }
  });
});

suite('who one is', { skip: skip || requires({ sasl: true, krb5: true, polkit: true }) }, () => {
  test('no ticket of Kerberos, files of credentials that cannot be used, nobody to ask', async () => {
    await using realm = await startKrb5Realm();
    const keytab = await realm.keytab('libvirt/localhost');
    await using files = await saslFiles({ mechanisms: 'gssapi digest-md5', keytab, users: { alice: 'wonderland' } });
    await using daemon = await startLibvirtd({ conf: { auth_tcp: 'sasl' }, env: { ...files.env, ...realm.env } });
    const uri = daemon.uri('tcp', 'test', '/default');
    const broken = `${files.directory}/auth.conf`;
    await writeFile(broken, '[auth-libvirt-default\n');

    // virsh says here that the cause is unknown.
    const digest = `${uri}?auth=sasl.DIGEST-MD5`;
    const env = { ...realm.env, KRB5CCNAME: `FILE:${files.directory}/none` };
    foundIn(await examine(`${uri}?auth=sasl.gssapi`, { env }), 'kerberos-ticket-missing', /kinit/);
    foundIn(
      await examine(digest, { env: { ...env, LIBVIRT_AUTH_FILE: '/nonexistent' } }),
      'auth-file-unusable',
      /AUTH_FILE/,
    );
    foundIn(await examine(digest, { env: { ...env, LIBVIRT_AUTH_FILE: broken } }), 'auth-file-unusable', /mend/);
    foundIn(await examine(uri, { env, input: '' }), 'credentials-missing', /auth\.conf/);
  });

  test('polkit that is not there, and access that its rules deny', async () => {
    const rules = `polkit.addRule(function(action, subject) {
      return action.id.indexOf("org.libvirt.api.") === 0 ? polkit.Result.NO : polkit.Result.YES;
    });`;
    await using users = await testUsers([{ name: 'vw-finn', uid: 70_031 }]);
    await using polkit = await startPolkit(rules, users);
    await using daemon = await startLibvirtd({
      conf: { auth_unix_rw: 'none', unix_sock_rw_perms: '0777', access_drivers: ['polkit'] },
      env: polkit.env,
      inside: users.inside,
    });
    await run('chmod', ['0755', daemon.directory]);
    const asFinn: Runner = (command, args, options) => {
      const [program, ...all] = users.as('vw-finn', [command, ...args]);
      return run(program, all, { ...options, env: { HOME: '/nonexistent' } });
    };
    foundIn(await both(daemon.uri('unix', 'qemu', '/system'), asFinn), 'access-denied', /access_drivers/);

    // The superuser is let in without polkit.
    await using alone = await startLibvirtd({
      conf: { auth_unix_rw: 'polkit', unix_sock_rw_perms: '0777' },
      env: { DBUS_SYSTEM_BUS_ADDRESS: 'unix:path=/nonexistent' },
      inside: users.inside,
    });
    await run('chmod', ['0755', alone.directory]);
    foundIn(await both(alone.uri('unix', 'test', '/default'), asFinn), 'polkit-unavailable', /dbus and polkit/);
  });
});

suite('behind ssh', { skip: skip || requires({ sshd: true }) }, () => {
  let host: SshHost;
  before(async () => {
    host = await startSshHost();
    await host.startDaemon('libvirtd');
  });
  after(() => host?.[Symbol.asyncDispose]());
  const by: Runner = (command, args, options) => host.run([command, ...args], options);

  test('a socket that is not for the user there', async () => {
    const { directory } = host;
    const nobody = 'setpriv --reuid 65534 --regid 65534 --clear-groups sh -c \\"$SSH_ORIGINAL_COMMAND\\"';
    const key = await readFile(`${host.key('other')}.pub`, 'utf8');
    await appendFile(`${directory}/authorized_keys`, `command="${nobody}" ${key}`);
    const uri = `test+ssh://127.0.0.1/default?no_verify=1&no_tty=1&keyfile=${host.key('other')}`;
    assert.equal((await host.run(['chmod', '0700', '/run/libvirt/libvirt-sock'])).code, 0);

    foundIn(await examine(`${uri}&proxy=netcat`, { by }), 'remote-socket-permission-denied', /group libvirt/);
    foundIn(await examine(`${uri}&proxy=native`, { by }), 'remote-socket-permission-denied', /group libvirt/);
  });

  test('a program in the place of ssh that ends without a word', async () => {
    // virsh may end by SIGPIPE.
    foundIn(await examine('test+ssh://127.0.0.1/default?command=/bin/true', { by }), 'ssh-ended', /by hand/);
  });

  test('nobody who could be asked for a password', async () => {
    const script = `
      import { connect, faultOf } from ${JSON.stringify(new URL('../../packages/client/src/index.ts', import.meta.url).href)};
      const uri = 'test+libssh://127.0.0.1/default?known_hosts_verify=ignore&sshauth=';
      for (const way of ['password', 'keyboard-interactive']) {
        const error = await connect(uri + way).catch((thrown) => thrown);
        console.log(faultOf(error), error.stage, /agent/.test(error.hint));
      }`;
    const node = [process.execPath, '--conditions=source', '--no-warnings', '--input-type=module'] as const;
    const { stdout, stderr } = await host.run([...node, '-e', script]);

    assert.equal(stdout, 'ssh-credentials-missing proxy true\nssh-credentials-missing proxy true\n', stderr);
  });
});
