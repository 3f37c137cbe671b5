// nodedev-reset: resets a device of the host.
import { command } from '../../command.ts';
import { attempt } from '../../failure.ts';
import { findNodeDevice } from '../../lookup.ts';
import { anyNodeDevice } from '../../node-device-option.ts';

export const nodedevReset = command({
  description: 'Resets a device of the host.',
  options: { device: anyNodeDevice },
  async run(shell, args) {
    const device = await findNodeDevice(shell, args.text('device'));
    await attempt(device.reset(), `Failed to reset device ${device.name}`);
    shell.extra(`Device ${device.name} reset\n`);
  },
});
