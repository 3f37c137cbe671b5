// vol-create-as: makes a volume from options.
import type { StoragePool, StorageVolume } from 'virtwire';
import { command } from '../../command.ts';
import { flag, text, word } from '../../option.ts';
import { oneOf } from '../../completers.ts';
import type { Shell } from '../../context.ts';
import { attempt, CommandFailure } from '../../failure.ts';
import { findPool } from '../../lookup.ts';
import { activePool } from '../../pool-option.ts';
import { CreateFlags } from './create-flags.ts';
import { volumeSize } from './volume-size.ts';

export const volCreateAs = command({
  description: 'Makes a volume from options.',
  options: {
    pool: activePool,
    name: word('name of the volume'),
    capacity: word('its size, in bytes unless a unit follows'),
    allocation: text('what to allocate at once, in bytes unless a unit follows', { mayBeEmpty: true }),
    format: text('format of the file: raw, qcow2, ...', { complete: oneOf('raw', 'qcow2', 'qed', 'vmdk', 'vdi') }),
    'backing-vol': text('volume that it stands on'),
    'backing-vol-format': text('format of that volume'),
    'prealloc-metadata': flag('allocate the metadata of a qcow2 image at once'),
    'print-xml': flag('print the XML instead of using it'),
  },
  async run(shell, args) {
    const flags = args.flag('prealloc-metadata') ? CreateFlags.PreallocMetadata : 0;
    const pool = await findPool(shell, args.text('pool'));
    const name = args.text('name');
    const capacity = volumeSize(args.text('capacity'));
    const given = args.text('allocation');
    const allocation = given === undefined || given === '' ? undefined : volumeSize(given);
    const format = args.text('format');
    const backing = args.text('backing-vol');
    const { XmlWriter } = await import('@virtwire/conf');
    const writer = new XmlWriter().open('volume').leaf('name', name);
    writer.leaf('capacity', capacity).leaf('allocation', allocation);
    if (format !== undefined) writer.open('target').empty('format', { type: format }).close();
    if (backing !== undefined) {
      const volume = await findBacking(shell, pool, backing);
      writer.open('backingStore').leaf('path', await attempt(volume.getPath(), null));
      const backingFormat = args.text('backing-vol-format');
      if (backingFormat !== undefined) writer.empty('format', { type: backingFormat });
      writer.close();
    }
    const xml = writer.close().toString();
    if (args.flag('print-xml')) {
      shell.print(xml);
      return;
    }
    const volume = await attempt(pool.createVolumeXml(xml, flags), `Failed to create vol ${name}`);
    shell.extra(`Vol ${volume.name} created\n`);
  },
});

async function findBacking(shell: Shell, pool: StoragePool, given: string): Promise<StorageVolume> {
  const { connection } = shell;
  try {
    return await pool
      .lookupVolumeByName(given)
      .catch(() => connection.lookupStorageVolumeByKey(given))
      .catch(() => connection.lookupStorageVolumeByPath(given));
  } catch (thrown) {
    throw new CommandFailure(`failed to get vol '${given}'`, thrown);
  }
}
