// What an option of a command is, and the few forms that options have.
import type { Shell } from './context.ts';

/**
 * The kinds of options.
 *
 * `bool` takes no value; `string` and `int` follow their name or come as a bare word in the order of the table; `data` is a
 * bare word that may be named; `argv` takes all words that remain.
 */
export type OptionKind = 'bool' | 'string' | 'int' | 'data' | 'argv';

/** Gives the values that may complete an option, without those that do not fit what was typed (the caller filters). */
export type Completer = (
  shell: Shell,
  options: GivenOptions,
  commandNames: readonly string[],
) => Promise<readonly string[]> | readonly string[];

/** What was typed before the word that is to be completed. */
export interface GivenOptions {
  /** Gives the value of an option, undefined when it was not given. */
  given(name: string): string | undefined;
}

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
  return option('argv', true, help, extras);
}
