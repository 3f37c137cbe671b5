// pool-create: makes a pool from XML and starts it; it is gone when it stops.
import { command } from '../../command.ts';
import { word } from '../../option.ts';
import { attempt } from '../../failure.ts';
import { readXmlFile } from '../../files.ts';
import { buildFlags, buildOptions } from './build-options.ts';

export const poolCreate = command({
  description: 'Makes a pool from XML and starts it; it is gone when it stops.',
  options: { file: word('file with the XML of the pool'), ...buildOptions },
  async run(shell, args) {
    const file = args.text('file');
    const flags = buildFlags(args);
    const xml = await readXmlFile(file);
    const pool = await attempt(shell.connection.createStoragePoolXml(xml, flags), `Failed to create pool from ${file}`);
    shell.extra(`Pool ${pool.name} created from ${file}\n`);
  },
});
