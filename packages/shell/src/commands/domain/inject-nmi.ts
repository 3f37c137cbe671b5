// inject-nmi: sends a non-maskable interrupt to a domain.
import { command } from '../../command.ts';
import { runningDomain } from '../../domain-option.ts';
import { attempt } from '../../failure.ts';
import { findDomain } from '../../lookup.ts';

export const injectNmi = command({
  description: 'Sends a non-maskable interrupt to the domain.',
  options: { domain: runningDomain },
  async run(shell, args) {
    const domain = await findDomain(shell, args.text('domain'));
    await attempt(domain.injectNmi(), null);
  },
});
