// The history of command lines, kept in a file of the user.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { parseInteger } from './numbers.ts';

const DEFAULT_SIZE = 500;
const MAX_SIZE = 500_000;

/** Command lines of this and earlier sessions. */
export interface History {
  /** How many lines are kept. */
  readonly size: number;
  add(line: string): void;
  newestFirst(): string[];
  /** Writes the file; does nothing when it cannot be written, for a lost history stops nobody. */
  save(): void;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Opens the history. @param complain is told of a bad $VIRSH_HISTSIZE */
export function openHistory(env: Environment, complain: (text: string) => void): History {
  const path = historyPath(env);
  const size = historySize(env, complain);
  const lines = path === null ? [] : readLines(path);
  return {
    size,
    add: (line) => void lines.push(line),
    newestFirst: () => lines.slice(-size || lines.length).toReversed(),
    save() {
      if (path === null) return;
      const kept = size === 0 ? [] : lines.slice(-size);
      try {
        mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
        writeFileSync(path, kept.map((line) => `${line}\n`).join(''), { mode: 0o600 });
      } catch {
        // A folder that cannot be written is no reason to end a session with an error.
      }
    },
  };
}

/** Gives the file of the history, null when the user has no home. It is not virsh's own, which holds readline's format. */
function historyPath(env: Environment): string | null {
  const cache = env['XDG_CACHE_HOME'] || (env['HOME'] ? `${env['HOME']}/.cache` : '');
  return cache === '' ? null : `${cache}/virtwire/history`;
}

function historySize(env: Environment, complain: (text: string) => void): number {
  const given = env['VIRSH_HISTSIZE'];
  if (given === undefined) return DEFAULT_SIZE;
  const size = parseInteger(given);
  if (size === null) {
    complain('Bad $VIRSH_HISTSIZE value.');
    return DEFAULT_SIZE;
  }
  if (size < 0n || size > BigInt(MAX_SIZE)) {
    complain(`$VIRSH_HISTSIZE value should be between 0 and ${MAX_SIZE}`);
    return DEFAULT_SIZE;
  }
  return Number(size);
}

function readLines(path: string): string[] {
  try {
    return readFileSync(path, 'utf8').split('\n').filter(Boolean);
  } catch {
    return [];
  }
}
