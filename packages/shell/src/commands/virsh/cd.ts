// cd: goes to another folder.
import { homedir } from 'node:os';
import { command } from '../../command.ts';
import { text } from '../../option.ts';
import { fail } from '../../failure.ts';
import { systemErrorText } from '../../system-error.ts';

export const cd = command({
  description: 'Goes to another folder; only while lines are read from standard input.',
  options: { dir: text('folder to go to (the home folder when left out)', { mayBeEmpty: false }) },
  offline: true,
  run(shell, args) {
    if (!shell.interactive) fail('cd: command valid only in interactive mode');
    const folder = args.has('dir') ? args.text('dir') : undefined;
    const target = folder ?? homedir();
    try {
      process.chdir(target);
    } catch (thrown) {
      fail(`cd: ${systemErrorText(thrown)}: ${target}`);
    }
  },
});
