// domif-getlink: prints whether the link of a network interface of a domain is up.
import { command } from '../../command.ts';
import { flag, word } from '../../option.ts';
import { anyDomain } from '../../domain-option.ts';
import { attempt, fail } from '../../failure.ts';
import { findDomain } from '../../lookup.ts';

// VIR_DOMAIN_XML_INACTIVE
const INACTIVE = 2;

export const domifGetlink = command({
  description: 'Prints whether the link of a network interface of the domain is up.',
  options: {
    domain: anyDomain,
    interface: word('target or MAC address of the interface'),
    config: flag('at the next start'),
  },
  optionAliases: { persistent: 'config' },
  async run(shell, args) {
    const domain = await findDomain(shell, args.text('domain'));
    const asked = args.text('interface');
    const xml = await attempt(domain.getXmlDesc(args.flag('config') ? INACTIVE : 0), null);
    const { parseXml } = await import('@virtwire/conf');
    const devices = (await parseXml(xml)).child('devices')?.children('interface') ?? [];
    const isMac = /^[0-9a-f]{1,2}(?::[0-9a-f]{1,2}){5}$/i.test(asked);
    const found = devices.find((device) =>
      isMac ? device.path('mac/@address')?.toLowerCase() === asked.toLowerCase() : device.path('target/@dev') === asked,
    );
    if (found === undefined) fail(`Interface (${isMac ? 'mac' : 'dev'}: ${asked}) not found.`);
    shell.print(`${asked} ${found.path('link/@state') ?? 'up'}`);
  },
});
