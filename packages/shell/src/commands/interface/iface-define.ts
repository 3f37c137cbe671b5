// iface-define: defines an interface of the host from XML.
import { command } from '../../command.ts';
import { flag, word } from '../../option.ts';
import { attempt } from '../../failure.ts';
import { readXmlFile } from '../../files.ts';

// VIR_INTERFACE_DEFINE_VALIDATE
const VALIDATE = 1;

export const ifaceDefine = command({
  description: 'Defines an interface of the host from XML, or changes its definition; it is not brought up.',
  options: {
    file: word('file with the XML of the interface'),
    validate: flag('check the XML against the schema'),
  },
  async run(shell, args) {
    const file = args.text('file');
    const xml = await readXmlFile(file);
    const defined = await attempt(
      shell.connection.defineInterfaceXml(xml, args.flag('validate') ? VALIDATE : 0),
      `Failed to define interface from ${file}`,
    );
    shell.extra(`Interface ${defined.name} defined from ${file}\n`);
  },
});
