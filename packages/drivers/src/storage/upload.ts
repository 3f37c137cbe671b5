// Takes the content of a volume: one write under way, one gathering, the sender paused when both are full.
import { writev } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import type { LibvirtError } from '@virtwire/rpc';
import { type DriverSink, type DriverStream, ErrorDomain } from '@virtwire/rpc';
import { findProgram, run } from './child.ts';
import { openForStream } from './download.ts';
import { errnoFailure, systemError } from './errors.ts';
import type { StorageLog } from './options.ts';
import { truncate, writeZeros } from './volume-file.ts';

/** Slices are gathered until they are this much, */
const gatherBytes = 1024 * 1024;
/** or nothing has made them so much for this long. */
const gatherMs = 2;
/** What a hole counts for among the bytes that wait. */
const holeWeight = 4096;
/** More than this waiting, and the sender is asked to stop. */
const highWaterBytes = 4 * 1024 * 1024;
/** As many slices as the system takes at once (IOV_MAX). */
const maxSlices = 1024;

/** An upload. */
export interface UploadOptions {
  readonly path: string;
  readonly offset: bigint;
  /** 0 for as much as comes. */
  readonly length: bigint;
  readonly stream: DriverStream;
  readonly log: StorageLog;
  /** Called once, when the file is closed, however it ended. */
  readonly ended: () => void;
}

/**
 * Begins an upload into a file that exists; the bytes follow by themselves.
 *
 * @throws LibvirtError `SystemError` when the file cannot be opened, or the offset is beyond what a file can have
 */
export async function beginUpload(options: UploadOptions): Promise<void> {
  const file = await openForStream(options.path, 'r+', options.offset);
  options.stream.receive(new Upload(options, file));
}

type Item = Uint8Array | bigint;

class Upload implements DriverSink {
  private readonly options: UploadOptions;
  private readonly file: FileHandle;
  /** Where the next byte goes. */
  private position: bigint;
  /** How much may still come; null for any amount. */
  private left: bigint | null;
  private queue: Item[] = [];
  private queuedBytes = 0;
  private queuedHoles = 0;
  private paused = false;
  private writing = false;
  private finishing = false;
  private closed = false;
  private timer: NodeJS.Timeout | undefined;
  private failure: LibvirtError | null = null;
  private aborted = false;
  private settle: { resolve(): void; reject(error: LibvirtError): void } | undefined;

  constructor(options: UploadOptions, file: FileHandle) {
    this.options = options;
    this.file = file;
    this.position = options.offset;
    this.left = options.length === 0n ? null : options.length;
  }

  data(chunk: Uint8Array): void {
    if (chunk.length === 0 || this.isOver) return;
    this.queue.push(chunk);
    this.queuedBytes += chunk.length;
    this.moved();
  }

  hole(length: bigint): void {
    if (this.isOver) return;
    this.queue.push(length);
    this.queuedHoles++;
    this.queuedBytes += holeWeight;
    this.moved();
  }

  finish(): Promise<void> {
    this.finishing = true;
    return new Promise((resolve, reject) => {
      this.settle = { resolve, reject };
      this.moved();
    });
  }

  abort(reason: LibvirtError): void {
    if (this.aborted || this.closed) return;
    this.aborted = true;
    this.options.log.error(`upload to '${this.options.path}' broke off at ${this.position}: ${reason.message}`);
    this.drop();
    this.moved();
  }

  private get isOver(): boolean {
    return this.aborted || this.failure !== null;
  }

  private drop(): void {
    this.queue = [];
    this.queuedBytes = 0;
    this.queuedHoles = 0;
  }

  // Whatever happens comes by here, and decides what is next: wait for more, write, or close.
  private moved(): void {
    this.throttle();
    if (this.writing || this.closed) return;
    if (this.isOver || (this.finishing && this.queue.length === 0)) {
      void this.close();
    } else if (this.queue.length > 0) {
      const ripe = this.finishing || this.queuedHoles > 0 || this.queuedBytes >= gatherBytes;
      if (ripe) void this.write();
      else this.timer ??= setTimeout(() => void this.write(), gatherMs);
    }
  }

  private throttle(): void {
    const full = this.queuedBytes > highWaterBytes;
    if (full === this.paused || this.isOver) return;
    this.paused = full;
    if (full) this.options.stream.pause();
    else this.options.stream.resume();
  }

  private async write(): Promise<void> {
    this.stopTimer();
    if (this.writing || this.closed) return;
    this.writing = true;
    try {
      if (typeof this.queue[0] === 'bigint') await this.writeHole(this.takeHole());
      else await this.writeData(this.takeSlices());
    } catch (thrown) {
      this.fail(systemError(thrown, 'cannot write to stream', ErrorDomain.Streams));
    }
    this.writing = false;
    this.moved();
  }

