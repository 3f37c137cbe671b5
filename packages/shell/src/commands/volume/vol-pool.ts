// vol-pool: prints the pool of a volume.
import { command } from '../../command.ts';
import { flag } from '../../option.ts';
import { attempt } from '../../failure.ts';
import { findVolume } from '../../lookup.ts';
import { anyVolume } from '../../volume-option.ts';

export const volPool = command({
  description: 'Prints the name of the pool of the volume.',
  options: { vol: anyVolume, uuid: flag('print its UUID instead') },
  async run(shell, args) {
    const volume = await findVolume(shell, { vol: args.text('vol'), poolOption: null, notByName: true });
    const pool = await attempt(shell.connection.lookupStoragePoolByVolume(volume), 'failed to get parent pool');
    shell.print(`${args.flag('uuid') ? pool.uuid : pool.name}\n`);
  },
});
