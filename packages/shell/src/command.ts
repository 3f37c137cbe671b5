// What a command is: a row of options as data, a few words of help, and an action.
import type { Arguments } from './arguments.ts';
import type { Shell } from './context.ts';
import type { OptionTable } from './option.ts';

/** One command. */
export interface Command<O extends OptionTable = OptionTable> {
  /** A longer text of its help, lines after the first one indented by four blanks when printed; absent when there is none. */
  readonly description?: string;
  readonly options: O;
  /** Old names of options; `a: 'b=c'` means that `--a` gives `b` the value `c`. */
  readonly optionAliases?: Readonly<Record<string, string>>;
  /** True when it runs without a connection. */
  readonly offline?: boolean;
  /** Does the work. It fails by throwing. */
  run(shell: Shell, args: Arguments<O>, catalog: CommandCatalog): Promise<void> | void;
}

/** Defines a command; the names and kinds of its options are known to the type of `args`. */
export function command<const O extends OptionTable>(definition: Command<O>): Command {
  return definition as unknown as Command;
}

/** One line of a group's index: what help shows of a command, and where the rest of it is. */
export interface CommandEntry {
  /** The one line that help shows. */
  readonly summary: string;
  load(): Promise<Command>;
  /** True for commands that help does not list. */
  readonly hidden?: boolean;
}

/** A group of commands. */
export interface CommandGroup {
  readonly title: string;
  /** Name of the group for `help`. */
  readonly keyword: string;
  readonly commands: Readonly<Record<string, CommandEntry>>;
}

/** All commands, for those that tell about commands. */
export interface CommandCatalog {
  /** In the order of help. */
  readonly groups: readonly CommandGroup[];
  /** Finds a command by its name or an alias. @returns null when there is none */
  entry(name: string): { readonly name: string; readonly entry: CommandEntry } | null;
}

/** Gives the names of all commands that help lists. */
export function commandNames({ groups }: CommandCatalog): string[] {
  return groups.flatMap(({ commands }) =>
    Object.entries(commands).flatMap(([name, { hidden }]) => (hidden === true ? [] : [name])),
  );
}
