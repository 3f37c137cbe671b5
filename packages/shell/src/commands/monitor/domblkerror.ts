// domblkerror: prints which disks of a domain have errors.
import { command } from '../../command.ts';
import { runningDomain } from '../../domain-option.ts';
import { attempt } from '../../failure.ts';
import { findDomain } from '../../lookup.ts';

// virDomainDiskErrorCode
const ERRORS = ['no error', 'unspecified error', 'no space'];
// DOMAIN_DISK_ERRORS_MAX of the protocol
const MAX = 256;

export const domblkerror = command({
  description: 'Prints which disks of the domain have errors.',
  options: { domain: runningDomain },
  async run(shell, args) {
    const domain = await findDomain(shell, args.text('domain'));
    const errors = await attempt(domain.getDiskErrors(MAX), null);
    if (errors.size === 0) shell.print('No errors found\n');
    for (const [disk, error] of errors) shell.print(`${disk}: ${ERRORS[error] ?? 'unknown error'}\n`);
  },
});
