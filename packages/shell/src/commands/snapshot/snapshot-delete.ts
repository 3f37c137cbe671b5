// snapshot-delete: deletes a snapshot of a domain.
import { command } from '../../command.ts';
import { flag } from '../../option.ts';
import { anyDomain } from '../../domain-option.ts';
import { attempt } from '../../failure.ts';
import { findDomain } from '../../lookup.ts';
import { findSnapshot, snapshotOptions } from './find-snapshot.ts';

// virDomainSnapshotDeleteFlags
const DeleteFlags = { Children: 1, MetadataOnly: 2, ChildrenOnly: 4 } as const;

export const snapshotDelete = command({
  description: 'Deletes a snapshot of the domain.',
  options: {
    domain: anyDomain,
    ...snapshotOptions,
    children: flag('with its children'),
    'children-only': flag('its children instead'),
    metadata: flag('forget it, but keep its data'),
  },
  async run(shell, args) {
    const domain = await findDomain(shell, args.text('domain'));
    const snapshot = await findSnapshot(domain, args);
    const flags =
      (args.flag('children') ? DeleteFlags.Children : 0) |
      (args.flag('children-only') ? DeleteFlags.ChildrenOnly : 0) |
      (args.flag('metadata') ? DeleteFlags.MetadataOnly : 0);
    await attempt(snapshot.delete(flags), `Failed to delete snapshot ${snapshot.name}`);
    const what = args.flag('children-only') ? `${snapshot.name} children` : snapshot.name;
    shell.extra(`Domain snapshot ${what} deleted\n`);
  },
});
