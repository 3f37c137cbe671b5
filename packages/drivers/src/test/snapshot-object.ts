// A snapshot of a domain: what it looked like then.
import { XmlWriter } from '@virtwire/conf';
import type { DomainDefinition } from './domain-definition.ts';
import { formatDefinitionTree } from './domain-xml.ts';

/** State of the domain in a snapshot, as its XML names it. */
export type SnapshotState =
  | 'nostate'
  | 'running'
  | 'blocked'
  | 'paused'
  | 'shutdown'
  | 'shutoff'
  | 'crashed'
  | 'pmsuspended';

/** Names of domain states by number (virDomainSnapshotState without `disk-snapshot`). */
export const snapshotStates: readonly SnapshotState[] = [
  'nostate',
  'running',
  'blocked',
  'paused',
  'shutdown',
  'shutoff',
  'crashed',
  'pmsuspended',
];

/** A disk in a snapshot. */
export interface SnapshotDisk {
  readonly name: string;
  readonly snapshot: string;
}

/** A snapshot. */
export interface TestSnapshot {
  readonly name: string;
  readonly description: string | null;
  parent: string | null;
  readonly state: SnapshotState;
  /** Seconds since 1970. */
  readonly creationTime: bigint;
  /** `internal`, `no`. */
  readonly memory: string;
  readonly disks: readonly SnapshotDisk[];
  /** Null when a redefined snapshot had none. */
  readonly definition: DomainDefinition | null;
  /** The uuid printed when there is no definition. */
  readonly domainUuid: string;
}

/** Prints a snapshot. @see virDomainSnapshotDefFormat */
export function formatSnapshot(snapshot: TestSnapshot, secure: boolean): string {
  const writer = new XmlWriter().open('domainsnapshot');
  writer.leaf('name', snapshot.name).leaf('description', snapshot.description).leaf('state', snapshot.state);
  if (snapshot.parent !== null) writer.open('parent').leaf('name', snapshot.parent).close();
  if (snapshot.creationTime !== 0n) writer.leaf('creationTime', snapshot.creationTime);
  writer.empty('memory', { snapshot: snapshot.memory });
  if (snapshot.disks.length > 0) {
    writer.open('disks');
    for (const disk of snapshot.disks) writer.empty('disk', { name: disk.name, snapshot: disk.snapshot });
    writer.close();
  }
  if (snapshot.definition !== null) writer.raw(formatDefinitionTree(snapshot.definition, { secure, indent: 2 }));
  else writer.open('domain').leaf('uuid', snapshot.domainUuid).close();
  return writer.close().toString();
}
