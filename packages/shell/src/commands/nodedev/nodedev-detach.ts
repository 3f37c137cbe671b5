// nodedev-detach: takes a device from its driver on the host.
import { command } from '../../command.ts';
import { text } from '../../option.ts';
import { attempt } from '../../failure.ts';
import { findNodeDevice } from '../../lookup.ts';
import { anyNodeDevice } from '../../node-device-option.ts';

export const nodedevDetach = command({
  description: 'Takes a device from its driver on the host, so that a domain can have it.',
  options: { device: anyNodeDevice, driver: text('which driver shall take it') },
  async run(shell, args) {
    const driver = args.text('driver');
    const device = await findNodeDevice(shell, args.text('device'));
    const call = driver === undefined ? device.detach() : device.detachFlags(driver);
    await attempt(call, `Failed to detach device ${device.name}`);
    shell.extra(`Device ${device.name} detached\n`);
  },
});
