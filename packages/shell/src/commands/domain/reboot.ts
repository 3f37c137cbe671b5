// reboot: asks a domain to boot again.
import { command } from '../../command.ts';
import { runningDomain } from '../../domain-option.ts';
import { attempt } from '../../failure.ts';
import { findDomain } from '../../lookup.ts';
import { modeFlags, modeOption } from './shutdown-mode.ts';

export const reboot = command({
  description: 'Asks the system in the domain to boot again.',
  options: { domain: runningDomain, mode: modeOption },
  async run(shell, args) {
    const flags = modeFlags(args.text('mode'), '');
    const domain = await findDomain(shell, args.text('domain'));
    await attempt(domain.reboot(flags), `Failed to reboot domain '${domain.name}'`);
    shell.extra(`Domain '${domain.name}' is being rebooted\n`);
  },
});
