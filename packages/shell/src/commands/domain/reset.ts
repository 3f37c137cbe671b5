// reset: resets a domain at once, as by its button.
import { command } from '../../command.ts';
import { runningDomain } from '../../domain-option.ts';
import { attempt } from '../../failure.ts';
import { findDomain } from '../../lookup.ts';

export const reset = command({
  description: 'Resets the domain at once, as by its reset button.',
  options: { domain: runningDomain },
  async run(shell, args) {
    const domain = await findDomain(shell, args.text('domain'));
    await attempt(domain.reset(), `Failed to reset domain '${domain.name}'`);
    shell.extra(`Domain '${domain.name}' was reset\n`);
  },
});
