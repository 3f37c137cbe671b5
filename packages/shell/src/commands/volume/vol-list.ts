// vol-list: lists the volumes of a pool.
import { command } from '../../command.ts';
import { flag } from '../../option.ts';
import { attempt } from '../../failure.ts';
import { prettySize } from '../../format.ts';
import { findPool } from '../../lookup.ts';
import { byName } from '../../order.ts';
import { activePool } from '../../pool-option.ts';
import { volumeTypeText } from './volume-type.ts';

export const volList = command({
  description: 'Lists the volumes of the pool.',
  options: { pool: activePool, details: flag('print also types and sizes') },
  async run(shell, args) {
    const pool = await findPool(shell, args.text('pool'));
    const volumes = await attempt(pool.listAllVolumes(), 'Failed to list volumes');
    volumes.sort(byName);
    const details = args.flag('details');
    const rows = await Promise.all(
      volumes.map(async (volume) => {
        const [path, info] = await Promise.all([
          volume.getPath().catch(() => 'unknown'),
          details ? volume.getInfo().catch(() => null) : null,
        ]);
        if (!details) return [volume.name, path];
        if (info === null) return [volume.name, path, 'unknown', 'unknown', 'unknown'];
        return [volume.name, path, volumeTypeText(info.type), prettySize(info.capacity), prettySize(info.allocation)];
      }),
    );
    await shell.table(details ? ['Name', 'Path', 'Type', 'Capacity', 'Allocation'] : ['Name', 'Path'], rows);
  },
});
