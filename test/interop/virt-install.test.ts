// virt-install, virt-xml and virt-clone, what people make guests with, as clients of virtwired beside libvirtd.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Finished, requires, run, startShell, virsh } from '../launcher/index.ts';
import { startBoth } from './pairings.ts';

const skip = requires({ libvirt: '9.0', isolation: true, virtinst: true });

const GUEST = ['--name', 'web1', '--memory', '256', '--vcpus', '2', '--osinfo', 'linux2020'];
const DISK = ['--disk', 'pool=default-pool,size=1', '--network', 'network=default'];

/** One step after the other; the words after `virsh` are one line of its grammar. */
const STEPS: readonly (readonly [program: string, ...words: string[]])[] = [
  ['virt-install', ...GUEST, ...DISK, '--import', '--noautoconsole', '--noreboot'],
  ['virsh', 'list --all; vol-list default-pool; dumpxml web1'],
  ['virt-xml', 'web1', '--edit', '--memory', '512,maxmemory=512', '--define'],
  ['virt-xml', 'web1', '--add-device', '--disk', 'pool=default-pool,size=2'],
  ['virt-xml', 'web1', '--remove-device', '--network', 'all'],
  ['virsh', 'start web1; dominfo web1; domblklist web1; destroy web1'],
  ['virt-clone', '--original', 'web1', '--name', 'web2', '--auto-clone'],
  ['virsh', 'list --all; dumpxml web2; vol-list default-pool --details'],
  [
    'virt-install',
    '--name',
    'web3',
    '--memory',
    '256',
    '--pxe',
    '--disk',
    'none',
    '--osinfo',
    'generic',
    '--print-xml',
  ],
];

test('guests are installed, edited and cloned as on libvirtd', { skip }, async () => {
  await using both = await startBoth();

  const [theirs, ours] = await Promise.all(
    [both.libvirtd, both.virtwired].map(async (daemon) => {
      const uri = daemon.uri('tcp', 'test', '/default');
      // The driver's state goes with its last connection.
      await using holder = startShell('virsh', ['event', '--all', '--loop'], { uri });
      const outcomes: unknown[] = [];
      for (const [program, ...words] of STEPS) {
        const finished =
          program === 'virsh' ? await virsh(words, { uri }) : await run(program, ['--connect', uri, ...words]);
        outcomes.push({ program, words, ...comparable(finished, uri) });
      }
      assert.equal(holder.child.exitCode, null, holder.stderr());
      return outcomes;
    }),
  );

  assert.deepEqual(ours, theirs);
  assert.deepEqual(
    (ours as { code: number }[]).map(({ code }) => code),
    STEPS.map(() => 0),
  );
});

/** Output without what each run makes up. */
function comparable({ stdout, stderr, code }: Finished, uri: string): Pick<Finished, 'stdout' | 'stderr' | 'code'> {
  const blank = (text: string): string =>
    text
      .replaceAll(uri, 'URI')
      .replace(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'UUID')
      .replace(/00:16:3e(?::[0-9a-f]{2}){3}/g, 'MAC')
      .replace(/(?<=CPU time: +)[\d.]+s/g, 'TIME')
      .replace(/[\d.]+ [KMG]?i?B(?:\/s)? +\|? *\d+:\d+.*$/gm, 'PROGRESS');
  return { stdout: blank(stdout), stderr: blank(stderr), code };
}
