// Commands on one network filter: dumpxml, edit, undefine; and the list of all.
import { command } from '../../command.ts';
import { editXml } from '../../editor.ts';
import { attempt, CommandFailure, isUnsupported } from '../../failure.ts';
import { printXml, xmlOptions } from '../../print-xml.ts';
import { filterOption, findFilter } from './find-filter.ts';

export const nwfilterDumpxml = command({
  description: 'Prints the network filter as XML.',
  options: { nwfilter: filterOption, ...xmlOptions },
  async run(shell, args) {
    const filter = await findFilter(shell, args.text('nwfilter'));
    const xml = await attempt(filter.getXmlDesc(), null);
    await printXml(shell, xml, { xpath: args.text('xpath'), wrap: args.flag('wrap') });
  },
});

export const nwfilterEdit = command({
  description: 'Changes the definition of the network filter in the editor of $VISUAL or $EDITOR.',
  options: { nwfilter: filterOption },
  async run(shell, args) {
    const filter = await findFilter(shell, args.text('nwfilter'));
    await editXml(shell, {
      fetch: () => filter.getXmlDesc(),
      define: (xml) => shell.connection.defineNwfilterXml(xml),
      notChanged: `Network filter ${filter.name} XML configuration not changed.`,
      edited: `Network filter ${filter.name} XML configuration edited.`,
    });
  },
});

export const nwfilterList = command({
  description: 'Lists network filters.',
  options: {},
  async run(shell) {
    const { connection } = shell;
    const filters = await connection.listAllNwfilters().catch(async (thrown) => {
      // virsh tries the older calls then, and tells of those.
      if (isUnsupported(thrown)) await attempt(connection.numOfNwfilters(), 'Failed to count network filters');
      throw new CommandFailure('Failed to list network filters', thrown);
    });
    filters.sort((a, b) => (a.name < b.name ? -1 : 1));
    await shell.table(
      ['UUID', 'Name'],
      filters.map(({ uuid, name }) => [uuid, name]),
    );
  },
});

export const nwfilterUndefine = command({
  description: 'Removes the network filter.',
  options: { nwfilter: filterOption },
  async run(shell, args) {
    const filter = await findFilter(shell, args.text('nwfilter'));
    await attempt(filter.undefine(), `Failed to undefine network filter ${filter.name}`);
    shell.extra(`Network filter ${filter.name} undefined\n`);
  },
});
