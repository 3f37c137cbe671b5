// vol-create: makes a volume from XML.
import { command } from '../../command.ts';
import { flag, word } from '../../option.ts';
import { attempt } from '../../failure.ts';
import { readXmlFile } from '../../files.ts';
import { findPool } from '../../lookup.ts';
import { activePool } from '../../pool-option.ts';
import { CreateFlags } from './create-flags.ts';

export const volCreate = command({
  description: 'Makes a volume from XML.',
  options: {
    pool: activePool,
    file: word('file with the XML of the volume'),
    'prealloc-metadata': flag('allocate the metadata of a qcow2 image at once'),
    validate: flag('check the XML against the schema'),
  },
  async run(shell, args) {
    const flags =
      (args.flag('prealloc-metadata') ? CreateFlags.PreallocMetadata : 0) |
      (args.flag('validate') ? CreateFlags.Validate : 0);
    const pool = await findPool(shell, args.text('pool'));
    const file = args.text('file');
    const xml = await readXmlFile(file);
    const volume = await attempt(pool.createVolumeXml(xml, flags), `Failed to create vol from ${file}`);
    shell.extra(`Vol ${volume.name} created from ${file}\n`);
  },
});
