// pool-uuid: prints the UUID of a pool.
import { command } from '../../command.ts';
import { findPool } from '../../lookup.ts';
import { anyPool } from '../../pool-option.ts';

export const poolUuid = command({
  options: { pool: anyPool },
  async run(shell, args) {
    shell.print(`${(await findPool(shell, args.text('pool'), ['name'])).uuid}\n`);
  },
});
