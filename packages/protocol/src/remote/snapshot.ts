// Procedures about snapshots of domains.
import { array, int, procedure, uint } from '@virtwire/rpc';
import { DOMAIN_SNAPSHOT_LIST_MAX } from '../limits.ts';
import { NonnullDomain, NonnullDomainSnapshot, text } from '../types.ts';

/** Snapshots of domains. */
// biome-ignore format: a table reads better with a row in one to three lines.
export const snapshotRows = {
  domainSnapshotCreateXml: procedure(185, () => [{ dom: NonnullDomain, xml_desc: text, flags: uint },
    { snap: NonnullDomainSnapshot },
    { acl: ['domain:snapshot', 'domain:fs_freeze:VIR_DOMAIN_SNAPSHOT_CREATE_QUIESCE'], needsWrite: 'always',
      api: 'virDomainSnapshotCreateXML' }]),
  domainSnapshotGetXmlDesc: procedure(186, () => [{ snap: NonnullDomainSnapshot, flags: uint }, { xml: text },
    { acl: ['domain:read', 'domain:read_secure:VIR_DOMAIN_SNAPSHOT_XML_SECURE'], needsWrite: 'conditional',
      priority: 'high', api: 'virDomainSnapshotGetXMLDesc' }]),
  domainSnapshotNum: procedure(187, () => [{ dom: NonnullDomain, flags: uint }, { num: int },
    { acl: ['domain:read'], priority: 'high', api: 'virDomainSnapshotNum' }]),
  domainSnapshotListNames: procedure(188, () => [{ dom: NonnullDomain, maxnames: int, flags: uint },
    { names: array(text, DOMAIN_SNAPSHOT_LIST_MAX) },
    { acl: ['domain:read'], priority: 'high', api: 'virDomainSnapshotListNames' }]),
  domainSnapshotLookupByName: procedure(189, () => [{ dom: NonnullDomain, name: text, flags: uint },
    { snap: NonnullDomainSnapshot },
    { acl: ['domain:read'], priority: 'high', api: 'virDomainSnapshotLookupByName' }]),
  domainHasCurrentSnapshot: procedure(190, () => [{ dom: NonnullDomain, flags: uint }, { result: int },
    { acl: ['domain:read'], api: 'virDomainHasCurrentSnapshot' }]),
  domainSnapshotCurrent: procedure(191, () => [{ dom: NonnullDomain, flags: uint }, { snap: NonnullDomainSnapshot },
    { acl: ['domain:read'], api: 'virDomainSnapshotCurrent' }]),
  domainRevertToSnapshot: procedure(192, () => [{ snap: NonnullDomainSnapshot, flags: uint }, {},
    { acl: ['domain:snapshot'], needsWrite: 'always', api: 'virDomainRevertToSnapshot' }]),
  domainSnapshotDelete: procedure(193, () => [{ snap: NonnullDomainSnapshot, flags: uint }, {},
    { acl: ['domain:snapshot'], needsWrite: 'always', api: 'virDomainSnapshotDelete' }]),
  domainSnapshotGetParent: procedure(244, () => [{ snap: NonnullDomainSnapshot, flags: uint }, { snap: NonnullDomainSnapshot },
    { acl: ['domain:read'], priority: 'high', api: 'virDomainSnapshotGetParent' }]),
  domainSnapshotNumChildren: procedure(246, () => [{ snap: NonnullDomainSnapshot, flags: uint }, { num: int },
    { acl: ['domain:read'], priority: 'high', api: 'virDomainSnapshotNumChildren' }]),
  domainSnapshotListChildrenNames: procedure(247, () => [{ snap: NonnullDomainSnapshot, maxnames: int, flags: uint },
    { names: array(text, DOMAIN_SNAPSHOT_LIST_MAX) },
    { acl: ['domain:read'], priority: 'high', api: 'virDomainSnapshotListChildrenNames' }]),
  domainSnapshotIsCurrent: procedure(271, () => [{ snap: NonnullDomainSnapshot, flags: uint }, { current: int },
    { acl: ['domain:read'], api: 'virDomainSnapshotIsCurrent' }]),
  domainSnapshotHasMetadata: procedure(272, () => [{ snap: NonnullDomainSnapshot, flags: uint }, { metadata: int },
    { acl: ['domain:read'], api: 'virDomainSnapshotHasMetadata' }]),
  domainListAllSnapshots: procedure(274, () => [{ dom: NonnullDomain, need_results: int, flags: uint },
    { snapshots: array(NonnullDomainSnapshot, DOMAIN_SNAPSHOT_LIST_MAX), ret: int },
    { acl: ['domain:read'], priority: 'high', api: 'virDomainListAllSnapshots' }]),
  domainSnapshotListAllChildren: procedure(275, () => [{ snapshot: NonnullDomainSnapshot, need_results: int, flags: uint },
    { snapshots: array(NonnullDomainSnapshot, DOMAIN_SNAPSHOT_LIST_MAX), ret: int },
    { acl: ['domain:read'], priority: 'high', api: 'virDomainSnapshotListAllChildren' }]),
};
