// A checkpoint of a domain: from where on changes of its disks are noted.
import { XmlWriter } from '@virtwire/conf';
import type { DomainDefinition } from './domain-definition.ts';
import { formatDefinitionTree } from './domain-xml.ts';

/** A disk in a checkpoint; bitmap is null when no changes are noted. */
export interface CheckpointDisk {
  readonly name: string;
  readonly bitmap: string | null;
}

/** A checkpoint. */
export interface TestCheckpoint {
  readonly name: string;
  readonly description: string | null;
  parent: string | null;
  /** Seconds since 1970. */
  readonly creationTime: bigint;
  readonly disks: readonly CheckpointDisk[];
  readonly definition: DomainDefinition | null;
}

/** Prints a checkpoint. @see virDomainCheckpointDefFormat */
export function formatCheckpoint(
  checkpoint: TestCheckpoint,
  options: { readonly secure: boolean; readonly withDomain: boolean },
): string {
  const writer = new XmlWriter().open('domaincheckpoint');
  writer.leaf('name', checkpoint.name).leaf('description', checkpoint.description);
  if (checkpoint.parent !== null) writer.open('parent').leaf('name', checkpoint.parent).close();
  if (checkpoint.creationTime !== 0n) writer.leaf('creationTime', checkpoint.creationTime);
  if (checkpoint.disks.length > 0) {
    writer.open('disks');
    for (const { name, bitmap } of checkpoint.disks) {
      writer.empty('disk', { name, checkpoint: bitmap === null ? 'no' : 'bitmap', bitmap });
    }
    writer.close();
  }
  if (options.withDomain && checkpoint.definition !== null) {
    writer.raw(formatDefinitionTree(checkpoint.definition, { secure: options.secure, indent: 2 }));
  }
  return writer.close().toString();
}
