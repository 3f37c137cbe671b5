// pool-define: makes a pool from XML, or changes its definition, without starting it.
import { command } from '../../command.ts';
import { flag, word } from '../../option.ts';
import { attempt } from '../../failure.ts';
import { readXmlFile } from '../../files.ts';

// VIR_STORAGE_POOL_DEFINE_VALIDATE
const VALIDATE = 1;

export const poolDefine = command({
  description: 'Makes a pool from XML, or changes its definition; it is not started.',
  options: {
    file: word('file with the XML of the pool'),
    validate: flag('check the XML against the schema'),
  },
  async run(shell, args) {
    const file = args.text('file');
    const xml = await readXmlFile(file);
    const pool = await attempt(
      shell.connection.defineStoragePoolXml(xml, args.flag('validate') ? VALIDATE : 0),
      `Failed to define pool from ${file}`,
    );
    shell.extra(`Pool ${pool.name} defined from ${file}\n`);
  },
});
