// nodedev-undefine: removes the definition of a device.
import { command } from '../../command.ts';
import { attempt } from '../../failure.ts';
import { findNodeDevice } from '../../lookup.ts';
import { anyNodeDevice } from '../../node-device-option.ts';

export const nodedevUndefine = command({
  description: 'Removes the definition of a virtual device.',
  options: { device: anyNodeDevice },
  async run(shell, args) {
    const device = await findNodeDevice(shell, args.text('device'));
    await attempt(device.undefine(), `Failed to undefine node device '${device.name}'`);
    shell.extra(`Undefined node device '${device.name}'\n`);
  },
});
