// nodedev-info: prints the main facts of a device of the host.
import { command } from '../../command.ts';
import { labelLine, yesNo } from '../../format.ts';
import { findNodeDevice } from '../../lookup.ts';
import { anyNodeDevice } from '../../node-device-option.ts';

export const nodedevInfo = command({
  description: 'Prints the main facts of the device.',
  options: { device: anyNodeDevice },
  async run(shell, args) {
    const device = await findNodeDevice(shell, args.text('device'));
    const [parent, active, persistent, autostart] = await Promise.allSettled([
      device.getParent(),
      device.isActive(),
      device.isPersistent(),
      device.getAutostart(),
    ]);
    shell.print(labelLine('Name:', device.name));
    shell.print(labelLine('Parent:', parent.status === 'fulfilled' ? (parent.value ?? '') : ''));
    // A driver that cannot say it has only devices that exist and stay (virsh prints yes for both).
    shell.print(labelLine('Active:', yesNo(active.status === 'rejected' || active.value)));
    shell.print(labelLine('Persistent:', yesNo(persistent.status === 'rejected' || persistent.value)));
    shell.print(labelLine('Autostart:', autostart.status === 'fulfilled' ? yesNo(autostart.value) : 'no autostart'));
  },
});
