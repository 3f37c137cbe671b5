// pool-build: makes what a pool stands on.
import { command } from '../../command.ts';
import { flag } from '../../option.ts';
import { attempt } from '../../failure.ts';
import { findPool } from '../../lookup.ts';
import { inactivePool } from '../../pool-option.ts';

// virStoragePoolBuildFlags
const BuildFlags = { NoOverwrite: 4, Overwrite: 8 } as const;

export const poolBuild = command({
  description: 'Makes what the pool stands on: a folder, a file system, a partition table.',
  options: {
    pool: inactivePool,
    'no-overwrite': flag('fail when it would overwrite data'),
    overwrite: flag('overwrite data that are there'),
  },
  async run(shell, args) {
    const pool = await findPool(shell, args.text('pool'));
    args.exclusive('overwrite', 'no-overwrite');
    const flags =
      (args.flag('no-overwrite') ? BuildFlags.NoOverwrite : 0) | (args.flag('overwrite') ? BuildFlags.Overwrite : 0);
    await attempt(pool.build(flags), `Failed to build pool ${pool.name}`);
    shell.extra(`Pool ${pool.name} built\n`);
  },
});
