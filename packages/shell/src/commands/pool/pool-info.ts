// pool-info: prints the main facts of a pool.
import { command } from '../../command.ts';
import { flag } from '../../option.ts';
import { CommandFailure } from '../../failure.ts';
import { labelLine, prettySize, yesNo } from '../../format.ts';
import { tellFlag } from '../../tell-flag.ts';
import { findPool } from '../../lookup.ts';
import { anyPool } from '../../pool-option.ts';
import { hasSizes, poolStateText } from './pool-state.ts';

export const poolInfo = command({
  description: 'Prints the main facts of the pool.',
  options: { pool: anyPool, bytes: flag('print sizes in bytes') },
  async run(shell, args) {
    const pool = await findPool(shell, args.text('pool'));
    const [info, persistent, autostart] = await Promise.allSettled([
      pool.getInfo(),
      pool.isPersistent(),
      pool.getAutostart(),
    ]);
    shell.print(labelLine('Name:', pool.name));
    shell.print(labelLine('UUID:', pool.uuid));
    if (info.status === 'rejected') throw new CommandFailure(null, info.reason);
    const { state, capacity, allocation, available } = info.value;
    const size = (bytes: bigint) => (args.flag('bytes') ? bytes : prettySize(bytes));
    shell.print(labelLine('State:', poolStateText(state)));
    tellFlag(shell, 'Pool', persistent);
    shell.print(labelLine('Persistent:', persistent.status === 'fulfilled' ? yesNo(persistent.value) : 'unknown'));
    shell.print(labelLine('Autostart:', autostart.status === 'fulfilled' ? yesNo(autostart.value) : 'no autostart'));
    if (!hasSizes(state)) return;
    shell.print(labelLine('Capacity:', size(capacity)));
    shell.print(labelLine('Allocation:', size(allocation)));
    shell.print(labelLine('Available:', size(available)));
  },
});
