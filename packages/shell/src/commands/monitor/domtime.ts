// domtime: prints or sets the time of a domain.
import { command } from '../../command.ts';
import { flag, number } from '../../option.ts';
import { runningDomain } from '../../domain-option.ts';
import { attempt } from '../../failure.ts';
import { findDomain } from '../../lookup.ts';

// VIR_DOMAIN_TIME_SYNC
const SYNC = 1;

export const domtime = command({
  description: 'Prints the time of the domain, or sets it.',
  options: {
    domain: runningDomain,
    now: flag('set it to the time of this host'),
    pretty: flag('print date and time'),
    sync: flag('set it from its hardware clock'),
    time: number('seconds since the epoch to set it to'),
  },
  async run(shell, args) {
    args.exclusive('time', 'now');
    args.exclusive('time', 'sync');
    args.exclusive('now', 'sync');
    const domain = await findDomain(shell, args.text('domain'));
    const given = args.long('time');
    if (args.flag('now') || args.flag('sync') || given !== undefined) {
      const now = Date.now();
      const seconds = args.flag('now') ? BigInt(Math.trunc(now / 1000)) : (given ?? 0n);
      const nanoseconds = args.flag('now') ? (now % 1000) * 1_000_000 : 0;
      await attempt(domain.setTime(seconds, nanoseconds, args.flag('sync') ? SYNC : 0), null);
      return;
    }
    const { seconds } = await attempt(domain.getTime(), null);
    const shown = args.flag('pretty')
      ? new Date(Number(seconds) * 1000).toISOString().slice(0, 19).replace('T', ' ')
      : seconds;
    shell.print(`Time: ${shown}`);
  },
});
