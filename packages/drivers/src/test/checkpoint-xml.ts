// Reads the XML of a checkpoint, and fills in what it leaves open.
import { parseXml, type XmlElement } from '@virtwire/conf';
import { type Answer, ErrorCode, ErrorDomain } from '@virtwire/rpc';
import { chain } from './chain.ts';
import type { CheckpointDisk, TestCheckpoint } from './checkpoint-object.ts';
import type { DomainDefinition } from './domain-definition.ts';
import type { TestDomain } from './domain-object.ts';
import { readDomainElement } from './domain-xml.ts';
import { checkMomentName, momentError, readMomentFields } from './moment-xml.ts';

const kind = { word: 'checkpoint', domain: ErrorDomain.DomainCheckpoint } as const;

/**
 * Reads a checkpoint of a domain.
 *
 * @throws LibvirtError as virDomainCheckpointDefParse and virDomainCheckpointAlignDisks do
 */
export function readCheckpoint(xml: string, domain: TestDomain, redefine: boolean): Answer<TestCheckpoint> {
  const root = parseXml(xml, {
    source: '(domain_checkpoint)',
    root: 'domaincheckpoint',
    errorDomain: ErrorDomain.DomainCheckpoint,
  });
  return chain(root, (tree) => checkpointOf(tree, domain, redefine));
}

function checkpointOf(root: XmlElement, domain: TestDomain, redefine: boolean): TestCheckpoint {
  const fields = readMomentFields(root, redefine, kind);
  const inner = root.child('domain');
  const definition = redefine && inner !== null ? readDomainElement(inner) : domain.def.copy();
  const disks = alignDisks(root, definition, fields.name);
  if (!redefine) checkMomentName(domain.checkpoints, fields.name);
  return { ...fields, disks, definition };
}

// A disk that is not named takes part when the XML names none at all, with a bitmap called like the checkpoint.
function alignDisks(root: XmlElement, definition: DomainDefinition, name: string): CheckpointDisk[] {
  if (definition.disks.length === 0) {
    throw momentError(kind, ErrorCode.ConfigUnsupported, 'domain must have at least one disk to perform checkpoints');
  }
  const list = root.child('disks')?.children('disk') ?? [];
  const named = new Map<string, CheckpointDisk>();
  for (const disk of list) {
    const asked = disk.attribute('name') ?? '';
    const found = definition.disk(asked);
    if (found === undefined) throw momentError(kind, ErrorCode.ConfigUnsupported, `no disk named '${asked}'`);
    if (named.has(found.target)) {
      throw momentError(kind, ErrorCode.ConfigUnsupported, `disk '${found.target}' specified twice`);
    }
    const off = disk.attribute('checkpoint') === 'no';
    named.set(found.target, { name: found.target, bitmap: off ? null : (disk.attribute('bitmap') ?? name) });
  }
  return definition.disks.map(({ target, source }) => {
    const takesPart = list.length === 0 && source !== null;
    return named.get(target) ?? { name: target, bitmap: takesPart ? name : null };
  });
}
