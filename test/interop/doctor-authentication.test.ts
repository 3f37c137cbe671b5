// doctor on proving who one is: SASL and polkit of real daemons, whose texts say little.
import assert from 'node:assert/strict';
import { chmod, writeFile } from 'node:fs/promises';
import { suite, test } from 'node:test';
import { requires, run, saslFiles, startLibvirtd, type StartedDaemon, temporaryDirectory } from '../launcher/index.ts';
import { startPolkit } from '../launcher/polkit.ts';
import { testUsers } from '../launcher/users.ts';
import { examine, foundIn } from './doctor-examine.ts';

const skip = requires({ libvirt: '9.0', isolation: true, sasl: true, polkit: true });
// As from another host: the daemon's configuration cannot be looked at.
const FAR = { args: ['--server-config', '/nonexistent'] };
const REFUSED = 'authentication failed: authentication failed';

/** Examines as somebody whose name and password stand in auth.conf. */
async function as(
  daemon: StartedDaemon,
  transport: 'unix' | 'tcp',
  [name, password]: readonly string[],
  { query = '', args = [] }: { readonly query?: string; readonly args?: readonly string[] } = {},
) {
  await using directory = await temporaryDirectory();
  const file = `${directory.path}/auth.conf`;
  const text = `[credentials-one]\nauthname=${name}\npassword=${password}\n[auth-libvirt-default]\ncredentials=one\n`;
  await writeFile(file, text, { mode: 0o600 });
  const uri = daemon.uri(transport, 'test', '/default');
  const more = query === '' ? '' : `${uri.includes('?') ? '&' : '?'}${query}`;
  return await examine(`${uri}${more}`, {
    args,
    env: { LIBVIRT_AUTH_FILE: file },
  });
}

suite('who one is', { skip }, () => {
  test('SASL: wrong password, user not allowed, no mechanism in common, nobody to ask', async () => {
    await using files = await saslFiles({
      mechanisms: 'digest-md5 scram-sha-256',
      users: { alice: 'wonderland', bob: 'builder' },
    });
    await using daemon = await startLibvirtd({
      conf: { auth_unix_rw: 'sasl', auth_tcp: 'sasl', sasl_allowed_username_list: ['alice'] },
      env: files.env,
    });

    const healthy = await as(daemon, 'unix', ['alice', 'wonderland']);
    const wrong = await as(daemon, 'unix', ['alice', 'wrong']);
    const wrongDigest = await as(daemon, 'tcp', ['alice', 'wrong']);
    const unlisted = await as(daemon, 'tcp', ['bob', 'builder']);
    const unoffered = await as(daemon, 'unix', ['alice', 'wonderland'], { query: 'auth=sasl.GSSAPI' });
    const anotherType = await as(daemon, 'unix', ['alice', 'wonderland'], { query: 'auth=polkit' });
    const unknown = await as(daemon, 'unix', ['nobody', 'wonderland'], FAR);
    const wrongFar = await as(daemon, 'unix', ['alice', 'wrong'], FAR);
    const unlistedFar = await as(daemon, 'unix', ['bob', 'builder'], FAR);
    const far = await examine(daemon.uri('tcp', 'test', '/default'), {
      ...FAR,
      input: 'alice\nwrong\n',
    });

    assert.equal(healthy.code, 0, JSON.stringify(healthy.last));
    assert.match(healthy.steps.find(({ stage }) => stage === 'authentication')?.text ?? '', /SCRAM-SHA-256 as 'alice'/);
    for (const found of [wrong, wrongDigest, unlisted, unknown, far]) assert.equal(found.last.text, REFUSED);
    foundIn(wrong, 'wrong-password', /saslpasswd2/);
    foundIn(wrongDigest, 'wrong-password', /password of 'alice'/);
    foundIn(unlisted, 'user-not-allowed', /'bob' .*sasl_allowed_username_list.*"alice"/);
    foundIn(unoffered, 'no-shared-sasl-mechanism', /server offers .*SCRAM-SHA-256/);
    foundIn(anotherType, 'authentication-type-not-offered', /offers sasl/);
    foundIn(unknown, 'user-unknown', /no user 'nobody': saslpasswd2/);
    // The daemon answers these two alike.
    for (const found of [wrongFar, unlistedFar]) {
      foundIn(
        found,
        'login-refused',
        /\(1\) the password of .*saslpasswd2 .*\(2\) '\w+' is not on its list .*journalctl/,
      );
      assert.deepEqual(found.last.evidence['possible'], ['wrong-password', 'user-not-allowed']);
    }
    foundIn(far, 'login-refused', /\(2\) it has no such user/);
    assert.ok(!JSON.stringify([wrong, far]).includes('"wrong"'), 'no password may be shown');
  });

  test('SASL on a link that anybody may read, with mechanisms that do not encrypt', async () => {
    await using files = await saslFiles({ mechanisms: 'scram-sha-256', users: { alice: 'wonderland' } });
    await using daemon = await startLibvirtd({ conf: { auth_tcp: 'sasl' }, env: files.env });

    const found = await as(daemon, 'tcp', ['alice', 'wonderland']);

    assert.equal(found.last.text, REFUSED);
    foundIn(found, 'encryption-demanded', /DIGEST-MD5.*\+tls/);
  });

  test('polkit without an agent, and rules that say no', async () => {
    const people = [
      { name: 'vw-bob', uid: 70_012 },
      { name: 'vw-eve', uid: 70_013, groups: ['vw-banned'] },
    ];
    const rules = `polkit.addRule(function(action, subject) {
      if (subject.isInGroup("vw-banned")) return polkit.Result.NO;
      return polkit.Result.NOT_HANDLED;
    });`;
    await using users = await testUsers(people);
    await using polkit = await startPolkit(rules, users);
    await using daemon = await startLibvirtd({
      conf: { auth_unix_rw: 'polkit', unix_sock_rw_perms: '0777' },
      env: polkit.env,
      inside: users.inside,
    });
    await chmod(daemon.directory, 0o755);
    const by = (name: string) =>
      examine(daemon.uri('unix', 'test', '/default'), {
        by: (command, args, options) => {
          const [program, ...all] = users.as(name, [command, ...args]);
          return run(program, all, { ...options, env: { HOME: '/nonexistent' } });
        },
      });

    foundIn(await by('vw-bob'), 'polkit-without-agent', /pkttyagent/);
    foundIn(await by('vw-eve'), 'polkit-denied', /rules/);
  });
});
