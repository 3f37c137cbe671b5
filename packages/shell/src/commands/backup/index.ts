// The group of commands that back up disks of domains.
import type { CommandGroup } from '../../command.ts';

/** Commands that back up disks of domains. */
export const backupGroup: CommandGroup = {
  title: 'Backup',
  keyword: 'backup',
  commands: {
    'backup-begin': {
      summary: 'begin a backup of a domain',
      load: async () => (await import('./backup.ts')).backupBegin,
    },
    'backup-dumpxml': {
      summary: 'XML of the backup of a domain',
      load: async () => (await import('./backup.ts')).backupDumpxml,
    },
  },
};
