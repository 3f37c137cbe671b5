// pool-create-as: makes a pool from options and starts it.
import { command } from '../../command.ts';
import { attempt } from '../../failure.ts';
import { buildFlags, buildOptions } from './build-options.ts';
import { poolOptions, poolXml } from './pool-source.ts';

export const poolCreateAs = command({
  description: 'Makes a pool from options and starts it; it is gone when it stops.',
  options: { ...poolOptions, ...buildOptions },
  async run(shell, args) {
    const flags = buildFlags(args);
    const name = args.text('name');
    const xml = await poolXml(name, args.text('type'), args);
    if (args.flag('print-xml')) {
      shell.print(xml);
      return;
    }
    const pool = await attempt(shell.connection.createStoragePoolXml(xml, flags), `Failed to create pool ${name}`);
    shell.extra(`Pool ${pool.name} created\n`);
  },
});
