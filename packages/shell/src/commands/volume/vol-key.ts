// vol-key: prints the key of a volume.
import { command } from '../../command.ts';
import { findVolume } from '../../lookup.ts';
import { anyVolume, volumePool } from '../../volume-option.ts';

export const volKey = command({
  options: { vol: anyVolume, pool: volumePool },
  async run(shell, args) {
    const volume = await findVolume(shell, { vol: args.text('vol'), pool: args.text('pool'), poolOption: 'pool' });
    shell.print(`${volume.key}\n`);
  },
});
