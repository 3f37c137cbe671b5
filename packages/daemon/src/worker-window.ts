// How many calls of a server may be at work at once: libvirt's pool of worker threads, as a window over one event loop.

/** Sizes of a pool, as `virt-admin server-threadpool-set` changes them. */
export interface WorkerLimits {
  /** Kept ready; here it only bounds the others, as in libvirt. */
  readonly min: number;
  /** Calls at work at once. */
  readonly max: number;
  /** Further ones, for procedures of high priority alone. */
  readonly priority: number;
}

/**
 * A window that calls which take time pass. Those that are answered at once never enter it.
 *
 * What may wait is bounded by the limit of calls of each client.
 *
 * @see virThreadPool
 */
export class WorkerWindow {
  private sizes: WorkerLimits;
  private atWork = 0;
  private threads: number;
  private readonly urgent = new WaitingLine();
  private readonly usual = new WaitingLine();

  constructor(limits: WorkerLimits) {
    this.sizes = limits;
    this.threads = limits.min;
  }

  get limits(): WorkerLimits {
    return this.sizes;
  }

  /** Takes over other sizes; calls that are at work go on. */
  set limits(limits: WorkerLimits) {
    this.sizes = limits;
    this.countThreads();
    this.grant();
  }

  /** Calls at work. */
  get busy(): number {
    return this.atWork;
  }

  /** Calls that wait to begin. */
  get queued(): number {
    return this.urgent.length + this.usual.length;
  }

  /** What libvirt would have of ordinary threads by now: as many as were ever busy at once, within the limits. */
  get threadCount(): number {
    return this.threads;
  }

  /** True when a call may begin now. */
  isFree(high: boolean): boolean {
    const { max, priority } = this.sizes;
    return high ? this.atWork < max + priority : this.atWork < max && this.usual.length === 0;
  }

  /** Counts a call that has begun and takes time; {@link leave} ends it. */
  enter(): void {
    this.atWork++;
    if (this.atWork > this.threads) this.countThreads();
  }

  /** Waits for a place; the call counts as at work once the promise is resolved. */
  wait(high: boolean): Promise<void> {
    return new Promise((resolve) => (high ? this.urgent : this.usual).push(resolve));
  }

  /** A call has ended. */
  leave(): void {
    this.atWork--;
    if (this.queued > 0) this.grant();
  }

  private grant(): void {
    const { max, priority } = this.sizes;
    while (this.urgent.length > 0 && this.atWork < max + priority) this.begin(this.urgent);
    while (this.usual.length > 0 && this.atWork < max) this.begin(this.usual);
  }

  private begin(line: WaitingLine): void {
    this.enter();
    line.shift()?.();
  }

  private countThreads(): void {
    const { min, max } = this.sizes;
    this.threads = Math.min(max, Math.max(min, this.threads, this.atWork));
  }
}

// An array that is taken from its front; what was taken is cut off now and then, not each time.
class WaitingLine {
  private items: (() => void)[] = [];
  private head = 0;

  get length(): number {
    return this.items.length - this.head;
  }

  push(item: () => void): void {
    this.items.push(item);
  }

  shift(): (() => void) | undefined {
    const item = this.items[this.head++];
    if (this.head > 1024 || this.head === this.items.length) {
      this.items = this.items.slice(this.head);
      this.head = 0;
    }
    return item;
  }
}
