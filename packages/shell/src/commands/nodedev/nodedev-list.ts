// nodedev-list: lists the devices of the host.
import { nodeDeviceCapabilities } from '@virtwire/conf';
import { command } from '../../command.ts';
import { flag, text } from '../../option.ts';
import { oneOf } from '../../completers.ts';
import { attempt, fail } from '../../failure.ts';
import { byName } from '../../order.ts';
import { treeText } from '../../tree.ts';

// virConnectListAllNodeDeviceFlags; below them a bit for each capability, from 0 on.
const INACTIVE = 0x4000_0000;
const ACTIVE = 0x8000_0000;

export const nodedevList = command({
  description: 'Lists the devices of the host.',
  options: {
    tree: flag('print them as a tree'),
    cap: text('only devices that can do this, several joined by commas', {
      complete: oneOf(...nodeDeviceCapabilities),
    }),
    inactive: flag('those that are defined but not started'),
    all: flag('those that are started and those that are not'),
  },
  async run(shell, args) {
    const { connection } = shell;
    let flags = args.flag('all') || !args.flag('inactive') ? ACTIVE : 0;
    if (args.flag('all') || args.flag('inactive')) flags += INACTIVE;
    const capabilities = args.text('cap');
    if (args.flag('tree') && (capabilities !== undefined || args.flag('inactive'))) {
      fail('Option --tree is incompatible with --cap and --inactive');
    }
    const bits = new Set((capabilities?.split(',') ?? []).map((name) => nodeDeviceCapabilities.indexOf(name)));
    if (bits.has(-1)) fail('Invalid capability type');
    for (const bit of bits) flags += 2 ** bit;
    const devices = await attempt(connection.listAllNodeDevices(flags), 'Failed to list node devices');
    devices.sort(byName);
    if (!args.flag('tree')) {
      for (const { name } of devices) shell.print(`${name}\n`);
      return;
    }
    const parents = await Promise.all(devices.map((device) => device.getParent().catch(() => null)));
    const names = new Set(devices.map(({ name }) => name));
    // What hangs on a device that is not listed begins a tree of its own, the root of all devices too.
    const nodes = devices.map(({ name }, index) => {
      const parent = parents[index] ?? null;
      return { name, parent: parent !== null && names.has(parent) ? parent : null };
    });
    shell.print(treeText(nodes));
  },
});
