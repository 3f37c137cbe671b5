// pool-autostart: says whether a pool starts with the host.
import { command } from '../../command.ts';
import { flag } from '../../option.ts';
import { attempt } from '../../failure.ts';
import { findPool } from '../../lookup.ts';
import { definedPool } from '../../pool-option.ts';

export const poolAutostart = command({
  description: 'Makes the pool start with the host, or stops it from doing so.',
  options: { pool: definedPool, disable: flag('do not start it with the host') },
  async run(shell, args) {
    const pool = await findPool(shell, args.text('pool'));
    const marked = args.flag('disable') ? 'unmark' : 'mark';
    await attempt(pool.setAutostart(!args.flag('disable')), `failed to ${marked} pool ${pool.name} as autostarted`);
    shell.extra(`Pool ${pool.name} ${marked}ed as autostarted\n`);
  },
});
