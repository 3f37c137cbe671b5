// Calls about the snapshots of domains.
import type { NonnullDomain, NonnullDomainSnapshot } from '@virtwire/protocol';
import {
  DomainEventStartedDetailType as Started,
  DomainEventStoppedDetailType as Stopped,
  DomainEventSuspendedDetailType as Suspended,
  DomainEventType as Event,
  DomainPausedReason,
  DomainRunningReason,
  DomainShutoffReason,
  DomainSnapshotCreateFlags as CreateFlags,
  DomainSnapshotDeleteFlags as DeleteFlags,
  DomainSnapshotListFlags as ListFlags,
  DomainSnapshotRevertFlags as RevertFlags,
  DomainSnapshotXmlFlags,
  DomainState,
} from '@virtwire/protocol/constants';
import { ErrorCode, ErrorDomain, LibvirtError } from '@virtwire/rpc';
import type { DriverHandlers } from '../define.ts';
import { chain } from './chain.ts';
import { stopAndTell } from './domain-lifecycle.ts';
import { domainOf } from './domain-list.ts';
import type { TestDomain } from './domain-object.ts';
import { start, stop } from './domain-run.ts';
import { badArgument, checkExclusive, checkFlags, operationInvalid, testError } from './errors.ts';
import { publishLifecycle } from './lifecycle-event.ts';
import { formatSnapshot, type TestSnapshot } from './snapshot-object.ts';
import { readSnapshot } from './snapshot-xml.ts';
import type { TestState } from './state.ts';

const filterFlags =
  ListFlags.Leaves |
  ListFlags.NoLeaves |
  ListFlags.Metadata |
  ListFlags.NoMetadata |
  ListFlags.Inactive |
  ListFlags.Active |
  ListFlags.DiskOnly |
  ListFlags.Internal |
  ListFlags.External;
// Roots and descendants share one bit: of the whole tree it asks for roots, of one snapshot for all descendants.
const listFlagsMask = ListFlags.Roots | ListFlags.Topological | filterFlags;
const createFlagsMask =
  CreateFlags.Redefine |
  CreateFlags.Current |
  CreateFlags.Halt |
  CreateFlags.Quiesce |
  CreateFlags.Atomic |
  CreateFlags.Live |
  CreateFlags.Validate;

