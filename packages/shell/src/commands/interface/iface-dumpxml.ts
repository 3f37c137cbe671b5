// iface-dumpxml: prints the XML of an interface of the host.
import { command } from '../../command.ts';
import { flag } from '../../option.ts';
import { attempt } from '../../failure.ts';
import { anyInterface } from '../../interface-option.ts';
import { findInterface } from '../../lookup.ts';
import { printXml, xmlOptions } from '../../print-xml.ts';

// VIR_INTERFACE_XML_INACTIVE
const INACTIVE = 1;

export const ifaceDumpxml = command({
  description: 'Prints the interface of the host as XML.',
  options: { interface: anyInterface, inactive: flag('as it is defined'), ...xmlOptions },
  async run(shell, args) {
    const found = await findInterface(shell, args.text('interface'));
    const xml = await attempt(found.getXmlDesc(args.flag('inactive') ? INACTIVE : 0), null);
    await printXml(shell, xml, { xpath: args.text('xpath'), wrap: args.flag('wrap') });
  },
});
