// snapshot-parent: prints the parent of a snapshot.
import { command } from '../../command.ts';
import { anyDomain } from '../../domain-option.ts';
import { attempt, fail } from '../../failure.ts';
import { findDomain } from '../../lookup.ts';
import { findSnapshot, parentName, snapshotOptions } from './find-snapshot.ts';

export const snapshotParent = command({
  description: 'Prints the name of the parent of the snapshot.',
  options: { domain: anyDomain, ...snapshotOptions },
  async run(shell, args) {
    const domain = await findDomain(shell, args.text('domain'));
    const snapshot = await findSnapshot(domain, args);
    const parent = await attempt(parentName(snapshot), null);
    if (parent === null) fail(`snapshot '${snapshot.name}' has no parent`);
    shell.print(parent);
  },
});
