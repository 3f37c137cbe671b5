// shutdown: asks a domain to stop.
import { command } from '../../command.ts';
import { runningDomain } from '../../domain-option.ts';
import { attempt } from '../../failure.ts';
import { findDomain } from '../../lookup.ts';
import { modeFlags, modeOption } from './shutdown-mode.ts';

export const shutdown = command({
  description: 'Asks the system in the domain to stop; it may take its time, or not listen.',
  options: { domain: runningDomain, mode: modeOption },
  async run(shell, args) {
    const flags = modeFlags(args.text('mode'), ',');
    const domain = await findDomain(shell, args.text('domain'));
    const call = flags === 0 ? domain.shutdown() : domain.shutdownFlags(flags);
    await attempt(call, `Failed to shutdown domain '${domain.name}'`);
    shell.extra(`Domain '${domain.name}' is being shutdown\n`);
  },
});
