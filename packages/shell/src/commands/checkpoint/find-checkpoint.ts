// Finds the checkpoint that a command names.
import type { Domain, DomainCheckpoint } from 'virtwire';
import { attempt, fail } from '../../failure.ts';
import { findDomain } from '../../lookup.ts';
import { type Completer, text } from '../../option.ts';

/** Names of the checkpoints of the domain that the command line names. */
export const checkpointNames: Completer = async (shell, args) => {
  const domain = await findDomain(shell, args.given('domain') ?? '');
  return (await domain.listAllCheckpoints()).map(({ name }) => name);
};

/** The option that names a checkpoint. */
export const checkpointOption = text('name of the checkpoint', { complete: checkpointNames });

/** Finds a checkpoint. @throws CommandFailure when none is named, or it is not there */
export function findCheckpoint(domain: Domain, name: string | undefined): Promise<DomainCheckpoint> {
  if (name === undefined) fail('--checkpointname is required');
  return attempt(domain.lookupCheckpointByName(name), null);
}

/** Gives the parent of a checkpoint, null when it has none. */
export async function parentOf(checkpoint: DomainCheckpoint): Promise<string | null> {
  const { parseXml } = await import('@virtwire/conf');
  return (await parseXml(await checkpoint.getXmlDesc(NO_DOMAIN))).path('parent/name');
}

/** VIR_DOMAIN_CHECKPOINT_XML_NO_DOMAIN */
export const NO_DOMAIN = 2;
