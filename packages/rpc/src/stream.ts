// A stream of bytes beside a call, seen from its two sides: who made the call, and the driver that serves it.
import { ErrorCode, ErrorDomain } from './error-codes.ts';
import { LibvirtError } from './error.ts';
import { releasePart } from './kept-memory.ts';

/** Bytes that may wait in one direction of a stream before its sender is told to stop. */
export const STREAM_HIGH_WATER = 4 * 1024 * 1024;

// The least that an item counts for: holes, and data in tiny pieces, must not wait without end.
const ITEM_BYTES = 64;

/** What something that waits in a stream counts for, in bytes. */
export function itemWeight(item: Uint8Array | bigint | string): number {
  return item instanceof Uint8Array && item.length > ITEM_BYTES ? item.length : ITEM_BYTES;
}

/** What a driver is told by the caller of its stream. */
export interface DriverSink {
  /** Bytes that the caller sent; they belong to the sink. */
  data(chunk: Uint8Array): void;
  /** A run of zeros that the caller did not send. */
  hole(length: bigint): void;
  /** The caller is done (virStreamFinish). The stream is confirmed when this returns or resolves, and fails when it throws or rejects. */
  finish(): void | Promise<void>;
  /** The caller gave up or went away; nothing more will come. */
  abort(reason: LibvirtError): void;
}

/** A stream as the driver sees it. */
export interface DriverStream {
  /** Sends bytes to the caller, who owns them from now on. @returns false when the driver should wait for {@link drained}. */
  write(chunk: Uint8Array): boolean;
  /** Tells the caller of a run of zeros. @returns as {@link write} */
  hole(length: bigint): boolean;
  /** Resolves when more may be written, or when the stream has ended. */
  drained(): Promise<void>;
  /** No more bytes will come; the caller then finishes. */
  end(): void;
  /** Ends the stream with an error. Does nothing when it has ended. */
  fail(error: LibvirtError): void;
  /** Says who takes what the caller sends. Must be called before the handler of the call gives its answer. */
  receive(sink: DriverSink): void;
  /**
   * Gives back the memory of a chunk of {@link DriverSink.data}: it may be used again, the driver looks at it no more. To be
   * called once for the very chunk, or not at all; left out by streams that have no use for it.
   */
  release?(chunk: Uint8Array): void;
  /** Asks the caller to stop sending until {@link resume}; a little more may still come. */
  pause(): void;
  resume(): void;
}

/** What the caller of a stream is told by the driver. */
export interface CallerSink {
  /** Bytes that the driver sent; they belong to the sink. */
  data(chunk: Uint8Array): void;
  /** A run of zeros that the driver did not send. */
  hole(length: bigint): void;
  /** No more bytes will come. */
  end(): void;
  /** The stream is broken; nothing more will come. */
  fail(error: LibvirtError): void;
}

/** A stream as its caller sees it. */
export interface CallerStream {
  /** Sends bytes to the driver, who owns them from now on. @returns false when the caller should wait for {@link drained}. */
  write(chunk: Uint8Array): boolean;
  /** Tells the driver of a run of zeros. @returns as {@link write} */
  hole(length: bigint): boolean;
  /** Resolves when more may be written, or when the stream has ended. */
  drained(): Promise<void>;
  /** Says that all was sent, or that all was received. @returns when the driver confirms; rejects with its error */
  finish(): Promise<void>;
  /** Gives up. Does nothing when the stream has ended. */
  abort(reason?: LibvirtError): void;
  /** Says who takes what the driver sends. */
  receive(sink: CallerSink): void;
  /**
   * Gives back the memory of a chunk of {@link CallerSink.data}: it may be used again, the caller looks at it no more. To be
   * called once for the very chunk, or not at all.
   */
  release(chunk: Uint8Array): void;
  /** Asks the driver to stop sending until {@link resume}; a little more may still come. */
  pause(): void;
  resume(): void;
}

/** The error of a stream that is used after its end. */
export function streamEnded(): LibvirtError {
  return new LibvirtError(ErrorCode.InvalidStream, 'stream has ended', { domain: ErrorDomain.Streams });
}

// A promise that is made only when somebody has to wait.
class Gate {
  private waiting: (() => void)[] = [];

  wait(): Promise<void> {
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  open(): void {
    const waiting = this.waiting;
    this.waiting = [];
    for (const resolve of waiting) resolve();
  }
}

type Item = Uint8Array | bigint | 'end';

// One direction of a stream in memory: hands over at once, keeps items while the receiver pauses.
class Direction {
  private readonly deliver: (item: Item) => void;
  private queue: Item[] = [];
  private queuedBytes = 0;
  private paused = true;
  private readonly gate = new Gate();
  closed = false;