/** Answers the calls about snapshots. */
export function snapshotHandlers(state: TestState): DriverHandlers {
  const find = (domain: TestDomain, name: string): TestSnapshot => {
    const snapshot = domain.snapshots.get(name);
    if (snapshot !== undefined) return snapshot;
    throw testError(ErrorCode.NoDomainSnapshot, `no domain snapshot with matching name '${name}'`);
  };
  const both = (snap: NonnullDomainSnapshot) => {
    const domain = domainOf(state, snap.dom);
    return { domain, snapshot: find(domain, snap.name) };
  };
  const ref = (dom: NonnullDomain, snapshot: TestSnapshot) => ({ name: snapshot.name, dom });
  const all = (dom: NonnullDomain, flags: number, name: string) => {
    checkFlags(flags, listFlagsMask, name);
    return listed(domainOf(state, dom), null, flags);
  };
  const children = (snap: NonnullDomainSnapshot, flags: number, name: string) => {
    checkFlags(flags, listFlagsMask, name);
    const { domain, snapshot } = both(snap);
    return listed(domain, snapshot, flags);
  };

  return {
    domainSnapshotNum: ({ dom, flags }) => ({ num: all(dom, flags, 'testDomainSnapshotNum').length }),
    domainSnapshotListNames: ({ dom, maxnames, flags }) => ({
      names: all(dom, flags, 'testDomainSnapshotListNames')
        .slice(0, maxnames)
        .map((snapshot) => snapshot.name),
    }),
    domainListAllSnapshots: ({ dom, need_results, flags }) => {
      const found = all(dom, flags, 'testDomainListAllSnapshots');
      return { snapshots: need_results === 0 ? [] : found.map((one) => ref(dom, one)), ret: found.length };
    },
    domainSnapshotNumChildren: ({ snap, flags }) => ({
      num: children(snap, flags, 'testDomainSnapshotNumChildren').length,
    }),
    domainSnapshotListChildrenNames: ({ snap, maxnames, flags }) => ({
      names: children(snap, flags, 'testDomainSnapshotListChildrenNames')
        .slice(0, maxnames)
        .map((one) => one.name),
    }),
    domainSnapshotListAllChildren: ({ snapshot, need_results, flags }) => {
      const found = children(snapshot, flags, 'testDomainSnapshotListAllChildren');
      return { snapshots: need_results === 0 ? [] : found.map((one) => ref(snapshot.dom, one)), ret: found.length };
    },
    domainSnapshotLookupByName: ({ dom, name, flags }) => {
      checkFlags(flags, 0, 'testDomainSnapshotLookupByName');
      return { snap: ref(dom, find(domainOf(state, dom), name)) };
    },
    domainHasCurrentSnapshot: ({ dom, flags }) => {
      checkFlags(flags, 0, 'testDomainHasCurrentSnapshot');
      return { result: domainOf(state, dom).snapshots.current === null ? 0 : 1 };
    },
    domainSnapshotCurrent: ({ dom, flags }) => {
      checkFlags(flags, 0, 'testDomainSnapshotCurrent');
      const { current } = domainOf(state, dom).snapshots;
      if (current === null) {
        throw testError(ErrorCode.NoDomainSnapshot, 'the domain does not have a current snapshot');
      }
      return { snap: ref(dom, current) };
    },
    domainSnapshotGetParent: ({ snap, flags }) => {
      checkFlags(flags, 0, 'testDomainSnapshotGetParent');
      const { parent } = both(snap).snapshot;
      if (parent === null) {
        throw testError(ErrorCode.NoDomainSnapshot, `snapshot '${snap.name}' does not have a parent`);
      }
      return { snap: { name: parent, dom: snap.dom } };
    },
    domainSnapshotIsCurrent: ({ snap, flags }) => {
      checkFlags(flags, 0, 'testDomainSnapshotIsCurrent');
      const { domain, snapshot } = both(snap);
      return { current: domain.snapshots.current === snapshot ? 1 : 0 };
    },
    domainSnapshotHasMetadata: ({ snap, flags }) => {
      checkFlags(flags, 0, 'testDomainSnapshotHasMetadata');
      both(snap);
      return { metadata: 1 };
    },
    domainSnapshotGetXmlDesc: ({ snap, flags }) => {
      checkFlags(flags, DomainSnapshotXmlFlags.Secure, 'testDomainSnapshotGetXMLDesc');
      return { xml: formatSnapshot(both(snap).snapshot, (flags & DomainSnapshotXmlFlags.Secure) !== 0) };
    },
    domainSnapshotCreateXml: ({ dom, xml_desc, flags }) => {
      checkCreateFlags(flags);
      checkFlags(flags, createFlagsMask, 'testDomainSnapshotCreateXML');
      const domain = domainOf(state, dom);
      if (domain.checkpoints.size > 0) {
        throw testError(ErrorCode.OperationUnsupported, 'cannot create snapshot while checkpoint exists');
      }
      if (!domain.persistent && (flags & CreateFlags.Halt) !== 0) {
        throw operationInvalid('cannot halt after transient domain snapshot');
      }
      const redefine = (flags & CreateFlags.Redefine) !== 0;
      return chain(readSnapshot(xml_desc, domain, redefine), (snapshot) => {
        if (redefine && snapshot.definition === null) {
          throw new LibvirtError(ErrorCode.InternalError, 'missing domain in snapshot', {
            domain: ErrorDomain.DomainSnapshot,
          });
        }
        if (!redefine) snapshot.parent = domain.snapshots.current?.name ?? null;
        domain.snapshots.set(snapshot);
        const halts = !redefine && (flags & CreateFlags.Halt) !== 0 && domain.active;
        if (halts) {
          stopAndTell(state, domain, DomainShutoffReason.FromSnapshot, Stopped.FromSnapshot);
        }
        if (!redefine || (flags & CreateFlags.Current) !== 0) domain.snapshots.current = snapshot;
        // The handle of a domain that was halted loses its id.
        return { snap: ref(halts ? { ...dom, id: -1 } : dom, snapshot) };
      });
    },
    domainSnapshotDelete: ({ snap, flags }) => {
      checkExclusive(
        flags,
        [DeleteFlags.Children, 'VIR_DOMAIN_SNAPSHOT_DELETE_CHILDREN'],
        [DeleteFlags.ChildrenOnly, 'VIR_DOMAIN_SNAPSHOT_DELETE_CHILDREN_ONLY'],
        'virDomainSnapshotDelete',
      );
      checkFlags(flags, DeleteFlags.Children | DeleteFlags.ChildrenOnly, 'testDomainSnapshotDelete');
      const { domain, snapshot } = both(snap);
      if (flags !== 0) domain.snapshots.removeDescendants(snapshot);
      if ((flags & DeleteFlags.ChildrenOnly) === 0) domain.snapshots.remove(snapshot);
      return {};
    },
    domainRevertToSnapshot: ({ snap, flags }) => {
      checkExclusive(
        flags,
        [RevertFlags.Running, 'VIR_DOMAIN_SNAPSHOT_REVERT_RUNNING'],
        [RevertFlags.Paused, 'VIR_DOMAIN_SNAPSHOT_REVERT_PAUSED'],
        'virDomainRevertToSnapshot',
      );
      checkFlags(flags, RevertFlags.Running | RevertFlags.Paused | RevertFlags.Force, 'testDomainRevertToSnapshot');
      const { domain, snapshot } = both(snap);
      revert(state, domain, snapshot, flags);
      domain.snapshots.current = snapshot;
      return {};
    },
  };
}

