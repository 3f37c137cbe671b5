// cpu-stats: prints how much of the host's CPUs a domain has used.
import { command } from '../../command.ts';
import { anyDomain } from '../../domain-option.ts';
import { attempt, fail } from '../../failure.ts';
import { findDomain } from '../../lookup.ts';
import { flag, number } from '../../option.ts';

// As many CPUs as one call may ask for.
const MAX_CPUS = 128;

export const cpuStats = command({
  description: 'Prints how much of the CPUs of the host the domain has used.',
  options: {
    domain: anyDomain,
    total: flag('of all CPUs together'),
    start: number('the first CPU'),
    count: number('how many CPUs'),
  },
  async run(shell, args) {
    const domain = await findDomain(shell, args.text('domain'));
    let showTotal = args.flag('total');
    const start = args.int('start');
    const count = args.int('count');
    if (start !== undefined && start < 0) fail('Invalid value for start CPU');
    if (count !== undefined && count < 0) fail('Invalid value for number of CPUs to show');
    // Without a word: each CPU, and all together.
    const showEach = !showTotal || start !== undefined || count !== undefined;
    if (!showTotal && start === undefined && count === undefined) showTotal = true;
    if (showEach) {
      const first = start ?? 0;
      const { count: cpus } = await attempt(
        domain.getCpuStats(0, 0, 0),
        'Failed to retrieve CPU statistics for domain',
      );
      if (first >= cpus) fail(`Start CPU ${first} is out of range (min: 0, max: ${cpus - 1})`);
      const wanted = Math.min(count ?? cpus - first, cpus - first);
      const { count: width } = await attempt(domain.getCpuStats(0, 1, 0), null);
      for (let at = first; at < first + wanted; at += MAX_CPUS) {
        const ask = Math.min(MAX_CPUS, first + wanted - at);
        const { cpus: figures } = await attempt(domain.getCpuStats(at, ask, width), null);
        for (const [index, params] of figures.entries()) {
          shell.print(`CPU${at + index}:\n`);
          for (const [name, value] of params) shell.print(`\t${name.padEnd(12)} ${seconds(value)} seconds\n`);
        }
      }
    }
    if (!showTotal) return;
    const { count: width } = await attempt(
      domain.getCpuStats(-1, 1, 0),
      'Failed to retrieve CPU statistics for domain',
    );
    shell.print('Total:\n');
    const { cpus: figures } = await attempt(domain.getCpuStats(-1, 1, width), null);
    for (const [name, value] of figures[0] ?? []) shell.print(`\t${name.padEnd(12)} ${seconds(value)} seconds\n`);
  },
});

function seconds(nanoseconds: unknown): string {
  const value = BigInt(String(nanoseconds));
  return `${String(value / 1_000_000_000n).padStart(9)}.${String(value % 1_000_000_000n).padStart(9, '0')}`;
}
