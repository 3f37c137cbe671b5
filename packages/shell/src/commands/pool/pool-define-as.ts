// pool-define-as: makes a pool from options without starting it.
import { command } from '../../command.ts';
import { attempt } from '../../failure.ts';
import { poolOptions, poolXml } from './pool-source.ts';

export const poolDefineAs = command({
  description: 'Makes a pool from options; it is not started.',
  options: poolOptions,
  async run(shell, args) {
    const name = args.text('name');
    const xml = await poolXml(name, args.text('type'), args);
    if (args.flag('print-xml')) {
      shell.print(xml);
      return;
    }
    const pool = await attempt(shell.connection.defineStoragePoolXml(xml), `Failed to define pool ${name}`);
    shell.extra(`Pool ${pool.name} defined\n`);
  },
});
