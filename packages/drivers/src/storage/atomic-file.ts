// Files that are either the old one or the new one, whatever happens in between.
import { randomBytes } from 'node:crypto';
import { mkdir, open, rename, symlink, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { errnoName } from './errors.ts';

/**
 * Writes a file that only its owner may read, replacing an old one at once.
 *
 * The bytes are on the disk before the name points to them, and the name is on the disk before this resolves.
 */
export async function writeFileAtomically(path: string, text: string): Promise<void> {
  const temporary = temporaryName(path);
  try {
    const file = await open(temporary, 'wx', 0o600);
    try {
      await file.chmod(0o600);
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (thrown) {
    await removeFile(temporary);
    throw thrown;
  }
  await syncDirectory(dirname(path));
}

/** Makes a symbolic link, replacing an old one at once. */
export async function writeLinkAtomically(path: string, target: string): Promise<void> {
  const temporary = temporaryName(path);
  try {
    await symlink(target, temporary);
    await rename(temporary, path);
  } catch (thrown) {
    await removeFile(temporary);
    throw thrown;
  }
  await syncDirectory(dirname(path));
}

/** Removes a file, durably. @returns false when there was none */
export async function removeFile(path: string): Promise<boolean> {
  try {
    await unlink(path);
  } catch (thrown) {
    if (errnoName(thrown) === 'ENOENT') return false;
    throw thrown;
  }
  await syncDirectory(dirname(path));
  return true;
}

/** Makes a directory and those above it. */
export async function makeDirectory(path: string): Promise<void> {
  await mkdir(path, { recursive: true });
}

/** What a name looks like that {@link temporaryName} gave and that was left behind when somebody was killed. */
export const leftover = /^\.[0-9a-f]{16}\.new$/;

/** A name beside a path for what shall be at the path once it is whole. */
export function temporaryName(path: string): string {
  return join(dirname(path), `.${randomBytes(8).toString('hex')}.new`);
}

/** Puts the names in a directory on the disk. */
export async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
