// nodedev-dumpxml: prints the XML of a device of the host.
import { command } from '../../command.ts';
import { attempt } from '../../failure.ts';
import { findNodeDevice } from '../../lookup.ts';
import { anyNodeDevice } from '../../node-device-option.ts';
import { printXml, xmlOptions } from '../../print-xml.ts';

export const nodedevDumpxml = command({
  description: 'Prints the device as XML.',
  options: { device: anyNodeDevice, ...xmlOptions },
  async run(shell, args) {
    const device = await findNodeDevice(shell, args.text('device'));
    const xml = await attempt(device.getXmlDesc(), null);
    await printXml(shell, xml, { xpath: args.text('xpath'), wrap: args.flag('wrap') });
  },
});
