// Calls about the checkpoints of domains.
import type { NonnullDomain, NonnullDomainCheckpoint } from '@virtwire/protocol';
import {
  DomainCheckpointCreateFlags as CreateFlags,
  DomainCheckpointDeleteFlags as DeleteFlags,
  DomainCheckpointListFlags as ListFlags,
  DomainCheckpointXmlFlags as XmlFlags,
} from '@virtwire/protocol/constants';
import { ErrorCode } from '@virtwire/rpc';
import type { DriverHandlers } from '../define.ts';
import { chain } from './chain.ts';
import { formatCheckpoint, type TestCheckpoint } from './checkpoint-object.ts';
import { readCheckpoint } from './checkpoint-xml.ts';
import { checkActive, domainOf } from './domain-list.ts';
import type { TestDomain } from './domain-object.ts';
import { checkExclusive, checkFlags, testError } from './errors.ts';
import type { TestState } from './state.ts';

// Roots and descendants share one bit: of the whole tree it asks for roots, of one checkpoint for all descendants.
const listFlagsMask = ListFlags.Roots | ListFlags.Topological | ListFlags.Leaves | ListFlags.NoLeaves;

/** Answers the calls about checkpoints. */
export function checkpointHandlers(state: TestState): DriverHandlers {
  const find = (domain: TestDomain, name: string): TestCheckpoint => {
    const checkpoint = domain.checkpoints.get(name);
    if (checkpoint !== undefined) return checkpoint;
    throw testError(ErrorCode.NoDomainCheckpoint, `no domain checkpoint with matching name '${name}'`);
  };
  const both = (reference: NonnullDomainCheckpoint) => {
    const domain = domainOf(state, reference.dom);
    return { domain, checkpoint: find(domain, reference.name) };
  };
  const ref = (dom: NonnullDomain, { name }: TestCheckpoint) => ({ name, dom });
  const listed = (domain: TestDomain, of: TestCheckpoint | null, flags: number) => {
    const bit = (flags & ListFlags.Roots) !== 0;
    return domain.checkpoints.list(of, {
      direct: of === null ? bit : !bit,
      leaves: (flags & ListFlags.Leaves) !== 0,
      noLeaves: (flags & ListFlags.NoLeaves) !== 0,
    });
  };

  return {
    domainCheckpointCreateXml: ({ dom, xml_desc, flags }) => {
      checkFlags(flags, CreateFlags.Redefine | CreateFlags.Quiesce, 'testDomainCheckpointCreateXML');
      const domain = domainOf(state, dom);
      if (domain.snapshots.size > 0) {
        throw testError(ErrorCode.OperationUnsupported, 'cannot create checkpoint while snapshot exists');
      }
      if (!domain.active) {
        throw testError(ErrorCode.OperationUnsupported, 'cannot create checkpoint for inactive domain');
      }
      const redefine = (flags & CreateFlags.Redefine) !== 0;
      return chain(readCheckpoint(xml_desc, domain, redefine), (checkpoint) => {
        if (!redefine) checkpoint.parent = domain.checkpoints.current?.name ?? null;
        domain.checkpoints.set(checkpoint);
        if (!redefine || domain.checkpoints.current === null) domain.checkpoints.current = checkpoint;
        return { checkpoint: ref(dom, checkpoint) };
      });
    },
    domainListAllCheckpoints: ({ dom, need_results, flags }) => {
      checkFlags(flags, listFlagsMask, 'testDomainListAllCheckpoints');
      const found = listed(domainOf(state, dom), null, flags);
      return { checkpoints: need_results === 0 ? [] : found.map((one) => ref(dom, one)), ret: found.length };
    },
    domainCheckpointListAllChildren: ({ checkpoint, need_results, flags }) => {
      checkFlags(flags, listFlagsMask, 'testDomainCheckpointListAllChildren');
      const { domain, checkpoint: of } = both(checkpoint);
      const found = listed(domain, of, flags);
      return {
        checkpoints: need_results === 0 ? [] : found.map((one) => ref(checkpoint.dom, one)),
        ret: found.length,
      };
    },
    domainCheckpointLookupByName: ({ dom, name, flags }) => {
      checkFlags(flags, 0, 'testDomainCheckpointLookupByName');
      return { checkpoint: ref(dom, find(domainOf(state, dom), name)) };
    },
    domainCheckpointGetParent: ({ checkpoint, flags }) => {
      checkFlags(flags, 0, 'testDomainCheckpointGetParent');
      const { parent } = both(checkpoint).checkpoint;
      if (parent === null) {
        throw testError(ErrorCode.NoDomainCheckpoint, `checkpoint '${checkpoint.name}' does not have a parent`);
      }
      return { parent: { name: parent, dom: checkpoint.dom } };
    },
    domainCheckpointGetXmlDesc: ({ checkpoint, flags }) => {
      checkFlags(flags, XmlFlags.Secure | XmlFlags.NoDomain | XmlFlags.Size, 'testDomainCheckpointGetXMLDesc');
      const { domain, checkpoint: found } = both(checkpoint);
      if ((flags & XmlFlags.Size) !== 0) checkActive(domain);
      return {
        xml: formatCheckpoint(found, {
          secure: (flags & XmlFlags.Secure) !== 0,
          withDomain: (flags & XmlFlags.NoDomain) === 0,
        }),
      };
    },
    domainCheckpointDelete: ({ checkpoint, flags }) => {
      checkExclusive(
        flags,
        [DeleteFlags.Children, 'VIR_DOMAIN_CHECKPOINT_DELETE_CHILDREN'],
        [DeleteFlags.ChildrenOnly, 'VIR_DOMAIN_CHECKPOINT_DELETE_CHILDREN_ONLY'],
        'virDomainCheckpointDelete',
      );
      checkFlags(
        flags,
        DeleteFlags.Children | DeleteFlags.MetadataOnly | DeleteFlags.ChildrenOnly,
        'testDomainCheckpointDelete',
      );
      const { domain, checkpoint: doomed } = both(checkpoint);
      if ((flags & (DeleteFlags.Children | DeleteFlags.ChildrenOnly)) !== 0) {
        domain.checkpoints.removeDescendants(doomed);
      }
      if ((flags & DeleteFlags.ChildrenOnly) === 0) domain.checkpoints.remove(doomed);
      return {};
    },
  };
}