function listed(domain: TestDomain, of: TestSnapshot | null, flags: number): TestSnapshot[] {
  const bit = (flags & ListFlags.Roots) !== 0;
  const found = domain.snapshots.list(of, {
    direct: of === null ? bit : !bit,
    leaves: (flags & ListFlags.Leaves) !== 0,
    noLeaves: (flags & ListFlags.NoLeaves) !== 0,
  });
  const any = (yes: number, test: boolean) => (flags & yes) !== 0 && test;
  return found.filter((snapshot) => {
    // All snapshots of this driver have metadata, and none is a file of its own.
    if ((flags & (ListFlags.Metadata | ListFlags.NoMetadata)) === ListFlags.NoMetadata) return false;
    const off = snapshot.state === 'shutoff';
    const states = ListFlags.Inactive | ListFlags.Active | ListFlags.DiskOnly;
    if ((flags & states) !== 0 && !any(ListFlags.Inactive, off) && !any(ListFlags.Active, !off)) return false;
    const external = snapshot.disks.some((disk) => disk.snapshot === 'external');
    const places = ListFlags.Internal | ListFlags.External;
    return (flags & places) === 0 || any(ListFlags.Internal, !external) || any(ListFlags.External, external);
  });
}

function checkCreateFlags(flags: number): void {
  const api = 'virDomainSnapshotCreateXML';
  if ((flags & CreateFlags.Current) !== 0 && (flags & CreateFlags.Redefine) === 0) {
    throw badArgument(
      api,
      'ctl',
      "Flag 'VIR_DOMAIN_SNAPSHOT_CREATE_REDEFINE' is required by flag 'VIR_DOMAIN_SNAPSHOT_CREATE_CURRENT'",
    );
  }
  const redefine = [CreateFlags.Redefine, 'VIR_DOMAIN_SNAPSHOT_CREATE_REDEFINE'] as const;
  checkExclusive(flags, redefine, [CreateFlags.NoMetadata, 'VIR_DOMAIN_SNAPSHOT_CREATE_NO_METADATA'], api);
  checkExclusive(flags, redefine, [CreateFlags.Halt, 'VIR_DOMAIN_SNAPSHOT_CREATE_HALT'], api);
}

function revert(state: TestState, domain: TestDomain, snapshot: TestSnapshot, flags: number): void {
  const wantsRun = (flags & (RevertFlags.Running | RevertFlags.Paused)) !== 0;
  const runs = snapshot.state === 'running' || snapshot.state === 'paused';
  if (!domain.persistent && !runs && !wantsRun) {
    throw operationInvalid('transient domain needs to request run or pause to revert to inactive snapshot');
  }
  if (snapshot.definition === null) {
    throw testError(
      ErrorCode.SnapshotRevertRisky,
      `snapshot '${snapshot.name}' lacks domain '${domain.name}' rollback info`,
    );
  }
  const definition = snapshot.definition.copy();
  if (!runs) {
    if (domain.active) stopAndTell(state, domain, DomainShutoffReason.FromSnapshot, Stopped.FromSnapshot);
    domain.define(definition);
    // libvirt's test driver tells of a start here, but leaves the domain off.
    if (wantsRun) publishLifecycle(state, domain, Event.Started, Started.FromSnapshot);
    if ((flags & RevertFlags.Paused) !== 0) {
      publishLifecycle(state, domain, Event.Suspended, Suspended.FromSnapshot);
    }
    return;
  }
  if (domain.active) {
    // A running domain is stopped first, even a transient one, which stays.
    stop(state, domain, DomainShutoffReason.FromSnapshot);
    publishLifecycle(state, domain, Event.Stopped, Stopped.FromSnapshot);
  }
  domain.define(definition);
  start(state, domain, DomainRunningReason.FromSnapshot);
  publishLifecycle(state, domain, Event.Started, Started.FromSnapshot);
  const paused =
    (flags & RevertFlags.Running) === 0 && (snapshot.state === 'paused' || (flags & RevertFlags.Paused) !== 0);
  if (!paused) return;
  domain.state = DomainState.Paused;
  domain.reason = DomainPausedReason.FromSnapshot;
  publishLifecycle(state, domain, Event.Suspended, Suspended.FromSnapshot);
}
