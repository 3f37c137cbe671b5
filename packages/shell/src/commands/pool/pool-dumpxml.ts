// pool-dumpxml: prints the XML of a pool.
import { command } from '../../command.ts';
import { flag } from '../../option.ts';
import { attempt } from '../../failure.ts';
import { findPool } from '../../lookup.ts';
import { anyPool } from '../../pool-option.ts';
import { printXml, xmlOptions } from '../../print-xml.ts';

// VIR_STORAGE_XML_INACTIVE
const INACTIVE = 1;

export const poolDumpxml = command({
  description: 'Prints the pool as XML.',
  options: { pool: anyPool, inactive: flag('as it will be at the next start'), ...xmlOptions },
  async run(shell, args) {
    const pool = await findPool(shell, args.text('pool'));
    const xml = await attempt(pool.getXmlDesc(args.flag('inactive') ? INACTIVE : 0), null);
    await printXml(shell, xml, { xpath: args.text('xpath'), wrap: args.flag('wrap') });
  },
});
