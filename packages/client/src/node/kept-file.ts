// What a file was read as, kept for as long as the file stays the same.
import { statSync } from 'node:fs';

/** Files of one kind whose meaning is kept; a program looks at one or two. */
const MAX_KEPT = 16;
/** A file that was written this short ago may be written again without its times showing it, in milliseconds. */
const UNSETTLED_MS = 100;

/**
 * Makes a reader that reads a file again only when it has changed.
 *
 * Opening, reading and closing a file takes Node four ways to its pool of threads and back, half a millisecond when the
 * machine is busy; looking whether it has changed takes microseconds.
 *
 * @param read reads a file; what it throws is not kept
 */
export function keptFile<T>(read: (path: string) => Promise<T>): (path: string) => Promise<T> {
  const kept = new Map<string, { readonly stamp: string; readonly value: T }>();
  return async (path) => {
    const stamp = stampOf(path);
    const found = kept.get(path);
    if (found !== undefined && found.stamp === stamp) return found.value;
    kept.delete(path);
    const value = await read(path);
    if (stamp !== null && kept.size < MAX_KEPT) kept.set(path, { stamp, value });
    return value;
  };
}

// Null: nothing is known that would show a change.
function stampOf(path: string): string | null {
  try {
    const found = statSync(path, { bigint: true, throwIfNoEntry: false });
    if (found === undefined) return 'absent';
    const { dev, ino, size, mtimeNs, ctimeNs } = found;
    if (Date.now() - Number(ctimeNs / 1_000_000n) < UNSETTLED_MS) return null;
    return `${dev}:${ino}:${size}:${mtimeNs}:${ctimeNs}`;
  } catch {
    return null;
  }
}
