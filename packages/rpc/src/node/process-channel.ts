// A channel over a program of our own: its standard input and output carry the bytes, its standard error explains failures.
import { type ChildProcess, spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import type { Readable, Writable } from 'node:stream';
import type { Channel } from '../channel.ts';
import { ErrorCode, ErrorDomain } from '../error-codes.ts';
import { LibvirtError } from '../error.ts';
import { DuplexChannel } from './duplex-channel.ts';
import { OutputTail, within } from './output-tail.ts';
import { systemErrorText } from './socket-channel.ts';

/** A program to start. */
export interface ProcessCommand {
  /** Path, or a name that is looked up in PATH. */
  readonly program: string;
  readonly args: readonly string[];
  /** The whole environment; variables that are undefined are left out. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /**
   * Tells by the exit code of a program that never wrote a byte that it did not read what it was sent, either. The error
   * is worded by this: libvirt learns it from its socket, Node's pipes do not tell. Left out: only a broken pipe tells.
   */
  readonly leavesUnread?: (exitCode: number | null) => boolean;
}

/** How the program behind a channel ended: the `cause` of the channel's error. */
export interface ProcessEnd {
  readonly program: string;
  readonly args: readonly string[];
  /** Null when a signal ended it, or it still runs. */
  readonly exitCode: number | null;
  readonly signal: string | null;
  /** The last 64 KiB of what it wrote to standard error, control characters made harmless. */
  readonly stderr: string;
}

/** Most bytes of standard error that are kept. */
export const MAX_STDERR_BYTES = 65_536;

// A program whose output has ended gets this long to end itself; it may have left a child behind that holds its pipes.
const EXIT_GRACE_MS = 1_000;
// One that was told to close: first its input ends, then it is asked, then it is made to (virProcessAbort).
const CLOSE_GRACE_MS = 250;
const KILL_GRACE_MS = 1_000;

/**
 * Starts a program and makes a channel of it. The program ends with the channel.
 *
 * @throws LibvirtError `SystemError` when it cannot be started, in libvirt's words; the signal's reason when it was given up
 */
export function processChannel(command: ProcessCommand, signal?: AbortSignal): Promise<Channel> {
  const { program, args, env } = command;
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    let child: ChildProcess;
    try {
      if (program === '') throw Object.assign(new Error('no program'), { code: 'ENOENT' });
      child = spawn(program, args, { env, stdio: 'pipe', windowsHide: true });
    } catch (thrown) {
      reject(cannotStart(program, thrown as NodeJS.ErrnoException));
      return;
    }
    child.once('error', (error) => reject(cannotStart(program, error)));
    child.once('spawn', () => resolve(channelOf(command, child)));
  });
}

function channelOf(command: ProcessCommand, child: ChildProcess): Channel {
  const { stdin, stdout, stderr } = child as ChildProcess & { stdin: Writable; stdout: Socket; stderr: Readable };
  const said = new OutputTail(MAX_STDERR_BYTES);
  stderr.on('data', (chunk: Uint8Array) => said.push(chunk));
  // A pipe that breaks is told by the end of the output.
  stderr.on('error', () => {});
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
  // A signal that could not be sent is of no interest: the program is gone, or not ours any more.
  child.on('error', () => {});
  return new DuplexChannel({
    readable: stdout,
    writable: stdin,
    explain: async (trouble) => {
      await within(exited, EXIT_GRACE_MS);
      // What it said last may still be on its way.
      await within(closed, CLOSE_GRACE_MS);
      const text = said.text();
      const unread = trouble !== null || (stdout.bytesRead === 0 && command.leavesUnread?.(child.exitCode) === true);
      const words = unread
        ? ['Cannot recv data', 'Connection reset by peer']
        : ['End of file while reading data', 'Input/output error'];
      return new LibvirtError(ErrorCode.SystemError, `${words[0]}: ${text}: ${words[1]}`, {
        domain: ErrorDomain.Rpc,
        cause: {
          program: command.program,
          args: command.args,
          exitCode: child.exitCode,
          signal: child.signalCode,
          stderr: text,
        } satisfies ProcessEnd,
      });
    },
    release: async (inOrder) => {
      stdout.destroy();
      stdin.destroy();
      if (inOrder) await within(exited, CLOSE_GRACE_MS);
      await endProcess(child, exited);
      stderr.destroy();
    },
  });
}

async function endProcess(child: ChildProcess, exited: Promise<void>): Promise<void> {
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill(signal);
    await within(exited, KILL_GRACE_MS);
  }
}

function cannotStart(program: string, error: NodeJS.ErrnoException): LibvirtError {
  const text = systemErrorText(error);
  // A name is looked up before anything is started; a path is found wrong by the child, which writes it to its standard
  // error (virCommand).
  const lookedUp = !program.includes('/') && error.code === 'ENOENT';
  const detail = lookedUp
    ? `Cannot find '${program}' in path: ${text}`
    : `Cannot recv data: libvirt:  error : cannot execute binary ${program}: ${text}: Connection reset by peer`;
  return new LibvirtError(ErrorCode.SystemError, detail, {
    domain: lookedUp ? ErrorDomain.None : ErrorDomain.Rpc,
    cause: error,
  });
}
