// Changes several files as one: all new contents are on the disk before the first file is replaced, and a run that breaks
// off between two of them is finished by the next one.
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  closeSync,
  constants,
  copyFileSync,
  existsSync,
  fchmodSync,
  fchownSync,
  fsyncSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { failure, systemText } from './failure.ts';
import type { DirectoryWrite, Owner, PlannedFile } from './machine.ts';

/** Name of the note of what is still to be renamed, in the directory of the first file. */
export const JOURNAL = '.virtwire-pki.journal';

/** What the name of a new file has behind the name of the one that it will replace. */
export const NEW_FILE_PATTERN = /\.new-[0-9a-f]{16}$/;

interface Rename {
  readonly from: string;
  readonly to: string;
}

/**
 * Makes directories and changes files, all of them or none.
 *
 * Signals wait until it is done: it runs in one go, without giving up the thread.
 *
 * @throws LibvirtError when something could not be written; then no file has changed
 */
export function changeFiles(directories: readonly DirectoryWrite[], files: readonly PlannedFile[]): void {
  const resume = holdSignals();
  try {
    for (const directory of directories) makeDirectory(directory);
    const written: Rename[] = [];
    const backups: string[] = [];
    try {
      for (const file of files) {
        if (file.action === 'mode') continue;
        const to = realPath(file.path);
        const from = `${to}.new-${randomBytes(8).toString('hex')}`;
        written.push({ from, to });
        writeNew(from, file);
      }
      for (const { path, backup } of files) {
        if (backup !== null) {
          keep(realPath(path), backup);
          backups.push(backup);
        }
      }
    } catch (thrown) {
      for (const { from } of written) rmSync(from, { force: true });
      for (const backup of backups) rmSync(backup, { force: true });
      throw thrown;
    }
    renameAll(written);
    for (const file of files) if (file.action === 'mode') correct(file);
  } finally {
    resume();
  }
}

/**
 * Finishes what a run that was killed has left: its new files were complete, only their names were missing.
 *
 * @param directories where such a run may have written
 * @returns the files that got their new contents
 */
export function finishInterrupted(directories: readonly string[]): string[] {
  const places = [...new Set(directories.map(realPath))];
  return places.flatMap((directory) => {
    const journal = join(directory, JOURNAL);
    if (!existsSync(journal)) return [];
    const renames = readJournal(journal);
    const left = renames.filter(({ from }) => existsSync(from));
    for (const { from, to } of left) renameSync(from, to);
    for (const place of new Set(left.map(({ to }) => dirname(to)))) syncDirectory(place);
    rmSync(journal);
    return left.map(({ to }) => to);
  });
}

// The journal is as trusted as its owner; its names must be those that this program gives.
function readJournal(journal: string): Rename[] {
  const { uid } = lstatSync(journal);
  if (uid !== 0 && uid !== process.getuid?.())
    throw failure(`${journal} belongs to somebody else: look at it and remove it`);
  const text = readFileSync(journal, 'utf8');
  let renames: unknown;
  try {
    renames = JSON.parse(text);
  } catch {
    // It is written in one go before anything is renamed; a half one means that nothing had been.
    return [];
  }
  if (!Array.isArray(renames)) throw failure(`${journal} is malformed: look at it and remove it`);
  return renames.map((each: Partial<Rename>) => {
    const { from, to } = each;
    const sound =
      typeof from === 'string' && typeof to === 'string' && from.replace(NEW_FILE_PATTERN, '') === to && from !== to;
    if (!sound) throw failure(`${journal} is malformed: look at it and remove it`);
    return { from, to };
  });
}

function renameAll(renames: readonly Rename[]): void {
  const [first] = renames;
  if (first === undefined) return;
  const journal = renames.length > 1 ? join(dirname(first.to), JOURNAL) : null;
  try {
    if (journal !== null) writeNew(journal, { path: journal, content: JSON.stringify(renames), mode: 0o600 });
  } catch (thrown) {
    for (const { from } of renames) rmSync(from, { force: true });
    throw thrown;
  }
  const places = new Set(renames.map(({ to }) => dirname(to)));
  for (const place of places) syncDirectory(place);
  for (const { from, to } of renames) {
    try {
      renameSync(from, to);
    } catch (thrown) {
      throw failure(`cannot rename ${from} to ${to}: ${systemText(thrown)}`, thrown);
    }
  }
  for (const place of places) syncDirectory(place);
  if (journal !== null) rmSync(journal);
}

function writeNew(path: string, { path: shown, content, mode, owner }: WriteOptions): void {
  let descriptor: number | undefined;
  try {
    const { O_CREAT, O_EXCL, O_WRONLY, O_NOFOLLOW } = constants;
    // Never readable by others, not even for a moment: the mode is given at creation, and widened when all is written.
    descriptor = openSync(path, O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW, 0o600);
    const bytes = Buffer.from(content);
    for (let at = 0; at < bytes.length; ) at += writeSync(descriptor, bytes, at);
    if (owner !== undefined) fchownSync(descriptor, owner.uid, owner.gid);
    fchmodSync(descriptor, mode);
    fsyncSync(descriptor);
    closeSync(descriptor);
  } catch (thrown) {
    if (descriptor !== undefined) rmSync(path, { force: true });
    throw failure(`cannot write ${shown}: ${systemText(thrown)}`, thrown);
  }
}

interface WriteOptions {
  /** Name for error texts. */
  readonly path: string;
  readonly content: string;
  readonly mode: number;
  readonly owner?: Owner;
}

function keep(path: string, backup: string): void {
  try {
    linkSync(path, backup);
  } catch {
    // Some file systems know no second name for a file.
    try {
      copyFileSync(path, backup, constants.COPYFILE_EXCL);
    } catch (thrown) {
      throw failure(`cannot keep ${path} as ${backup}: ${systemText(thrown)}`, thrown);
    }
  }
}

function correct({ path, mode, owner }: PlannedFile): void {
  try {
    if (owner !== undefined) chownSync(path, owner.uid, owner.gid);
    chmodSync(path, mode);
  } catch (thrown) {
    throw failure(`cannot change owner or mode of ${path}: ${systemText(thrown)}`, thrown);
  }
}

function makeDirectory({ path, mode, owner }: DirectoryWrite): void {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
    mkdirSync(path, { mode });
    // The umask may have taken bits away.
    chmodSync(path, mode);
    if (owner !== undefined) chownSync(path, owner.uid, owner.gid);
    syncDirectory(dirname(path));
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'EEXIST') return;
    throw failure(`cannot make the directory ${path}: ${systemText(thrown)}`, thrown);
  }
}

// What a symbolic link leads to is replaced, not the link.
function realPath(path: string): string {
  return existsSync(path) ? realpathSync(path) : path;
}

function syncDirectory(path: string): void {
  const descriptor = openSync(path, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
let held = 0;
let got: NodeJS.Signals | null = null;

function hold(signal: NodeJS.Signals): void {
  got = signal;
}

function holdSignals(): () => void {
  if (held++ === 0) for (const signal of signals) process.on(signal, hold);
  return () => {
    // Whatever came in the meantime is delivered once the event loop runs again; then it ends the program as usual.
    setImmediate(() => {
      if (--held > 0) return;
      for (const signal of signals) process.off(signal, hold);
      if (got !== null) process.kill(process.pid, got);
    });
  };
}
