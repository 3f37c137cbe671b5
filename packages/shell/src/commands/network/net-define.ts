// net-define: makes a network from XML, or changes its definition.
import { command } from '../../command.ts';
import { flag, word } from '../../option.ts';
import { attempt } from '../../failure.ts';
import { readXmlFile } from '../../files.ts';

// VIR_NETWORK_DEFINE_VALIDATE
const VALIDATE = 1;

export const netDefine = command({
  description: 'Makes a network from XML, or changes its definition; it is not started.',
  options: {
    file: word('file with the XML of the network'),
    validate: flag('check the XML against the schema'),
  },
  async run(shell, args) {
    const file = args.text('file');
    const xml = await readXmlFile(file);
    const { connection } = shell;
    const call = args.flag('validate')
      ? connection.defineNetworkXmlFlags(xml, VALIDATE)
      : connection.defineNetworkXml(xml);
    const network = await attempt(call, `Failed to define network from ${file}`);
    shell.extra(`Network ${network.name} defined from ${file}\n`);
  },
});
