// Checks an audit log from its first line to its last.
import { createReadStream } from 'node:fs';
import { hashOf, MAX_LINE_CHARACTERS, readRecord } from './chain.ts';

/** What a check has found. */
export interface Verification {
  readonly records: number;
  /** Faults with their lines, in order; none when the chain is whole. */
  readonly faults: readonly { readonly line: number; readonly text: string }[];
  /** Lines that a daemon was stopped in the middle of, as the record after them confirms. */
  readonly torn: readonly number[];
  /** Hash that the file goes on from: zeros for the first of all. Null for an empty file. */
  readonly begins: string | null;
  /** Number and hash of the last record: to be compared with what was noted elsewhere, as nothing in a file tells that its
   *  end was cut off. */
  readonly last: { readonly seq: number; readonly hash: string; readonly time: string } | null;
}

/** Faults after which a check ends. */
const MAX_FAULTS = 20;

/**
 * Checks a file.
 *
 * @param after where the file before it ended, if it is the continuation of one
 * @throws NodeJS.ErrnoException when it cannot be read
 */
export async function verifyAuditLog(
  path: string,
  after?: { seq: number; hash: string } | null,
): Promise<Verification> {
  const faults: { line: number; text: string }[] = [];
  const torn: number[] = [];
  let records = 0;
  let begins: string | null = null;
  let last: Verification['last'] = null;
  let expected = after ?? null;
  let unread: { readonly line: number; readonly bytes: Uint8Array } | null = null;
  let number = 0;
  for await (const bytes of linesOf(path)) {
    number++;
    const record = bytes.length > MAX_LINE_CHARACTERS * 4 ? 'the line is too long' : readRecord(bytes.toString('utf8'));
    if (typeof record === 'string') {
      if (unread !== null) faults.push({ line: unread.line, text: 'the line is no record' });
      unread = { line: number, bytes };
      if (faults.length >= MAX_FAULTS) break;
      continue;
    }
    if (unread !== null) {
      if (record.fields['event'] === 'opened' && record.fields['torn'] === hashOf(unread.bytes)) torn.push(unread.line);
      else faults.push({ line: unread.line, text: 'the line is no record, or it was changed' });
      unread = null;
    }
    records++;
    begins ??= record.prev;
    if (expected !== null) {
      if (record.prev !== expected.hash) {
        faults.push({ line: number, text: 'the record does not follow the one before it: its "prev" is another hash' });
      } else if (record.seq !== expected.seq + 1) {
        faults.push({ line: number, text: `the record has number ${record.seq} instead of ${expected.seq + 1}` });
      }
    }
    expected = record;
    last = { seq: record.seq, hash: record.hash, time: record.time };
    if (faults.length >= MAX_FAULTS) break;
  }
  if (unread !== null)
    faults.push({ line: unread.line, text: 'the line is no record, it was changed, or its end is missing' });
  return { records, faults, torn, begins, last };
}

async function* linesOf(path: string): AsyncGenerator<Buffer> {
  let rest: Buffer[] = [];
  let length = 0;
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    let from = 0;
    for (let at = chunk.indexOf(0x0a); at >= 0; at = chunk.indexOf(0x0a, from)) {
      yield Buffer.concat([...rest, chunk.subarray(from, at)]);
      rest = [];
      length = 0;
      from = at + 1;
    }
    const tail = chunk.subarray(from);
    // Of a line without end only so much is kept as says that it is too long.
    if (tail.length > 0 && length <= MAX_LINE_CHARACTERS * 4) rest.push(tail);
    length += tail.length;
  }
  if (length > 0) yield Buffer.concat(rest);
}
