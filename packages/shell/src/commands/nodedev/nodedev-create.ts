// nodedev-create: makes a virtual device of the host from XML.
import { command } from '../../command.ts';
import { flag, word } from '../../option.ts';
import { attempt } from '../../failure.ts';
import { readXmlFile } from '../../files.ts';

// VIR_NODE_DEVICE_CREATE_XML_VALIDATE
const VALIDATE = 1;

export const nodedevCreate = command({
  description: 'Makes a virtual device of the host from XML.',
  options: { file: word('file with the XML of the device'), validate: flag('check the XML against the schema') },
  async run(shell, args) {
    const file = args.text('file');
    const xml = await readXmlFile(file);
    const device = await attempt(
      shell.connection.createNodeDeviceXml(xml, args.flag('validate') ? VALIDATE : 0),
      `Failed to create node device from ${file}`,
    );
    shell.extra(`Node device ${device.name} created from ${file}\n`);
  },
});
