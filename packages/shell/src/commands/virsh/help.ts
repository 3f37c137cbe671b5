// help: lists the groups, one group, or tells about one command.
import { command, text } from '../../command.ts';
import { fail } from '../../failure.ts';
import { allGroupsText, commandText, groupText } from '../../help-text.ts';

export const help = command({
  description: 'Without a word lists all commands; with one, tells about that command or group of commands.',
  options: { command: text('name of a command or of a group of commands', { mayBeEmpty: true, complete: allNames }) },
  offline: true,
  async run(shell, args) {
    const { commandGroups, findEntry } = await import('../index.ts');
    const asked = args.text('command') ?? '';
    if (asked === '') {
      shell.print(allGroupsText(commandGroups));
      return;
    }
    const found = findEntry(asked);
    const group = commandGroups.find(({ title, keyword }) => keyword === asked || title === asked);
    if (found !== null) shell.print(commandText(found.name, found.entry.summary, await found.entry.load()));
    else if (group !== undefined) shell.print(groupText(group));
    else fail(`command or command group '${asked}' doesn't exist`);
  },
});

async function allNames(): Promise<string[]> {
  const { commandGroups } = await import('../index.ts');
  return commandGroups.flatMap((group) =>
    Object.entries(group.commands).flatMap(([name, { hidden }]) => (hidden === true ? [] : [name])),
  );
}
