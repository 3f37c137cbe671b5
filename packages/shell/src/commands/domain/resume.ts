// resume: lets a suspended domain go on.
import { command } from '../../command.ts';
import { suspendedDomain } from '../../domain-option.ts';
import { attempt } from '../../failure.ts';
import { findDomain } from '../../lookup.ts';

export const resume = command({
  description: 'Lets a suspended domain go on.',
  options: { domain: suspendedDomain },
  async run(shell, args) {
    const domain = await findDomain(shell, args.text('domain'));
    await attempt(domain.resume(), `Failed to resume domain '${domain.name}'`);
    shell.extra(`Domain '${domain.name}' resumed\n`);
  },
});
