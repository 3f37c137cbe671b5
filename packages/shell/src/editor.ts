// Lets the user change a text in an editor, and asks what to do when the result is not taken.
import { spawn } from 'node:child_process';
import { mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Shell } from './context.ts';
import { attempt, CommandFailure, fail } from './failure.ts';
import { systemErrorText } from './system-error.ts';

/** Something whose XML is changed in an editor. */
export interface EditJob {
  /** Gives the XML as it is now. */
  fetch(): Promise<string>;
  /** Takes the changed XML. */
  define(xml: string): Promise<unknown>;
  /** Takes it without checking it against the schema; absent where nothing is checked. */
  defineUnchecked?(xml: string): Promise<unknown>;
  /** What to say when nothing was changed. */
  readonly notChanged: string;
  /** What to say when the change was taken. */
  readonly edited: string;
}

/** Edits XML until it is taken or the user gives up. */
export async function editXml(shell: Shell, job: EditJob): Promise<void> {
  let fetched = await attempt(job.fetch(), null);
  let define = (xml: string) => job.define(xml);
  let uncheckedOffered = job.defineUnchecked !== undefined;
  await withTemporaryFile(fetched, async (path) => {
    for (;;) {
      await runEditor(shell, path);
      const changed = await readFile(path, 'utf8');
      if (changed === fetched) {
        shell.extra(`${job.notChanged}\n`);
        return;
      }
      const problem = await tryDefine(changed, false);
      if (problem === null) return done();
      for (;;) {
        const answer = await ask(shell, problem, uncheckedOffered);
        if (answer === 'y') break;
        if (answer === 'n') throw new CommandFailure(null);
        if (answer === 'i' && uncheckedOffered) {
          define = (xml) => job.defineUnchecked?.(xml) ?? job.define(xml);
          uncheckedOffered = false;
        }
        const again = await tryDefine(changed, answer === 'f');
        if (again === null) return done();
        problem.message = again.message;
        problem.cause = again.cause;
      }
    }
  });

  function done(): void {
    shell.extra(`${job.edited}\n`);
  }

  // Gives what is in the way, null when the change was taken.
  async function tryDefine(changed: string, force: boolean): Promise<Problem | null> {
    const present = await attempt(job.fetch(), null);
    if (present !== fetched && !force) {
      fetched = present;
      return { message: 'The XML configuration was changed by another user.', cause: undefined };
    }
    try {
      await define(changed);
      return null;
    } catch (thrown) {
      return { message: 'Failed.', cause: thrown };
    }
  }
}

interface Problem {
  message: string;
  cause: unknown;
}

async function ask(shell: Shell, problem: Problem, uncheckedOffered: boolean): Promise<string> {
  if (!process.stdin.isTTY) throw new CommandFailure(problem.message, problem.cause);
  if (problem.cause !== undefined) shell.report(problem.cause);
  const offered = uncheckedOffered ? 'y,n,i,f,?' : 'y,n,f,?';
  for (;;) {
    shell.print(`${problem.message} Try again? [${offered}]: `);
    const key = await readKey();
    shell.print(`${key}\n`);
    if (key === 'y' || key === 'n' || key === 'f' || (key === 'i' && uncheckedOffered)) return key;
    shell.print('y - yes, start the editor again\nn - no, throw my changes away\n');
    if (uncheckedOffered) shell.print('i - do not check against the schema, then define again\n');
    shell.print('f - force, define again\n? - this text\n');
  }
}

function readKey(): Promise<string> {
  const { stdin } = process;
  return new Promise((resolve) => {
    const wasRaw = stdin.isRaw;
    stdin.setRawMode(true);
    stdin.resume();
    stdin.once('data', (chunk: Uint8Array | string) => {
      stdin.setRawMode(wasRaw);
      stdin.pause();
      const key = (typeof chunk === 'string' ? chunk : new TextDecoder().decode(chunk)).charAt(0).toLowerCase();
      // Ctrl-C and Ctrl-D give up.
      resolve(key === '\x03' || key === '\x04' ? 'n' : key);
    });
  });
}

/** Edits a text once. @returns what the editor left */
export async function editOnce(shell: Shell, text: string): Promise<string> {
  return withTemporaryFile(text, async (path) => {
    await runEditor(shell, path);
    return readFile(path, 'utf8');
  });
}

// The file may hold passwords: only its owner may read it, and it is removed in every case.
async function withTemporaryFile<T>(text: string, use: (path: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'virsh'));
  const path = join(folder, 'edit.xml');
  try {
    const file = await open(path, 'wx', 0o600);
    await file.writeFile(text);
    await file.close();
    return await use(path);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

// Names made only of these start the editor without a shell (ACCEPTED_CHARS of virsh).
const PLAIN = /^[a-zA-Z0-9/_.:@-]+$/;

async function runEditor(shell: Shell, path: string): Promise<void> {
  const editor = shell.env['VISUAL'] || shell.env['EDITOR'] || 'vi';
  const plain = PLAIN.test(editor);
  const [program, args] = plain ? [editor, [path]] : ['sh', ['-c', `${editor} ${path}`]];
  try {
    const code = await new Promise<number>((resolve, reject) => {
      const child = spawn(program, args, { stdio: 'inherit' });
      child.once('error', reject);
      child.once('close', (code, signal) => resolve(code ?? (signal === null ? 1 : 128)));
    });
    const command = plain ? `${editor} ${path}` : `sh -c '${editor} ${path}'`;
    if (code !== 0) fail(`internal error: Child process (${command}) unexpected exit status ${code}`);
  } catch (thrown) {
    if (thrown instanceof CommandFailure) throw thrown;
    fail(`cannot execute binary ${editor}: ${systemErrorText(thrown)}`);
  }
}
