// domid: prints the id of a domain.
import { command } from '../../command.ts';
import { anyDomain } from '../../domain-option.ts';
import { findDomain } from '../../lookup.ts';

export const domid = command({
  options: { domain: anyDomain },
  async run(shell, args) {
    const domain = await findDomain(shell, args.text('domain'), ['name', 'uuid']);
    shell.print(`${domain.id === -1 ? '-' : domain.id}\n`);
  },
});
