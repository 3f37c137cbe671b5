// Gives memory back that clients have left behind: V8 by itself keeps it until it needs it for something else.
import { runInNewContext } from 'node:vm';

/** What is looked at and done; for tests. */
export interface MemoryProbe {
  /** Bytes of the heap: those in use, garbage among them, and all that it holds of the system. */
  usage(): { readonly heapUsed: number; readonly heapTotal: number };
  /** Makes V8 look for garbage and shrink its heap, bit by bit while nothing else is to be done. */
  shrink(): void;
}

// V8 shrinks its heap in idle time once a context was thrown away, as browsers do it with pages: no pause, no flag.
const ownHeap: MemoryProbe = {
  usage: () => process.memoryUsage(),
  shrink: () => void runInNewContext('0'),
};

/** How long after a client has left its memory is looked at, in milliseconds. */
const LOOK_MS = 2000;
/** What V8 needs at most to shrink a heap, in milliseconds. */
const SHRINK_MS = 30_000;
/** Growth that is not worth it, in bytes. */
const SLACK_BYTES = 33_554_432;

/** Watches the heap of this process, but only while clients come and go: without them no timer runs. */
export class IdleMemory {
  private readonly probe: MemoryProbe;
  private timer: ReturnType<typeof setTimeout> | null = null;
  private floor: number;

  constructor(probe: MemoryProbe = ownHeap) {
    this.probe = probe;
    this.floor = probe.usage().heapUsed;
  }

  /** Clients have come, or left. */
  clientsChanged(): void {
    this.timer ??= this.after(LOOK_MS, () => this.look());
  }

  /** Stops watching. */
  end(): void {
    if (this.timer !== null) clearTimeout(this.timer);
  }

  private look(): void {
    this.timer = null;
    const { heapUsed, heapTotal } = this.probe.usage();
    this.floor = Math.min(this.floor, heapUsed);
    if (heapTotal <= this.floor * 2 + SLACK_BYTES) return;
    this.probe.shrink();
    this.timer = this.after(SHRINK_MS, () => {
      this.timer = null;
      // What is in use now is in use by somebody, and not to be looked for again.
      this.floor = this.probe.usage().heapUsed;
    });
  }

  private after(ms: number, then: () => void): ReturnType<typeof setTimeout> {
    return setTimeout(then, ms).unref();
  }
}
