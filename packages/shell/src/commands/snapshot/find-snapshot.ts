// Finds the snapshot that a command names, or the current one.
import type { Domain, DomainSnapshot } from 'virtwire';
import { flag, text } from '../../option.ts';
import type { Completer } from '../../option.ts';
import { attempt, fail } from '../../failure.ts';
import { findDomain } from '../../lookup.ts';

/** Names of the snapshots of the domain that the command line names. */
export const snapshotNames: Completer = async (shell, args) => {
  const domain = await findDomain(shell, args.given('domain') ?? '');
  return (await domain.listAllSnapshots()).map(({ name }) => name);
};

/** The two options that name a snapshot. */
export const snapshotOptions = {
  snapshotname: text('name of the snapshot', { complete: snapshotNames }),
  current: flag('the current snapshot'),
};

interface SnapshotArguments {
  flag(name: 'current'): boolean;
  text(name: 'snapshotname'): string | undefined;
  exclusive(...names: ('current' | 'snapshotname')[]): void;
}

/** Finds the snapshot. @throws CommandFailure when none is named, or it is not there */
export async function findSnapshot(domain: Domain, args: SnapshotArguments): Promise<DomainSnapshot> {
  const name = args.text('snapshotname');
  args.exclusive('current', 'snapshotname');
  if (name !== undefined) return attempt(domain.lookupSnapshotByName(name), null);
  if (!args.flag('current')) fail('--snapshotname or --current is required');
  return attempt(domain.currentSnapshot(), null);
}

/** Gives the parent of a snapshot, null when it has none. */
export async function parentName(snapshot: DomainSnapshot): Promise<string | null> {
  const { parseXml } = await import('@virtwire/conf');
  return (await parseXml(await snapshot.getXmlDesc())).path('parent/name');
}
