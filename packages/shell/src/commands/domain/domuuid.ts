// domuuid: prints the UUID of a domain.
import { command } from '../../command.ts';
import { anyDomain } from '../../domain-option.ts';
import { findDomain } from '../../lookup.ts';

export const domuuid = command({
  options: { domain: anyDomain },
  async run(shell, args) {
    const domain = await findDomain(shell, args.text('domain'), ['name', 'id']);
    shell.print(`${domain.uuid}\n`);
  },
});
