// pool-list: lists storage pools.
import type { StoragePool } from 'virtwire';
import { command } from '../../command.ts';
import { flag, text } from '../../option.ts';
import { oneOf } from '../../completers.ts';
import { attempt, fail } from '../../failure.ts';
import { prettySize, yesNo } from '../../format.ts';
import { byName } from '../../order.ts';
import { hasSizes, poolStateText } from './pool-state.ts';

// virConnectListAllStoragePoolsFlags
const ListFlags = { Inactive: 1, Active: 2, Persistent: 4, Transient: 8, Autostart: 16, NoAutostart: 32 } as const;
const TYPES: Readonly<Record<string, number>> = {
  dir: 1 << 6,
  fs: 1 << 7,
  netfs: 1 << 8,
  logical: 1 << 9,
  disk: 1 << 10,
  iscsi: 1 << 11,
  scsi: 1 << 12,
  mpath: 1 << 13,
  rbd: 1 << 14,
  sheepdog: 1 << 15,
  gluster: 1 << 16,
  zfs: 1 << 17,
  vstorage: 1 << 18,
  'iscsi-direct': 1 << 19,
};

export const poolList = command({
  description: 'Lists pools; only running ones unless told otherwise.',
  options: {
    inactive: flag('those that do not run'),
    all: flag('those that run and those that do not'),
    transient: flag('those without a definition'),
    persistent: flag('those with a definition'),
    autostart: flag('those that start with the host'),
    'no-autostart': flag('those that do not start with the host'),
    type: text('only pools of these types, joined by commas', { complete: oneOf(...Object.keys(TYPES)) }),
    details: flag('print also sizes'),
    uuid: flag('print UUIDs only'),
    name: flag('print names only'),
  },
  async run(shell, args) {
    let flags: number = args.flag('inactive') ? ListFlags.Inactive : ListFlags.Active;
    if (args.flag('all')) flags = ListFlags.Active | ListFlags.Inactive;
    if (args.flag('autostart')) flags |= ListFlags.Autostart;
    if (args.flag('no-autostart')) flags |= ListFlags.NoAutostart;
    if (args.flag('persistent')) flags |= ListFlags.Persistent;
    if (args.flag('transient')) flags |= ListFlags.Transient;
    args.exclusive('details', 'uuid');
    args.exclusive('details', 'name');
    for (const type of args.text('type')?.split(',') ?? []) {
      const bit = Object.hasOwn(TYPES, type) ? TYPES[type] : undefined;
      if (bit === undefined) fail(`Invalid pool type '${type}'`);
      flags |= bit;
    }
    const pools = await attempt(shell.connection.listAllStoragePools(flags), 'Failed to list pools');
    pools.sort(byName);
    if (args.flag('uuid') || args.flag('name')) {
      for (const pool of pools) {
        // virsh pads the name, though nothing follows it.
        const columns = [
          ...(args.flag('uuid') ? [pool.uuid] : []),
          ...(args.flag('name') ? [pool.name.padEnd(20)] : []),
        ];
        shell.print(`${columns.join(' ')}\n`);
      }
      return;
    }
    const details = args.flag('details');
    const rows = await Promise.all(pools.map((pool) => rowOf(pool, details)));
    const header = ['Name', 'State', 'Autostart'];
    if (details) header.push('Persistent', 'Capacity', 'Allocation', 'Available');
    await shell.table(header, rows);
  },
});

async function rowOf(pool: StoragePool, details: boolean): Promise<string[]> {
  const autostart = pool.getAutostart().then(yesNo, () => 'no autostart');
  if (!details) {
    const active = await pool.isActive().catch(() => false);
    return [pool.name, active ? 'active' : 'inactive', await autostart];
  }
  const [info, persistent] = await Promise.all([
    pool.getInfo().catch(() => null),
    pool.isPersistent().then(yesNo, () => 'unknown'),
  ]);
  const sizes =
    info !== null && hasSizes(info.state)
      ? [info.capacity, info.allocation, info.available].map((bytes) => prettySize(bytes))
      : ['-', '-', '-'];
  return [pool.name, info === null ? 'unknown' : poolStateText(info.state), await autostart, persistent, ...sizes];
}
