// vol-resize: changes the capacity of a volume.
import { command } from '../../command.ts';
import { flag, word } from '../../option.ts';
import { attempt, fail } from '../../failure.ts';
import { findVolume } from '../../lookup.ts';
import { anyVolume, volumePool } from '../../volume-option.ts';
import { volumeSize } from './volume-size.ts';

// virStorageVolResizeFlags
const ResizeFlags = { Allocate: 1, Delta: 2, Shrink: 4 } as const;

export const volResize = command({
  description: 'Changes the capacity of the volume.',
  options: {
    vol: anyVolume,
    capacity: word('its new size, in bytes unless a unit follows'),
    pool: volumePool,
    allocate: flag('allocate what is added'),
    delta: flag('change it by that much'),
    shrink: flag('allow it to become smaller'),
  },
  async run(shell, args) {
    let delta = args.flag('delta');
    const shrink = args.flag('shrink');
    const volume = await findVolume(shell, { vol: args.text('vol'), pool: args.text('pool'), poolOption: 'pool' });
    let given = args.text('capacity');
    if (given.startsWith('-')) {
      // The call takes only positive sizes; the sign is a convenience of the shell.
      if (!shrink) fail('negative size requires --shrink');
      delta = true;
      given = given.slice(1);
    }
    const flags =
      (args.flag('allocate') ? ResizeFlags.Allocate : 0) |
      (delta ? ResizeFlags.Delta : 0) |
      (shrink ? ResizeFlags.Shrink : 0);
    const capacity = volumeSize(given);
    const how = delta ? `by ${given}` : `to ${given}`;
    await attempt(volume.resize(capacity, flags), `Failed to change size of volume '${volume.name}' ${how}`);
    shell.extra(`Size of volume '${volume.name}' successfully changed ${how}\n`);
  },
});
