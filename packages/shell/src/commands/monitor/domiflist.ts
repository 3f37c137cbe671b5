// domiflist: lists the network interfaces of a domain.
import { command } from '../../command.ts';
import { flag } from '../../option.ts';
import { anyDomain } from '../../domain-option.ts';
import { attempt } from '../../failure.ts';
import { findDomain } from '../../lookup.ts';

// VIR_DOMAIN_XML_INACTIVE
const INACTIVE = 2;

export const domiflist = command({
  description: 'Lists the network interfaces of the domain.',
  options: { domain: anyDomain, inactive: flag('as they will be at the next start') },
  async run(shell, args) {
    const domain = await findDomain(shell, args.text('domain'));
    const xml = await attempt(domain.getXmlDesc(args.flag('inactive') ? INACTIVE : 0), null);
    const { parseXml } = await import('@virtwire/conf');
    const root = await parseXml(xml);
    const rows = (root.child('devices')?.children('interface') ?? []).map((device) => {
      const type = device.attribute('type') ?? '';
      const source = device.child('source');
      // The attribute of the source has the name of its type, or is a path or a device.
      const names = type === 'vdpa' || type === 'direct' ? ['dev'] : type === 'vhostuser' ? ['path'] : [type];
      const shown = names.map((name) => source?.attribute(name)).find(Boolean);
      return [
        device.path('target/@dev') ?? '-',
        type,
        shown ?? '-',
        device.path('model/@type') ?? '-',
        device.path('mac/@address') ?? '-',
      ];
    });
    await shell.table(['Interface', 'Type', 'Source', 'Model', 'MAC'], rows);
  },
});
