// nodedev-define: defines a virtual device of the host from XML.
import { command } from '../../command.ts';
import { flag, word } from '../../option.ts';
import { attempt } from '../../failure.ts';
import { readXmlFile } from '../../files.ts';

// VIR_NODE_DEVICE_DEFINE_XML_VALIDATE
const VALIDATE = 1;

export const nodedevDefine = command({
  description: 'Defines a virtual device of the host from XML; it is not started.',
  options: { file: word('file with the XML of the device'), validate: flag('check the XML against the schema') },
  async run(shell, args) {
    const file = args.text('file');
    const xml = await readXmlFile(file);
    const device = await attempt(
      shell.connection.defineNodeDeviceXml(xml, args.flag('validate') ? VALIDATE : 0),
      `Failed to define node device from '${file}'`,
    );
    shell.extra(`Node device '${device.name}' defined from '${file}'\n`);
  },
});
