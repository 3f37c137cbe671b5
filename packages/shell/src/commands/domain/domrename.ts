// domrename: gives a domain that does not run another name.
import { command } from '../../command.ts';
import { word } from '../../option.ts';
import { stoppedDomain } from '../../domain-option.ts';
import { attempt } from '../../failure.ts';
import { findDomain } from '../../lookup.ts';

export const domrename = command({
  description: 'Gives a domain that does not run another name.',
  options: { domain: stoppedDomain, 'new-name': word('its new name') },
  async run(shell, args) {
    const domain = await findDomain(shell, args.text('domain'));
    await attempt(domain.rename(args.text('new-name')), null);
    shell.extra('Domain successfully renamed\n');
  },
});
