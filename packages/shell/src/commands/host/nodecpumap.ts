// nodecpumap: prints which CPUs of the host are online.
import { command } from '../../command.ts';
import { flag } from '../../option.ts';
import { cpuLetters, cpuRanges } from '../../cpu-map.ts';
import { attempt } from '../../failure.ts';
import { labelLine } from '../../format.ts';

export const nodecpumap = command({
  description: 'Prints which CPUs of the host are online.',
  options: { pretty: flag('print them as a list') },
  async run(shell, args) {
    const { cpus, online, map } = await attempt(shell.connection.getCpuMap(), 'Unable to get cpu map');
    shell.print(labelLine('CPUs present:', cpus));
    shell.print(labelLine('CPUs online:', online));
    shell.print(labelLine('CPU map:', args.flag('pretty') ? cpuRanges(map, cpus) : cpuLetters(map, cpus)));
  },
});
