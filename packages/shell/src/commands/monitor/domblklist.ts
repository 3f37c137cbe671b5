// domblklist: lists the disks of a domain.
import type { XmlElement } from '@virtwire/conf';
import { command } from '../../command.ts';
import { flag } from '../../option.ts';
import { anyDomain } from '../../domain-option.ts';
import { attempt, fail } from '../../failure.ts';
import { findDomain } from '../../lookup.ts';

// VIR_DOMAIN_XML_INACTIVE
const INACTIVE = 2;

export const domblklist = command({
  description: 'Lists the disks of the domain.',
  options: {
    domain: anyDomain,
    inactive: flag('as they will be at the next start'),
    details: flag('print also types'),
  },
  async run(shell, args) {
    const domain = await findDomain(shell, args.text('domain'));
    const xml = await attempt(domain.getXmlDesc(args.flag('inactive') ? INACTIVE : 0), null);
    const { parseXml } = await import('@virtwire/conf');
    const root = await parseXml(xml);
    const details = args.flag('details');
    const rows = (root.child('devices')?.children('disk') ?? []).map((disk) => {
      const type = disk.attribute('type');
      const device = disk.attribute('device');
      if (details && (type === null || device === null)) fail('unable to query block list details');
      const target = disk.path('target/@dev');
      if (target === null) fail('unable to query block list');
      const source = disk.child('source');
      const shown =
        type === 'nvme'
          ? nvmeSource(source)
          : ['file', 'dev', 'dir', 'name', 'volume'].map((name) => source?.attribute(name)).find(Boolean);
      return details ? [type ?? '', device ?? '', target, shown ?? '-'] : [target, shown ?? '-'];
    });
    await shell.table(details ? ['Type', 'Device', 'Target', 'Source'] : ['Target', 'Source'], rows);
  },
});

// nvme://0000:01:00.0/1, as libvirt names a namespace of an NVMe disk.
function nvmeSource(source: XmlElement | null): string | null {
  const address = source?.child('address');
  if (source === null || address === null || address === undefined) return null;
  const hex = (name: string, digits: number) =>
    Number(address.attribute(name) ?? 0)
      .toString(16)
      .padStart(digits, '0');
  const pci = `${hex('domain', 4)}:${hex('bus', 2)}:${hex('slot', 2)}.${hex('function', 1)}`;
  return `nvme://${pci}/${source.attribute('namespace') ?? ''}`;
}
