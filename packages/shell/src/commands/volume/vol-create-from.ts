// vol-create-from: makes a volume from XML, with the data of another one.
import { command } from '../../command.ts';
import { flag, text, word } from '../../option.ts';
import { poolNames } from '../../completers.ts';
import { attempt } from '../../failure.ts';
import { readXmlFile } from '../../files.ts';
import { findPool, findVolume } from '../../lookup.ts';
import { activePool } from '../../pool-option.ts';
import { anyVolume } from '../../volume-option.ts';
import { CreateFlags } from './create-flags.ts';

export const volCreateFrom = command({
  description: 'Makes a volume from XML, with the data of another one.',
  options: {
    pool: activePool,
    file: word('file with the XML of the volume'),
    vol: anyVolume,
    inputpool: text('name or UUID of the pool of that volume', { complete: poolNames(2) }),
    'prealloc-metadata': flag('allocate the metadata of a qcow2 image at once'),
    reflink: flag('share the data until one of them is written'),
    validate: flag('check the XML against the schema'),
  },
  async run(shell, args) {
    const pool = await findPool(shell, args.text('pool'));
    const flags =
      (args.flag('prealloc-metadata') ? CreateFlags.PreallocMetadata : 0) |
      (args.flag('reflink') ? CreateFlags.Reflink : 0) |
      (args.flag('validate') ? CreateFlags.Validate : 0);
    const file = args.text('file');
    const input = { vol: args.text('vol'), pool: args.text('inputpool'), poolOption: 'inputpool' };
    const source = await findVolume(shell, input);
    const xml = await readXmlFile(file);
    const volume = await attempt(pool.createVolumeXmlFrom(xml, source, flags), `Failed to create vol from ${file}`);
    shell.extra(`Vol ${volume.name} created from input vol ${source.name}\n`);
  },
});
