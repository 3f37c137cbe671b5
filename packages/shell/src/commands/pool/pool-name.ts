// pool-name: prints the name of a pool.
import { command } from '../../command.ts';
import { findPool } from '../../lookup.ts';
import { anyPool } from '../../pool-option.ts';

export const poolName = command({
  options: { pool: anyPool },
  async run(shell, args) {
    shell.print(`${(await findPool(shell, args.text('pool'), ['uuid'])).name}\n`);
  },
});
