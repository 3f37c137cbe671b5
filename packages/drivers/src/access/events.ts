// Events of objects that a client may not see are not delivered; those that it may see keep their order.
import type { EventObject } from '@virtwire/protocol';
import type { Answer } from '@virtwire/rpc';
import type { AccessKind, AccessObject } from './policy.ts';

/** The kind of object that events are about, and the field of their payload that holds it. */
export const eventSubjects: Readonly<Record<EventObject, { readonly kind: AccessKind; readonly field: string }>> = {
  domain: { kind: 'domain', field: 'dom' },
  network: { kind: 'network', field: 'net' },
  storagePool: { kind: 'storage_pool', field: 'pool' },
  nodeDevice: { kind: 'node_device', field: 'dev' },
  secret: { kind: 'secret', field: 'secret' },
  monitor: { kind: 'domain', field: 'dom' },
};

/** Events of one subscription that may wait for a policy. */
const MAX_WAITING = 10_000;

/** What a filter of events works with. */
export interface EventFilterOptions<T> {
  sees(object: AccessObject): Answer<boolean>;
  objectFor(payload: T): AccessObject;
  deliver(payload: T): void;
  /** Too many events wait: none is left out silently, so the subscription is worth nothing from now on. */
  overflow(): void;
}

/** Passes on what may be seen: at once when the policy knows at once and nothing waits, otherwise in order. */
export class EventSieve<T> {
  private readonly options: EventFilterOptions<T>;
  private waiting = 0;
  private last: Promise<void> = Promise.resolve();
  private stopped = false;

  constructor(options: EventFilterOptions<T>) {
    this.options = options;
  }

  /** Takes an event. */
  take(payload: T): void {
    if (this.stopped) return;
    let seen: Answer<boolean>;
    try {
      seen = this.options.sees(this.options.objectFor(payload));
    } catch {
      // A policy that fails has denied; it has said why itself.
      seen = false;
    }
    if (!(seen instanceof Promise) && this.waiting === 0) {
      if (seen) this.options.deliver(payload);
      return;
    }
    if (this.waiting >= MAX_WAITING) {
      this.stop();
      this.options.overflow();
      return;
    }
    this.waiting++;
    const decided = Promise.resolve(seen).catch(() => false);
    this.last = this.last.then(async () => {
      const may = await decided;
      this.waiting--;
      if (may && !this.stopped) this.options.deliver(payload);
    });
  }

  /** Nothing is delivered from now on. */
  stop(): void {
    this.stopped = true;
  }
}
