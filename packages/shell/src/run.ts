// Runs command lines: parse the whole of it, then each command, with virsh's results and blank lines.
import { catalog, findCommand } from './commands/index.ts';
import type { Shell } from './context.ts';
import type { WordSource } from './lexer.ts';
import { type ParsedCommand, parseCommands } from './parser.ts';

/** Parses a command line. @throws UsageError; nothing is run then */
export function parseLine(source: WordSource, shell: Shell): Promise<ParsedCommand[]> {
  return parseCommands(source, { find: findCommand }, (command, option, value) => {
    shell.debug('INFO', `${command}: ${option}(${value === null ? 'bool' : 'optdata'}): ${value ?? '(none)'}`);
  });
}

/** Runs commands one after the other, also after one has failed. @returns whether the last one succeeded */
export async function runCommands(shell: Shell, commands: readonly ParsedCommand[]): Promise<boolean> {
  let succeeded = true;
  for (const parsed of commands) {
    // Not asked for in vain: the clock comes with six modules of Node.
    const started = shell.timing ? performance.now() : 0;
    succeeded = await runCommand(shell, parsed);
    if (shell.leaving) return succeeded;
    if (shell.timing) shell.print(`\n(Time: ${(performance.now() - started).toFixed(3)} ms)\n\n`);
    else shell.extra('\n');
  }
  return succeeded;
}

async function runCommand(shell: Shell, { name, command, args }: ParsedCommand): Promise<boolean> {
  try {
    shell.commandName = name;
    if (command.offline !== true) await shell.ensureConnection();
    await command.run(shell, args, catalog);
    return true;
  } catch (thrown) {
    shell.report(thrown);
    return false;
  }
}
