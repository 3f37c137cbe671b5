// Finds out that a peer is gone: pings after silence, counts unanswered ones, one coarse timer for all connections.

/** Number of the keepalive program. */
export const KEEPALIVE_PROGRAM = 0x6b656570;
/** Its version. */
export const KEEPALIVE_VERSION = 1;
/** Its two messages. */
export const KeepaliveProcedure = { Ping: 1, Pong: 2 } as const;

/** How often to ask and how long to wait. */
export interface KeepaliveOptions {
  /** Seconds of silence before a ping; 0 or less: never. */
  readonly intervalS: number;
  /** Pings without an answer before the peer counts as gone; the whole wait is `intervalS * (count + 1)`. */
  readonly count: number;
}

/** Watches one peer. */
export class Keepalive {
  private readonly intervalMs: number;
  private readonly count: number;
  private readonly ping: () => void;
  private readonly lost: () => void;
  private readonly suspended: () => boolean;
  private lastReceived = now();
  private nextCheck: number;
  private left: number;

  /**
   * @param ping sends a ping
   * @param lost called once, when the peer counts as gone
   * @param suspended true while this side does not read: silence then says nothing about the peer
   */
  constructor(options: KeepaliveOptions, ping: () => void, lost: () => void, suspended: () => boolean = () => false) {
    this.intervalMs = options.intervalS * 1000;
    this.count = options.count;
    this.left = options.count;
    this.ping = ping;
    this.lost = lost;
    this.suspended = suspended;
    this.nextCheck = this.lastReceived + this.intervalMs;
    if (this.intervalMs > 0) watch(this);
  }

  /** Any packet of the peer shows that it lives. */
  received(): void {
    this.lastReceived = tickTime;
    this.left = this.count;
  }

  /** Stops watching. */
  stop(): void {
    unwatch(this);
  }

  /** Called by the timer. */
  tick(time: number): void {
    if (this.suspended()) {
      this.lastReceived = time;
      this.nextCheck = time + this.intervalMs;
      return;
    }
    // virKeepAliveTimerInternal: nothing to do while something came within the interval.
    const due = Math.max(this.nextCheck, this.left === this.count ? this.lastReceived + this.intervalMs : 0);
    if (time < due) return;
    if (this.left === 0) {
      this.stop();
      this.lost();
      return;
    }
    this.left--;
    this.nextCheck = time + this.intervalMs;
    this.ping();
  }
}

// One timer for all connections, running only while somebody is watched. `tickTime` is the time of the last tick:
// exact enough for intervals of seconds, and a packet costs no clock read.
const TICK_MS = 1000;
const watched = new Set<Keepalive>();
let timer: ReturnType<typeof setInterval> | undefined;
let tickTime = 0;

function now(): number {
  tickTime = Date.now();
  return tickTime;
}

function watch(keepalive: Keepalive): void {
  watched.add(keepalive);
  if (timer !== undefined) return;
  timer = setInterval(() => {
    const time = now();
    for (const each of watched) each.tick(time);
  }, TICK_MS);
  // A watched connection is no reason to keep a process alive.
  (timer as { unref?: () => void }).unref?.();
}

function unwatch(keepalive: Keepalive): void {
  watched.delete(keepalive);
  if (watched.size > 0 || timer === undefined) return;
  clearInterval(timer);
  timer = undefined;
}
