// setmem: changes how much memory a domain has now.
import { affectFlags, affectOptions, affectsOf } from '../../affect.ts';
import { command } from '../../command.ts';
import { requiredNumber } from '../../option.ts';
import { anyDomain } from '../../domain-option.ts';
import { attempt } from '../../failure.ts';
import { findDomain } from '../../lookup.ts';
import { kibibytes } from './memory-size.ts';

export const setmem = command({
  description: 'Changes how much of its memory the domain may use.',
  options: {
    domain: anyDomain,
    size: requiredNumber('memory, in KiB unless a unit follows'),
    ...affectOptions,
  },
  optionAliases: { kilobytes: 'size' },
  async run(shell, args) {
    const affects = affectsOf(args);
    const flags = affectFlags(affects);
    const domain = await findDomain(shell, args.text('domain'));
    const memory = kibibytes(args.size('size', 1024n));
    const named = affects.current || flags !== 0;
    await attempt(named ? domain.setMemoryFlags(memory, flags) : domain.setMemory(memory), null);
  },
});
