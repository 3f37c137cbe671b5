// Reads command lines from standard input: with editing, history and completion on a terminal, plainly elsewhere.
import { createInterface, type Interface } from 'node:readline';
import { catalog } from './commands/index.ts';
import { completeLine } from './completion.ts';
import type { Shell } from './context.ts';
import { type History, openHistory } from './history.ts';
import { commandString } from './lexer.ts';
import { parseLine, runCommands } from './run.ts';

/** Runs lines until the input ends or the user leaves. */
export async function runInteractive(shell: Shell): Promise<void> {
  shell.interactive = true;
  const history = openHistory(shell.env, (text) => shell.error(text));
  shell.extra(`Welcome to ${shell.name}, the virtualization interactive terminal.\n\n`);
  shell.extra("Type:  'help' for help with commands\n       'quit' to quit\n\n");
  if (process.stdin.isTTY) await runOnTerminal(shell, history);
  else await runOnPipe(shell, history);
  shell.print('\n');
  history.save();
}

function promptOf(shell: Shell): string {
  return `${shell.name} ${shell.readOnly ? '>' : '#'} `;
}

async function runLine(shell: Shell, line: string): Promise<void> {
  try {
    await runCommands(shell, await parseLine(commandString(line), shell));
  } catch (thrown) {
    shell.report(thrown);
  }
}

// Prompts and lines are printed here too, as readline does for virsh.
async function runOnPipe(shell: Shell, history: History): Promise<void> {
  shell.print(promptOf(shell));
  const lines = createInterface({ input: process.stdin, terminal: false, crlfDelay: 0 });
  for await (const line of lines) {
    shell.print(`${line}\n`);
    if (line !== '') {
      history.add(line);
      await runLine(shell, line);
      if (shell.leaving) break;
    }
    shell.print(promptOf(shell));
  }
  lines.close();
}

async function runOnTerminal(shell: Shell, history: History): Promise<void> {
  const { stdin, stdout } = process;
  const editor = createInterface({
    input: stdin,
    output: stdout,
    terminal: true,
    prompt: promptOf(shell),
    history: history.newestFirst(),
    historySize: history.size,
    removeHistoryDuplicates: false,
    completer: (line: string, done: (error: Error | null, result: [string[], string]) => void) => {
      completeLine(shell, catalog, line).then(
        (result) => done(null, result),
        // Completion only helps: what fails in it has nothing to say.
        () => done(null, [[], line]),
      );
    },
  });
  const leaveTerminal = () => {
    editor.pause();
    stdin.setRawMode(false);
  };
  const takeTerminal = () => {
    stdin.setRawMode(true);
    editor.resume();
  };
  editor.on('SIGINT', () => clearLine(editor));
  await new Promise<void>((resolve) => {
    const waiting: string[] = [];
    let running = false;
    let closed = false;
    const runWaiting = async () => {
      if (running) return;
      running = true;
      leaveTerminal();
      for (let line = waiting.shift(); line !== undefined && !shell.leaving; line = waiting.shift()) {
        if (line === '') continue;
        history.add(line);
        await interruptible(shell, runLine(shell, line));
      }
      running = false;
      if (shell.leaving) closed = true;
      if (closed) {
        editor.close();
        resolve();
        return;
      }
      editor.setPrompt(promptOf(shell));
      takeTerminal();
      editor.prompt();
    };
    editor.on('line', (line) => {
      waiting.push(line);
      void runWaiting();
    });
    editor.on('close', () => {
      closed = true;
      if (!running) resolve();
    });
    editor.prompt();
  });
}

// Ctrl-C gives a command up; what it has begun may go on, but nobody waits for it.
async function interruptible(shell: Shell, command: Promise<void>): Promise<void> {
  let release: () => void = () => {};
  const interrupted = new Promise<void>((resolve) => {
    release = shell.onInterrupt(() => {
      shell.print('\n');
      resolve();
    });
  });
  await Promise.race([command, interrupted]);
  release();
}

function clearLine(editor: Interface): void {
  process.stdout.write('^C\n');
  editor.write(null, { ctrl: true, name: 'e' });
  editor.write(null, { ctrl: true, name: 'u' });
  editor.prompt();
}
