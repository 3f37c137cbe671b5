// Options that say which other machine is meant, and how ssh gets there.
import type { Arguments, OptionRows } from './command.ts';
import { type Context, shellWord } from './context.ts';
import type { Machine } from './machine.ts';
import { sshMachine } from './ssh-machine.ts';

/** Options of commands that work on other machines, too. */
export const remoteOptions: OptionRows = {
  remote: { value: 'USER@HOST', help: 'on that machine, over ssh' },
  'ssh-option': { value: 'KEY=VALUE', help: 'as -o of ssh, e.g. Port=2222', many: true },
};

/** The machine that a command line means. @param asRoot get to be root there, by sudo if need be */
export function targetMachine(context: Context, args: Arguments, { asRoot = false } = {}): Machine {
  const target = args.text('remote');
  return target === null ? context.machine : sshMachine({ target, options: args.texts('ssh-option'), asRoot });
}

/** The options again, for a command line that is printed for pasting; empty when this machine is meant. */
export function remoteText(args: Arguments): string {
  const target = args.text('remote');
  if (target === null) return '';
  const options = args.texts('ssh-option').map((each) => ` --ssh-option ${shellWord(each)}`);
  return ` --remote ${shellWord(target)}${options.join('')}`;
}
