// Programs that the driver runs: without a shell, with a bounded memory of what they say, ended when nobody waits.
import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { ErrorCode, LibvirtError } from '@virtwire/rpc';

/** How much of standard error is kept for the error. */
const maxErrorBytes = 64 * 1024;

/** How a program ended. */
export interface Ended {
  /** Null when a signal ended it. */
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stderr: string;
}

/** What a program is run with. */
export interface RunOptions {
  /** Aborting ends the program. */
  readonly signal?: AbortSignal | undefined;
  /** Takes what it writes, piece by piece; the next piece waits until it returns. Nothing is read when left out. */
  readonly output?: (piece: Uint8Array) => void | Promise<void>;
}

/**
 * Runs a program to its end.
 *
 * @param program its full path, from {@link findProgram}
 */
export async function run(program: string, args: readonly string[], options: RunOptions = {}): Promise<Ended> {
  options.signal?.throwIfAborted();
  const child = spawn(program, args, {
    stdio: ['ignore', options.output === undefined ? 'ignore' : 'pipe', 'pipe'],
    // Messages are read by us and our users, in one language.
    env: { PATH: process.env.PATH ?? '', LC_ALL: 'C' },
  });
  const ended = new Promise<Omit<Ended, 'stderr'>>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status, signal) => resolve({ status, signal }));
  });
  ended.catch(() => undefined);
  const abort = () => child.kill('SIGTERM');
  options.signal?.addEventListener('abort', abort, { once: true });
  try {
    const stderr = child.stderr === null ? Promise.resolve('') : collect(child.stderr);
    stderr.catch(() => undefined);
    if (options.output !== undefined && child.stdout !== null) {
      for await (const piece of child.stdout) await options.output(piece as Uint8Array);
    }
    const result = await ended;
    options.signal?.throwIfAborted();
    return { ...result, stderr: await stderr };
  } finally {
    options.signal?.removeEventListener('abort', abort);
    child.stdout?.destroy();
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
  }
}

/** As {@link run}, but an end with anything but 0 is an error in libvirt's words, standard error included. */
export async function runOrThrow(program: string, args: readonly string[], options: RunOptions = {}): Promise<void> {
  const { status, signal, stderr } = await run(program, args, options);
  if (status === 0) return;
  const how = status === null ? `fatal signal ${signal}` : `exit status ${status}`;
  throw new LibvirtError(
    ErrorCode.InternalError,
    `Child process (${[program, ...args].join(' ')}) unexpected ${how}: ${stderr}`,
  );
}

/** Finds a program in the path. @returns its full path, or null */
export function findProgram(name: string): string | null {
  if (name.includes('/')) return isProgram(name) ? name : null;
  for (const directory of (process.env.PATH ?? '').split(delimiter)) {
    const path = join(directory, name);
    if (directory.startsWith('/') && isProgram(path)) return path;
  }
  return null;
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

async function collect(stream: AsyncIterable<unknown>): Promise<string> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of stream) {
    const bytes = piece as Uint8Array;
    if (length < maxErrorBytes) pieces.push(bytes.subarray(0, maxErrorBytes - length));
    length += bytes.length;
  }
  return Buffer.concat(pieces).toString('utf8');
}
