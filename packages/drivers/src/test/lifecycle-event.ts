// Tells of the life cycle of domains.
import { domainEvents } from '@virtwire/protocol';
import type { TestDomain } from './domain-object.ts';
import type { TestState } from './state.ts';

/** Publishes a lifecycle event; numbers of virDomainEventType and of the details that belong to it. */
export function publishLifecycle(state: TestState, domain: TestDomain, event: number, detail: number): void {
  state.hub.publish(domainEvents.lifecycle, { dom: domain.ref, event, detail });
}
