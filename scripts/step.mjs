// Steps of the repository's commands: each says what it does, runs a program, and stops the command when that fails.
import { spawnSync } from 'node:child_process';
import { dirname } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

/** The repository's own directory, where every command runs. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Tells the user what happens now. */
export function say(text) {
  console.log(`\u2192 ${text}`);
}

/**
 * Runs a program with the user's terminal and says what for.
 *
 * @param what the step in words, or null to say nothing
 * @returns whether it succeeded
 */
export function attempt(what, command, args, env = {}) {
  if (what !== null) say(what);
  const result = spawnSync(command, args, { cwd: root, stdio: 'inherit', env: { ...process.env, ...env } });
  if (result.error !== undefined) console.error(`${command}: ${result.error.message}`);
  return result.status === 0;
}

/** As {@link attempt}, but a failure ends the whole command with exit code 1. */
export function step(what, command, args, env = {}) {
  if (attempt(what, command, args, env)) return;
  console.error(`failed: ${what ?? [command, ...args].join(' ')}`);
  process.exit(1);
}

/** Runs a command's main function; an error becomes one plain line and exit code 1. */
export async function main(body) {
  try {
    await body();
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
  }
}
