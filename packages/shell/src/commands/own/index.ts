// The group of commands that virsh does not have.
import type { CommandGroup } from '../../command.ts';

/** Commands of our own. */
export const ownGroup: CommandGroup = {
  title: 'Beyond virsh',
  keyword: 'virtwire',
  commands: {
    doctor: {
      summary: 'find out why a connection does not come about',
      load: async () => (await import('./doctor.ts')).doctor,
    },
    setup: {
      summary: 'make a remote machine reachable over tls',
      load: async () => (await import('./setup.ts')).setup,
    },
  },
};
