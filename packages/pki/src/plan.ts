// From a set of changes to what really has to be done on a machine, what is shown of it, and doing it.
import { createHash } from 'node:crypto';
import { failure } from './failure.ts';
import type { ChangeSet, DirectoryWrite, FileState, FileWrite, Machine, PlannedFile } from './machine.ts';

/** What has to be done on one machine. */
export interface Plan {
  readonly machine: Machine;
  readonly directories: readonly DirectoryWrite[];
  readonly files: readonly PlannedFile[];
  /** Files that are already as they shall be. */
  readonly same: readonly string[];
}

/** How files that are there already are dealt with. */
export interface PlanOptions {
  /** Replace files with other contents; a backup stays. */
  readonly force: boolean;
  readonly now: Date;
}

/**
 * Compares a set of changes with what is there.
 *
 * @throws LibvirtError when a file has other contents and `force` is not set, or a directory stands in its place
 */
export async function makePlan(machine: Machine, changes: ChangeSet, { force, now }: PlanOptions): Promise<Plan> {
  const paths = [...changes.directories, ...changes.files].map(({ path }) => path);
  const found = await machine.look(paths);
  const files: PlannedFile[] = [];
  const same: string[] = [];
  const inTheWay: string[] = [];
  for (const file of changes.files) {
    const state = found.get(file.path) ?? null;
    if (state !== null && state.kind !== 'file') throw failure(`${file.path} is there, and no file`);
    const action = actionFor(file, state);
    if (action === null) same.push(file.path);
    else if (action === 'replace' && !force) inTheWay.push(file.path);
    else files.push({ ...file, action, backup: action === 'replace' ? backupName(file.path, now) : null });
  }
  if (inTheWay.length > 0) {
    const where = machine.label === '' ? '' : ` on ${machine.label}`;
    const these = inTheWay.length === 1 ? 'this file is' : 'these files are';
    throw failure(
      `${these} there already${where}, with other contents: ${inTheWay.join(', ')}; --force replaces them and keeps backups`,
    );
  }
  const directories = changes.directories.filter(({ path }) => (found.get(path) ?? null) === null);
  return { machine, directories, files, same };
}

/** Says line by line what a plan does. */
export function planLines({ machine, directories, files, same }: Plan): string[] {
  const where = machine.label === '' ? '' : `${machine.label}:`;
  return [
    ...directories.map(({ path, mode, owner }) => `make    ${where}${path}/ (${accessText(mode, owner)})`),
    ...files.map(({ path, mode, owner, action, backup }) => {
      const kept = backup === null ? '' : `, the old one stays as ${backup}`;
      return `${actionWords[action]} ${where}${path} (${accessText(mode, owner)})${kept}`;
    }),
    ...same.map((path) => `keep    ${where}${path}, it is like that already`),
  ];
}

/** Does what a plan says. */
export async function carryOut({ machine, directories, files }: Plan): Promise<void> {
  if (directories.length > 0 || files.length > 0) await machine.write(directories, files);
}

const actionWords: Readonly<Record<PlannedFile['action'], string>> = {
  create: 'write  ',
  replace: 'replace',
  mode: 'chmod  ',
};

function accessText(mode: number, owner: FileWrite['owner']): string {
  return `mode ${modeText(mode)}${owner === undefined ? '' : `, owner ${owner.uid}:${owner.gid}`}`;
}

/** Permission bits as chmod takes them. */
export function modeText(mode: number): string {
  return mode.toString(8).padStart(4, '0');
}

function actionFor(file: FileWrite, state: FileState | null): PlannedFile['action'] | null {
  if (state === null) return 'create';
  if (state.digest !== createHash('sha256').update(file.content).digest('hex')) return 'replace';
  const owned = file.owner === undefined || (file.owner.uid === state.uid && file.owner.gid === state.gid);
  return owned && state.mode === file.mode ? null : 'mode';
}

function backupName(path: string, now: Date): string {
  return `${path}.backup-${now.toISOString().replace(/[-:.]/g, '')}`;
}
