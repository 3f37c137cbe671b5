// net-create: makes a network from XML and starts it.
import { command } from '../../command.ts';
import { flag, word } from '../../option.ts';
import { attempt } from '../../failure.ts';
import { readXmlFile } from '../../files.ts';

// VIR_NETWORK_CREATE_VALIDATE
const VALIDATE = 1;

export const netCreate = command({
  description: 'Makes a network from XML and starts it; it is gone when it stops.',
  options: {
    file: word('file with the XML of the network'),
    validate: flag('check the XML against the schema'),
  },
  async run(shell, args) {
    const file = args.text('file');
    const xml = await readXmlFile(file);
    const { connection } = shell;
    const call = args.flag('validate')
      ? connection.createNetworkXmlFlags(xml, VALIDATE)
      : connection.createNetworkXml(xml);
    const network = await attempt(call, `Failed to create network from ${file}`);
    shell.extra(`Network ${network.name} created from ${file}\n`);
  },
});
