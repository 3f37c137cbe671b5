// Commands on network filters that are bound to ports: create, delete, dumpxml, list.
import { command } from '../../command.ts';
import { attempt } from '../../failure.ts';
import { fromFile } from '../../from-file.ts';
import { printXml, xmlOptions } from '../../print-xml.ts';
import { bindingOption, findBinding } from './find-filter.ts';

export const nwfilterBindingCreate = fromFile({
  description: 'Binds a network filter to a port, as XML describes it.',
  object: 'binding',
  make: (connection, xml, flags) => connection.createNwfilterBindingXml(xml, flags),
  failure: (file) => `Failed to create network filter from ${file}`,
  done: ({ portDev }, file) => `Network filter binding on ${portDev} created from ${file}`,
});

export const nwfilterBindingDelete = command({
  description: 'Takes the network filter from the port.',
  options: { binding: bindingOption },
  async run(shell, args) {
    const binding = await findBinding(shell, args.text('binding'));
    await attempt(binding.delete(), `Failed to delete network filter binding on ${binding.portDev}`);
    shell.extra(`Network filter binding on ${binding.portDev} deleted\n`);
  },
});

export const nwfilterBindingDumpxml = command({
  description: 'Prints what is bound to the port as XML.',
  options: { binding: bindingOption, ...xmlOptions },
  async run(shell, args) {
    const binding = await findBinding(shell, args.text('binding'));
    const xml = await attempt(binding.getXmlDesc(), null);
    await printXml(shell, xml, { xpath: args.text('xpath'), wrap: args.flag('wrap') });
  },
});

export const nwfilterBindingList = command({
  description: 'Lists ports with the network filters that are bound to them.',
  options: {},
  async run(shell) {
    const bindings = await attempt(
      shell.connection.listAllNwfilterBindings(),
      'Failed to list network filter bindings',
    );
    bindings.sort((a, b) => (a.portDev < b.portDev ? -1 : 1));
    await shell.table(
      ['Port Dev', 'Filter'],
      bindings.map(({ portDev, filterName }) => [portDev, filterName]),
    );
  },
});
