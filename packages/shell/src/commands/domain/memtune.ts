// memtune: prints or changes the limits of a domain's memory.
import { affectFlags, affectOptions, affectsOf } from '../../affect.ts';
import { command } from '../../command.ts';
import { anyDomain } from '../../domain-option.ts';
import { attempt, fail } from '../../failure.ts';
import { findDomain } from '../../lookup.ts';
import { scaledInteger } from '../../numbers.ts';
import { number } from '../../option.ts';
import { hasParameters } from '../../tunables.ts';

// VIR_DOMAIN_MEMORY_PARAM_UNLIMITED, in KiB
const UNLIMITED = 9007199254740991n;
const FIELDS = ['hard-limit', 'soft-limit', 'swap-hard-limit', 'min-guarantee'] as const;

export const memtune = command({
  description: 'Prints the limits of memory of the domain, or changes them; -1 takes a limit away.',
  options: {
    domain: anyDomain,
    'hard-limit': number('most memory that it may use (KiB when it has no unit)'),
    'soft-limit': number('memory that is left to it when the host is short of memory'),
    'swap-hard-limit': number('most memory and swap that it may use'),
    'min-guarantee': number('least memory that it gets'),
    ...affectOptions,
  },
  async run(shell, args) {
    const flags = affectFlags(affectsOf(args));
    const domain = await findDomain(shell, args.text('domain'));
    const wanted = Object.fromEntries(
      FIELDS.map((field) => {
        const limit = readLimit(args.given(field), field);
        return [field.replaceAll('-', '_'), limit === null ? undefined : { ullong: limit }];
      }),
    );
    if (hasParameters(wanted)) {
      await attempt(domain.setMemoryParameters(wanted, flags), 'Unable to change memory parameters');
      return;
    }
    const params = await attempt(domain.getMemoryParameters(flags), 'Unable to get memory parameters');
    for (const [name, value] of params) {
      shell.print(`${name.padEnd(15)}: ${typeof value === 'bigint' && value >= UNLIMITED ? 'unlimited' : value}\n`);
    }

    function readLimit(given: string | undefined, field: (typeof FIELDS)[number]): bigint | null {
      if (given === undefined) return null;
      // Any number below 0, whatever follows it.
      if (/^\s*-0*[1-9]/.test(given)) return UNLIMITED;
      const bytes = scaledInteger(given, 1024n, 2n ** 64n - 1n);
      if (bytes === null) fail(`Unable to parse integer parameter ${field}`);
      return bytes / 1024n;
    }
  },
});
