// find-storage-pool-sources-as: finds what could become pools of a type, on a host.
import { command } from '../../command.ts';
import { text, word } from '../../option.ts';
import { attempt } from '../../failure.ts';

export const findStoragePoolSourcesAs = command({
  description: 'Finds what could become pools of a type, on a host, and prints it as XML.',
  options: {
    type: word('type of the pools'),
    host: text('host to ask'),
    port: text('port of the host'),
    initiator: text('iSCSI name of this side'),
  },
  async run(shell, args) {
    const type = args.text('type');
    const host = args.text('host');
    let spec: string | null = null;
    if (host !== undefined) {
      const { XmlWriter } = await import('@virtwire/conf');
      const writer = new XmlWriter().open('source').empty('host', { name: host, port: args.text('port') });
      const initiator = args.text('initiator');
      if (initiator !== undefined) writer.open('initiator').empty('iqn', { name: initiator }).close();
      spec = writer.close().toString();
    }
    const call = shell.connection.findStoragePoolSources(type, spec);
    shell.print(await attempt(call, `Failed to find any ${type} pool sources`));
  },
});
