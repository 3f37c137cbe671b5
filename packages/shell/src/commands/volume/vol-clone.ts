// vol-clone: makes a copy of a volume in its pool.
import { command } from '../../command.ts';
import { flag, word } from '../../option.ts';
import { attempt } from '../../failure.ts';
import { findVolume } from '../../lookup.ts';
import { anyVolume, volumePool } from '../../volume-option.ts';
import { CreateFlags } from './create-flags.ts';

export const volClone = command({
  description: 'Makes a copy of the volume, under another name in the same pool.',
  options: {
    vol: anyVolume,
    newname: word('name of the copy'),
    pool: volumePool,
    'prealloc-metadata': flag('allocate the metadata of a qcow2 image at once'),
    reflink: flag('share the data until one of them is written'),
    'print-xml': flag('print the XML instead of using it'),
  },
  async run(shell, args) {
    const source = await findVolume(shell, { vol: args.text('vol'), pool: args.text('pool'), poolOption: 'pool' });
    const flags =
      (args.flag('prealloc-metadata') ? CreateFlags.PreallocMetadata : 0) |
      (args.flag('reflink') ? CreateFlags.Reflink : 0);
    const pool = await attempt(shell.connection.lookupStoragePoolByVolume(source), 'failed to get parent pool');
    const name = args.text('newname');
    const { dumpElement, element, parseXml } = await import('@virtwire/conf');
    const root = await parseXml(await attempt(source.getXmlDesc(), null));
    const index = root.nodes.findIndex((node) => node === root.child('name'));
    root.nodes[index] = element('name', {}, [name]);
    const xml = dumpElement(root);
    if (args.flag('print-xml')) {
      shell.print(xml);
      return;
    }
    const volume = await attempt(
      pool.createVolumeXmlFrom(xml, source, flags),
      `Failed to clone vol from ${source.name}`,
    );
    shell.extra(`Vol ${volume.name} cloned from ${source.name}\n`);
  },
});
