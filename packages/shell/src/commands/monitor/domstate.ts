// domstate: prints the state of a domain.
import { command } from '../../command.ts';
import { flag } from '../../option.ts';
import { anyDomain } from '../../domain-option.ts';
import { reasonText, stateText } from '../../domain-state.ts';
import { attempt } from '../../failure.ts';
import { findDomain } from '../../lookup.ts';

export const domstate = command({
  description: 'Prints the state of the domain.',
  options: { domain: anyDomain, reason: flag('print also why') },
  async run(shell, args) {
    const domain = await findDomain(shell, args.text('domain'));
    const { state, reason } = await attempt(domain.getState(), null);
    shell.print(args.flag('reason') ? `${stateText(state)} (${reasonText(state, reason)})\n` : `${stateText(state)}\n`);
  },
});
