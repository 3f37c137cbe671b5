// vol-name: prints the name of a volume.
import { command } from '../../command.ts';
import { findVolume } from '../../lookup.ts';
import { anyVolume } from '../../volume-option.ts';

export const volName = command({
  options: { vol: anyVolume },
  async run(shell, args) {
    const volume = await findVolume(shell, { vol: args.text('vol'), poolOption: null, notByName: true });
    shell.print(`${volume.name}\n`);
  },
});
