// The program from its arguments to its exit code.
import { homedir } from 'node:os';
import { LibvirtError } from '@virtwire/rpc/error';
import { findCommand, entries } from './commands/index.ts';
import { authorityFolders } from './authority.ts';
import { parseArguments } from './command.ts';
import { Context, type Terminal } from './context.ts';
import { UsageError } from './failure.ts';
import { installFolders } from './places.ts';
import { commandUsageText, usageText } from './usage.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** Who runs the program. */
export interface User {
  readonly uid: number;
  readonly home: string;
}

/**
 * Runs the program.
 *
 * @param argv what stands behind its name
 * @returns its exit code: 0, 1 when something failed or `check` found faults, 2 when the command line is wrong
 */
export async function main(
  argv: readonly string[],
  env: Environment,
  terminal: Terminal,
  user: User = { uid: process.getuid?.() ?? -1, home: homedir() },
): Promise<number> {
  try {
    if (argv.length === 0 || argv[0] === '--help' || argv[0] === '-h' || argv[0] === 'help') {
      const asked = argv.slice(1).join(' ');
      if (argv[0] === 'help' && asked !== '') return await showHelp(argv.slice(1), terminal);
      terminal[argv.length === 0 ? 'stderr' : 'stdout'](usageText(entries));
      return argv.length === 0 ? 2 : 0;
    }
    if (argv[0] === '--version' || argv[0] === '-V') {
      terminal.stdout('virtwire-pki (virtwire) 0.1.0\n');
      return 0;
    }
    const { name, entry, rest } = findCommand(argv);
    const command = await entry.load();
    const args = parseArguments(command, rest);
    if (args.flag('help')) {
      terminal.stdout(commandUsageText(name, command));
      return 0;
    }
    const context = new Context({
      ...user,
      terminal,
      env,
      folder: args.text('dir'),
      dryRun: args.flag('dry-run'),
      force: args.flag('force'),
    });
    if (!context.dryRun && command.readsOnly !== true) {
      const folders = [...authorityFolders(context.folder), ...installFolders(user.uid, user.home)];
      await context.finish(context.machine, folders);
    }
    return (await command.run(context, args)) ?? 0;
  } catch (thrown) {
    if (thrown instanceof UsageError) {
      terminal.stderr(`virtwire-pki: ${thrown.message}\nTry 'virtwire-pki${helpWords(argv)} --help'.\n`);
      return 2;
    }
    if (!(thrown instanceof LibvirtError)) throw thrown;
    terminal.stderr(`virtwire-pki: ${thrown.message}\n`);
    return 1;
  }
}

async function showHelp(words: readonly string[], terminal: Terminal): Promise<number> {
  const { name, entry } = findCommand(words);
  terminal.stdout(commandUsageText(name, await entry.load()));
  return 0;
}

function helpWords(argv: readonly string[]): string {
  try {
    return ` ${findCommand(argv).name}`;
  } catch {
    return '';
  }
}
