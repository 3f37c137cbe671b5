// perf: prints or changes which performance events of a domain are counted.
import type { TypedValue } from 'virtwire';
import { affectFlags, affectOptions, affectsOf } from '../../affect.ts';
import { command } from '../../command.ts';
import { anyDomain } from '../../domain-option.ts';
import { attempt } from '../../failure.ts';
import { findDomain } from '../../lookup.ts';
import { text } from '../../option.ts';

export const perf = command({
  description: 'Prints which performance events of the domain are counted, or changes it.',
  options: {
    domain: anyDomain,
    enable: text('events to count, separated by commas'),
    disable: text('events no longer to count, separated by commas'),
    ...affectOptions,
  },
  async run(shell, args) {
    const flags = affectFlags(affectsOf(args));
    const enable = args.text('enable');
    const disable = args.text('disable');
    const domain = await findDomain(shell, args.text('domain'));
    const names = [
      ...(enable ?? '').split(',').map((name) => [name, true] as const),
      ...(disable ?? '').split(',').map((name) => [name, false] as const),
    ].filter(([name]) => name !== '');
    if (names.length > 0) {
      const wanted: Record<string, TypedValue> = {};
      for (const [name, on] of names) wanted[name] = { boolean: on };
      await attempt(domain.setPerfEvents(wanted, flags), 'Unable to enable/disable perf events');
      for (const [name, on] of names) shell.print(`${name.padEnd(15)}: ${on ? 'enabled' : 'disabled'}\n`);
      return;
    }
    const events = await attempt(domain.getPerfEvents(flags), 'Unable to get perf events');
    for (const [name, on] of events) shell.print(`${name.padEnd(15)}: ${on === true ? 'enabled' : 'disabled'}\n`);
  },
});
