// Publish and subscribe for drivers that live in this process.
import type { EventFilter, EventObject, EventType, Unsubscribe } from '@virtwire/protocol';

/** Where a driver publishes its events. */
export interface EventHubOptions {
  /** Told of what a listener threw; without it the error surfaces as an uncaught one. */
  readonly onListenerError?: (error: unknown) => void;
}

interface Subscription {
  readonly type: EventType;
  readonly filter: EventFilter | null;
  readonly listener: (payload: unknown) => void;
  /** Number of the first event that it may see. */
  readonly from: number;
  active: boolean;
}

interface Published {
  readonly type: EventType;
  readonly payload: unknown;
  readonly number: number;
}

/**
 * Hands events to whoever subscribed to them, in the order of what happened.
 *
 * Delivery is a microtask after the publishing code: the answer of the call that caused an event goes out before it.
 */
export class EventHub {
  private readonly subscriptions = new Map<EventType, Subscription[]>();
  private readonly onListenerError: (error: unknown) => void;
  private queue: Published[] = [];
  private published = 0;

  constructor(options: EventHubOptions = {}) {
    this.onListenerError = options.onListenerError ?? surface;
  }

  /** Queues an event for all who are subscribed now. Every listener gets the same payload object; nobody may change it. */
  publish<T>(type: EventType<T>, payload: T): void {
    const number = this.published++;
    if (!this.subscriptions.has(type)) return;
    if (this.queue.length === 0) queueMicrotask(() => this.deliver());
    this.queue.push({ type, payload, number });
  }

  /** Subscribes; events that were published before are not delivered. */
  subscribe<T>(type: EventType<T>, filter: EventFilter | null, listener: (payload: T) => void): Unsubscribe {
    const subscription: Subscription = {
      type,
      filter,
      listener: listener as (payload: unknown) => void,
      from: this.published,
      active: true,
    };
    // Lists are replaced, never changed: a delivery that is under way goes on over the one it began with.
    this.subscriptions.set(type, [...(this.subscriptions.get(type) ?? []), subscription]);
    return () => {
      if (!subscription.active) return;
      subscription.active = false;
      const rest = (this.subscriptions.get(type) ?? []).filter((other) => other !== subscription);
      if (rest.length === 0) this.subscriptions.delete(type);
      else this.subscriptions.set(type, rest);
    };
  }

  private deliver(): void {
    const queue = this.queue;
    this.queue = [];
    for (const { type, payload, number } of queue) {
      for (const subscription of this.subscriptions.get(type) ?? []) {
        if (!subscription.active || subscription.from > number || !matches(subscription, payload)) continue;
        try {
          subscription.listener(payload);
        } catch (error) {
          this.onListenerError(error);
        }
      }
    }
  }
}

const subjectFields: Readonly<Record<EventObject, string>> = {
  domain: 'dom',
  network: 'net',
  storagePool: 'pool',
  nodeDevice: 'dev',
  secret: 'secret',
  monitor: 'dom',
};

function matches({ type, filter }: Subscription, payload: unknown): boolean {
  if (filter === null) return true;
  const subject = (payload as Record<string, { readonly name?: string; readonly uuid?: string } | undefined>)[
    subjectFields[type.object]
  ];
  return filter.uuid === '' ? subject?.name === filter.name : subject?.uuid === filter.uuid;
}

function surface(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}
