// The table of all faults, in the order in which they are looked for: the particular before the general.
import { authenticationFaults } from './authentication-faults.ts';
import { certificateFaults } from './certificate-faults.ts';
import type { Fault } from './fault.ts';
import { localFaults } from './local-faults.ts';
import { networkFaults } from './network-faults.ts';
import { openFaults } from './open-faults.ts';
import { sshFaults } from './ssh-faults.ts';
import { uriFaults } from './uri-faults.ts';

/** All faults that are told apart. */
export const faults: readonly Fault[] = [
  ...uriFaults,
  ...networkFaults,
  ...certificateFaults,
  ...localFaults,
  ...sshFaults,
  ...authenticationFaults,
  ...openFaults,
];
