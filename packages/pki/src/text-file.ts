// Text files, read whole; errors say which file and why.
import { readFileSync } from 'node:fs';
import { failure, systemText } from './failure.ts';

/** Reads a file. @returns null when it is not there */
export function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw failure(`cannot read ${path}: ${systemText(thrown)}`, thrown);
  }
}

/** Reads a file that the user named. @throws LibvirtError when it cannot be read */
export function requiredText(path: string): string {
  const text = readText(path);
  if (text === null) throw failure(`cannot read ${path}: No such file or directory`);
  return text;
}
