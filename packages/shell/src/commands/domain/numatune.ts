// numatune: prints or changes from which NUMA nodes of the host a domain gets its memory.
import type { TypedValue } from 'virtwire';
import { affectFlags, affectOptions, affectsOf } from '../../affect.ts';
import { command } from '../../command.ts';
import { oneOf } from '../../completers.ts';
import { anyDomain } from '../../domain-option.ts';
import { attempt, fail } from '../../failure.ts';
import { findDomain } from '../../lookup.ts';
import { parseInteger } from '../../numbers.ts';
import { text } from '../../option.ts';
import { hasParameters, parameterText } from '../../tunables.ts';

// virDomainNumatuneMemMode
const MODES = ['strict', 'preferred', 'interleave', 'restrictive'];

export const numatune = command({
  description: 'Prints from which NUMA nodes of the host the domain gets its memory, or changes it.',
  options: {
    domain: anyDomain,
    mode: text('strict, preferred, interleave or restrictive', { complete: oneOf(...MODES) }),
    nodeset: text('nodes, as 0-2,7'),
    ...affectOptions,
  },
  async run(shell, args) {
    const flags = affectFlags(affectsOf(args));
    const domain = await findDomain(shell, args.text('domain'));
    const nodeset = args.text('nodeset');
    const mode = args.text('mode');
    const wanted: Record<string, TypedValue | undefined> = {
      numa_nodeset: nodeset === undefined ? undefined : { string: nodeset },
      numa_mode: mode === undefined ? undefined : { int: modeNumber(mode) },
    };
    if (hasParameters(wanted)) {
      await attempt(domain.setNumaParameters(wanted, flags), 'Unable to change numa parameters');
      return;
    }
    const params = await attempt(domain.getNumaParameters(flags), 'Unable to get numa parameters');
    for (const [name, value] of params) {
      const shown = name === 'numa_mode' ? MODES[Number(value)] : undefined;
      shell.print(`${name.padEnd(15)}: ${shown ?? parameterText(value, params.type(name))}\n`);
    }
  },
});

function modeNumber(mode: string): number {
  const number = parseInteger(mode);
  if (number !== null) return Number(number);
  const index = MODES.indexOf(mode);
  if (index < 0) fail(`Invalid mode: ${mode}`);
  return index;
}
