// The commands of the test driver in all four pairings of shells and daemons, over unix sockets and tcp.
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { after, before, suite, test } from 'node:test';
import { requires } from '../launcher/index.ts';
import { type BothDaemons, PEERS, pairings, sameEverywhere, startBoth } from './pairings.ts';

const GUEST = `<domain type='test'>
  <name>guest</name>
  <uuid>3a1d5c52-1b4c-4f0e-9d61-0d6f5a0d7a11</uuid>
  <memory unit='MiB'>512</memory>
  <vcpu>2</vcpu>
  <os><type>hvm</type></os>
  <devices>
    <disk type='file'><source file='/a.img'/><target dev='vda' bus='virtio'/></disk>
    <interface type='network'><mac address='52:54:00:11:22:33'/><source network='default'/></interface>
  </devices>
</domain>
`;

/** Each is one run of the shell: words, or one script of several commands, since state goes with the connection. */
const COMMANDS: readonly string[] = [
  'list --all',
  'list --name --state-running',
  'dominfo test',
  'domstate test --reason',
  'domid test',
  'domname 1',
  'domuuid test',
  'dumpxml test',
  'dumpxml test --inactive',
  'domstats',
  'uri --bogus',
  'hostname',
  'version',
  'nodeinfo',
  'capabilities',
  'destroy test; list --all; start test; list --all',
  'suspend test; domstate test; suspend test; resume test; list',
  'shutdown test; list --all',
  'reboot test; list --all',
  'reset test',
  'start test',
  'setmem test 1048576; setvcpus test 1; dominfo test',
  'autostart test; dominfo test; autostart test --disable',
  'dominfo nothing',
  'undefine test; list --all',
  'define GUEST; list --all; dumpxml guest; start guest; list; destroy guest; undefine guest; list --all',
  'create GUEST; list; dominfo guest; undefine guest; destroy guest; list --all',
  'define /nonexistent/file.xml',
  'net-list --all',
  'net-info default',
  'net-dumpxml default',
  'net-destroy default; net-list --all; net-start default; net-autostart default; net-list',
  'pool-list --all',
  'pool-list --all --details',
  'pool-info default-pool',
  'pool-dumpxml default-pool',
  'pool-destroy default-pool; pool-list --all; pool-start default-pool; pool-list',
  'vol-create-as default-pool one 1G; vol-list default-pool --details; vol-info one default-pool; vol-dumpxml one default-pool',
  'nosuchcommand',
  'list --nosuchoption',
  'destroy',
];

suite('shells and daemons', { skip: requires(PEERS) }, () => {
  let both: BothDaemons;
  let guestFile: string;

  before(async () => {
    both = await startBoth();
    guestFile = `${both.libvirtd.directory}/guest.xml`;
    await writeFile(guestFile, GUEST);
  });
  after(() => both[Symbol.asyncDispose]());

  for (const command of COMMANDS) {
    test(`${command}: the same in all pairings`, async () => {
      const script = command.replaceAll('GUEST', guestFile);
      const words = command.includes(';') ? [script] : script.split(' ');

      await sameEverywhere(pairings(both, 'test', '/default'), () => words, withoutCpuTime);
    });
  }

  test('a domain that is there is shown, so that equal outputs are not equally empty', async () => {
    const { stdout, stderr, code } = await sameEverywhere(pairings(both, 'test', '/default'), () => ['list', '--all']);

    assert.deepEqual([stderr, code], ['', 0]);
    assert.match(stdout, /^ 1 +test +running$/m);
  });

  test('a read-only connection shows, and refuses to change', async () => {
    const all = pairings(both, 'test', '/default', ['unix']).map((pairing) => ({
      ...pairing,
      uri: pairing.uri.replace(/$/, '-ro'),
    }));

    const { stderr, code } = await sameEverywhere(all, () => ['--readonly', 'destroy test']);

    assert.match(stderr, /read only access prevents virDomainDestroy/);
    assert.equal(code, 1);
  });
});

// The test driver counts CPU time from the clock.
function withoutCpuTime(text: string): string {
  return text.replaceAll(/^(CPU time: +)[\d.]+s$/gm, '$1TIME');
}
