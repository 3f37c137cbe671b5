// Events of one kind as an async iterable: registered at once, kept in order, bounded, never dropped in silence.
import type { Unsubscribe } from '@virtwire/protocol';
import { ErrorCode, ErrorDomain, LibvirtError } from '@virtwire/rpc';

/** Events that may wait for their reader unless `queueLimit` says otherwise. */
export const DEFAULT_EVENT_QUEUE = 8192;

/** How to receive events. */
export interface EventOptions {
  /** Ends the iteration quietly and takes the registration back. */
  readonly signal?: AbortSignal | undefined;
  /** Events that may wait for their reader; one more ends the stream with an error. 8192 when left out. */
  readonly queueLimit?: number;
}

/**
 * Events, in the order in which they happened.
 *
 * The registration is on its way as soon as the stream is made; every event after {@link ready} is seen, whenever the
 * reading begins. Reading by `for await`; leaving the loop, or `return()`, takes the registration back.
 * A reader that falls behind by more than the limit, and a lost connection, end the stream with an error.
 */
export class EventStream<T> implements AsyncIterableIterator<T, undefined>, AsyncDisposable {
  readonly #queue: T[] = [];
  readonly #limit: number;
  #head = 0;
  #end: 'open' | 'done' | LibvirtError = 'open';
  #unsubscribe: Unsubscribe | undefined;
  #release: () => void = () => {};
  #waiting: { resolve(result: IteratorResult<T, undefined>): void; reject(reason: unknown): void }[] = [];
  /** Resolves when the server has confirmed the registration; rejects as the registration does. */
  readonly ready: Promise<void>;

  /**
   * @param register makes the registration
   * @param onLost calls back when the connection ends; gives what stops that
   */
  constructor(
    register: (listener: (event: T) => void) => Promise<Unsubscribe>,
    onLost: (listener: (reason: LibvirtError | null) => void) => () => void,
    { signal, queueLimit = DEFAULT_EVENT_QUEUE }: EventOptions = {},
  ) {
    this.#limit = queueLimit;
    const stop = () => this.#finish('done');
    const forget = onLost((reason) => this.#finish(reason ?? 'done'));
    signal?.addEventListener('abort', stop, { once: true });
    this.#release = () => {
      forget();
      signal?.removeEventListener('abort', stop);
    };
    this.ready = register((event) => this.#push(event)).then(
      (unsubscribe) => {
        if (this.#end === 'open') this.#unsubscribe = unsubscribe;
        else unsubscribe();
      },
      (thrown: LibvirtError) => {
        this.#finish(signal?.aborted === true ? 'done' : thrown);
        throw thrown;
      },
    );
    // next() reports it too; a reader who does not look at `ready` must not crash the process.
    this.ready.catch(() => {});
    if (signal?.aborted === true) stop();
  }

  next(): Promise<IteratorResult<T, undefined>> {
    if (this.#head < this.#queue.length) return Promise.resolve({ done: false, value: this.#shift() });
    if (this.#end === 'done') return Promise.resolve({ done: true, value: undefined });
    if (this.#end !== 'open') {
      const reason = this.#end;
      this.#end = 'done';
      return Promise.reject(reason);
    }
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  async return(): Promise<IteratorResult<T, undefined>> {
    this.#queue.length = 0;
    this.#head = 0;
    this.#finish('done');
    this.#end = 'done';
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** Takes the registration back. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  #push(event: T): void {
    if (this.#end !== 'open') return;
    const reader = this.#waiting.shift();
    if (reader !== undefined) return reader.resolve({ done: false, value: event });
    if (this.#queue.length - this.#head < this.#limit) {
      this.#queue.push(event);
      return;
    }
    const text = `event queue is full: ${this.#limit} events wait for their reader`;
    this.#finish(new LibvirtError(ErrorCode.OperationFailed, text, { domain: ErrorDomain.Event }));
  }

  // Array.shift moves the rest each time; a long queue is emptied from a moving head instead.
  #shift(): T {
    const event = this.#queue[this.#head] as T;
    this.#head += 1;
    if (this.#head === this.#queue.length) {
      this.#queue.length = 0;
      this.#head = 0;
    } else if (this.#head >= 1024) {
      this.#queue.splice(0, this.#head);
      this.#head = 0;
    }
    return event;
  }

  #finish(how: 'done' | LibvirtError): void {
    if (this.#end !== 'open') return;
    this.#end = how;
    this.#release();
    this.#unsubscribe?.();
    this.#unsubscribe = undefined;
    const waiting = this.#waiting;
    this.#waiting = [];
    const [first, ...rest] = waiting;
    if (first !== undefined && how !== 'done') {
      this.#end = 'done';
      first.reject(how);
    } else first?.resolve({ done: true, value: undefined });
    for (const reader of rest) reader.resolve({ done: true, value: undefined });
  }
}
