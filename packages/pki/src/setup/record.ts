// What a setup has done, written down before it is done, so that all of it can be taken back.
import { createHash } from 'node:crypto';
import { readdirSync, rmdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { shellWord } from '../context.ts';
import { failure } from '../failure.ts';
import { changeFiles } from '../file-transaction.ts';
import type { Plan } from '../plan.ts';
import { quoted } from '../ssh.ts';
import { readText } from '../text-file.ts';

/** Where something was done. */
export type Side = 'here' | 'there';

/** One thing that was done. */
export type Deed =
  | { readonly kind: 'directory'; readonly side: Side; readonly path: string }
  | {
      readonly kind: 'file';
      readonly side: Side;
      readonly path: string;
      readonly digest: string;
      readonly backup: string | null;
    }
  | { readonly kind: 'command'; readonly side: 'there'; readonly undo: string; readonly shown: string };

/** The record of one setup. */
export class SetupRecord {
  readonly path: string;
  readonly deeds: Deed[];

  constructor(path: string, deeds: readonly Deed[]) {
    this.path = path;
    this.deeds = [...deeds];
  }

  /** Notes a plan that is about to be carried out. */
  addPlan({ machine, directories, files }: Plan): void {
    const side: Side = machine.label === '' ? 'here' : 'there';
    this.#add(
      ...directories.map(({ path }) => ({ kind: 'directory', side, path }) as const),
      ...files
        .filter(({ action }) => action !== 'mode')
        .map(({ path, content, backup }) => {
          const digest = createHash('sha256').update(content).digest('hex');
          return { kind: 'file', side, path, digest, backup } as const;
        }),
    );
  }

  /** Notes commands that are about to be run on the other machine. */
  addCommand(shown: string, undo: string): void {
    this.#add({ kind: 'command', side: 'there', shown, undo });
  }

  /** Keeps only what could not be taken back; without anything left the record goes. */
  keep(deeds: readonly Deed[]): void {
    this.deeds.splice(0, this.deeds.length, ...deeds);
    if (deeds.length > 0) {
      this.#save();
      return;
    }
    rmSync(this.path, { force: true });
    if (readdirSync(dirname(this.path)).length === 0) rmdirSync(dirname(this.path));
  }

  #add(...deeds: readonly Deed[]): void {
    this.deeds.push(...deeds);
    this.#save();
  }

  #save(): void {
    const content = `${JSON.stringify(this.deeds, null, 2)}\n`;
    const directories = [dirname(dirname(this.path)), dirname(this.path)].map((path) => ({ path, mode: 0o700 }));
    changeFiles(directories, [{ path: this.path, content, mode: 0o600, action: 'replace', backup: null }]);
  }
}

/** Where the record of a setup is. It lies beside the authority's folder, which a setup may make. */
export function recordPath(folder: string, target: string): string {
  return join(`${folder}.setups`, `${encodeURIComponent(target)}.json`);
}

/** Reads the record of a setup. @returns one without deeds when nothing was done */
export function readRecord(path: string): SetupRecord {
  const text = readText(path);
  if (text === null) return new SetupRecord(path, []);
  try {
    const deeds = JSON.parse(text) as Deed[];
    if (!Array.isArray(deeds)) throw new TypeError('no list');
    return new SetupRecord(path, deeds);
  } catch (cause) {
    throw failure(`${path} is malformed: what it notes cannot be taken back by itself`, cause);
  }
}

/** What takes one deed back, for people. */
export function undoText(deed: Deed, target: string): string {
  const where = deed.side === 'there' ? `${target}:` : '';
  if (deed.kind === 'command') return `on ${target}: ${deed.shown}`;
  if (deed.kind === 'directory') return `remove  ${where}${deed.path}/, if it is empty`;
  return deed.backup === null ? `remove  ${where}${deed.path}` : `restore ${where}${deed.path} from ${deed.backup}`;
}

/**
 * A script that takes back a deed.
 *
 * A file that has been changed since then is left alone; the script says so on standard output.
 */
export function undoScript(deed: Deed): string {
  if (deed.kind === 'command') return deed.undo;
  const path = quoted(deed.path);
  if (deed.kind === 'directory') return `rmdir ${path} 2> /dev/null || true\n`;
  const { digest, backup } = deed;
  const back =
    backup === null ? `rm -f ${path}` : `if [ -e ${quoted(backup)} ]; then mv -f ${quoted(backup)} ${path}; fi`;
  return `if [ ! -e ${path} ]; then :
elif [ "$(sha256sum < ${path} | cut -d ' ' -f 1)" = ${digest} ]; then ${back}
else echo ${quoted(`${deed.path} has been changed since then and stays`)}; fi
`;
}

/** A command line for pasting that takes a setup back. */
export function undoCommand(target: string): string {
  return `virtwire setup ${shellWord(target)} --undo`;
}
