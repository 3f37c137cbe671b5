// The bytes beside a call as users see them: a download that is read, an upload that is written, holes as chunks of their own.
import { type CallerStream, type DriverStream, ErrorCode, ErrorDomain, LibvirtError, streamPair } from '@virtwire/rpc';

/** A run of zeros that takes no room on either side. */
export class Hole {
  /** Bytes; more than 0n. */
  readonly length: bigint;

  constructor(length: bigint) {
    if (length <= 0n) throw new LibvirtError(ErrorCode.InvalidArg, 'hole length must be greater than zero');
    this.length = length;
  }
}

/** What a sparse stream carries. */
export type Chunk = Uint8Array | Hole;

/** Where an upload may take its chunks from: generators, arrays, web streams, Node streams. */
export type ChunkSource = AsyncIterable<Chunk> | Iterable<Chunk> | ReadableStream<Chunk>;

/** Makes the call that a stream belongs to. */
export type StreamCall<R> = (stream: DriverStream) => Promise<R>;

/** How a download is read. */
export interface DownloadStreamOptions {
  /** Gives the download up. */
  readonly signal?: AbortSignal | undefined;
  /**
   * True for a reader who is done with each chunk when asking for the next: its memory is then read into again. Spares most
   * of the work of large downloads, which otherwise leave all their bytes to the collector of garbage. Not for
   * {@link Download.readable}, whose chunks are the reader's own.
   */
  readonly reuseMemory?: boolean | undefined;
}

// Bytes that wait for the reader of a download before the sender is asked to stop.
const READ_AHEAD_BYTES = 1024 * 1024;
// What a hole that waits counts for: they must not gather without end, either.
const HOLE_BYTES = 64;

function abortedBy(signal: AbortSignal): LibvirtError {
  return new LibvirtError(ErrorCode.OperationAborted, 'stream aborted', {
    domain: ErrorDomain.Streams,
    cause: signal.reason,
  });
}

async function callWithStream<R>(call: StreamCall<R>): Promise<{ caller: CallerStream; reply: R }> {
  const { caller, driver } = streamPair();
  try {
    return { caller, reply: await call(driver) };
  } catch (thrown) {
    caller.abort(thrown instanceof LibvirtError ? thrown : undefined);
    throw thrown;
  }
}

/**
 * Bytes that come from the other side. Read them once: by `for await`, or by {@link readable}.
 *
 * Leaving the loop early gives the stream up. A reader who is slow stops the sender after a few MiB; while calls or other
 * streams of the connection wait, or pings of the server, more is kept for it (libvirt cannot stop one stream alone).
 */
export class Download<C extends Chunk> implements AsyncIterable<C>, AsyncDisposable {
  readonly #caller: CallerStream;
  readonly #queue: C[] = [];
  #queuedBytes = 0;
  #state: 'open' | 'ended' | LibvirtError = 'open';
  #wake: (() => void) | undefined;
  #readable: ReadableStream<C> | undefined;
  #unlisten: () => void = () => {};
  readonly #reuseMemory: boolean;
  // The chunk that the reader has, when its memory is to be used again.
  #lent: Uint8Array | undefined;
  /** Resolves when all bytes have been read and the other side has confirmed the end; rejects when the stream breaks or is given up. */
  readonly finished: Promise<void>;
  #settle!: { resolve(): void; reject(reason: LibvirtError): void };

