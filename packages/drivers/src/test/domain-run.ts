// Makes domains of a hypervisor run and stop, so that they are found by their ids.
import { DomainRunningReason } from '@virtwire/protocol/constants';
import type { TestDomain } from './domain-object.ts';
import type { TestState } from './state.ts';

/** Starts a domain: state, id, and the definition for its next start. */
export function start(state: TestState, domain: TestDomain, reason: number = DomainRunningReason.Booted): void {
  state.domains.update(domain, () => domain.markStarted(state.takeDomainId(), reason));
}

/** Stops a domain; it stays in the store. */
export function stop(state: TestState, domain: TestDomain, reason: number): void {
  state.domains.update(domain, () => domain.markStopped(reason));
}
