// domxml-from-native and domxml-to-native: the definition of a domain in the words of its hypervisor.
import { command } from '../../command.ts';
import { domainNames } from '../../completers.ts';
import { attempt, fail } from '../../failure.ts';
import { readXmlFile } from '../../files.ts';
import { findDomain } from '../../lookup.ts';
import { text, word } from '../../option.ts';

const formatOption = word('format of the hypervisor, e.g. qemu-argv');

export const domxmlFromNative = command({
  description: "Turns a hypervisor's own configuration into XML of a domain.",
  options: { format: formatOption, config: word('file with the configuration') },
  async run(shell, args) {
    const format = args.text('format');
    const config = await readXmlFile(args.text('config'));
    shell.print(await attempt(shell.connection.domainXmlFromNative(format, config), null));
  },
});

export const domxmlToNative = command({
  description: "Turns XML of a domain into a hypervisor's own configuration.",
  options: {
    format: formatOption,
    domain: text('name, id or UUID of the domain', { named: true, complete: domainNames }),
    xml: text('file with the XML'),
  },
  async run(shell, args) {
    args.exclusive('domain', 'xml');
    const format = args.text('format');
    const name = args.text('domain');
    const file = args.text('xml');
    if (name === undefined && file === undefined) fail('need either domain or domain XML');
    const xml =
      name === undefined
        ? await readXmlFile(file ?? '')
        : await attempt((await findDomain(shell, name)).getXmlDesc(), null);
    shell.print(await attempt(shell.connection.domainXmlToNative(format, xml), null));
  },
});
