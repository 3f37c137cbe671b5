// Help texts, put together from the tables of commands and options.
import { type Command, type CommandEntry, globalOptions, type OptionRows } from './command.ts';

/** The help of the whole program. */
export function usageText(entries: Readonly<Record<string, CommandEntry>>): string {
  const width = Math.max(...Object.keys(entries).map((name) => name.length));
  const commands = Object.entries(entries).map(([name, { summary }]) => `  ${name.padEnd(width)}  ${summary}`);
  return `Usage: virtwire-pki COMMAND [OPTION]...

Makes, installs and checks the certificates of libvirt's remote access (tls).

${commands.join('\n')}

Every command knows --help, --dry-run (show every change, make none), --force (replace
files, keeping a backup of each) and --dir FOLDER (where the authority is kept).

The usual way, on the machine that is to be reached:
  virtwire-pki ca create
  virtwire-pki server issue
  virtwire-pki client issue admin
  virtwire-pki install
  virtwire-pki check
`;
}

/** The help of one command. */
export function commandUsageText(name: string, command: Command): string {
  const { usage, description, options, examples } = command;
  const parts = [
    `Usage: virtwire-pki ${[name, usage].filter((part) => part !== '').join(' ')} [OPTION]...`,
    description,
    `Options:\n${optionLines({ ...options, ...globalOptions }).join('\n')}`,
    ...(examples.length > 0 ? [`Examples:\n${examples.map((line) => `  ${line}`).join('\n')}`] : []),
  ];
  return `${parts.join('\n\n')}\n`;
}

function optionLines(rows: OptionRows): string[] {
  const names = Object.entries(rows).map(([name, { value }]) => `--${name}${value === undefined ? '' : ` ${value}`}`);
  const width = Math.max(...names.map((each) => each.length));
  return Object.values(rows).map(({ help, many }, index) => {
    return `  ${(names[index] as string).padEnd(width)}  ${help}${many ? ' (may be repeated)' : ''}`;
  });
}
