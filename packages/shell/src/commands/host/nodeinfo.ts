// nodeinfo: prints processors and memory of the host.
import { command } from '../../command.ts';
import { attempt } from '../../failure.ts';
import { labelLine } from '../../format.ts';

export const nodeinfo = command({
  description: 'Prints processors and memory of the host.',
  options: {},
  async run(shell) {
    const node = await attempt(shell.connection.getNodeInfo(), 'failed to get node information');
    const rows = [
      ['CPU model:', node.model],
      ['CPU(s):', node.cpus],
      ['CPU frequency:', `${node.mhz} MHz`],
      ['CPU socket(s):', node.sockets],
      ['Core(s) per socket:', node.cores],
      ['Thread(s) per core:', node.threads],
      ['NUMA cell(s):', node.nodes],
      ['Memory size:', `${node.memoryKiB} KiB`],
    ] as const;
    shell.print(rows.map(([label, value]) => labelLine(label, value, 20)).join(''));
  },
});
