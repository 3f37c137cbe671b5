// domblkinfo: prints the sizes of the disks of a domain.
import { type BlockInfo, type Domain, ErrorCode, LibvirtError } from 'virtwire';
import { command } from '../../command.ts';
import { flag, text } from '../../option.ts';
import { anyDomain } from '../../domain-option.ts';
import { attempt, fail } from '../../failure.ts';
import { labelLine, prettySize } from '../../format.ts';
import { findDomain } from '../../lookup.ts';

export const domblkinfo = command({
  description: 'Prints capacity, allocation and physical size of a disk, or of all disks.',
  options: {
    domain: anyDomain,
    device: text('target or path of the disk'),
    human: flag('print sizes with units'),
    all: flag('of all disks'),
  },
  async run(shell, args) {
    args.exclusive('all', 'device');
    const device = args.text('device');
    const all = args.flag('all');
    if (device === undefined && !all) fail("command 'domblkinfo' requires <device> option");
    const size = (bytes: bigint) => (args.flag('human') ? prettySize(bytes, 3) : String(bytes));
    const domain = await findDomain(shell, args.text('domain'));
    if (device !== undefined) {
      const info = await attempt(domain.getBlockInfo(device), null);
      shell.print(labelLine('Capacity:', size(info.capacity)));
      shell.print(labelLine('Allocation:', size(info.allocation)));
      shell.print(labelLine('Physical:', size(info.physical)));
      return;
    }
    const rows = await attempt(allInfos(domain), null);
    await shell.table(
      ['Target', 'Capacity', 'Allocation', 'Physical'],
      rows.map(([target, info]) =>
        info === null
          ? [target, '-', '-', '-']
          : [target, size(info.capacity), size(info.allocation), size(info.physical)],
      ),
    );
  },
});

async function allInfos(domain: Domain): Promise<[string, BlockInfo | null][]> {
  const { parseXml } = await import('@virtwire/conf');
  const root = await parseXml(await domain.getXmlDesc(0));
  const active = domain.id !== -1;
  return Promise.all(
    (root.child('devices')?.children('disk') ?? []).map(async (disk): Promise<[string, BlockInfo | null]> => {
      const target = disk.path('target/@dev') ?? '-';
      if (disk.child('source') === null) return [target, null];
      try {
        return [target, await domain.getBlockInfo(target)];
      } catch (thrown) {
        // The size of a disk on the network is not known while the domain does not run.
        if (!active && disk.path('source/@protocol') !== null && isInternal(thrown)) return [target, null];
        throw thrown;
      }
    }),
  );
}

function isInternal(thrown: unknown): boolean {
  return thrown instanceof LibvirtError && thrown.code === ErrorCode.InternalError;
}
