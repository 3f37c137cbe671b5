// What may complete a command line: names of commands, of options, and values of options.
import { Arguments } from './arguments.ts';
import { type Command, type CommandCatalog, commandNames } from './command.ts';
import type { Option } from './option.ts';
import type { Shell } from './context.ts';
import { UsageError } from './failure.ts';
import { commandString } from './lexer.ts';

/** Completes the last word of a line. @returns the candidates, quoted where needed, and the text that they replace */
export async function completeLine(shell: Shell, catalog: CommandCatalog, line: string): Promise<[string[], string]> {
  const { words, last } = splitLine(line);
  const candidates = await completeWords(shell, [...words, last.word], { catalog, valuesOfEmpty: true });
  const quoted = candidates.map((candidate) => quoteWord(candidate));
  // A single candidate is finished: the next word may begin.
  return [quoted.length === 1 ? [`${quoted[0]} `] : quoted, last.text];
}

/** How to complete. */
export interface CompletionOptions {
  readonly catalog: CommandCatalog;
  /** True to offer values also where nothing was typed yet; virsh's `complete` offers only options there. */
  readonly valuesOfEmpty: boolean;
}

/** Completes the last of the words of one command. */
export async function completeWords(
  shell: Shell,
  words: readonly string[],
  { catalog, valuesOfEmpty }: CompletionOptions,
): Promise<string[]> {
  const typed = words.at(-1) ?? '';
  const found = words.length > 1 ? catalog.entry(words[0] as string) : null;
  if (found === null) return commandNames(catalog).filter((name) => name.startsWith(typed));
  const command = await found.entry.load();
  const state = readWords(command, words.slice(1, -1));
  const offersValues = typed !== '' || valuesOfEmpty || state.valueFor !== null;
  const values = offersValues ? await valuesOf(shell, command, { state, typed, names: commandNames(catalog) }) : [];
  return state.valueFor === null
    ? [...values, ...optionNames(command, state, typed)].filter((value) => value.startsWith(typed))
    : values.filter((value) => value.startsWith(typed));
}

interface LineState {
  readonly given: Map<string, string[]>;
  /** The option that the next word is the value of, null when it is free. */
  readonly valueFor: string | null;
  /** The option that a bare word would fill. */
  readonly next: string | null;
}

function readWords(command: Command, words: readonly string[]): LineState {
  const given = new Map<string, string[]>();
  const isFree = ([name, option]: [string, Option]) =>
    option.kind !== 'bool' && !option.named && (option.kind === 'argv' || !given.has(name));
  let valueFor: string | null = null;
  for (const word of words) {
    if (valueFor !== null) {
      given.set(valueFor, [...(given.get(valueFor) ?? []), word]);
      valueFor = null;
      continue;
    }
    const [, name, value] = /^--([A-Za-z0-9][^=]*)(?:=(.*))?$/s.exec(word) ?? [];
    const option = name !== undefined && Object.hasOwn(command.options, name) ? command.options[name] : undefined;
    if (name !== undefined && option !== undefined) {
      if (option.kind === 'bool' || value !== undefined) given.set(name, value === undefined ? [] : [value]);
      else valueFor = name;
    } else if (word !== '--') {
      const next = Object.entries(command.options).find(isFree)?.[0];
      if (next !== undefined) given.set(next, [...(given.get(next) ?? []), word]);
    }
  }
  return { given, valueFor, next: Object.entries(command.options).find(isFree)?.[0] ?? null };
}

interface Place {
  readonly state: LineState;
  readonly typed: string;
  readonly names: readonly string[];
}

async function valuesOf(shell: Shell, command: Command, { state, typed, names }: Place): Promise<readonly string[]> {
  const name = state.valueFor ?? (typed.startsWith('-') ? null : state.next);
  const complete = name === null ? undefined : command.options[name]?.complete;
  if (complete === undefined) return [];
  if (command.offline !== true) await shell.ensureConnection();
  return complete(shell, new Arguments(command.options, state.given), names);
}

function optionNames(command: Command, { given }: LineState, typed: string): string[] {
  if (typed !== '' && !typed.startsWith('-')) return [];
  return Object.entries(command.options).flatMap(([name, { kind }]) =>
    given.has(name) && kind !== 'argv' ? [] : [`--${name}`],
  );
}

interface SplitLine {
  readonly words: readonly string[];
  readonly last: { readonly word: string; readonly text: string };
}

// Cuts the line into the words of its last command; the last word is given also as it was typed.
function splitLine(line: string): SplitLine {
  let words: string[] = [];
  for (let end = line.length; end >= 0; end--) {
    // The longest beginning that ends with a blank or a semicolon outside of quotes stands before the last word.
    if (end > 0 && !/[ \t;]/.test(line.charAt(end - 1))) continue;
    try {
      words = wordsOfLastCommand(line.slice(0, end));
      const [word = ''] = wordsOfLastCommand(closeQuotes(line.slice(end)));
      return { words, last: { word, text: line.slice(end) } };
    } catch (thrown) {
      if (!(thrown instanceof UsageError)) throw thrown;
    }
  }
  return { words, last: { word: line, text: line } };
}

function closeQuotes(text: string): string {
  return (text.match(/"/g)?.length ?? 0) % 2 === 1 ? `${text}"` : text;
}

function wordsOfLastCommand(text: string): string[] {
  const source = commandString(text);
  let words: string[] = [];
  for (let token = source.next(); token !== 'end'; token = source.next()) {
    if (token === 'command-end') words = [];
    else words.push(token.word);
  }
  return words;
}

function quoteWord(word: string): string {
  return word.replace(/[ \t\n"'\\;#]/g, '\\$&');
}
