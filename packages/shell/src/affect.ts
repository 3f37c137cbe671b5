// Which of a domain's two configurations a command changes: --current, --live, --config.
import { flag } from './option.ts';
import { fail } from './failure.ts';

/** The three options of commands that change or read a domain. */
export const affectOptions = {
  config: flag('for the next start'),
  live: flag('for the running domain'),
  current: flag('for the running domain, or for the next start when it does not run'),
};

/** What was given of the three. */
export interface Affects {
  readonly config: boolean;
  readonly live: boolean;
  readonly current: boolean;
}

/** Gives the flags of virDomainModificationImpact. @throws CommandFailure when --current is not alone */
export function affectFlags({ config, live, current }: Affects): number {
  if (current && live) fail('Options --current and --live are mutually exclusive');
  if (current && config) fail('Options --current and --config are mutually exclusive');
  return (live ? 1 : 0) | (config ? 2 : 0);
}

/** Gives which configuration is meant. */
export function affectsOf(args: { flag(name: 'config' | 'live' | 'current'): boolean }): Affects {
  return { config: args.flag('config'), live: args.flag('live'), current: args.flag('current') };
}
