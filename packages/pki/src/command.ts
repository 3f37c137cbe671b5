// What a command is: its words, its options as rows, and its work.
import { parseArgs } from 'node:util';
import type { Context } from './context.ts';
import { UsageError } from './failure.ts';

/** One option. */
export interface OptionRow {
  /** Shown for the value in help; absent for a switch. */
  readonly value?: string;
  /** May be given several times. */
  readonly many?: true;
  readonly help: string;
}

/** The options of a command by name. */
export type OptionRows = Readonly<Record<string, OptionRow>>;

/** What the user gave for the options of a table. */
export interface Arguments {
  readonly words: readonly string[];
  /** The value of an option, null when it was not given. */
  text(name: string): string | null;
  flag(name: string): boolean;
  /** All values of an option. */
  texts(name: string): readonly string[];
  /** A whole number from 1 on, null when it was not given. @throws UsageError */
  count(name: string): number | null;
}

/** One command. */
export interface Command {
  /** What stands behind its name, e.g. `HOST...`. */
  readonly usage: string;
  /** Least and most words; Infinity for any number. */
  readonly words: readonly [least: number, most: number];
  readonly description: string;
  readonly options: OptionRows;
  /** Examples, each a whole line that works. */
  readonly examples: readonly string[];
  /** True when it changes nothing, whatever is found. */
  readonly readsOnly?: true;
  /** Does the work. @returns the exit code, 0 when left out. */
  run(context: Context, args: Arguments): Promise<number | void>;
}

/** A line of the index: what help shows, and where the rest of it is. */
export interface CommandEntry {
  readonly summary: string;
  load(): Promise<Command>;
}

/** Options that every command has. */
export const globalOptions: OptionRows = {
  dir: { value: 'FOLDER', help: 'the folder of the authority' },
  'dry-run': { help: 'show every change, make none' },
  force: { help: 'replace files that are there; a backup of each stays' },
  help: { help: 'this text' },
};

/** Reads the words behind a command's name. @throws UsageError for options it does not have */
export function parseArguments(command: Command, argv: readonly string[]): Arguments {
  const rows: OptionRows = { ...command.options, ...globalOptions };
  const options = Object.fromEntries(
    Object.entries(rows).map(([name, row]) => [
      name,
      { type: row.value === undefined ? 'boolean' : 'string', multiple: row.many ?? false } as const,
    ]),
  );
  let parsed: ReturnType<typeof parseArgs>;
  try {
    parsed = parseArgs({ args: [...argv], options, allowPositionals: true, strict: true });
  } catch (thrown) {
    throw new UsageError((thrown as Error).message.replace(/\. To specify a positional argument.*/s, ''));
  }
  const { values, positionals } = parsed;
  const [least, most] = command.words;
  if (values['help'] !== true && (positionals.length < least || positionals.length > most)) {
    throw new UsageError(positionals.length < least ? 'something is missing' : `what is '${positionals[most]}' for?`);
  }
  const texts = (name: string) => [values[name] ?? []].flat().filter((each) => typeof each === 'string');
  return {
    words: positionals,
    texts,
    text: (name) => texts(name)[0] ?? null,
    flag: (name) => values[name] === true,
    count: (name) => {
      const [text] = texts(name);
      if (text === undefined) return null;
      if (!/^[1-9]\d{0,5}$/.test(text))
        throw new UsageError(`--${name} wants a whole number from 1 to 999999, not '${text}'`);
      return Number(text);
    },
  };
}
