// complete: prints what may complete a command line, for the completion of the user's own shell.
import { command, words } from '../../command.ts';
import { completeWords } from '../../completion.ts';
import { CommandFailure } from '../../failure.ts';

export const complete = command({
  description: 'Prints what may stand for the last of the words.',
  options: { string: words('the words of the command line') },
  async run(shell, args) {
    const typed = args.words('string');
    if (typed.length === 0) throw new CommandFailure(null);
    for (const candidate of await completeWords(shell, typed, { valuesOfEmpty: false })) shell.print(`${candidate}\n`);
  },
});
