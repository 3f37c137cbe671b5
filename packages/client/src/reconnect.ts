// A Driver around drivers: when the link of one breaks, it opens the next, registers events again, and tells its user.
// It repeats no call that may have run, and makes up no event for what happened meanwhile.
import type { CallContext, Driver, EventFilter, EventType, Unsubscribe } from '@virtwire/protocol';
import { type Answer, ErrorCode, ErrorDomain, LibvirtError, type Procedure, toLibvirtError } from '@virtwire/rpc';

/** How a connection comes back. */
export interface ReconnectOptions {
  /** Milliseconds before the first attempt; doubled for each further one. 50 when left out. */
  readonly firstDelayMs?: number;
  /** Most milliseconds between two attempts; shortened by chance, so that many clients do not come at once. 500 when left out. */
  readonly maxDelayMs?: number;
  /** An attempt that takes longer is given up, in milliseconds. 10000 when left out. */
  readonly attemptMs?: number;
  /** After so many milliseconds without link the connection ends for good; never when left out. */
  readonly giveUpAfterMs?: number;
  /** Told that the link broke. Calls under way are rejected with `outcomeUnknown`; later ones wait for the next link. */
  readonly onLost?: (error: LibvirtError) => void;
  /** Told that the link is back. Objects may have changed, and events of the time between are lost: look again. */
  readonly onBack?: (back: LinkBack) => void;
}

/** What there is to know of a link that came back. */
export interface LinkBack {
  /** Milliseconds without link. */
  readonly downMs: number;
  readonly attempts: number;
  /** Event registrations that the server does not take any more; no events of them will come. */
  readonly lostSubscriptions: readonly LostSubscription[];
}

/** An event registration that could not be made again. */
export interface LostSubscription {
  /** Name of the event as in the shell, e.g. `lifecycle`. */
  readonly event: string;
  /** Name of the object; null for all. */
  readonly object: string | null;
  readonly error: LibvirtError;
}

interface Subscription {
  readonly type: EventType;
  readonly filter: EventFilter | null;
  readonly listener: (payload: unknown) => void;
  undo: Unsubscribe | null;
  done: boolean;
}

interface Waiter {
  resolve(driver: Driver): void;
  reject(reason: unknown): void;
}

const FIRST_DELAY_MS = 50;
const MAX_DELAY_MS = 500;
const ATTEMPT_MS = 10_000;

/** The driver of a connection that comes back by itself. */
export class ReconnectingDriver implements Driver {
  readonly #open: (signal: AbortSignal) => Promise<Driver>;
  readonly #options: ReconnectOptions;
  readonly #subscriptions = new Set<Subscription>();
  // Why each driver was lost; those that stand have none.
  readonly #losses = new WeakMap<Driver, Error>();
  readonly #lostListeners: ((reason: Error) => void)[] = [];
  readonly #stop = new AbortController();
  #driver: Driver | null;
  #waiters: Waiter[] = [];
  #ended: LibvirtError | null = null;

  /**
   * @param first open already
   * @param open opens the next one
   */
  constructor(first: Driver, open: (signal: AbortSignal) => Promise<Driver>, options: ReconnectOptions) {
    this.#driver = first;
    this.#open = open;
    this.#options = options;
    this.#watch(first);
  }

