// Finding and listing domains.
import { ConnectListAllDomainsFlags as ListFlags, DomainState } from '@virtwire/protocol/constants';
import { ErrorCode } from '@virtwire/rpc';
import type { NonnullDomain } from '@virtwire/protocol';
import type { DriverHandlers } from '../define.ts';
import type { TestDomain } from './domain-object.ts';
import { checkFlags, testError } from './errors.ts';
import { domainError } from './impact.ts';
import type { TestState } from './state.ts';

/** Finds the domain that a call is about. */
export function domainOf(state: TestState, dom: NonnullDomain): TestDomain {
  const domain = state.domains.byUuid(dom.uuid);
  if (domain !== undefined) return domain;
  throw testError(ErrorCode.NoDomain, `no domain with matching uuid '${dom.uuid}' (${dom.name})`);
}

/** Finds the domain that a call is about, and makes sure that it runs. */
export function activeDomainOf(state: TestState, dom: NonnullDomain): TestDomain {
  return checkActive(domainOf(state, dom));
}

/** Makes sure that a domain runs. The error is one of domains in general, not of the driver. @see virDomainObjCheckActive */
export function checkActive(domain: TestDomain): TestDomain {
  if (!domain.active) throw domainError(ErrorCode.OperationInvalid, 'domain is not running');
  return domain;
}

/** Answers the calls that find and list domains. */
export function domainListHandlers(state: TestState): DriverHandlers {
  const found = (domain: TestDomain | undefined) => {
    if (domain === undefined) throw testError(ErrorCode.NoDomain, null);
    return { dom: domain.ref };
  };
  const inactiveNames = () => {
    const names: string[] = [];
    for (const domain of state.domains.values()) if (!domain.active) names.push(domain.name);
    return names;
  };
  const activeIds = () => {
    const ids: number[] = [];
    for (const domain of state.domains.values()) if (domain.active) ids.push(domain.id);
    return ids;
  };
  return {
    domainLookupById: ({ id }) => found(state.domains.byId(id)),
    domainLookupByName: ({ name }) => found(state.domains.byName(name)),
    domainLookupByUuid: ({ uuid }) => found(state.domains.byUuid(uuid)),
    connectNumOfDomains: () => ({ num: activeIds().length }),
    connectListDomains: ({ maxids }) => ({ ids: activeIds().slice(0, maxids) }),
    connectNumOfDefinedDomains: () => ({ num: inactiveNames().length }),
    connectListDefinedDomains: ({ maxnames }) => ({ names: inactiveNames().slice(0, maxnames) }),
    connectListAllDomains: ({ need_results, flags }) => {
      checkFlags(flags, listFlagsMask, 'testConnectListAllDomains');
      const domains: NonnullDomain[] = [];
      for (const domain of state.domains.values()) if (matchesList(domain, flags)) domains.push(domain.ref);
      return { domains: need_results === 0 ? [] : domains, ret: domains.length };
    },
  };
}

const listFlagsMask = Object.values(ListFlags).reduce((all, flag) => all | flag, 0);

const filters: readonly (readonly [number, number, (domain: TestDomain) => boolean])[] = [
  [ListFlags.Active, ListFlags.Inactive, (domain) => domain.active],
  [ListFlags.Persistent, ListFlags.Transient, (domain) => domain.persistent],
  [ListFlags.Managedsave, ListFlags.NoManagedsave, (domain) => domain.hasManagedSave],
  [ListFlags.Autostart, ListFlags.NoAutostart, (domain) => domain.autostart],
  [ListFlags.HasSnapshot, ListFlags.NoSnapshot, (domain) => domain.snapshots.size > 0],
  [ListFlags.HasCheckpoint, ListFlags.NoCheckpoint, (domain) => domain.checkpoints.size > 0],
];

const stateFlags = ListFlags.Running | ListFlags.Paused | ListFlags.Shutoff | ListFlags.Other;

function stateFlag(state: number): number {
  if (state === DomainState.Running) return ListFlags.Running;
  if (state === DomainState.Paused) return ListFlags.Paused;
  return state === DomainState.Shutoff ? ListFlags.Shutoff : ListFlags.Other;
}

/** Whether a domain passes the filters of a list; of each pair of flags that is asked for, one must hold. */
export function matchesList(domain: TestDomain, flags: number): boolean {
  if (flags === 0) return true;
  for (const [yes, no, test] of filters) {
    if ((flags & (yes | no)) !== 0 && (flags & (test(domain) ? yes : no)) === 0) return false;
  }
  return (flags & stateFlags) === 0 || (flags & stateFlag(domain.state)) !== 0;
}
