// net-list: lists networks.
import { command } from '../../command.ts';
import { flag } from '../../option.ts';
import { attempt, fail } from '../../failure.ts';
import { yesNo } from '../../format.ts';
import { byName } from '../../order.ts';

// virConnectListAllNetworksFlags
const ListFlags = { Inactive: 1, Active: 2, Persistent: 4, Transient: 8, Autostart: 16, NoAutostart: 32 } as const;

export const netList = command({
  description: 'Lists networks; only running ones unless told otherwise.',
  options: {
    inactive: flag('those that do not run'),
    all: flag('those that run and those that do not'),
    persistent: flag('those with a definition'),
    transient: flag('those without a definition'),
    autostart: flag('those that start with the host'),
    'no-autostart': flag('those that do not start with the host'),
    uuid: flag('print UUIDs only'),
    name: flag('print names only'),
    table: flag('print a table (as without an option)'),
  },
  async run(shell, args) {
    let flags: number = args.flag('inactive') ? ListFlags.Inactive : ListFlags.Active;
    if (args.flag('all')) flags = ListFlags.Active | ListFlags.Inactive;
    if (args.flag('persistent')) flags |= ListFlags.Persistent;
    if (args.flag('transient')) flags |= ListFlags.Transient;
    if (args.flag('autostart')) flags |= ListFlags.Autostart;
    if (args.flag('no-autostart')) flags |= ListFlags.NoAutostart;
    const kinds = [args.flag('table'), args.flag('name'), args.flag('uuid')].filter(Boolean).length;
    if (kinds > 1) fail('Only one argument from --table, --name and --uuid may be specified.');

    const networks = await attempt(shell.connection.listAllNetworks(flags), 'Failed to list networks');
    networks.sort(byName);
    if (args.flag('uuid') || args.flag('name')) {
      for (const { uuid, name } of networks) shell.print(`${args.flag('uuid') ? uuid : name}\n`);
      return;
    }
    const rows = await Promise.all(
      networks.map(async (network) => {
        const [autostart, active, persistent] = await Promise.all([
          network.getAutostart().then(yesNo, () => 'no autostart'),
          network.isActive().catch(() => false),
          network.isPersistent().catch(() => false),
        ]);
        return [network.name, active ? 'active' : 'inactive', autostart, yesNo(persistent)];
      }),
    );
    await shell.table(['Name', 'State', 'Autostart', 'Persistent'], rows);
  },
});
