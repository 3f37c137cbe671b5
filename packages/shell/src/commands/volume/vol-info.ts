// vol-info: prints the main facts of a volume.
import { command } from '../../command.ts';
import { flag } from '../../option.ts';
import { attempt } from '../../failure.ts';
import { labelLine, prettySize } from '../../format.ts';
import { findVolume } from '../../lookup.ts';
import { anyVolume, volumePool } from '../../volume-option.ts';
import { volumeTypeText } from './volume-type.ts';

// VIR_STORAGE_VOL_GET_PHYSICAL
const PHYSICAL = 1;

export const volInfo = command({
  description: 'Prints the main facts of the volume.',
  options: {
    vol: anyVolume,
    pool: volumePool,
    bytes: flag('print sizes in bytes'),
    physical: flag('print the physical size instead of the allocation'),
  },
  async run(shell, args) {
    const volume = await findVolume(shell, { vol: args.text('vol'), pool: args.text('pool'), poolOption: 'pool' });
    const physical = args.flag('physical');
    shell.print(labelLine('Name:', volume.name));
    const info = await attempt(physical ? volume.getInfoFlags(PHYSICAL) : volume.getInfo(), null);
    const size = (bytes: bigint) => (args.flag('bytes') ? `${bytes} bytes` : prettySize(bytes));
    shell.print(labelLine('Type:', volumeTypeText(info.type)));
    shell.print(labelLine('Capacity:', size(info.capacity)));
    shell.print(labelLine(physical ? 'Physical:' : 'Allocation:', size(info.allocation)));
  },
});
