// autostart: says whether a domain starts with the host.
import { command } from '../../command.ts';
import { flag } from '../../option.ts';
import { definedDomain } from '../../domain-option.ts';
import { attempt } from '../../failure.ts';
import { findDomain } from '../../lookup.ts';

export const autostart = command({
  description: 'Makes the domain start with the host, or stops it from doing so.',
  options: { domain: definedDomain, disable: flag('do not start it with the host') },
  async run(shell, args) {
    const domain = await findDomain(shell, args.text('domain'));
    const marked = args.flag('disable') ? 'unmark' : 'mark';
    await attempt(
      domain.setAutostart(!args.flag('disable')),
      `Failed to ${marked} domain '${domain.name}' as autostarted`,
    );
    shell.extra(`Domain '${domain.name}' ${marked}ed as autostarted\n`);
  },
});
