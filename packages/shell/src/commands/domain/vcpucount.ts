// vcpucount: prints how many virtual CPUs a domain has and may have.
import type { Domain } from 'virtwire';
import { command } from '../../command.ts';
import { flag } from '../../option.ts';
import { anyDomain } from '../../domain-option.ts';
import { attempt } from '../../failure.ts';
import { findDomain } from '../../lookup.ts';

// virDomainVcpuFlags
const VcpuFlags = { Live: 1, Config: 2, Maximum: 4, Guest: 8 } as const;

export const vcpucount = command({
  description: 'Prints how many virtual CPUs the domain has; without an option, all four numbers.',
  options: {
    domain: anyDomain,
    maximum: flag('how many it may have'),
    active: flag('how many it has'),
    live: flag('of the running domain'),
    config: flag('at the next start'),
    current: flag('of the running domain, or at the next start when it does not run'),
    guest: flag('as the agent in the domain sees them'),
  },
  async run(shell, args) {
    args.exclusive('live', 'config');
    args.exclusive('active', 'maximum');
    args.exclusive('guest', 'config');
    const flags =
      (args.flag('live') ? VcpuFlags.Live : 0) |
      (args.flag('config') ? VcpuFlags.Config : 0) |
      (args.flag('maximum') ? VcpuFlags.Maximum : 0) |
      (args.flag('guest') ? VcpuFlags.Guest : 0);
    const all = flags === 0 && !args.flag('active') && !args.flag('current');
    const domain = await findDomain(shell, args.text('domain'));
    if (all) {
      for (const line of await allCounts(domain)) shell.print(line);
      return;
    }
    const text = args.flag('guest') ? 'Failed to retrieve vCPU count from the guest' : null;
    shell.print(`${await attempt(domain.getVcpusFlags(flags), text)}\n`);
  },
});

const ROWS = [
  ['maximum', 'config', VcpuFlags.Maximum | VcpuFlags.Config],
  ['maximum', 'live', VcpuFlags.Maximum | VcpuFlags.Live],
  ['current', 'config', VcpuFlags.Config],
  ['current', 'live', VcpuFlags.Live],
] as const;

// A number that does not exist (live of a domain that does not run) is left out.
async function allCounts(domain: Domain): Promise<string[]> {
  const [isActive, isPersistent] = await Promise.all([domain.isActive(), domain.isPersistent()]);
  const counts = await Promise.all(
    ROWS.map(([, state, flags]) =>
      (state === 'live' ? isActive : isPersistent) ? attempt(domain.getVcpusFlags(flags), null) : Promise.resolve(null),
    ),
  );
  return ROWS.flatMap(([which, state], index) => {
    const count = counts[index];
    return count === null || count === undefined
      ? []
      : [`${which.padEnd(12)} ${state.padEnd(12)} ${String(count).padStart(3)}\n`];
  });
}
