// Sends the content of a volume: a few reads ahead of the stream, never more than it takes.
import { constants, read } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { type DriverStream, ErrorDomain, type LibvirtError } from '@virtwire/rpc';
import { errnoFailure, systemError } from './errors.ts';
import type { StorageLog } from './options.ts';
import type { QemuImg } from './qemu-img.ts';
import { isZero } from './volume-file.ts';

/** The most that a packet of a stream carries, so that each read is one packet. */
const chunkBytes = 262_120;
/** Reads under way or waiting for the stream. */
const readsAhead = 3;
/** Without qemu-img, shorter runs of zeros than this are sent as they are. */
const holeBytes = 4096;

/** A download. */
export interface DownloadOptions {
  readonly path: string;
  readonly offset: bigint;
  /** 0 for all that there is. */
  readonly length: bigint;
  /** Holes are told, not sent. */
  readonly sparse: boolean;
  readonly stream: DriverStream;
  readonly qemuImg: QemuImg;
  readonly log: StorageLog;
}

/**
 * Begins a download; the bytes follow by themselves.
 *
 * @throws LibvirtError `SystemError` when the file cannot be opened, or the offset is beyond what a file can have
 */
export async function beginDownload(options: DownloadOptions): Promise<void> {
  const { path, stream } = options;
  const file = await openForStream(path, 'r', options.offset);
  const stopped = new AbortController();
  stream.receive({
    data: () => undefined,
    hole: () => undefined,
    finish: () => stopped.abort(),
    abort: () => stopped.abort(),
  });
  void send(options, file, stopped.signal);
}

/** Opens a file for a stream, with the errors that streams have. */
export async function openForStream(path: string, flags: 'r' | 'r+', offset: bigint): Promise<FileHandle> {
  if (offset > (1n << 63n) - 1n) {
    const cause = Object.assign(new Error(), { code: 'EINVAL' });
    throw systemError(cause, `Unable to seek ${path} to ${offset}`, ErrorDomain.Streams);
  }
  let file: FileHandle;
  try {
    // Nobody is waited for at the other end of a pipe that was put where a volume was.
    const access = flags === 'r' ? constants.O_RDONLY : constants.O_RDWR;
    file = await open(path, access | constants.O_NONBLOCK | constants.O_NOCTTY);
  } catch (thrown) {
    throw systemError(thrown, `Unable to open stream for '${path}'`, ErrorDomain.Streams);
  }
  try {
    const facts = await file.stat();
    if (!facts.isFile() && !facts.isDirectory()) throw errnoFailure('EINVAL');
    return file;
  } catch (thrown) {
    await file.close();
    throw systemError(thrown, `Unable to open stream for '${path}'`, ErrorDomain.Streams);
  }
}

async function send(options: DownloadOptions, file: FileHandle, signal: AbortSignal): Promise<void> {
  const { stream, path, log } = options;
  try {
    const { size, blocks } = await file.stat({ bigint: true });
    const offset = options.offset < size ? options.offset : size;
    const end = options.length > 0n && offset + options.length < size ? offset + options.length : size;
    const sender = new Sender(stream, file, path, signal);
    if (!options.sparse || blocks * 512n >= size) await sender.data(offset, size === 0n ? offset : end);
    else if (!(await sendMapped(options, sender, offset, end, signal))) await sender.withoutZeros(offset, end);
    if (!signal.aborted) stream.end();
  } catch (thrown) {
    if (!signal.aborted) {
      const error = readError(thrown, path);
      log.error(`download of '${path}' failed: ${error.message}`);
      stream.fail(error);
    }
  } finally {
    await file.close().catch((thrown: unknown) => log.error(`cannot close '${path}': ${String(thrown)}`));
  }
}

