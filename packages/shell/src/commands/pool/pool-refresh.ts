// pool-refresh: looks anew at the volumes of a pool.
import { command } from '../../command.ts';
import { attempt } from '../../failure.ts';
import { findPool } from '../../lookup.ts';
import { activePool } from '../../pool-option.ts';

export const poolRefresh = command({
  description: 'Looks anew at the volumes of the pool.',
  options: { pool: activePool },
  async run(shell, args) {
    const pool = await findPool(shell, args.text('pool'));
    await attempt(pool.refresh(), `Failed to refresh pool ${pool.name}`);
    shell.extra(`Pool ${pool.name} refreshed\n`);
  },
});
