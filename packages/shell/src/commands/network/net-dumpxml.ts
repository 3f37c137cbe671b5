// net-dumpxml: prints the XML of a network.
import { command } from '../../command.ts';
import { flag } from '../../option.ts';
import { attempt } from '../../failure.ts';
import { findNetwork } from '../../lookup.ts';
import { anyNetwork } from '../../network-option.ts';
import { printXml, xmlOptions } from '../../print-xml.ts';

// VIR_NETWORK_XML_INACTIVE
const INACTIVE = 1;

export const netDumpxml = command({
  description: 'Prints the network as XML.',
  options: { network: anyNetwork, inactive: flag('as it will be at the next start'), ...xmlOptions },
  async run(shell, args) {
    const network = await findNetwork(shell, args.text('network'));
    const xml = await attempt(network.getXmlDesc(args.flag('inactive') ? INACTIVE : 0), null);
    await printXml(shell, xml, { xpath: args.text('xpath'), wrap: args.flag('wrap') });
  },
});
