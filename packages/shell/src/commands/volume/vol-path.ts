// vol-path: prints the path of a volume.
import { command } from '../../command.ts';
import { attempt } from '../../failure.ts';
import { findVolume } from '../../lookup.ts';
import { anyVolume, volumePool } from '../../volume-option.ts';

export const volPath = command({
  options: { vol: anyVolume, pool: volumePool },
  async run(shell, args) {
    const volume = await findVolume(shell, { vol: args.text('vol'), pool: args.text('pool'), poolOption: 'pool' });
    shell.print(`${await attempt(volume.getPath(), null)}\n`);
  },
});
