// domlaunchsecinfo, domdirtyrate-calc, domblkthreshold: what some hypervisors can do besides.
import { command } from '../../command.ts';
import { oneOf } from '../../completers.ts';
import { anyDomain, runningDomain } from '../../domain-option.ts';
import { attempt, fail } from '../../failure.ts';
import { findDomain } from '../../lookup.ts';
import { number, requiredNumber, text, word } from '../../option.ts';
import { parameterLines } from '../../tunables.ts';

export const domlaunchsecinfo = command({
  description: 'Prints what is known of the protection of the memory of the domain.',
  options: { domain: runningDomain },
  async run(shell, args) {
    const domain = await findDomain(shell, args.text('domain'));
    const params = await attempt(domain.getLaunchSecurityInfo(), 'Unable to get launch security parameters');
    shell.print(parameterLines(params));
  },
});

// virDomainDirtyRateCalcFlags
const MODES = { 'page-sampling': 0, 'dirty-bitmap': 1, 'dirty-ring': 2 } as const;

export const domdirtyrateCalc = command({
  description: 'Begins to measure how fast the domain changes its memory; domstats prints the result.',
  options: {
    domain: runningDomain,
    seconds: number('how long to measure, 1 to 60'),
    mode: text('how to measure', { complete: oneOf(...Object.keys(MODES)) }),
  },
  async run(shell, args) {
    const domain = await findDomain(shell, args.text('domain'));
    const seconds = args.int('seconds') ?? 1;
    const mode = args.text('mode');
    let flags = 0;
    if (mode !== undefined) {
      if (!Object.hasOwn(MODES, mode)) fail(`Unknown calculation mode '${mode}'`);
      flags = MODES[mode as keyof typeof MODES];
    }
    await attempt(domain.startDirtyRateCalc(seconds, flags), null);
    shell.extra("Start to calculate domain's memory dirty rate successfully.\n");
  },
});

export const domblkthreshold = command({
  description: 'Asks for an event when a disk is written beyond a place.',
  options: {
    domain: anyDomain,
    dev: word('target of the disk'),
    threshold: requiredNumber('the place (bytes when it has no unit)'),
  },
  async run(shell, args) {
    const device = args.text('dev');
    const threshold = args.size('threshold', 1n);
    const domain = await findDomain(shell, args.text('domain'));
    await attempt(domain.setBlockThreshold(device, threshold), null);
  },
});
