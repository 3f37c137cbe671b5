// setmaxmem: changes how much memory a domain may ever have.
import { affectFlags, affectOptions, affectsOf } from '../../affect.ts';
import { command } from '../../command.ts';
import { requiredNumber } from '../../option.ts';
import { anyDomain } from '../../domain-option.ts';
import { attempt } from '../../failure.ts';
import { findDomain } from '../../lookup.ts';
import { kibibytes } from './memory-size.ts';

// VIR_DOMAIN_MEM_MAXIMUM
const MAXIMUM = 4;

export const setmaxmem = command({
  description: 'Changes how much memory the domain may ever have.',
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
    const call = named ? domain.setMemoryFlags(memory, flags | MAXIMUM) : domain.setMaxMemory(memory);
    await attempt(call, 'Unable to change MaxMemorySize');
  },
});
