// What a command is: a row of options as data, a few words of help, and an action.
import type { Arguments } from './arguments.ts';
import type { Shell } from './context.ts';

/**
 * The kinds of options.
 *
 * `bool` takes no value; `string` and `int` follow their name or come as a bare word in the order of the table; `data` is a
 * bare word that may be named; `argv` takes all words that remain.
 */
export type OptionKind = 'bool' | 'string' | 'int' | 'data' | 'argv';

/** Gives the values that may complete an option, without those that do not fit what was typed (the caller filters). */
export type Completer = (shell: Shell, args: Arguments) => Promise<readonly string[]> | readonly string[];

/** One option of a command. */
export interface Option<K extends OptionKind = OptionKind, R extends boolean = boolean> {
  readonly kind: K;
  readonly required: R;
  /** True when it must be given by its name (VSH_OFLAG_REQ_OPT). */
  readonly named: boolean;
  /** True when the empty string is a value (VSH_OFLAG_EMPTY_OK). */
  readonly mayBeEmpty: boolean;
  readonly help: string;
  readonly complete?: Completer;
}

/** The options of a command in the order of its help and of bare words. */
export type OptionTable = Readonly<Record<string, Option>>;

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
  run(shell: Shell, args: Arguments<O>): Promise<void> | void;
}

/** Defines a command; the names and kinds of its options are known to the type of `args`. */
export function command<const O extends OptionTable>(definition: Command<O>): Command {
  return definition as unknown as Command;
}

interface OptionExtras {
  readonly named?: boolean;
  readonly mayBeEmpty?: boolean;
  readonly complete?: Completer;
}

function option<K extends OptionKind, R extends boolean>(
  kind: K,
  required: R,
  help: string,
  extras: OptionExtras = {},
): Option<K, R> {
  const { named = false, mayBeEmpty = false, complete } = extras;
  return { kind, required, named, mayBeEmpty, help, ...(complete === undefined ? undefined : { complete }) };
}

/** An option without a value. */
export function flag(help: string): Option<'bool', false> {
  return option('bool', false, help);
}

/** A required word. */
export function word(help: string, extras?: OptionExtras): Option<'data', true> {
  return option('data', true, help, extras);
}

/** An optional text. */
export function text(help: string, extras?: OptionExtras): Option<'string', false> {
  return option('string', false, help, extras);
}

/** An optional number. */
export function number(help: string, extras?: OptionExtras): Option<'int', false> {
  return option('int', false, help, extras);
}

/** A required number. */
export function requiredNumber(help: string, extras?: OptionExtras): Option<'int', true> {
  return option('int', true, help, extras);
}

/** All words that remain, perhaps none. */
export function words(help: string, extras?: OptionExtras): Option<'argv', false> {
  return option('argv', false, help, { mayBeEmpty: true, ...extras });
}

/** All words that remain, at least one. */
export function requiredWords(help: string, extras?: OptionExtras): Option<'argv', true> {
  return option('argv', true, help, { mayBeEmpty: true, ...extras });
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
