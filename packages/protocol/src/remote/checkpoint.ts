// Procedures about checkpoints of domains, the base of incremental backup.
import { array, int, procedure, uint } from '@virtwire/rpc';
import { DOMAIN_CHECKPOINT_LIST_MAX } from '../limits.ts';
import { NonnullDomain, NonnullDomainCheckpoint, text } from '../types.ts';

/** Checkpoints of domains. */
// biome-ignore format: a table reads better with a row in one to three lines.
export const checkpointRows = {
  domainCheckpointCreateXml: procedure(411, () => [{ dom: NonnullDomain, xml_desc: text, flags: uint },
    { checkpoint: NonnullDomainCheckpoint },
    { acl: ['domain:checkpoint', 'domain:fs_freeze:VIR_DOMAIN_CHECKPOINT_CREATE_QUIESCE'], needsWrite: 'always',
      api: 'virDomainCheckpointCreateXML' }]),
  domainCheckpointGetXmlDesc: procedure(412, () => [{ checkpoint: NonnullDomainCheckpoint, flags: uint }, { xml: text },
    { acl: ['domain:read', 'domain:read_secure:VIR_DOMAIN_CHECKPOINT_XML_SECURE'], needsWrite: 'conditional',
      api: 'virDomainCheckpointGetXMLDesc' }]),
  domainListAllCheckpoints: procedure(413, () => [{ dom: NonnullDomain, need_results: int, flags: uint },
    { checkpoints: array(NonnullDomainCheckpoint, DOMAIN_CHECKPOINT_LIST_MAX), ret: int },
    { acl: ['domain:read'], priority: 'high', api: 'virDomainListAllCheckpoints' }]),
  domainCheckpointListAllChildren: procedure(414,
    () => [{ checkpoint: NonnullDomainCheckpoint, need_results: int, flags: uint },
    { checkpoints: array(NonnullDomainCheckpoint, DOMAIN_CHECKPOINT_LIST_MAX), ret: int },
    { acl: ['domain:read'], priority: 'high', api: 'virDomainCheckpointListAllChildren' }]),
  domainCheckpointLookupByName: procedure(415, () => [{ dom: NonnullDomain, name: text, flags: uint },
    { checkpoint: NonnullDomainCheckpoint },
    { acl: ['domain:read'], priority: 'high', api: 'virDomainCheckpointLookupByName' }]),
  domainCheckpointGetParent: procedure(416, () => [{ checkpoint: NonnullDomainCheckpoint, flags: uint },
    { parent: NonnullDomainCheckpoint },
    { acl: ['domain:read'], priority: 'high', api: 'virDomainCheckpointGetParent' }]),
  domainCheckpointDelete: procedure(417, () => [{ checkpoint: NonnullDomainCheckpoint, flags: uint }, {},
    { acl: ['domain:checkpoint'], needsWrite: 'always', api: 'virDomainCheckpointDelete' }]),
};