  constructor(deliver: (item: Item) => void) {
    this.deliver = deliver;
  }

  push(item: Item): boolean {
    if (this.closed) return true;
    if (!this.paused && this.queue.length === 0) {
      this.deliver(item);
      return true;
    }
    this.queue.push(item);
    this.queuedBytes += itemWeight(item);
    return this.queuedBytes < STREAM_HIGH_WATER;
  }

  drained(): Promise<void> {
    return this.closed || (!this.paused && this.queue.length === 0) ? Promise.resolve() : this.gate.wait();
  }

  pause(): void {
    this.paused = true;
  }

  resume(): void {
    this.paused = false;
    while (!this.paused && !this.closed) {
      const item = this.queue.shift();
      if (item === undefined) break;
      this.queuedBytes -= itemWeight(item);
      this.deliver(item);
    }
    if (this.queue.length === 0) this.gate.open();
  }

  close(): void {
    this.closed = true;
    this.queue = [];
    this.queuedBytes = 0;
    this.gate.open();
  }
}

/** Both sides of a stream inside one process. */
export interface StreamPair {
  readonly caller: CallerStream;
  readonly driver: DriverStream;
}

/** Makes a stream inside one process. What one side writes reaches the other in the same tick, unless that side pauses. */
export function streamPair(): StreamPair {
  let driverSink: DriverSink | undefined;
  let callerSink: CallerSink | undefined;
  let ended: LibvirtError | 'finished' | undefined;
  let gaveUp: LibvirtError | undefined;
  let finishing: Promise<void> | undefined;
  let settleFinish: { resolve(): void; reject(error: LibvirtError): void } | undefined;

  const toDriver = new Direction((item) => {
    if (item instanceof Uint8Array) driverSink?.data(item);
    else if (item === 'end') void confirm();
    else driverSink?.hole(item);
  });
  const toCaller = new Direction((item) => {
    if (item instanceof Uint8Array) callerSink?.data(item);
    else if (item === 'end') callerSink?.end();
    else callerSink?.hole(item);
  });

  const close = (how: LibvirtError | 'finished') => {
    ended = how;
    toDriver.close();
    toCaller.close();
  };
  const confirm = async () => {
    try {
      await driverSink?.finish();
    } catch (thrown) {
      driver.fail(thrown instanceof LibvirtError ? thrown : new LibvirtError(ErrorCode.InternalError, String(thrown)));
      return;
    }
    if (ended !== undefined) return;
    close('finished');
    settleFinish?.resolve();
  };

  const driver: DriverStream = {
    write: (chunk) => toCaller.push(chunk),
    hole: (length) => toCaller.push(length),
    drained: () => toCaller.drained(),
    end: () => void toCaller.push('end'),
    fail: (error) => {
      if (ended !== undefined) return;
      close(error);
      if (settleFinish !== undefined) settleFinish.reject(error);
      else callerSink?.fail(error);
    },
    receive: (sink) => {
      driverSink = sink;
      if (gaveUp === undefined) toDriver.resume();
      else sink.abort(gaveUp);
    },
    pause: () => toDriver.pause(),
    resume: () => toDriver.resume(),
  };
  const caller: CallerStream = {
    write: (chunk) => {
      if (ended !== undefined) throw ended === 'finished' ? streamEnded() : ended;
      return toDriver.push(chunk);
    },
    hole: (length) => {
      if (ended !== undefined) throw ended === 'finished' ? streamEnded() : ended;
      return toDriver.push(length);
    },
    drained: () => toDriver.drained(),
    finish: () => {
      if (ended !== undefined) return ended === 'finished' ? Promise.resolve() : Promise.reject(ended);
      if (finishing !== undefined) return finishing;
      finishing = new Promise<void>((resolve, reject) => {
        settleFinish = { resolve, reject };
      });
      toDriver.push('end');
      return finishing;
    },
    abort: (
      reason = new LibvirtError(ErrorCode.OperationAborted, 'stream aborted', { domain: ErrorDomain.Streams }),
    ) => {
      if (ended !== undefined) return;
      close(reason);
      gaveUp = reason;
      settleFinish?.reject(reason);
      driverSink?.abort(reason);
    },
    receive: (sink) => {
      callerSink = sink;
      if (ended instanceof LibvirtError) sink.fail(ended);
      else toCaller.resume();
    },
    release: releasePart,
    pause: () => toCaller.pause(),
    resume: () => toCaller.resume(),
  };
  return { caller, driver };
}
