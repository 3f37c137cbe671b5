// The program from its arguments to its exit code; everything heavy is loaded when it is needed.
import type { Opener } from './context.ts';
import { UsageError } from './failure.ts';
import type { WordSource } from './lexer.ts';
import { type GlobalOptions, parseGlobalOptions } from './options.ts';
import { type Output, processOutput } from './output.ts';
import type { ParsedCommand } from './parser.ts';
import { commandName, LIBVIRT_VERSION } from './version.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** Runs the program. @param argv node, the script, then the arguments @returns the exit code */
export async function main(argv: readonly string[], env: Environment, output: Output = processOutput): Promise<number> {
  const name = commandName(argv[1]);
  try {
    const options = parseGlobalOptions(argv.slice(2));
    for (const warning of options.warnings) output.stderr(`error: ${warning}\n`);
    if (options.show !== null) {
      await show(options.show, name, output);
      return 0;
    }
    return await runShell(name, options, env, output);
  } catch (thrown) {
    if (!(thrown instanceof UsageError)) throw thrown;
    for (const line of thrown.lines) output.stderr(`error: ${line}\n`);
    return 1;
  }
}

async function show(what: 'help' | 'version' | 'long-version', name: string, output: Output): Promise<void> {
  if (what === 'version') {
    output.stdout(`${LIBVIRT_VERSION}\n`);
  } else if (what === 'long-version') {
    const { longVersionText } = await import('./version.ts');
    output.stdout(longVersionText(name));
  } else {
    const [{ usageText }, { allGroups }] = await Promise.all([import('./help-text.ts'), import('./commands/index.ts')]);
    output.stdout(usageText(name, allGroups));
  }
}

async function runShell(name: string, options: GlobalOptions, env: Environment, output: Output): Promise<number> {
  const { parseLine, runCommands } = await import('./run.ts');
  const shell = await makeShell(name, options, env, output);
  try {
    const { words } = options;
    if (words.length === 1) shell.debug('INFO', `commands: "${words[0]}"`);
    const parse = (source: WordSource) => parseLine(source, shell);
    const commands = words.length === 0 ? null : await parseWords(words, parse);
    if (shell.opensAtStart) await shell.ensureConnection();
    if (commands !== null) return (await runCommands(shell, commands)) ? 0 : 1;
    const { runInteractive } = await import('./interactive.ts');
    await runInteractive(shell);
    return 0;
  } catch (thrown) {
    shell.report(thrown);
    return 1;
  } finally {
    await shell.close();
  }
}

async function parseWords(
  words: readonly string[],
  parseLine: (source: WordSource) => Promise<ParsedCommand[]>,
): Promise<ParsedCommand[]> {
  const { commandString, readyWords } = await import('./lexer.ts');
  // An empty command string is a failure without a word, in virsh too.
  if (words.length === 1 && words[0] === '') throw new UsageError();
  return parseLine(words.length === 1 ? commandString(words[0] as string) : readyWords(words));
}

async function makeShell(name: string, options: GlobalOptions, env: Environment, output: Output) {
  const { Shell } = await import('./context.ts');
  // The client library is loaded with the first connection.
  const open: Opener = async (uri, how) => (await import('./open.ts')).openConnection(uri, how);
  const logFile = options.logFile ?? env['VIRSH_LOG_FILE'] ?? null;
  const log = logFile === null ? null : (await import('./log.ts')).openLog(logFile, name);
  const uri = options.uri ?? (env['VIRSH_DEFAULT_CONNECT_URI'] || null);
  const debug = options.debug ?? debugLevelOf(env, output);
  return new Shell({ ...options, name, output, env, log, uri, open, debug });
}

// VIRSH_DEBUG; virsh reads it, and complains of it, twice.
function debugLevelOf(env: Environment, output: Output): number | null {
  const given = env['VIRSH_DEBUG'];
  if (given === undefined || given === '') return null;
  if (/^\s*\+?[0-4]$/.test(given)) return Number(given);
  output.stderr('error: VIRSH_DEBUG not set with a valid numeric value\n'.repeat(2));
  return null;
}
