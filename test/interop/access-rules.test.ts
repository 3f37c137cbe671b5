// The rules of docs/access-control.md with real virsh: over TLS with three certificates, and for users of the host.
import assert from 'node:assert/strict';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { suite, test } from 'node:test';
import {
  clientTemplate,
  requires,
  run,
  settles,
  start,
  startVirtwired,
  temporaryDirectory,
} from '../launcher/index.ts';
import { fromEnvironment, programOf } from '../launcher/virtwired.ts';
import { testUsers } from '../launcher/users.ts';
import { tlsHost } from './tls-host.ts';

const tls = requires({ libvirt: '9.0', isolation: true, certtool: true });
const users = requires({ libvirt: '9.0', isolation: true, polkit: true });

const DENIED = "access denied: 'TEST' denied access";

/** The example of the documentation. */
async function documentedRules(): Promise<string> {
  const text = await readFile(new URL('../../docs/access-control.md', import.meta.url), 'utf8');
  const rules = /```yaml\n([\s\S]*?)```/.exec(text)?.[1];
  assert.ok(rules !== undefined);
  return rules;
}

function domainXml(name: string): string {
  return `<domain type='test'><name>${name}</name><memory>8192</memory><os><type>hvm</type></os></domain>`;
}

interface Told {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** What a person is allowed, as command and outcome: the text that was printed, or what was refused. */
async function tryAll(virsh: (command: readonly string[]) => Promise<Told>, commands: readonly (readonly string[])[]) {
  const outcomes: Record<string, string> = {};
  for (const command of commands) {
    const { code, stdout, stderr } = await virsh(command);
    const why =
      stderr
        .trim()
        .split('\n')
        .at(-1)
        ?.replace(/^error: /, '') ?? '';
    const names = stdout.split('\n').filter((line) => line !== '');
    outcomes[command.join(' ')] = code !== 0 ? why : command[0] === 'list' ? names.sort().join(' ') : 'ok';
  }
  return outcomes;
}

suite('the rules of the documentation', () => {
  test('over TLS: an auditor, an operator, and one with machines of his own', { skip: tls }, async () => {
    await using host = await tlsHost();
    const { directory } = host.place;
    const rules = `${directory}/access.yaml`;
    const audit = `${directory}/audit.log`;
    await writeFile(rules, await documentedRules());
    for (const name of ['web-1', 'web-2', 'db', 'carol-1', 'carol-2']) {
      await writeFile(`${directory}/${name}.xml`, domainXml(name));
    }
    const pkipath: Record<string, string> = {};
    for (const who of ['auditor', 'operator', 'carol']) {
      const client = await host.authority.sign(who, [
        'country = GB',
        'organization = Acme',
        `cn = ${who}`,
        ...clientTemplate,
      ]);
      pkipath[who] = await host.folder(who, host.authority.certificate, { client });
    }
    await using daemon = await host.serve('virtwired', {
      access_drivers: ['rules'],
      access_rules_file: rules,
      audit_file: audit,
    });
    // The test driver forgets what it has when its last connection is closed.
    const socket = `test+unix:///default?socket=${directory}/virtwired/libvirt-sock`;
    await using root = host.place.start('virsh', ['-c', socket]);
    const defined = ['web-1', 'web-2', 'db', 'carol-1'].map((name) => `define ${directory}/${name}.xml\n`);
    root.child.stdin?.write(`${defined.join('')}echo held\n`);
    await root.output((text) => text.includes('\nheld\n'));
    const as = (who: string) => (command: readonly string[]) =>
      host.place.run('virsh', ['-q', '-c', `test+tls://localhost/default?pkipath=${pkipath[who]}`, ...command]);

    const auditor = await tryAll(as('auditor'), [
      ['list', '--all', '--name'],
      ['dumpxml', 'db'],
      ['dumpxml', 'db', '--security-info'],
      ['nodeinfo'],
      ['net-list', '--all'],
      ['start', 'web-1'],
      ['shutdown', 'test'],
      ['undefine', 'db'],
      ['net-destroy', 'default'],
    ]);
    const operator = await tryAll(as('operator'), [
      ['list', '--all', '--name'],
      ['start', 'web-1'],
      ['suspend', 'web-1'],
      ['resume', 'web-1'],
      ['destroy', 'web-1'],
      ['undefine', 'web-1'],
      ['setmem', 'web-2', '4096', '--config'],
      ['start', 'db'],
      ['net-list', '--all'],
    ]);
    const carol = await tryAll(as('carol'), [
      ['list', '--all', '--name'],
      ['define', `${directory}/carol-2.xml`],
      ['start', 'carol-1'],
      ['destroy', 'carol-1'],
      ['undefine', 'carol-1'],
      ['define', `${directory}/web-1.xml`],
      ['start', 'web-1'],
    ]);

    assert.deepEqual(auditor, {
      'list --all --name': 'carol-1 db test web-1 web-2',
      'dumpxml db': 'ok',
      'dumpxml db --security-info': DENIED,
      nodeinfo: 'ok',
      'net-list --all': 'ok',
      'start web-1': DENIED,
      'shutdown test': DENIED,
      'undefine db': DENIED,
      'net-destroy default': DENIED,
    });
    assert.deepEqual(operator, {
      'list --all --name': 'web-1 web-2',
      'start web-1': 'ok',
      'suspend web-1': 'ok',
      'resume web-1': 'ok',
      'destroy web-1': 'ok',
      'undefine web-1': DENIED,
      'setmem web-2 4096 --config': DENIED,
      'start db': "failed to get domain 'db'",
      'net-list --all': DENIED,
    });
    assert.deepEqual(carol, {
      'list --all --name': 'carol-1',
      [`define ${directory}/carol-2.xml`]: 'ok',
      'start carol-1': 'ok',
      'destroy carol-1': 'ok',
      'undefine carol-1': 'ok',
      [`define ${directory}/web-1.xml`]: DENIED,
      'start web-1': "failed to get domain 'web-1'",
    });
    assert.equal(root.child.exitCode, null);

    daemon.kill('SIGTERM');
    await daemon.finished;
    const [program, ...args] = programOf('daemon', fromEnvironment());
    const explained = await run(program, [
      ...args,
      'acl',
      '--rules',
      rules,
      'explain',
      'x509:C=GB,O=Acme,CN=operator',
      'domain:start',
      'domain web-1',
    ]);
    const verified = await run(program, [...args, 'audit', 'verify', audit]);
    assert.match(explained.stdout, /^allowed: \S+access\.yaml:6 \(operators start and stop the web servers\)\n/);
    assert.match(verified.stdout, /^\S+audit\.log: \d+ records, none changed, last is number \d+ /);
    const records = (await readFile(audit, 'utf8'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    const refused = records.find(
      ({ event, procedure }) => event === 'denied' && String(procedure).startsWith('domainUndefine'),
    );
    assert.deepEqual(refused?.['identity'], { x509: 'C=GB,O=Acme,CN=auditor' });
    assert.ok(
      records.some(
        ({ event, procedure, result }) => event === 'result' && procedure === 'domainDestroy' && result === 'ok',
      ),
    );
  });

  test('for users of the host, and read again without dropping a client', { skip: users }, async () => {
    await using people = await testUsers([
      { name: 'vw-olga', uid: 70_011, groups: ['web-operators'] },
      { name: 'vw-dave', uid: 70_012 },
    ]);
    await using place = await temporaryDirectory();
    const rules = `${place.path}/access.yaml`;
    await writeFile(rules, await documentedRules());
    await chmod(place.path, 0o755);
    for (const name of ['web-1', 'db', 'vw-dave-1']) {
      await writeFile(`${place.path}/${name}.xml`, domainXml(name), { mode: 0o644 });
    }
    await using daemon = await startVirtwired({
      conf: {
        access_drivers: ['rules'],
        access_rules_file: rules,
        unix_sock_rw_perms: '0777',
        log_outputs: '2:stderr',
      },
      inside: people.inside,
    });
    await chmod(daemon.directory, 0o755);
    const uri = daemon.uri('unix', 'test', '/default');
    await using root = start('virsh', ['-c', uri]);
    const defined = ['web-1', 'db', 'vw-dave-1'].map((name) => `define ${place.path}/${name}.xml\n`);
    root.child.stdin?.write(`${defined.join('')}echo held\n`);
    await root.output((text) => text.includes('\nheld\n'));
    const as = (who: string) => (command: readonly string[]) => {
      const [program, ...args] = people.as(who, ['virsh', '-q', '-c', uri, ...command]);
      return run(program, args);
    };

    const olga = await tryAll(as('vw-olga'), [
      ['list', '--all', '--name'],
      ['start', 'web-1'],
      ['undefine', 'web-1'],
    ]);
    const dave = await tryAll(as('vw-dave'), [
      ['list', '--all', '--name'],
      ['start', 'vw-dave-1'],
      ['start', 'db'],
    ]);

    assert.deepEqual(olga, { 'list --all --name': 'web-1', 'start web-1': 'ok', 'undefine web-1': DENIED });
    assert.deepEqual(dave, {
      'list --all --name': 'vw-dave-1',
      'start vw-dave-1': 'ok',
      'start db': "failed to get domain 'db'",
    });

    const [program, ...args] = people.as('vw-dave', ['virsh', '-c', uri]);
    await using session = start(program, args);
    session.child.stdin?.write('list --all --name\necho first\n');
    await session.output((text) => text.includes('\nfirst\n'));
    await writeFile(rules, 'rules:\n  - who: user:vw-dave\n    mai: view\n');
    process.kill(daemon.pid, 'SIGHUP');
    await settles(() => /access\.yaml:3:5: 'mai' is not known here/.test(daemon.process.stderr()));
    session.child.stdin?.write('list --all --name\necho second\n');
    await session.output((text) => text.includes('\nsecond\n'));

    await writeFile(rules, 'rules:\n  - who: user:vw-dave\n    may: view\n    on: domain db\n');
    process.kill(daemon.pid, 'SIGHUP');
    await settles(() => daemon.process.stderr().includes('access rules read again'));
    session.child.stdin?.write('list --all --name\necho third\n');
    const text = await session.output((written) => written.includes('\nthird\n'));

    const seen = Array.from(text.matchAll(/list --all --name\n([^\n]*)\n/g), ([, names]) => names);
    assert.deepEqual(seen, ['vw-dave-1', 'vw-dave-1', 'db']);
  });
});
