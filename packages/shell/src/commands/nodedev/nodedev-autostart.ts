// nodedev-autostart: says whether a defined device starts with the host.
import { command } from '../../command.ts';
import { flag } from '../../option.ts';
import { attempt } from '../../failure.ts';
import { findNodeDevice } from '../../lookup.ts';
import { anyNodeDevice } from '../../node-device-option.ts';

export const nodedevAutostart = command({
  description: 'Makes a defined device start with the host, or stops it from doing so.',
  options: { device: anyNodeDevice, disable: flag('do not start it with the host') },
  async run(shell, args) {
    const device = await findNodeDevice(shell, args.text('device'));
    const marked = args.flag('disable') ? 'unmark' : 'mark';
    await attempt(
      device.setAutostart(!args.flag('disable')),
      `failed to ${marked} device ${device.name} as autostarted`,
    );
    shell.extra(`Device ${device.name} ${marked}ed as autostarted\n`);
  },
});
