// setvcpus: changes how many virtual CPUs a domain has.
import { affectFlags, affectOptions, affectsOf } from '../../affect.ts';
import { command } from '../../command.ts';
import { flag, requiredNumber } from '../../option.ts';
import { anyDomain } from '../../domain-option.ts';
import { attempt, fail } from '../../failure.ts';
import { findDomain } from '../../lookup.ts';

// virDomainVcpuFlags
const VcpuFlags = { Maximum: 4, Guest: 8, Hotpluggable: 16 } as const;

export const setvcpus = command({
  description: 'Changes how many virtual CPUs the domain has.',
  options: {
    domain: anyDomain,
    count: requiredNumber('how many'),
    maximum: flag('change the limit, for the next start'),
    ...affectOptions,
    guest: flag('let the agent in the domain switch CPUs on or off'),
    hotpluggable: flag('make added CPUs removable'),
  },
  async run(shell, args) {
    const affects = affectsOf(args);
    let flags = affectFlags(affects);
    args.exclusive('guest', 'config');
    args.requires('maximum', 'config');
    flags |=
      (args.flag('maximum') ? VcpuFlags.Maximum : 0) |
      (args.flag('guest') ? VcpuFlags.Guest : 0) |
      (args.flag('hotpluggable') ? VcpuFlags.Hotpluggable : 0);
    const domain = await findDomain(shell, args.text('domain'));
    const count = args.uint('count');
    if (count === 0) fail("Can't set 0 processors for a VM");
    const named = affects.current || flags !== 0;
    await attempt(named ? domain.setVcpusFlags(count, flags) : domain.setVcpus(count), null);
  },
});
