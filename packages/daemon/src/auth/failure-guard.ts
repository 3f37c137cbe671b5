// Slows down whoever guesses passwords: every failure costs time, many from one place cost more.

/** How failures are slowed down, in milliseconds. */
export interface FailureGuardOptions {
  /** What the first failures cost. */
  readonly delayMs: number;
  /** What a failure costs at most. */
  readonly maxDelayMs: number;
  /** Failures that cost no more than the first; each one behind them costs twice as much as the one before. */
  readonly cheapFailures: number;
  /** Failures of a crowd that cost no more than those of its places alone. */
  readonly cheapCrowdFailures: number;
  /** After this time without a failure a place is forgotten. */
  readonly forgetMs: number;
  /** The time; for tests. */
  now?(): number;
  /** Waits; for tests. Ends early when the signal does. */
  wait?(ms: number, signal: AbortSignal): Promise<void>;
}

const usual = { delayMs: 250, maxDelayMs: 4000, cheapFailures: 5, cheapCrowdFailures: 50, forgetMs: 60_000 };

// Beyond this many places the oldest are forgotten, so that nobody can fill the memory with addresses.
const MAX_PLACES = 10_000;

interface Place {
  failures: number;
  lastAt: number;
  /** Attempts before this are made to wait. */
  blockedUntil: number;
}

/** Where attempts come from. */
export interface GuardPlace {
  /** Those who cannot be told apart from it share its delays. */
  readonly name: string;
  /**
   * What places belong to that somebody can make as many of as he likes, e.g. connections whose user nobody knows: their
   * failures are counted together as well. Null for places that stand for somebody.
   */
  readonly crowd: string | null;
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
  async admit({ name, crowd }: GuardPlace, signal: AbortSignal): Promise<void> {
    const blocked = [name, ...crowdKey(crowd)].map((key) => this.places.get(key)?.blockedUntil ?? 0);
    const left = Math.max(...blocked) - this.options.now();
    if (left > 0) await this.options.wait(left, signal);
  }

  /** Notes a failure, and waits for as long as it costs. */
  async failed({ name, crowd }: GuardPlace, signal: AbortSignal): Promise<void> {
    const { wait, cheapFailures, cheapCrowdFailures } = this.options;
    let cost = this.note(name, (failures) => Math.max(failures - cheapFailures, 0));
    for (const key of crowdKey(crowd)) {
      const crowded = this.note(key, (failures) =>
        failures > cheapCrowdFailures ? failures - cheapCrowdFailures : null,
      );
      cost = Math.max(cost, crowded);
    }
    await wait(cost, signal);
  }

  /** @param doublings of the least cost after so many failures; null: they cost nothing. @returns the cost */
  private note(key: string, doublings: (failures: number) => number | null): number {
    const { now, delayMs, maxDelayMs, forgetMs } = this.options;
    const at = now();
    const before = this.places.get(key);
    const failures = before === undefined || at - before.lastAt > forgetMs ? 1 : before.failures + 1;
    const times = doublings(failures);
    // Doubling is bounded before it overflows.
    const cost = times === null ? 0 : Math.min(delayMs * 2 ** Math.min(times, 20), maxDelayMs);
    this.places.delete(key);
    this.places.set(key, { failures, lastAt: at, blockedUntil: at + cost });
    if (this.places.size > MAX_PLACES) this.places.delete(this.places.keys().next().value as string);
    return cost;
  }
}

// A name of its own, which no place has.
function crowdKey(crowd: string | null): readonly string[] {
  return crowd === null ? [] : [`all of ${crowd}`];
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
