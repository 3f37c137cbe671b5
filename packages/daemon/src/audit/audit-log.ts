// The file of the audit log: continued where it ended, written before anything happens, never written twice at once.
import {
  closeSync,
  constants,
  fchmodSync,
  fdatasync,
  fdatasyncSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readSync,
  writeSync,
} from 'node:fs';
import { ErrorCode, LibvirtError } from '@virtwire/rpc';
import { systemErrorText } from '@virtwire/rpc/node';
import { tryLock } from '../lock.ts';
import { CHAIN_START, type ChainEnd, hashOf, MAX_LINE_CHARACTERS, nextRecord, readRecord } from './chain.ts';

/** How long records may wait to be on the disk, in milliseconds. What is written survives the daemon at once. */
const SYNC_MS = 1000;

/** A file that records are added to. */
export class AuditLog {
  private path: string;
  private fd: number;
  private end: ChainEnd;
  private syncTimer: ReturnType<typeof setTimeout> | null = null;
  private readonly failed: (text: string) => void;

  /**
   * Opens or makes the file (mode 0600), and goes on with its chain.
   *
   * @param failed told when records do not reach the disk
   * @throws LibvirtError `SystemError` when it cannot be written, another daemon writes it, or its end is no record
   */
  constructor(path: string, failed: (text: string) => void = () => undefined) {
    this.path = path;
    this.failed = failed;
    this.fd = openForAppending(path);
    this.end = { seq: 0, hash: CHAIN_START };
    try {
      this.begin();
    } catch (error) {
      closeSync(this.fd);
      throw error;
    }
  }

  /** Adds a record. @throws LibvirtError `SystemError` when it cannot be written */
  add(fields: Readonly<Record<string, unknown>>): void {
    const { line, end } = nextRecord(this.end, new Date(), fields);
    this.write(`${line}\n`);
    this.end = end;
    this.syncTimer ??= setTimeout(() => this.sync(), SYNC_MS).unref();
  }

  /**
   * Goes on in a new file, of the same name after the old one was moved away, or of another; the chain goes on, too.
   *
   * @throws LibvirtError `SystemError` when that is not possible; the old file stays in use
   */
  reopen(path: string = this.path): void {
    const fd = openForAppending(path);
    const [ours, there] = [fstatSync(this.fd), fstatSync(fd)];
    if (ours.ino === there.ino && ours.dev === there.dev) {
      closeSync(fd);
      return;
    }
    const before = { fd: this.fd, end: this.end, path: this.path };
    this.fd = fd;
    this.path = path;
    try {
      this.begin(before.end);
    } catch (error) {
      Object.assign(this, before);
      closeSync(fd);
      throw error;
    }
    closeSync(before.fd);
  }

  /** Ends the log. */
  close(): void {
    if (this.syncTimer !== null) clearTimeout(this.syncTimer);
    try {
      this.add({ event: 'closed' });
      fdatasyncSync(this.fd);
    } catch (error) {
      this.failed((error as Error).message);
    }
    if (this.syncTimer !== null) clearTimeout(this.syncTimer);
    closeSync(this.fd);
  }

  private begin(after?: ChainEnd): void {
    if (!tryLock(this.fd)) throw auditError(this.path, 'another daemon writes it');
    const { end, torn } = readEnd(this.fd, this.path);
    this.end = end ?? after ?? this.end;
    // The daemon was stopped in the middle of a line: what there is of it stays, and the next record tells its hash.
    if (torn !== null) this.write('\n');
    this.add({
      event: 'opened',
      pid: process.pid,
      ...(torn === null ? {} : { torn: hashOf(torn) }),
    });
  }

  private write(text: string): void {
    const bytes = Buffer.from(text);
    let at = 0;
    try {
      while (at < bytes.length) at += writeSync(this.fd, bytes, at);
    } catch (error) {
      // A full disk takes a part: the next record must not stand behind it in one line.
      if (at > 0) this.takeBack(at);
      throw auditError(this.path, systemErrorText(error as NodeJS.ErrnoException), error);
    }
  }

  private takeBack(bytes: number): void {
    try {
      ftruncateSync(this.fd, fstatSync(this.fd).size - bytes);
    } catch (error) {
      this.failed(`${this.path}: ${systemErrorText(error as NodeJS.ErrnoException)}`);
    }
  }

  private sync(): void {
    this.syncTimer = null;
    fdatasync(this.fd, (error) => {
      if (error !== null && error.code !== 'EBADF') this.failed(`${this.path}: ${systemErrorText(error)}`);
    });
  }
}

function openForAppending(path: string): number {
  const flags = constants.O_RDWR | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  let fd: number;
  try {
    fd = openSync(path, flags, 0o600);
  } catch (error) {
    throw auditError(path, systemErrorText(error as NodeJS.ErrnoException), error);
  }
  try {
    const facts = fstatSync(fd);
    if (!facts.isFile()) throw auditError(path, 'not a regular file');
    // Names of people and machines stand in it.
    if ((facts.mode & 0o077) !== 0) fchmodSync(fd, facts.mode & 0o700);
    return fd;
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

// The last whole line, and what stands behind it.
function readEnd(fd: number, path: string): { readonly end: ChainEnd | null; readonly torn: Uint8Array | null } {
  const { size } = fstatSync(fd);
  if (size === 0) return { end: null, torn: null };
  const length = Math.min(size, 2 * MAX_LINE_CHARACTERS);
  const tail = Buffer.alloc(length);
  for (let at = 0; at < length; ) {
    const read = readSync(fd, tail, at, length - at, size - length + at);
    if (read === 0) throw auditError(path, 'it shrinks while it is read');
    at += read;
  }
  const lastBreak = tail.lastIndexOf(0x0a);
  const torn = lastBreak === length - 1 ? null : tail.subarray(lastBreak + 1);
  if (lastBreak < 0) {
    if (length < size) throw auditError(path, 'its end is no record');
    return { end: null, torn };
  }
  const line = tail.subarray(tail.lastIndexOf(0x0a, lastBreak - 1) + 1, lastBreak).toString('utf8');
  const record = readRecord(line);
  if (typeof record === 'string') throw auditError(path, `its end is not what this daemon has written: ${record}`);
  return { end: record, torn };
}

function auditError(path: string, why: string, cause?: unknown): LibvirtError {
  return new LibvirtError(ErrorCode.SystemError, `cannot write the audit log '${path}': ${why}`, { cause });
}
