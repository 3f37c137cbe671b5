// The texts of help: usage of the program, lists of groups, the page of one command.
import type { Command, CommandGroup } from './command.ts';
import type { Option, OptionKind } from './option.ts';

/** Writes the usage of the program, with all commands. */
export function usageText(name: string, groups: readonly CommandGroup[]): string {
  const list = groups.map((group) => ` ${group.title} (help keyword '${group.keyword}')\n${commandLines(group)}\n`);
  return `
${name} [options]... [<command_string>]
${name} [options]... <command> [args...]

  options:
    -c | --connect=URI      URI of the hypervisor connection
    -d | --debug=NUM        debug level [0-4]
    -e | --escape <char>    set escape sequence for console
    -h | --help             this help
    -k | --keepalive-interval=NUM
                            seconds between keepalive messages, 0 to send none
    -K | --keepalive-count=NUM
                            keepalive messages that may stay without an answer
    -l | --log=FILE         append a log to this file
    -q | --quiet            print results only
    -r | --readonly         open the connection read-only
    -t | --timing           print how long each command took
    -v                      short version
    -V                      long version
         --version[=TYPE]   version, TYPE is short or long (default short)
  commands (non interactive mode):

${list.join('')}
  (specify help <group> for details about the commands in the group)

  (specify help <command> for details about the command)

`;
}

/** Writes all groups with their commands, as `help` without a word does. */
export function allGroupsText(groups: readonly CommandGroup[]): string {
  return `Grouped commands:\n\n${groups.map((group) => `${groupText(group)}\n`).join('')}`;
}

/** Writes one group with its commands. */
export function groupText(group: CommandGroup): string {
  return ` ${group.title} (help keyword '${group.keyword}'):\n${commandLines(group)}`;
}

function commandLines(group: CommandGroup): string {
  return Object.entries(group.commands)
    .filter(([, { hidden }]) => hidden !== true)
    .map(([name, { summary }]) => `    ${name.padEnd(30)} ${summary}\n`)
    .join('');
}

/** Writes the page of one command. */
export function commandText(name: string, summary: string, command: Command): string {
  const options = Object.entries(command.options);
  // Once an option may be given without its name, the words of an argv option may be too.
  let bareWords = false;
  let synopsis = `    ${name}`;
  let lines = '';
  for (const [option, row] of options) {
    if (row.kind !== 'bool' && row.kind !== 'argv' && !row.named) bareWords = true;
    synopsis += ` ${SYNOPSIS[row.kind](option, row, bareWords)}`;
    lines += `    ${LABELS[row.kind](option, row, bareWords).padEnd(15)}  ${row.help}\n`;
  }
  const { description } = command;
  return [
    `  NAME\n    ${name} - ${summary}\n`,
    `\n  SYNOPSIS\n${synopsis}\n`,
    description === undefined ? '' : `\n  DESCRIPTION\n    ${description.replaceAll('\n', '\n    ')}\n`,
    options.length === 0 ? '' : `\n  OPTIONS\n${lines}`,
    '\n',
  ].join('');
}

type Writer = (name: string, option: Option, bareWords: boolean) => string;

const SYNOPSIS: Readonly<Record<OptionKind, Writer>> = {
  bool: (name) => `[--${name}]`,
  int: (name, { required }) => (required ? `<${name}>` : `[--${name} <number>]`),
  string: (name) => `[--${name} <string>]`,
  data: (name, { required }) => (required ? `<${name}>` : `[<${name}>]`),
  argv: (name, { required }, bareWords) => {
    if (bareWords) return required ? `{[--${name}] <string>}...` : `[[--${name}] <string>]...`;
    return required ? `<${name}>...` : `[<${name}>]...`;
  },
};

const LABELS: Readonly<Record<OptionKind, Writer>> = {
  bool: (name) => `--${name}`,
  int: (name, { required }) => (required ? `[--${name}] <number>` : `--${name} <number>`),
  string: (name) => `--${name} <string>`,
  data: (name) => `[--${name}] <string>`,
  argv: (name, _option, bareWords) => (bareWords ? `[--${name}] <string>` : `<${name}>`),
};