  /** @param caller the reading end of a stream whose call has succeeded */
  constructor(caller: CallerStream, { signal, reuseMemory = false }: DownloadStreamOptions = {}) {
    this.#caller = caller;
    this.#reuseMemory = reuseMemory;
    this.finished = new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
    });
    // The reader hears of a failure anyhow; a reader who does not look at `finished` must not crash the process.
    this.finished.catch(() => {});
    caller.receive({
      data: (chunk) => this.#push(chunk as C, chunk.length),
      hole: (length) => this.#push(new Hole(length) as C, HOLE_BYTES),
      end: () => this.#confirm(),
      fail: (error) => this.#end(error),
    });
    if (signal === undefined) return;
    const onAbort = () => this.abort(abortedBy(signal));
    signal.addEventListener('abort', onAbort, { once: true });
    this.#unlisten = () => signal.removeEventListener('abort', onAbort);
    if (signal.aborted) onAbort();
  }

  /** Makes the call, then gives its reply and the stream. Rejects as the call does. */
  static async open<R>(
    call: StreamCall<R>,
    options: DownloadStreamOptions = {},
  ): Promise<{ readonly download: Download<Chunk>; readonly reply: R }> {
    const { caller, reply } = await callWithStream(call);
    return { download: new Download<Chunk>(caller, options), reply };
  }

  /** Gives the stream up; what was not read is dropped. Does nothing when it has ended. */
  abort(reason?: LibvirtError): void {
    if (this.#state !== 'open') return;
    const error =
      reason ?? new LibvirtError(ErrorCode.OperationAborted, 'stream aborted', { domain: ErrorDomain.Streams });
    this.#queue.length = 0;
    this.#end(error);
    this.#caller.abort(error);
  }

  /** The same bytes as a web stream; cancelling it gives the stream up. */
  get readable(): ReadableStream<C> {
    // Whoever reads ahead of its reader, as a web stream may, asks for the next before the last is done with.
    const iterator = this.#iterate(false);
    this.#readable ??= new ReadableStream<C>(
      {
        pull: async (controller) => {
          const { value, done } = await iterator.next();
          if (done === true) controller.close();
          else controller.enqueue(value);
        },
        cancel: () => this.abort(),
      },
      { highWaterMark: 0 },
    );
    return this.#readable;
  }

  [Symbol.asyncIterator](): AsyncIterator<C, undefined> {
    return this.#iterate(this.#reuseMemory);
  }

  #iterate(lends: boolean): AsyncIterator<C, undefined> {
    return {
      next: async () => {
        this.#giveBack();
        while (this.#queue.length === 0) {
          if (this.#state === 'ended') return { done: true, value: undefined };
          if (this.#state !== 'open') throw this.#state;
          await new Promise<void>((resolve) => {
            this.#wake = resolve;
          });
        }
        const value = this.#queue.shift() as C;
        this.#queuedBytes -= value instanceof Hole ? HOLE_BYTES : value.length;
        if (this.#queuedBytes < READ_AHEAD_BYTES / 2) this.#caller.resume();
        if (lends && !(value instanceof Hole)) this.#lent = value;
        return { done: false, value };
      },
      return: async () => {
        this.abort();
        return { done: true, value: undefined };
      },
    };
  }

  /** Gives the stream up unless it has ended. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.abort();
  }

  #giveBack(): void {
    const lent = this.#lent;
    this.#lent = undefined;
    if (lent !== undefined) this.#caller.release(lent);
  }

  #push(chunk: C, bytes: number): void {
    this.#queue.push(chunk);
    this.#queuedBytes += bytes;
    if (this.#queuedBytes >= READ_AHEAD_BYTES) this.#caller.pause();
    this.#notify();
  }

  #confirm(): void {
    this.#caller.finish().then(
      () => this.#end('ended'),
      (thrown: LibvirtError) => this.#end(thrown),
    );
  }

  #end(how: 'ended' | LibvirtError): void {
    if (this.#state !== 'open') return;
    this.#state = how;
    this.#unlisten();
    if (how === 'ended') this.#settle.resolve();
    else this.#settle.reject(how);
    this.#notify();
  }

  #notify(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }
}

/** How an upload was opened. */
export interface UploadStreamOptions {
  /** Whether holes were agreed with the other side. */
  readonly sparse: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** Bytes that go to the other side. Nothing counts as written until {@link finish} has resolved. */
export class Upload implements AsyncDisposable {
  readonly #caller: CallerStream;
  readonly #sparse: boolean;
  #state: 'open' | 'finishing' | 'ended' | LibvirtError = 'open';
  #onBroken: ((error: LibvirtError) => void) | undefined;
  #writable: WritableStream<Chunk> | undefined;
  #unlisten: () => void = () => {};

  /** @param caller the writing end of a stream whose call has succeeded */
  constructor(caller: CallerStream, { sparse, signal }: UploadStreamOptions) {
    this.#caller = caller;
    this.#sparse = sparse;
    caller.receive({ data: () => {}, hole: () => {}, end: () => {}, fail: (error) => this.#break(error) });
    if (signal === undefined) return;
    const onAbort = () => this.abort(abortedBy(signal));
    signal.addEventListener('abort', onAbort, { once: true });
    this.#unlisten = () => signal.removeEventListener('abort', onAbort);
    if (signal.aborted) onAbort();
  }

  /** Makes the call, then gives the stream. Rejects as the call does. */
  static async open(call: StreamCall<unknown>, options: UploadStreamOptions): Promise<Upload> {
    return new Upload((await callWithStream(call)).caller, options);
  }

  /**
   * Sends a chunk; its memory must not be changed afterwards. Resolves when the next one may be written.
   *
   * @throws LibvirtError the reason why the stream broke
   */
  async write(chunk: Chunk): Promise<void> {
    this.#check();
    if (chunk instanceof Hole && !this.#sparse) {
      throw new LibvirtError(ErrorCode.InvalidArg, 'holes need a sparse upload', { domain: ErrorDomain.Streams });
    }
    const more = chunk instanceof Hole ? this.#caller.hole(chunk.length) : this.#caller.write(chunk);
    if (!more) await this.#caller.drained();
    this.#check();
  }

  /** Says that all was sent. Resolves when the other side has confirmed; rejects with its error. */
  async finish(): Promise<void> {
    this.#check();
    this.#state = 'finishing';
    try {
      await this.#caller.finish();
      if (this.#state === 'finishing') this.#state = 'ended';
    } catch (thrown) {
      this.#break(thrown as LibvirtError);
      throw thrown;
    } finally {
      this.#unlisten();
    }
  }

  /** Gives the stream up; the other side learns that the data are not whole. Does nothing when it has ended. */
  abort(reason?: LibvirtError): void {
    if (this.#state !== 'open' && this.#state !== 'finishing') return;
    const error =
      reason ?? new LibvirtError(ErrorCode.OperationAborted, 'stream aborted', { domain: ErrorDomain.Streams });
    this.#break(error);
    this.#caller.abort(error);
  }

  /** Sends everything from a source, then finishes. An error of the source gives the stream up and comes back. */
  async pipeFrom(source: ChunkSource): Promise<void> {
    const iterator = chunksOf(source);
    try {
      for (;;) {
        const { value, done } = await this.#nextOrBroken(iterator);
        if (done === true) break;
        await this.write(value);
      }
    } catch (thrown) {
      this.abort(thrown instanceof LibvirtError ? thrown : undefined);
      // The source may be the one that hangs: tell it, but do not wait for it.
      Promise.resolve(iterator.return?.()).catch(() => {});
      throw thrown;
    }
    await this.finish();
  }

  /** The same stream for `pipeTo`; closing it finishes the upload, aborting it gives it up. */
  get writable(): WritableStream<Chunk> {
    this.#writable ??= new WritableStream<Chunk>({
      write: (chunk) => this.write(chunk),
      close: () => this.finish(),
      abort: () => this.abort(),
    });
    return this.#writable;
  }

  /** Gives the stream up unless it was finished. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.abort();
  }

  #check(): void {
    if (this.#state === 'open') return;
    if (this.#state instanceof LibvirtError) throw this.#state;
    throw new LibvirtError(ErrorCode.InvalidStream, 'stream has ended', { domain: ErrorDomain.Streams });
  }

  #break(error: LibvirtError): void {
    if (this.#state === 'ended' || this.#state instanceof LibvirtError) return;
    this.#state = error;
    this.#unlisten();
    this.#onBroken?.(error);
  }

  // A source that never gives its next chunk must not hide that the stream is broken.
  #nextOrBroken(iterator: ChunkIterator): Promise<IteratorResult<Chunk, unknown>> {
    return new Promise((resolve, reject) => {
      if (this.#state instanceof LibvirtError) return reject(this.#state);
      this.#onBroken = reject;
      Promise.resolve(iterator.next()).then(resolve, reject);
    });
  }
}

type ChunkIterator = AsyncIterator<Chunk, unknown> | Iterator<Chunk, unknown>;

function chunksOf(source: ChunkSource): ChunkIterator {
  if (Symbol.asyncIterator in source) return source[Symbol.asyncIterator]();
  if (Symbol.iterator in source) return source[Symbol.iterator]();
  // Web streams of some browsers cannot be iterated.
  const reader = (source as ReadableStream<Chunk>).getReader();
  return {
    next: () => reader.read(),
    return: async () => {
      await reader.cancel();
      return { done: true, value: undefined };
    },
  };
}
