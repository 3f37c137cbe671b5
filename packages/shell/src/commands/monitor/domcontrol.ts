// domcontrol: prints whether the hypervisor of a domain can be talked to.
import { command } from '../../command.ts';
import { anyDomain } from '../../domain-option.ts';
import { attempt } from '../../failure.ts';
import { findDomain } from '../../lookup.ts';

// virDomainControlState and virDomainControlErrorReason
const STATES = ['ok', 'background job', 'occupied', 'error'];
const REASONS = ['', 'unknown', 'monitor failure', 'internal (locking) error'];
const OK = 0;
const ERROR = 3;

export const domcontrol = command({
  description: 'Prints whether the hypervisor of the domain can be talked to.',
  options: { domain: anyDomain },
  async run(shell, args) {
    const domain = await findDomain(shell, args.text('domain'));
    const { state, details, stateTimeMs } = await attempt(domain.getControlInfo(), null);
    const name = STATES[state] ?? 'unknown';
    const since = `(${(Number(stateTimeMs) / 1000).toFixed(3)}s)`;
    if (state === OK || state > ERROR) shell.print(`${name}\n`);
    else if (state === ERROR) shell.print(`${name}: ${REASONS[details] ?? 'unknown'} ${since}\n`);
    else shell.print(`${name} ${since}\n`);
  },
});
