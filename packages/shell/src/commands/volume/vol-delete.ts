// vol-delete: deletes a volume and its data.
import { command } from '../../command.ts';
import { flag } from '../../option.ts';
import { attempt } from '../../failure.ts';
import { findVolume } from '../../lookup.ts';
import { anyVolume, volumePool } from '../../volume-option.ts';

// VIR_STORAGE_VOL_DELETE_WITH_SNAPSHOTS
const WITH_SNAPSHOTS = 2;

export const volDelete = command({
  description: 'Deletes the volume and its data.',
  options: { vol: anyVolume, pool: volumePool, 'delete-snapshots': flag('delete its snapshots with it') },
  async run(shell, args) {
    const vol = args.text('vol');
    const volume = await findVolume(shell, { vol, pool: args.text('pool'), poolOption: 'pool' });
    const flags = args.flag('delete-snapshots') ? WITH_SNAPSHOTS : 0;
    await attempt(volume.delete(flags), `Failed to delete vol ${vol}`);
    shell.extra(`Vol ${vol} deleted\n`);
  },
});
