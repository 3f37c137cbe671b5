// Starting, stopping and pausing domains.
import { domainEvents, type NonnullDomain } from '@virtwire/protocol';
import {
  DomainDestroyFlags,
  DomainEventResumedDetailType as Resumed,
  DomainEventStartedDetailType as Started,
  DomainEventStoppedDetailType as Stopped,
  DomainEventSuspendedDetailType as Suspended,
  DomainEventType as Event,
  DomainPausedReason,
  DomainRebootFlags,
  DomainRunningReason,
  DomainSaveRestoreFlags,
  DomainShutoffReason,
  DomainState,
} from '@virtwire/protocol/constants';
import { ErrorCode } from '@virtwire/rpc';
import type { DriverHandlers } from '../define.ts';
import { activeDomainOf, domainOf } from './domain-list.ts';
import type { TestDomain } from './domain-object.ts';
import { start, stop } from './domain-run.ts';
import { checkExclusive, checkFlags, operationInvalid, testError } from './errors.ts';
import { publishLifecycle } from './lifecycle-event.ts';
import type { TestState } from './state.ts';

/** Stops a domain and tells of it; one that is not persistent is gone then. */
export function stopAndTell(state: TestState, domain: TestDomain, reason: number, detail: number): void {
  // The event of a transient domain still carries its id: it has no other definition to fall back to.
  const ref = domain.ref;
  const persistent = domain.persistent;
  stop(state, domain, reason);
  if (persistent) {
    publishLifecycle(state, domain, Event.Stopped, detail);
  } else {
    state.hub.publish(domainEvents.lifecycle, { dom: ref, event: Event.Stopped, detail });
    state.domains.remove(domain);
  }
}

/** Starts a domain and tells of it. */
export function startAndTell(state: TestState, domain: TestDomain, reason: number, detail: number): void {
  start(state, domain, reason);
  publishLifecycle(state, domain, Event.Started, detail);
}

/** Answers the calls that start, stop and pause domains. */
export function domainLifecycleHandlers(state: TestState): DriverHandlers {
  const create = ({ dom, flags }: { readonly dom: NonnullDomain; readonly flags: number }) => {
    checkFlags(flags, 0, 'testDomainCreateWithFlags');
    const domain = domainOf(state, dom);
    if (domain.state !== DomainState.Shutoff) {
      throw testError(ErrorCode.InternalError, `Domain '${dom.name}' is already running`);
    }
    startAndTell(state, domain, DomainRunningReason.Booted, Started.Booted);
    return { dom: domain.ref };
  };
  const destroy = ({ dom, flags }: { readonly dom: NonnullDomain; readonly flags: number }) => {
    checkFlags(flags, DomainDestroyFlags.Graceful, 'testDomainDestroyFlags');
    stopAndTell(state, activeDomainOf(state, dom), DomainShutoffReason.Destroyed, Stopped.Destroyed);
    return {};
  };
  // What `on_poweroff` or `on_reboot` says: go on running, or stop.
  const act = (domain: TestDomain, action: string) => {
    if (action === 'restart' || action === 'rename-restart') {
      domain.state = DomainState.Running;
      domain.reason = DomainRunningReason.Booted;
    } else {
      stopAndTell(state, domain, DomainShutoffReason.Shutdown, Stopped.Shutdown);
    }
  };
  const shutdown = ({ dom, flags }: { readonly dom: NonnullDomain; readonly flags: number }) => {
    checkFlags(flags, 0, 'testDomainShutdownFlags');
    const domain = domainOf(state, dom);
    if (domain.state === DomainState.Shutoff) {
      throw testError(ErrorCode.InternalError, `domain '${dom.name}' not running`);
    }
    act(domain, domain.def.conf.onPoweroff);
    return {};
  };

  return {
    domainCreate: ({ dom }) => {
      create({ dom, flags: 0 });
      return {};
    },
    domainCreateWithFlags: create,
    domainCreateWithFiles: create,
    domainDestroy: ({ dom }) => destroy({ dom, flags: 0 }),
    domainDestroyFlags: destroy,
    domainShutdown: ({ dom }) => shutdown({ dom, flags: 0 }),
    domainShutdownFlags: shutdown,
    domainReboot: ({ dom, flags }) => {
      checkFlags(flags, rebootFlagsMask, 'testDomainReboot');
      const domain = activeDomainOf(state, dom);
      act(domain, domain.def.conf.onReboot);
      return {};
    },
    domainReset: ({ dom, flags }) => {
      checkFlags(flags, 0, 'testDomainReset');
      activeDomainOf(state, dom);
      return {};
    },
    domainSuspend: ({ dom }) => {
      const domain = domainOf(state, dom);
      if (domain.state === DomainState.Shutoff || domain.state === DomainState.Paused) {
        throw testError(ErrorCode.InternalError, `domain '${dom.name}' not running`);
      }
      domain.state = DomainState.Paused;
      domain.reason = DomainPausedReason.User;
      publishLifecycle(state, domain, Event.Suspended, Suspended.Paused);
      return {};
    },
    domainResume: ({ dom }) => {
      const domain = domainOf(state, dom);
      if (domain.state !== DomainState.Paused) {
        throw testError(ErrorCode.InternalError, `domain '${dom.name}' not paused`);
      }
      domain.state = DomainState.Running;
      domain.reason = DomainRunningReason.Unpaused;
      publishLifecycle(state, domain, Event.Resumed, Resumed.Unpaused);
      return {};
    },
    domainManagedSave: ({ dom, flags }) => {
      checkExclusive(
        flags,
        [DomainSaveRestoreFlags.Running, 'VIR_DOMAIN_SAVE_RUNNING'],
        [DomainSaveRestoreFlags.Paused, 'VIR_DOMAIN_SAVE_PAUSED'],
        'virDomainManagedSave',
      );
      checkFlags(flags, managedSaveFlagsMask, 'testDomainManagedSave');
      const domain = activeDomainOf(state, dom);
      if (!domain.persistent) throw operationInvalid('cannot do managed save for transient domain');
      stopAndTell(state, domain, DomainShutoffReason.Saved, Stopped.Saved);
      domain.hasManagedSave = true;
      return {};
    },
    domainHasManagedSaveImage: ({ dom, flags }) => {
      checkFlags(flags, 0, 'testDomainHasManagedSaveImage');
      return { result: domainOf(state, dom).hasManagedSave ? 1 : 0 };
    },
    domainManagedSaveRemove: ({ dom, flags }) => {
      checkFlags(flags, 0, 'testDomainManagedSaveRemove');
      domainOf(state, dom).hasManagedSave = false;
      return {};
    },
    domainInjectNmi: ({ dom, flags }) => {
      checkFlags(flags, 0, 'testDomainInjectNMI');
      activeDomainOf(state, dom);
      return {};
    },
  };
}

const rebootFlagsMask = Object.values<number>(DomainRebootFlags).reduce((all, flag) => all | flag, 0);
const managedSaveFlagsMask =
  DomainSaveRestoreFlags.BypassCache | DomainSaveRestoreFlags.Running | DomainSaveRestoreFlags.Paused;
