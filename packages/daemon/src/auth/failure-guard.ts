// Slows down whoever guesses passwords: every failure costs time, many from one place cost more.

/** How failures are slowed down, in milliseconds. */
export interface FailureGuardOptions {
  /** What the first failures cost. */
  readonly delayMs: number;
  /** What a failure costs at most. */
  readonly maxDelayMs: number;
  /** Failures that cost no more than the first; each one behind them costs twice as much as the one before. */
  readonly cheapFailures: number;
  /** After this time without a failure a place is forgotten. */
  readonly forgetMs: number;
  /** The time; for tests. */
  now?(): number;
  /** Waits; for tests. Ends early when the signal does. */
  wait?(ms: number, signal: AbortSignal): Promise<void>;
}

const usual = { delayMs: 250, maxDelayMs: 4000, cheapFailures: 5, forgetMs: 60_000 };

// Beyond this many places the oldest are forgotten, so that nobody can fill the memory with addresses.
const MAX_PLACES = 10_000;

interface Place {
  failures: number;
  lastAt: number;
  /** Attempts before this are made to wait. */
  blockedUntil: number;
}

/** Counts failures by place. */
export class FailureGuard {
  private readonly options: Required<FailureGuardOptions>;
  // In the order of the last failure.
  private readonly places = new Map<string, Place>();

  constructor(options: Partial<FailureGuardOptions> = {}) {
    this.options = { ...usual, now: () => performance.now(), wait: waitFor, ...options };
  }

  /** Waits until the place may try again; attempts at the same time do not get around the delay. */
  async admit(place: string, signal: AbortSignal): Promise<void> {
    const known = this.places.get(place);
    if (known === undefined) return;
    const left = known.blockedUntil - this.options.now();
    if (left > 0) await this.options.wait(left, signal);
  }

  /** Notes a failure, and waits for as long as it costs. */
  async failed(place: string, signal: AbortSignal): Promise<void> {
    const { now, wait, delayMs, maxDelayMs, cheapFailures, forgetMs } = this.options;
    const at = now();
    const before = this.places.get(place);
    const failures = before === undefined || at - before.lastAt > forgetMs ? 1 : before.failures + 1;
    // Doubling is bounded before it overflows.
    const doublings = Math.min(Math.max(failures - cheapFailures, 0), 20);
    const cost = Math.min(delayMs * 2 ** doublings, maxDelayMs);
    this.places.delete(place);
    this.places.set(place, { failures, lastAt: at, blockedUntil: at + cost });
    if (this.places.size > MAX_PLACES) this.places.delete(this.places.keys().next().value as string);
    await wait(cost, signal);
  }
}

function waitFor(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve();
      return;
    }
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done, { once: true });
  });
}
