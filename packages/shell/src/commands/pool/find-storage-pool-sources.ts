// find-storage-pool-sources: finds what could become pools of a type.
import { command } from '../../command.ts';
import { text, word } from '../../option.ts';
import { attempt } from '../../failure.ts';
import { readXmlFile } from '../../files.ts';

export const findStoragePoolSources = command({
  description: 'Finds what could become pools of a type, and prints it as XML.',
  options: {
    type: word('type of the pools'),
    srcSpec: text('file with XML that says where to look'),
  },
  async run(shell, args) {
    const type = args.text('type');
    const file = args.text('srcSpec');
    const spec = file === undefined ? null : await readXmlFile(file);
    const call = shell.connection.findStoragePoolSources(type, spec);
    shell.print(await attempt(call, `Failed to find any ${type} pool sources`));
  },
});
