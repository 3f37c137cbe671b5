// pool-undefine: removes the definition of a pool.
import { command } from '../../command.ts';
import { attempt } from '../../failure.ts';
import { findPool } from '../../lookup.ts';
import { inactivePool } from '../../pool-option.ts';

export const poolUndefine = command({
  description: 'Removes the definition of the pool; its data stay.',
  options: { pool: inactivePool },
  async run(shell, args) {
    const pool = await findPool(shell, args.text('pool'));
    await attempt(pool.undefine(), `Failed to undefine pool ${pool.name}`);
    shell.extra(`Pool ${pool.name} has been undefined\n`);
  },
});
