// complete: prints what may complete a command line, for the completion of the user's own shell.
import { command } from '../../command.ts';
import { words } from '../../option.ts';
import { completeWords } from '../../completion.ts';
import { CommandFailure } from '../../failure.ts';

export const complete = command({
  description: 'Prints what may stand for the last of the words.',
  options: { string: words('the words of the command line') },
  async run(shell, args, catalog) {
    const typed = args.words('string');
    if (typed.length === 0) throw new CommandFailure(null);
    for (const candidate of await completeWords(shell, typed, { catalog, valuesOfEmpty: false }))
      shell.print(`${candidate}\n`);
  },
});
