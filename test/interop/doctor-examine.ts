// Runs `virtwire doctor` and reads what it found.
import assert from 'node:assert/strict';
import type { DoctorStep } from 'virtwire/doctor';
import { type Finished, run, type RunOptions } from '../launcher/index.ts';
import { fromEnvironment, programOf } from '../launcher/virtwired.ts';

/** Runs a program somewhere, e.g. in a namespace. */
export type Runner = (command: string, args: readonly string[], options?: RunOptions) => Promise<Finished>;

/** What doctor found. */
export interface Examination {
  readonly steps: readonly DoctorStep[];
  /** The last step: the one that failed, or the opened connection. */
  readonly last: DoctorStep;
  /** Name of the fault that was found, null for a healthy connection. */
  readonly fault: string | null;
  readonly code: number | null;
}

/** Examines a URI. */
export async function examine(
  uri: string,
  { by = run, args = [], ...options }: RunOptions & { readonly by?: Runner; readonly args?: readonly string[] } = {},
): Promise<Examination> {
  const [program, ...first] = programOf('shell', fromEnvironment());
  return examined(await by(program, [...first, 'doctor', uri, '--json', ...args], options));
}

/** Reads what `doctor --json` has written. */
export function examined({ stdout, stderr, code }: Finished): Examination {
  const steps = stdout
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as DoctorStep);
  const last = steps.at(-1);
  assert.ok(last !== undefined, `doctor said nothing\n${stdout}${stderr}`);
  return { steps, last, fault: last.fault, code };
}

/** Fails unless doctor named this fault, and said what mends it. */
export function foundIn(found: Examination, fault: string, hint: RegExp): void {
  const shown = JSON.stringify(found.last, null, 1);
  assert.equal(found.fault, fault, shown);
  assert.match(found.last.hint ?? '', hint, shown);
  assert.equal(found.code, 1, shown);
}
