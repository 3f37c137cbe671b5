// What the commands that change memory share.
import type { Affects } from '../../affect.ts';

/** Gives whole KiB, rounded up. */
export function kibibytes(bytes: bigint): bigint {
  return (bytes + 1023n) / 1024n;
}

/** Gives which configuration is meant. */
export function affectsOf(args: { flag(name: 'config' | 'live' | 'current'): boolean }): Affects {
  return { config: args.flag('config'), live: args.flag('live'), current: args.flag('current') };
}
