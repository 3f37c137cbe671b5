// maxvcpus: prints how many virtual CPUs a domain may have.
import { command } from '../../command.ts';
import { text } from '../../option.ts';
import { attempt } from '../../failure.ts';

export const maxvcpus = command({
  description: 'Prints how many virtual CPUs a domain on this connection may have.',
  options: { type: text('kind of domain') },
  async run(shell, args) {
    const type = args.text('type') ?? null;
    const { connection } = shell;
    // The capabilities of domains know it best, where there are any.
    const xml = await connection.getDomainCapabilities({ virtType: type }).catch(() => null);
    if (xml !== null) {
      const { parseXml } = await import('@virtwire/conf');
      const max = (await parseXml(xml)).path('vcpu/@max');
      if (max !== null) {
        shell.print(`${max}\n`);
        return;
      }
    }
    shell.print(`${await attempt(connection.getMaxVcpus(type), null)}\n`);
  },
});
