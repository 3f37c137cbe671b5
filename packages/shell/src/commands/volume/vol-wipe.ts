// vol-wipe: overwrites the data of a volume.
import { command } from '../../command.ts';
import { text } from '../../option.ts';
import { oneOf } from '../../completers.ts';
import { attempt, fail } from '../../failure.ts';
import { findVolume } from '../../lookup.ts';
import { anyVolume, volumePool } from '../../volume-option.ts';

// virStorageVolWipeAlgorithm
const ALGORITHMS = ['zero', 'nnsa', 'dod', 'bsi', 'gutmann', 'schneier', 'pfitzner7', 'pfitzner33', 'random', 'trim'];

export const volWipe = command({
  description: 'Overwrites the data of the volume, so that nobody can read them any more.',
  options: {
    vol: anyVolume,
    pool: volumePool,
    algorithm: text('how to overwrite them (zeros when left out)', { complete: oneOf(...ALGORITHMS) }),
  },
  async run(shell, args) {
    const vol = args.text('vol');
    const volume = await findVolume(shell, { vol, pool: args.text('pool'), poolOption: 'pool' });
    const name = args.text('algorithm');
    const algorithm = name === undefined ? 0 : ALGORITHMS.indexOf(name);
    if (algorithm < 0) fail(`Unsupported algorithm '${name}'`);
    const call = algorithm === 0 ? volume.wipe() : volume.wipePattern(algorithm);
    await attempt(call, `Failed to wipe vol ${vol}`);
    shell.extra(`Vol ${vol} wiped\n`);
  },
});