// A hole at the very end is told as well: the receiver could not know of it otherwise.
async function sendMapped(
  options: DownloadOptions,
  sender: Sender,
  offset: bigint,
  end: bigint,
  signal: AbortSignal,
): Promise<boolean> {
  let at = offset;
  const known = await options.qemuImg.map(
    options.path,
    async (start, length, hole) => {
      const from = start > at ? start : at;
      const to = start + length < end ? start + length : end;
      if (from >= to) return;
      await (hole ? sender.hole(to - from) : sender.data(from, to));
      at = to;
    },
    signal,
  );
  if (known) {
    await sender.data(at, end);
    return true;
  }
  if (at > offset) await sender.withoutZeros(at, end);
  return at > offset;
}

class Sender {
  private readonly stream: DriverStream;
  private readonly file: FileHandle;
  private readonly path: string;
  private readonly signal: AbortSignal;

  constructor(stream: DriverStream, file: FileHandle, path: string, signal: AbortSignal) {
    this.stream = stream;
    this.file = file;
    this.path = path;
    this.signal = signal;
  }

  /** Sends what lies between two places; it may end early when the file does. */
  async data(start: bigint, end: bigint): Promise<void> {
    await this.chunks(start, end, async (chunk) => this.write(chunk));
  }

  async hole(length: bigint): Promise<void> {
    this.signal.throwIfAborted();
    if (length > 0n && !this.stream.hole(length)) await this.drained();
  }

  /** Sends what lies between two places, runs of zeros as holes. */
  async withoutZeros(start: bigint, end: bigint): Promise<void> {
    let zeros = 0n;
    await this.chunks(start, end, async (chunk) => {
      for (const piece of split(chunk)) {
        if (piece.zero) {
          zeros += BigInt(piece.bytes.length);
          continue;
        }
        await this.hole(zeros);
        zeros = 0n;
        await this.write(piece.bytes);
      }
    });
    await this.hole(zeros);
  }

  private async chunks(start: bigint, end: bigint, take: (chunk: Uint8Array) => Promise<void>): Promise<void> {
    const ahead: Promise<Uint8Array>[] = [];
    try {
      for (let next = start; ; ) {
        while (ahead.length < readsAhead && next < end) {
          const length = end - next < BigInt(chunkBytes) ? Number(end - next) : chunkBytes;
          ahead.push(readAt(this.file.fd, next, length));
          next += BigInt(length);
        }
        const chunk = await ahead.shift();
        if (chunk === undefined) return;
        this.signal.throwIfAborted();
        if (chunk.length === 0) return;
        await take(chunk);
      }
    } finally {
      // The file must not be closed under reads that are still going on.
      await Promise.allSettled(ahead);
    }
  }

  private async write(chunk: Uint8Array): Promise<void> {
    if (!this.stream.write(chunk)) await this.drained();
  }

  private async drained(): Promise<void> {
    await this.stream.drained();
    this.signal.throwIfAborted();
  }
}

// Fresh memory each time: the stream owns what it is given.
function readAt(fd: number, position: bigint, length: number): Promise<Uint8Array> {
  const bytes = Buffer.allocUnsafeSlow(length);
  return new Promise((resolve, reject) => {
    const go = (filled: number) => {
      read(fd, bytes, filled, length - filled, position + BigInt(filled), (error, count) => {
        if (error !== null) reject(error);
        else if (count === 0 || filled + count === length) resolve(bytes.subarray(0, filled + count));
        else go(filled + count);
      });
    };
    go(0);
  });
}

function* split(chunk: Uint8Array): Generator<{ readonly bytes: Uint8Array; readonly zero: boolean }> {
  let start = 0;
  let zero = false;
  for (let at = 0; at < chunk.length; at += holeBytes) {
    const now = isZero(chunk.subarray(at, at + holeBytes));
    if (at > start && now !== zero) {
      yield { bytes: chunk.subarray(start, at), zero };
      start = at;
    }
    zero = now;
  }
  yield { bytes: chunk.subarray(start), zero };
}

function readError(thrown: unknown, path: string): LibvirtError {
  return systemError(thrown, `Unable to read ${path}`, ErrorDomain.Streams);
}
