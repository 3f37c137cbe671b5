// domname: prints the name of a domain.
import { command } from '../../command.ts';
import { anyDomain } from '../../domain-option.ts';
import { findDomain } from '../../lookup.ts';

export const domname = command({
  options: { domain: anyDomain },
  async run(shell, args) {
    const domain = await findDomain(shell, args.text('domain'), ['id', 'uuid']);
    shell.print(`${domain.name}\n`);
  },
});
