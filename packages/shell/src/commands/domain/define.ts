// define: makes a domain from XML, or changes its definition, without starting it.
import { command } from '../../command.ts';
import { flag, word } from '../../option.ts';
import { attempt } from '../../failure.ts';
import { readXmlFile } from '../../files.ts';

// VIR_DOMAIN_DEFINE_VALIDATE
const VALIDATE = 1;

export const define = command({
  description: 'Makes a domain from XML, or changes its definition; it is not started.',
  options: {
    file: word('file with the XML of the domain'),
    validate: flag('check the XML against the schema'),
  },
  async run(shell, args) {
    const file = args.text('file');
    const xml = await readXmlFile(file);
    const { connection } = shell;
    const call = args.flag('validate')
      ? connection.defineDomainXmlFlags(xml, VALIDATE)
      : connection.defineDomainXml(xml);
    const domain = await attempt(call, `Failed to define domain from ${file}`);
    shell.extra(`Domain '${domain.name}' defined from ${file}\n`);
  },
});
