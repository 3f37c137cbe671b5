// The clients that tests run: virsh, virtwire, Python with libvirt's module.
import { PYTHON } from './requires.ts';
import { type Finished, run, type RunOptions, type Running, start } from './process.ts';
import { fromEnvironment, programOf } from './virtwired.ts';

/** A shell that understands virsh's grammar. */
export type Shell = 'virsh' | 'virtwire';

/** Both shells, for tests that compare them. */
export const SHELLS: readonly Shell[] = ['virsh', 'virtwire'];

/** How to run a client. */
export interface ClientOptions extends RunOptions {
  /** Connection URI, given by `-c`; without one the shell chooses. */
  readonly uri?: string;
}

/** Runs real virsh to its end. */
export const virsh = (args: readonly string[], options: ClientOptions = {}): Promise<Finished> =>
  shell('virsh', args, options);

/** Runs virtwire to its end. */
export const virtwire = (args: readonly string[], options: ClientOptions = {}): Promise<Finished> =>
  shell('virtwire', args, options);

/** Runs either shell to its end. */
export function shell(which: Shell, args: readonly string[], options: ClientOptions = {}): Promise<Finished> {
  const [command, ...all] = commandLine(which, args, options.uri);
  return run(command, all, options);
}

/** Starts either shell and leaves it running, e.g. for `event --loop`. */
export function startShell(which: Shell, args: readonly string[], options: ClientOptions = {}): Running {
  const [command, ...all] = commandLine(which, args, options.uri);
  return start(command, all, options);
}

/** Runs a Python script that may `import libvirt`. @param args become `sys.argv[1:]` */
export function python(script: string, args: readonly string[] = [], options: RunOptions = {}): Promise<Finished> {
  return run(PYTHON, ['-u', '-c', script, ...args], options);
}

function commandLine(which: Shell, args: readonly string[], uri: string | undefined): [string, ...string[]] {
  const program: [string, ...string[]] = which === 'virsh' ? ['virsh'] : programOf('shell', fromEnvironment());
  return [...program, ...(uri === undefined ? [] : ['-c', uri]), ...args] as [string, ...string[]];
}
