// suspend: stops the clock of a running domain; its memory stays.
import { command } from '../../command.ts';
import { runningDomain } from '../../domain-option.ts';
import { attempt } from '../../failure.ts';
import { findDomain } from '../../lookup.ts';

export const suspend = command({
  description: 'Suspends a running domain; its memory stays where it is.',
  options: { domain: runningDomain },
  async run(shell, args) {
    const domain = await findDomain(shell, args.text('domain'));
    await attempt(domain.suspend(), `Failed to suspend domain '${domain.name}'`);
    shell.extra(`Domain '${domain.name}' suspended\n`);
  },
});
