// domiftune: prints or changes the bandwidth of a domain's network interface.
import type { TypedValue } from 'virtwire';
import { affectFlags, affectOptions, affectsOf } from '../../affect.ts';
import { command } from '../../command.ts';
import { anyDomain } from '../../domain-option.ts';
import { attempt, fail } from '../../failure.ts';
import { findDomain } from '../../lookup.ts';
import { parseInteger } from '../../numbers.ts';
import { text, word } from '../../option.ts';
import { hasParameters, parameterLines } from '../../tunables.ts';

export const domiftune = command({
  description: 'Prints the bandwidth of the network interface of the domain, or changes it.',
  options: {
    domain: anyDomain,
    interface: word('target or MAC address of the interface'),
    inbound: text('what it may receive: average[,peak[,burst[,floor]]]; 0 takes limits away'),
    outbound: text('what it may send: average[,peak[,burst]]; 0 takes limits away'),
    ...affectOptions,
  },
  async run(shell, args) {
    const flags = affectFlags(affectsOf(args));
    const domain = await findDomain(shell, args.text('domain'));
    const device = args.text('interface');
    const inbound = args.text('inbound');
    const outbound = args.text('outbound');
    const wanted: Record<string, TypedValue | undefined> = {
      ...(inbound === undefined ? undefined : rateParameters('inbound', inbound)),
      ...(outbound === undefined ? undefined : rateParameters('outbound', outbound)),
    };
    if (hasParameters(wanted)) {
      await attempt(domain.setInterfaceParameters(device, wanted, flags), 'Unable to set interface parameters');
      return;
    }
    const params = await attempt(domain.getInterfaceParameters(device, flags), 'Unable to get interface parameters');
    shell.print(parameterLines(params));
  },
});

function rateParameters(direction: 'inbound' | 'outbound', given: string): Record<string, TypedValue | undefined> {
  const rate = parseRate(given);
  if (rate.average === 0 && (rate.burst !== 0 || rate.peak !== 0)) fail(`${direction} average is mandatory`);
  if (direction === 'outbound' && rate.floor !== 0) fail('outbound floor is unsupported yet');
  const set = (value: number) => (value === 0 ? undefined : { uint: value });
  return {
    [`${direction}.average`]: { uint: rate.average },
    [`${direction}.peak`]: set(rate.peak),
    [`${direction}.burst`]: set(rate.burst),
    ...(direction === 'inbound' ? { 'inbound.floor': set(rate.floor) } : undefined),
  };
}

/** A rate of a network interface in KiB/s, its burst in KiB; 0 where nothing is said. */
export interface Rate {
  readonly average: number;
  readonly peak: number;
  readonly burst: number;
  readonly floor: number;
}

/** Reads `average[,peak[,burst[,floor]]]` (virshParseRateStr). */
export function parseRate(given: string): Rate {
  const parts = given.split(',');
  if (parts.length > 4) fail(`Rate string '${given}' has too many fields`);
  const [average = 0, peak = 0, burst = 0, floor = 0] = parts.map((part, index) => {
    if (part === '') return 0;
    const value = parseInteger(part);
    if (value === null || value < 0n || value > 2n ** 64n - 1n) {
      fail(`field '${['average', 'peak', 'burst', 'floor'][index]}' is malformed`);
    }
    return Number(value);
  });
  return { average, peak, burst, floor };
}
