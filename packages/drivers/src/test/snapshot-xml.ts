// Reads the XML of a snapshot, and fills in what it leaves open.
import { parseXml, type XmlElement } from '@virtwire/conf';
import { type Answer, ErrorCode, ErrorDomain } from '@virtwire/rpc';
import { chain } from './chain.ts';
import type { DomainDefinition } from './domain-definition.ts';
import type { TestDomain } from './domain-object.ts';
import { readDomainElement } from './domain-xml.ts';
import { checkMomentName, momentError, readMomentFields } from './moment-xml.ts';
import { type SnapshotDisk, type SnapshotState, snapshotStates, type TestSnapshot } from './snapshot-object.ts';

const kind = { word: 'snapshot', domain: ErrorDomain.DomainSnapshot } as const;

/**
 * Reads a snapshot of a domain.
 *
 * @param redefine true when the XML describes a snapshot that was there before, and says all of it
 * @throws LibvirtError as virDomainSnapshotDefParse and virDomainSnapshotAlignDisks do
 */
export function readSnapshot(xml: string, domain: TestDomain, redefine: boolean): Answer<TestSnapshot> {
  const root = parseXml(xml, {
    source: '(domain_snapshot)',
    root: 'domainsnapshot',
    errorDomain: ErrorDomain.DomainSnapshot,
  });
  return chain(root, (tree) => snapshotOf(tree, domain, redefine));
}

/** Reads a `<domainsnapshot>` element, see {@link readSnapshot}. */
export function snapshotOf(root: XmlElement, domain: TestDomain, redefine: boolean): TestSnapshot {
  const fields = readMomentFields(root, redefine, kind);
  if (!redefine) checkMomentName(domain.snapshots, fields.name);
  const state = redefine ? stateOf(root) : (snapshotStates[domain.state] ?? 'nostate');
  const definition = redefine ? definitionOf(root) : domain.def.copy();
  const memory = root.path('memory/@snapshot') ?? (state === 'shutoff' ? 'no' : 'internal');
  return {
    ...fields,
    state,
    memory,
    disks: alignDisks(root, definition),
    definition,
    domainUuid: domain.uuid,
  };
}

function stateOf(root: XmlElement): SnapshotState {
  const text = root.childText('state');
  if (text === null) throw momentError(kind, ErrorCode.InternalError, 'missing state from existing snapshot');
  const known = snapshotStates.find((name) => name === text);
  if (known === undefined) {
    throw momentError(kind, ErrorCode.InternalError, `Invalid state '${text}' in domain snapshot XML`);
  }
  return known;
}

function definitionOf(root: XmlElement): DomainDefinition | null {
  const inner = root.child('domain');
  // An old snapshot may hold no more than the uuid of its domain.
  return inner === null || inner.attribute('type') === null ? null : readDomainElement(inner);
}

// Every disk of the domain takes part, inside its own file, unless the XML leaves it out.
function alignDisks(root: XmlElement, definition: DomainDefinition | null): SnapshotDisk[] {
  const named = new Map<string, string>();
  for (const disk of root.child('disks')?.children('disk') ?? []) {
    const name = disk.attribute('name') ?? '';
    const found = definition?.disk(name);
    if (definition !== null && found === undefined) {
      throw momentError(kind, ErrorCode.ConfigUnsupported, `no disk named '${name}'`);
    }
    const target = found?.target ?? name;
    if (named.has(target)) {
      throw momentError(kind, ErrorCode.ConfigUnsupported, `disk '${target}' specified twice`);
    }
    const snapshot = disk.attribute('snapshot') ?? 'internal';
    if (snapshot === 'external') {
      throw momentError(kind, ErrorCode.ConfigUnsupported, `disk '${target}' must use snapshot mode 'internal'`);
    }
    named.set(target, snapshot);
  }
  return (definition?.disks ?? []).map(({ target, source, element }) => {
    const own = element.attribute('snapshot');
    return { name: target, snapshot: named.get(target) ?? own ?? (source === null ? 'no' : 'internal') };
  });
}
