// nodedev-destroy: stops a virtual device of the host.
import { command } from '../../command.ts';
import { attempt } from '../../failure.ts';
import { findNodeDevice } from '../../lookup.ts';
import { anyNodeDevice } from '../../node-device-option.ts';

export const nodedevDestroy = command({
  description: 'Stops a virtual device of the host.',
  options: { device: anyNodeDevice },
  optionAliases: { name: 'device' },
  async run(shell, args) {
    const device = await findNodeDevice(shell, args.text('device'));
    await attempt(device.destroy(), `Failed to destroy node device '${device.name}'`);
    shell.extra(`Destroyed node device '${device.name}'\n`);
  },
});
