// nodedev-reattach: gives a device back to its driver on the host.
import { command } from '../../command.ts';
import { attempt } from '../../failure.ts';
import { findNodeDevice } from '../../lookup.ts';
import { anyNodeDevice } from '../../node-device-option.ts';

export const nodedevReattach = command({
  description: 'Gives a device back to its driver on the host.',
  options: { device: anyNodeDevice },
  async run(shell, args) {
    const device = await findNodeDevice(shell, args.text('device'));
    await attempt(device.reAttach(), `Failed to re-attach device ${device.name}`);
    shell.extra(`Device ${device.name} re-attached\n`);
  },
});
