// dommemstat: prints the memory statistics of a domain.
import { affectFlags, affectOptions, affectsOf } from '../../affect.ts';
import { command } from '../../command.ts';
import { number } from '../../option.ts';
import { runningDomain } from '../../domain-option.ts';
import { attempt, fail } from '../../failure.ts';
import { findDomain } from '../../lookup.ts';

// The names of virDomainMemoryStatTags.
const NAMES = [
  'swap_in',
  'swap_out',
  'major_fault',
  'minor_fault',
  'unused',
  'available',
  'actual',
  'rss',
  'usable',
  'last_update',
  'disk_caches',
  'hugetlb_pgalloc',
  'hugetlb_pgfail',
];

export const dommemstat = command({
  description: 'Prints the memory statistics of a running domain.',
  options: {
    domain: runningDomain,
    period: number('seconds between two collections of statistics', { named: true }),
    ...affectOptions,
  },
  async run(shell, args) {
    affectFlags(affectsOf(args));
    const domain = await findDomain(shell, args.text('domain'));
    const period = args.int('period');
    if (period !== undefined) fail('--period is not built into virtwire yet');
    const stats = await attempt(domain.memoryStats(), `Failed to get memory statistics for domain ${domain.name}`);
    for (const [tag, value] of stats) {
      const name = NAMES[tag];
      if (name !== undefined) shell.print(`${name} ${value}\n`);
    }
  },
});
