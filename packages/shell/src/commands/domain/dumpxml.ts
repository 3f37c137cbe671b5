// dumpxml: prints the XML of a domain.
import { command } from '../../command.ts';
import { flag } from '../../option.ts';
import { anyDomain } from '../../domain-option.ts';
import { attempt } from '../../failure.ts';
import { findDomain } from '../../lookup.ts';
import { printXml, xmlOptions } from '../../print-xml.ts';

// virDomainXMLFlags
const XmlFlags = { Secure: 1, Inactive: 2, UpdateCpu: 4, Migratable: 8 } as const;

export const dumpxml = command({
  description: 'Prints the domain as XML.',
  options: {
    domain: anyDomain,
    inactive: flag('as it will be at the next start'),
    'security-info': flag('with passwords'),
    'update-cpu': flag('with the CPU adapted to the host'),
    migratable: flag('fit for migration to an older host'),
    ...xmlOptions,
  },
  async run(shell, args) {
    const domain = await findDomain(shell, args.text('domain'));
    const flags =
      (args.flag('inactive') ? XmlFlags.Inactive : 0) |
      (args.flag('security-info') ? XmlFlags.Secure : 0) |
      (args.flag('update-cpu') ? XmlFlags.UpdateCpu : 0) |
      (args.flag('migratable') ? XmlFlags.Migratable : 0);
    const xml = await attempt(domain.getXmlDesc(flags), null);
    await printXml(shell, xml, { xpath: args.text('xpath'), wrap: args.flag('wrap') });
  },
});
