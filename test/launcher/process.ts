// Child processes of tests: run one to its end, or keep one running in its own process group until it is disposed.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

/** How a finished process ended and what it wrote. */
export interface Finished {
  readonly stdout: string;
  readonly stderr: string;
  /** Exit code, null when a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** How to start a process. */
export interface RunOptions {
  /** Text for its standard input, which is empty otherwise. */
  readonly input?: string;
  /** Variables added to the environment; undefined takes one away. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  /** After this time the process is killed and the run rejects; 60 s when left out. */
  readonly timeoutMs?: number;
}

/**
 * Runs a program to its end. Locale and time zone are fixed, so that outputs compare.
 *
 * @throws Error when it cannot be started or does not end in time; a bad exit code is no error.
 */
export async function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<Finished> {
  await using running = start(command, args, options);
  running.child.stdin?.end(options.input ?? '');
  const timeoutMs = options.timeoutMs ?? 60_000;
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    running.kill('SIGKILL');
  }, timeoutMs);
  const finished = await running.finished;
  clearTimeout(timer);
  if (late) {
    throw new Error(
      `${[command, ...args].join(' ')} did not end within ${timeoutMs} ms\n${finished.stdout}${finished.stderr}`,
    );
  }
  return finished;
}

/** A process that runs beside the test. Disposing it kills its whole process group. */
export interface Running extends AsyncDisposable {
  readonly child: ChildProcess;
  readonly pid: number;
  /** What it wrote so far. */
  stdout(): string;
  stderr(): string;
  /** Resolves when it has ended and all that it wrote has arrived. */
  readonly finished: Promise<Finished>;
  /** Sends a signal to the whole process group; does nothing when it has ended. */
  kill(signal: NodeJS.Signals): void;
  /**
   * Resolves when `test` holds for what the process has written to standard output.
   *
   * @throws Error when it ends first, or does not write it in 30 s.
   */
  output(test: (stdout: string) => boolean): Promise<string>;
}

/** Starts a process in its own group, with pipes for its three streams. */
export function start(command: string, args: readonly string[], options: RunOptions = {}): Running {
  const child = spawn(command, args, {
    cwd: options.cwd,
    detached: true,
    env: { ...process.env, LC_ALL: 'C.UTF-8', TZ: 'UTC', ...options.env },
    stdio: 'pipe',
  });
  const title = [command, ...args].join(' ');
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  // A program that ends without reading its input breaks the pipe; its exit code tells the story.
  child.stdin.on('error', () => {});
  const finished = once(child, 'close').then(
    ([code, signal]): Finished => ({
      stdout,
      stderr,
      code: code as number | null,
      signal: signal as NodeJS.Signals | null,
    }),
  );
  // Whoever waits for the end gets the failure; nobody has to wait.
  finished.catch(() => {});
  const kill = (signal: NodeJS.Signals): void => {
    if (child.pid === undefined) return;
    try {
      process.kill(-child.pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  };
  return {
    child,
    get pid() {
      if (child.pid === undefined) throw new Error(`${title} did not start`);
      return child.pid;
    },
    stdout: () => stdout,
    stderr: () => stderr,
    finished,
    kill,
    async output(test) {
      const deadline = AbortSignal.timeout(30_000);
      const ended = once(child, 'close').then(() => true);
      while (!test(stdout)) {
        const more = once(child.stdout, 'data', { signal: deadline }).then(() => false);
        more.catch(() => {});
        const over = child.exitCode !== null || child.signalCode !== null || (await Promise.race([more, ended]));
        if (over && !test(stdout)) throw new Error(`${title} ended too early\n${stdout}${stderr}`);
      }
      return stdout;
    },
    async [Symbol.asyncDispose]() {
      kill('SIGKILL');
      if (child.pid !== undefined) await finished;
    },
  };
}