  private stopTimer(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  private takeHole(): bigint {
    this.queuedHoles--;
    this.queuedBytes -= holeWeight;
    return this.queue.shift() as bigint;
  }

  private takeSlices(): Uint8Array[] {
    let count = 0;
    let bytes = 0;
    while (count < maxSlices && bytes < highWaterBytes && this.queue[count] instanceof Uint8Array) {
      bytes += (this.queue[count] as Uint8Array).length;
      count++;
    }
    this.queuedBytes -= bytes;
    return this.queue.splice(0, count) as Uint8Array[];
  }

  // What still fits into the length is written before the rest is refused, as in libvirt.
  private async writeData(slices: Uint8Array[]): Promise<void> {
    let room = this.left ?? -1n;
    for (const slice of slices) {
      if (room < 0n) break;
      room -= BigInt(slice.length);
    }
    const tooMuch = this.left !== null && room < 0n;
    await this.writeSlices(tooMuch ? cut(slices, Number(this.left)) : slices);
    if (tooMuch) throw errnoFailure('ENOSPC');
    for (const slice of slices) this.options.stream.release?.(slice);
  }

  private async writeSlices(slices: Uint8Array[]): Promise<void> {
    for (let rest = slices; rest.length > 0; ) {
      const written = await writeAt(this.file.fd, rest, this.position);
      this.position += BigInt(written);
      if (this.left !== null) this.left -= BigInt(written);
      rest = after(rest, written);
    }
  }

  private async writeHole(length: bigint): Promise<void> {
    if (this.left !== null && length > this.left) throw errnoFailure('ENOSPC');
    await makeHole(this.file, this.options.path, this.position, length);
    this.position += length;
    if (this.left !== null) this.left -= length;
  }

  private fail(error: LibvirtError): void {
    if (this.isOver) return;
    this.failure = error;
    this.options.log.error(`upload to '${this.options.path}' failed at ${this.position}: ${error.message}`);
    this.drop();
    if (!this.finishing) this.options.stream.fail(error);
  }

  private async close(): Promise<void> {
    this.closed = true;
    this.stopTimer();
    try {
      await this.file.close();
    } catch (thrown) {
      this.fail(systemError(thrown, `Unable to close '${this.options.path}'`, ErrorDomain.Streams));
    }
    // The refresh that follows belongs to the driver: nobody waits for it.
    this.options.ended();
    if (this.failure !== null) this.settle?.reject(this.failure);
    else this.settle?.resolve();
  }
}

/**
 * Makes a stretch of a file read as zeros, taking no space where the system can.
 *
 * libvirt cuts the file off at the end of the hole and keeps old bytes inside it; here bytes behind it stay, and those in it go.
 */
async function makeHole(file: FileHandle, path: string, start: bigint, length: bigint): Promise<void> {
  const end = start + length;
  const { size } = await file.stat({ bigint: true });
  if (size > end) {
    const program = findProgram('fallocate');
    const args = ['--punch-hole', '-o', String(start), '-l', String(length), '--', path];
    if (program !== null && (await run(program, args)).status === 0) return;
    await writeZeros(file, start, length);
    return;
  }
  if (size > start) await truncate(file, start);
  await truncate(file, end);
}

function writeAt(fd: number, slices: Uint8Array[], position: bigint): Promise<number> {
  const bytes = slices.reduce((sum, slice) => sum + slice.length, 0);
  // Node would take a larger number for none, and write wherever the file stands.
  if (position + BigInt(bytes) > BigInt(Number.MAX_SAFE_INTEGER)) return Promise.reject(errnoFailure('EFBIG'));
  return new Promise((resolve, reject) => {
    writev(fd, slices, Number(position), (error, written) => {
      if (error !== null) reject(error);
      else resolve(written);
    });
  });
}

function after(slices: Uint8Array[], written: number): Uint8Array[] {
  let skip = written;
  for (let i = 0; i < slices.length; i++) {
    const slice = slices[i] as Uint8Array;
    if (skip < slice.length) return [slice.subarray(skip), ...slices.slice(i + 1)];
    skip -= slice.length;
  }
  return [];
}

function cut(slices: Uint8Array[], length: number): Uint8Array[] {
  const kept: Uint8Array[] = [];
  let room = length;
  for (const slice of slices) {
    if (room <= 0) break;
    kept.push(slice.subarray(0, room));
    room -= slice.length;
  }
  return kept;
}
