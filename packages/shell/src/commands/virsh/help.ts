// help: lists the groups, one group, or tells about one command.
import { command } from '../../command.ts';
import { fail } from '../../failure.ts';
import { allGroupsText, commandText, groupText } from '../../help-text.ts';
import { text } from '../../option.ts';

export const help = command({
  description: 'Without a word lists all commands; with one, tells about that command or group of commands.',
  options: {
    command: text('name of a command or of a group of commands', {
      mayBeEmpty: true,
      complete: (_shell, _given, commandNames) => commandNames,
    }),
  },
  offline: true,
  async run(shell, args, catalog) {
    const asked = args.text('command') ?? '';
    if (asked === '') {
      shell.print(allGroupsText(catalog.groups));
      return;
    }
    const found = catalog.entry(asked);
    const group = catalog.groups.find(({ title, keyword }) => keyword === asked || title === asked);
    if (found !== null) shell.print(commandText(found.name, found.entry.summary, await found.entry.load()));
    else if (group !== undefined) shell.print(groupText(group));
    else fail(`command or command group '${asked}' doesn't exist`);
  },
});
