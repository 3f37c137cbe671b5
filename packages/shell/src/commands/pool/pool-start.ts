// pool-start: starts a defined pool.
import { command } from '../../command.ts';
import { attempt } from '../../failure.ts';
import { findPool } from '../../lookup.ts';
import { inactivePool } from '../../pool-option.ts';
import { buildFlags, buildOptions } from './build-options.ts';

export const poolStart = command({
  description: 'Starts a defined pool.',
  options: { pool: inactivePool, ...buildOptions },
  async run(shell, args) {
    const flags = buildFlags(args);
    const pool = await findPool(shell, args.text('pool'));
    await attempt(pool.create(flags), `Failed to start pool ${pool.name}`);
    shell.extra(`Pool ${pool.name} started\n`);
  },
});
