// nodedev-start: starts a defined device.
import { command } from '../../command.ts';
import { attempt } from '../../failure.ts';
import { findNodeDevice } from '../../lookup.ts';
import { anyNodeDevice } from '../../node-device-option.ts';

export const nodedevStart = command({
  description: 'Starts a defined virtual device.',
  options: { device: anyNodeDevice },
  async run(shell, args) {
    const device = await findNodeDevice(shell, args.text('device'));
    await attempt(device.create(), `Failed to start device ${device.name}`);
    shell.extra(`Device ${device.name} started\n`);
  },
});
