// setvcpu and guestvcpus: switch single virtual CPUs of a domain on or off, from outside or by its agent.
import { affectFlags, affectOptions, affectsOf } from '../../affect.ts';
import { command } from '../../command.ts';
import { anyDomain } from '../../domain-option.ts';
import { attempt, fail } from '../../failure.ts';
import { findDomain } from '../../lookup.ts';
import { flag, text, word } from '../../option.ts';
import { parameterText } from '../../tunables.ts';

export const setvcpu = command({
  description: 'Adds single virtual CPUs to the domain or removes them.',
  options: {
    domain: anyDomain,
    vcpulist: word('virtual CPUs, as 1-3,5'),
    enable: flag('add them'),
    disable: flag('remove them'),
    ...affectOptions,
  },
  async run(shell, args) {
    args.exclusive('enable', 'disable');
    const flags = affectFlags(affectsOf(args));
    const enable = args.flag('enable');
    if (!enable && !args.flag('disable')) fail('one of --enable, --disable is required');
    const list = args.text('vcpulist');
    const domain = await findDomain(shell, args.text('domain'));
    await attempt(domain.setVcpu(list, enable, flags), null);
  },
});

export const guestvcpus = command({
  description: 'Prints the virtual CPUs as the guest sees them, or lets it switch some on or off.',
  options: {
    domain: anyDomain,
    cpulist: text('virtual CPUs, as 1-3,5'),
    enable: flag('switch them on'),
    disable: flag('switch them off'),
  },
  async run(shell, args) {
    args.exclusive('enable', 'disable');
    args.requires('enable', 'cpulist');
    args.requires('disable', 'cpulist');
    const list = args.text('cpulist');
    const enable = args.flag('enable');
    if (list !== undefined && !enable && !args.flag('disable'))
      fail('One of options --enable or --disable is required by option --cpulist');
    const domain = await findDomain(shell, args.text('domain'));
    if (list !== undefined) {
      await attempt(domain.setGuestVcpus(list, enable), null);
      return;
    }
    const params = await attempt(domain.getGuestVcpus(), null);
    for (const [name, value] of params) shell.print(`${name.padEnd(15)}: ${parameterText(value, params.type(name))}\n`);
  },
});
