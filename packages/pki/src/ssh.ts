// Runs shell scripts on another machine by the OpenSSH program, with the user's own configuration, agent and prompts.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { failure, systemText } from './failure.ts';

/** How to get to a machine. */
export interface SshTarget {
  /** `host`, `user@host` or `ssh://user@host:port`. */
  readonly target: string;
  /** Settings as of `-o`, e.g. `Port=2222`. */
  readonly options?: readonly string[];
  /** Be root there: as the user who logs in, or else by sudo without a password. */
  readonly asRoot?: boolean;
  /** Program instead of `ssh`. */
  readonly program?: string;
}

/** Longest answer of a script, in bytes. */
const MAX_ANSWER = 4 * 1024 * 1024;

/**
 * Runs a script by the other machine's `sh`.
 *
 * The script goes through standard input, so that nothing of it shows in the list of processes over there.
 *
 * @returns what it wrote to standard output
 * @throws LibvirtError with what ssh or the script said on standard error
 */
export async function runOverSsh(where: SshTarget, script: string): Promise<string> {
  const { target, options = [], asRoot = false, program = 'ssh' } = where;
  const remote = asRoot ? 'if [ "$(id -u)" = 0 ]; then exec sh -s; else exec sudo -n sh -s; fi' : 'exec sh -s';
  const settings = [...options, ...sharedLogin(where)].flatMap((each) => ['-o', each]);
  const child = spawn(program, [...settings, '-T', '--', target, remote], {
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let output = '';
  let errors = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
    if (output.length > MAX_ANSWER) child.kill();
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors = (errors + text).slice(-16_384);
  });
  // A connection that fails takes the script's bytes no more; the exit code says so, too.
  child.stdin.on('error', () => {});
  child.stdin.end(script);
  let code: number | null;
  try {
    [code] = (await once(child, 'close')) as [number | null];
  } catch (thrown) {
    throw failure(`cannot run ${program}: ${systemText(thrown)}`, thrown);
  }
  if (code !== 0) {
    const said = errors.trim().split('\n').slice(-3).join('; ') || `ssh ended with code ${code}`;
    throw failure(`${target}: ${said}`);
  }
  return output;
}

// One login serves all scripts for a machine, so that a password is asked for once.
const logins = new Map<string, readonly string[]>();

function sharedLogin({ target, options = [], program = 'ssh' }: SshTarget): readonly string[] {
  const name = [program, target, ...options].join('\n');
  const known = logins.get(name);
  if (known !== undefined) return known;
  const folder = mkdtempSync(join(tmpdir(), 'virtwire-ssh-'));
  // A long-lived program leaves it to the time limit, which counts from the last script on.
  const settings = ['ControlMaster=auto', `ControlPath=${folder}/login`, 'ControlPersist=60'];
  logins.set(name, settings);
  process.once('exit', () => {
    spawnSync(program, ['-o', `ControlPath=${folder}/login`, '-O', 'exit', '--', target], { stdio: 'ignore' });
    rmSync(folder, { recursive: true, force: true });
  });
  return settings;
}

/** A word in single quotes, for scripts. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
