// pool-delete: deletes what a pool stands on.
import { command } from '../../command.ts';
import { attempt } from '../../failure.ts';
import { findPool } from '../../lookup.ts';
import { inactivePool } from '../../pool-option.ts';

export const poolDelete = command({
  description: 'Deletes what the pool stands on, for good.',
  options: { pool: inactivePool },
  async run(shell, args) {
    const pool = await findPool(shell, args.text('pool'));
    await attempt(pool.delete(), `Failed to delete pool ${pool.name}`);
    shell.extra(`Pool ${pool.name} deleted\n`);
  },
});
