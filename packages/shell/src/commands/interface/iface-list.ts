// iface-list: lists the network interfaces of the host.
import { command } from '../../command.ts';
import { flag } from '../../option.ts';
import { attempt } from '../../failure.ts';
import { byName } from '../../order.ts';

// virConnectListAllInterfacesFlags
const ListFlags = { Inactive: 1, Active: 2 } as const;

export const ifaceList = command({
  description: 'Lists the network interfaces of the host; only those that are up unless told otherwise.',
  options: { inactive: flag('those that are down'), all: flag('those that are up and those that are down') },
  async run(shell, args) {
    let flags: number = args.flag('inactive') ? ListFlags.Inactive : ListFlags.Active;
    if (args.flag('all')) flags = ListFlags.Active | ListFlags.Inactive;
    const found = await attempt(shell.connection.listAllInterfaces(flags), 'Failed to list interfaces');
    found.sort(byName);
    const rows = await Promise.all(
      found.map(async (device) => {
        const active = await device.isActive().catch(() => false);
        return [device.name, active ? 'active' : 'inactive', device.mac];
      }),
    );
    await shell.table(['Name', 'State', 'MAC Address'], rows);
  },
});
