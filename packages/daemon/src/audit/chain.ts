// Records of the audit log, one JSON line each, chained by hashes: whoever changes one has to change all that follow.
import { createHash } from 'node:crypto';

/** What stands before the first record of the first file. */
export const CHAIN_START = '0'.repeat(64);

/** Where a chain goes on. */
export interface ChainEnd {
  /** Number of the last record, 0 before the first. */
  readonly seq: number;
  /** Hash of the last record. */
  readonly hash: string;
}

/** Longest line that is written or accepted, in characters. */
export const MAX_LINE_CHARACTERS = 1_048_576;

/** Longest text in a field; longer ones, which only clients make, are cut. */
const MAX_TEXT = 1024;

const hashSuffix = /,"hash":"([0-9a-f]{64})"\}$/;

/**
 * Writes the next record.
 *
 * The hash is SHA-256 of the line up to and without `,"hash":"..."}`, which holds the hash of the record before in `prev`.
 *
 * @returns the line without its end, and where the chain goes on
 */
export function nextRecord(
  end: ChainEnd,
  time: Date,
  fields: Readonly<Record<string, unknown>>,
): { readonly line: string; readonly end: ChainEnd } {
  const seq = end.seq + 1;
  const record = { seq, time: time.toISOString(), ...fields, prev: end.hash };
  const open = JSON.stringify(record, shortened).slice(0, -1);
  const hash = hashOf(open);
  return { line: `${open},"hash":"${hash}"}`, end: { seq, hash } };
}

/** The fields of a record as one line, without its chain. */
export function fieldsText(fields: Readonly<Record<string, unknown>>): string {
  return JSON.stringify(fields, shortened);
}

function shortened(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return String(value);
  return typeof value === 'string' && value.length > MAX_TEXT ? `${value.slice(0, MAX_TEXT)}…` : value;
}

/** A record that was read. */
export interface ReadRecord extends ChainEnd {
  readonly prev: string;
  readonly time: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** Reads a line and checks its own hash. @returns what is wrong, in words */
export function readRecord(line: string): ReadRecord | string {
  const hash = hashSuffix.exec(line)?.[1];
  if (hash === undefined) return 'the line is no record: it has no hash at its end';
  const open = line.replace(hashSuffix, '');
  if (hashOf(open) !== hash) return 'the record was changed: its hash does not fit';
  let fields: Record<string, unknown>;
  try {
    fields = JSON.parse(`${open}}`) as Record<string, unknown>;
  } catch {
    return 'the line is no record: it is not JSON';
  }
  const { seq, prev, time } = fields;
  if (!Number.isSafeInteger(seq) || typeof prev !== 'string' || typeof time !== 'string') {
    return 'the line is no record: seq, time or prev is missing';
  }
  return { seq: seq as number, prev, time, hash, fields };
}

/** Hash of a text in UTF-8. */
export function hashOf(text: string | Uint8Array): string {
  return createHash('sha256').update(text).digest('hex');
}
