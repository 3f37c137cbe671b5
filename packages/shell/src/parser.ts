// Puts the words of a command line to the options of commands: virsh's grammar (vshCommandParse).
import { Arguments } from './arguments.ts';
import type { Command } from './command.ts';
import type { Option } from './option.ts';
import { UsageError } from './failure.ts';
import type { WordSource } from './lexer.ts';

/** A command that is ready to run. */
export interface ParsedCommand {
  readonly name: string;
  readonly command: Command;
  readonly args: Arguments;
}

/** Finds commands by name. */
export interface CommandFinder {
  /**
   * @returns the command under its own name (an alias leads to its target)
   * @throws UsageError when there is none
   */
  find(name: string): Promise<{ readonly name: string; readonly command: Command }>;
}

/** Told of each option that is read. @param value null for a flag */
export type OptionListener = (command: string, option: string, value: string | null) => void;

/** Parses a whole command line. @throws UsageError at the first word that does not fit; then nothing may be run */
export async function parseCommands(
  source: WordSource,
  finder: CommandFinder,
  onOption: OptionListener = () => {},
): Promise<ParsedCommand[]> {
  const commands: ParsedCommand[] = [];
  for (;;) {
    const token = source.next();
    if (token === 'end') return commands;
    if (token === 'command-end') continue;
    const { name, command } = await finder.find(token.word);
    const { ended, helpAsked, given } = readOptions(source, name, command, onOption);
    if (helpAsked) {
      const help = await finder.find('help');
      commands.push({ ...help, args: new Arguments(help.command.options, new Map([['command', [name]]])) });
    } else {
      checkRequired(name, command, given);
      commands.push({ name, command, args: new Arguments(command.options, given) });
    }
    if (ended) return commands;
  }
}

type Given = Map<string, string[]>;

interface OptionsRead {
  readonly ended: boolean;
  readonly helpAsked: boolean;
  readonly given: Given;
}

const LONG_OPTION = /^--([A-Za-z0-9][^=]*)(?:=(.*))?$/s;

function readOptions(source: WordSource, name: string, command: Command, onOption: OptionListener): OptionsRead {
  const given: Given = new Map();
  const free = Object.entries(command.options).filter(([, option]) => option.kind !== 'bool' && !option.named);
  let helpAsked = false;
  let dataOnly = false;

  const take = (option: string, value: string | null) => {
    const values = given.get(option) ?? [];
    if (value !== null) values.push(value);
    given.set(option, values);
    onOption(name, option, value);
  };
  const takeData = (value: string) => {
    const next = free[0];
    if (next === undefined) {
      // help has nothing to say against words too many.
      if (name === 'help') return;
      throw new UsageError(`unexpected data '${value}'`);
    }
    if (next[1].kind !== 'argv') free.shift();
    take(next[0], value);
  };
  const noLongerFree = (option: string) => {
    const index = free.findIndex(([free]) => free === option);
    if (index >= 0 && free[index]?.[1].kind !== 'argv') free.splice(index, 1);
  };

  for (;;) {
    const token = source.next();
    if (token === 'end' || token === 'command-end') return { ended: token === 'end', helpAsked, given };
    const { word } = token;
    const long = dataOnly ? null : LONG_OPTION.exec(word);
    if (word === '--' && !dataOnly) {
      dataOnly = true;
    } else if (long === null) {
      takeData(word);
    } else if (long[1] === 'help') {
      if (long[2] !== undefined) throw new UsageError("invalid '=' after option --help");
      helpAsked = true;
    } else {
      const named = nameOption(name, command, given, long[1] as string, long[2]);
      if (named === null) continue;
      if (named.option.kind === 'bool') {
        if (named.value !== undefined) throw new UsageError(`invalid '=' after option --${named.name}`);
        take(named.name, null);
      } else {
        take(named.name, named.value ?? valueAfter(source, named.name, named.option));
        noLongerFree(named.name);
      }
    }
  }
}

interface NamedOption {
  readonly name: string;
  readonly option: Option;
  readonly value: string | undefined;
}

// Gives null for an unknown option of help, which ignores those.
function nameOption(
  commandName: string,
  command: Command,
  given: Given,
  asked: string,
  value: string | undefined,
): NamedOption | null {
  const alias = command.optionAliases?.[asked];
  let name = asked;
  if (alias !== undefined && Object.hasOwn(command.optionAliases ?? {}, asked)) {
    const equals = alias.indexOf('=');
    name = equals < 0 ? alias : alias.slice(0, equals);
    if (equals >= 0) {
      if (value !== undefined) throw new UsageError(`invalid '=' after option --${asked}`);
      value = alias.slice(equals + 1);
    }
  }
  const option = Object.hasOwn(command.options, name) ? command.options[name] : undefined;
  if (option === undefined) {
    if (commandName === 'help') return null;
    throw new UsageError(`command '${commandName}' doesn't support option --${asked}`);
  }
  if (given.has(name) && option.kind !== 'argv') throw new UsageError(`option --${name} already seen`);
  return { name, option, value };
}

function valueAfter(source: WordSource, name: string, option: Option): string {
  const token = source.next();
  if (token === 'end' || token === 'command-end') {
    throw new UsageError(`expected syntax: --${name} <${option.kind === 'int' ? 'number' : 'string'}>`);
  }
  return token.word;
}

function checkRequired(name: string, command: Command, given: Given): void {
  const missing = Object.entries(command.options)
    .filter(([option, { required }]) => required && !given.has(option))
    .map(([option, { kind }]) =>
      kind === 'data' || kind === 'argv'
        ? `command '${name}' requires <${option}> option`
        : `command '${name}' requires --${option} option`,
    );
  if (missing.length > 0) throw new UsageError(...missing);
}
