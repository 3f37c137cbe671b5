// pool-destroy: stops a pool; its data stay.
import { command } from '../../command.ts';
import { attempt } from '../../failure.ts';
import { findPool } from '../../lookup.ts';
import { activePool } from '../../pool-option.ts';

export const poolDestroy = command({
  description: 'Stops the pool; its data and its definition stay.',
  options: { pool: activePool },
  async run(shell, args) {
    const pool = await findPool(shell, args.text('pool'));
    await attempt(pool.destroy(), `Failed to destroy pool ${pool.name}`);
    shell.extra(`Pool ${pool.name} destroyed\n`);
  },
});
