// vol-dumpxml: prints the XML of a volume.
import { command } from '../../command.ts';
import { attempt } from '../../failure.ts';
import { findVolume } from '../../lookup.ts';
import { printXml, xmlOptions } from '../../print-xml.ts';
import { anyVolume, volumePool } from '../../volume-option.ts';

export const volDumpxml = command({
  description: 'Prints the volume as XML.',
  options: { vol: anyVolume, pool: volumePool, ...xmlOptions },
  async run(shell, args) {
    const volume = await findVolume(shell, { vol: args.text('vol'), pool: args.text('pool'), poolOption: 'pool' });
    const xml = await attempt(volume.getXmlDesc(), null);
    await printXml(shell, xml, { xpath: args.text('xpath'), wrap: args.flag('wrap') });
  },
});