  call<A, R>(procedure: Procedure<A, R>, args: A, context: CallContext): Answer<R> {
    const driver = this.#driver;
    if (driver === null) return this.#callLater(procedure, args, context);
    const answer = driver.call(procedure, args, context);
    if (!(answer instanceof Promise)) return answer;
    return answer.catch(async (thrown: unknown) => {
      if (!(await this.#isUnsent(driver, thrown))) throw thrown;
      return this.#callLater(procedure, args, context);
    });
  }

  async subscribe<T>(
    type: EventType<T>,
    filter: EventFilter | null,
    listener: (payload: T) => void,
    context: CallContext,
  ): Promise<Unsubscribe> {
    const subscription: Subscription = {
      type,
      filter,
      listener: listener as (payload: unknown) => void,
      undo: null,
      done: false,
    };
    for (;;) {
      const driver = await this.#current(context.signal);
      try {
        const undo = await driver.subscribe(type, filter, this.#deliver(subscription, null), context);
        if (this.#driver !== driver) continue;
        subscription.undo = undo;
        break;
      } catch (thrown) {
        // A registration ends with its link, so that making it again does no harm.
        await turn();
        if (!this.#losses.has(driver) || isRemote(thrown)) throw thrown;
      }
    }
    this.#subscriptions.add(subscription);
    return () => {
      subscription.done = true;
      this.#subscriptions.delete(subscription);
      subscription.undo?.();
    };
  }

  /** Tells that the connection has ended for good. */
  onLost(listener: (reason: Error) => void): void {
    this.#lostListeners.push(listener);
  }

  async close(): Promise<void> {
    if (this.#ended === null) {
      this.#lostListeners.length = 0;
      this.#end(new LibvirtError(ErrorCode.InvalidConn, null, { message: 'the connection is closed' }));
    }
    const driver = this.#driver;
    this.#driver = null;
    await driver?.close();
  }

  async #callLater<A, R>(procedure: Procedure<A, R>, args: A, context: CallContext): Promise<R> {
    await this.#current(context.signal);
    return this.call(procedure, args, context);
  }

  // The driver of the link that stands, waiting for it.
  #current(signal: AbortSignal | undefined): Promise<Driver> {
    if (this.#driver !== null) return Promise.resolve(this.#driver);
    if (this.#ended !== null) return Promise.reject(this.#ended);
    return new Promise((resolve, reject) => {
      const release = () => signal?.removeEventListener('abort', abort);
      const waiter: Waiter = {
        resolve: (driver) => {
          release();
          resolve(driver);
        },
        reject: (reason) => {
          release();
          // oxlint-disable-next-line typescript/prefer-promise-reject-errors -- the reason of a signal is the user's own.
          reject(reason);
        },
      };
      const abort = () => {
        this.#waiters = this.#waiters.filter((each) => each !== waiter);
        waiter.reject(signal?.reason);
      };
      if (signal?.aborted === true) return abort();
      signal?.addEventListener('abort', abort, { once: true });
      this.#waiters.push(waiter);
    });
  }

  // True for a call that the loss of its link kept from being sent: the caller rejects it with the very reason of the
  // loss. One that was sent has an error of its own, with outcomeUnknown, and is never made again.
  async #isUnsent(driver: Driver, thrown: unknown): Promise<boolean> {
    if (!(thrown instanceof LibvirtError) || thrown.remote || thrown.outcomeUnknown) return false;
    // Calls are rejected before the loss is told.
    await turn();
    return this.#losses.get(driver) === thrown && this.#ended === null;
  }

  #watch(driver: Driver): void {
    driver.onLost?.((reason) => {
      this.#losses.set(driver, reason);
      if (this.#driver !== driver || this.#ended !== null) return;
      this.#driver = null;
      for (const subscription of this.#subscriptions) subscription.undo = null;
      const error = toLibvirtError(reason, ErrorDomain.Rpc);
      this.#options.onLost?.(error);
      void this.#comeBack(error);
    });
  }

  async #comeBack(loss: LibvirtError): Promise<void> {
    const { firstDelayMs = FIRST_DELAY_MS, maxDelayMs = MAX_DELAY_MS, giveUpAfterMs = Infinity } = this.#options;
    const lostAt = performance.now();
    let last = loss;
    for (let attempts = 1; this.#ended === null; attempts++) {
      const longest = Math.min(maxDelayMs, firstDelayMs * 2 ** Math.min(attempts - 1, 30));
      await pause(longest * (0.5 + Math.random() / 2), this.#stop.signal);
      if (this.#ended !== null) return;
      try {
        if (await this.#attempt(lostAt, attempts)) return;
      } catch (thrown) {
        last = toLibvirtError(thrown, ErrorDomain.Rpc);
      }
      if (isFinal(last) || performance.now() - lostAt >= giveUpAfterMs) return this.#end(last);
    }
  }

  // False when the new link broke before everything was in its place.
  async #attempt(lostAt: number, attempts: number): Promise<boolean> {
    const limit = AbortSignal.timeout(this.#options.attemptMs ?? ATTEMPT_MS);
    const driver = await this.#open(AbortSignal.any([this.#stop.signal, limit]));
    this.#watch(driver);
    const early: (() => void)[] = [];
    const lostSubscriptions = await this.#registerAgain(driver, early);
    if (this.#ended !== null || lostSubscriptions === null || this.#losses.has(driver)) {
      await driver.close();
      return this.#ended !== null;
    }
    this.#driver = driver;
    this.#options.onBack?.({ downMs: performance.now() - lostAt, attempts, lostSubscriptions });
    for (const deliver of early.splice(0)) deliver();
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const waiter of waiters) waiter.resolve(driver);
    return true;
  }

  // Null when the link broke meanwhile.
  async #registerAgain(driver: Driver, early: (() => void)[]): Promise<LostSubscription[] | null> {
    const lost: LostSubscription[] = [];
    for (const subscription of Array.from(this.#subscriptions)) {
      const { type, filter } = subscription;
      try {
        const undo = await driver.subscribe(type, filter, this.#deliver(subscription, { driver, early }), {});
        if (subscription.done) undo();
        else subscription.undo = undo;
      } catch (thrown) {
        if (!isRemote(thrown)) return null;
        this.#subscriptions.delete(subscription);
        const object = filter === null ? null : filter.name;
        lost.push({ event: type.name, object, error: toLibvirtError(thrown) });
      }
    }
    return lost;
  }

  // Events that come before the user was told of the new link wait until then.
  #deliver(
    subscription: Subscription,
    hold: { readonly driver: Driver; readonly early: (() => void)[] } | null,
  ): (payload: unknown) => void {
    const deliver = (payload: unknown) => {
      if (!subscription.done && this.#ended === null) subscription.listener(payload);
    };
    if (hold === null) return deliver;
    return (payload) => {
      if (this.#driver === hold.driver) deliver(payload);
      else hold.early.push(() => deliver(payload));
    };
  }

  #end(reason: LibvirtError): void {
    this.#ended = reason;
    this.#stop.abort(reason);
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const waiter of waiters) waiter.reject(reason);
    for (const listener of this.#lostListeners.splice(0)) listener(reason);
  }
}

// Whoever was refused for who they are will be refused again, and asking on could lock an account.
function isFinal({ code, remote, stage }: LibvirtError): boolean {
  if (stage !== 'authentication') return false;
  return remote || code === ErrorCode.AuthFailed || code === ErrorCode.AuthCancelled;
}

function isRemote(thrown: unknown): boolean {
  return thrown instanceof LibvirtError && thrown.remote;
}

function turn(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, 0);
  });
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done, { once: true });
  });
}
