// The group of commands that manage snapshots of domains.
import type { CommandGroup } from '../../command.ts';

/** Commands that manage snapshots of domains. */
export const snapshotGroup: CommandGroup = {
  title: 'Snapshot',
  keyword: 'snapshot',
  commands: {
    'snapshot-create': {
      summary: 'make a snapshot from XML',
      load: async () => (await import('./snapshot-create.ts')).snapshotCreate,
    },
    'snapshot-create-as': {
      summary: 'make a snapshot from options',
      load: async () => (await import('./snapshot-create-as.ts')).snapshotCreateAs,
    },
    'snapshot-current': {
      summary: 'print or set the current snapshot',
      load: async () => (await import('./snapshot-current.ts')).snapshotCurrent,
    },
    'snapshot-delete': {
      summary: 'delete a snapshot',
      load: async () => (await import('./snapshot-delete.ts')).snapshotDelete,
    },
    'snapshot-dumpxml': {
      summary: 'XML of a snapshot',
      load: async () => (await import('./snapshot-dumpxml.ts')).snapshotDumpxml,
    },
    'snapshot-edit': {
      summary: 'change a snapshot in an editor',
      load: async () => (await import('./snapshot-edit.ts')).snapshotEdit,
    },
    'snapshot-info': {
      summary: 'main facts of a snapshot',
      load: async () => (await import('./snapshot-info.ts')).snapshotInfo,
    },
    'snapshot-list': {
      summary: 'list the snapshots of a domain',
      load: async () => (await import('./snapshot-list.ts')).snapshotList,
    },
    'snapshot-parent': {
      summary: 'parent of a snapshot',
      load: async () => (await import('./snapshot-parent.ts')).snapshotParent,
    },
    'snapshot-revert': {
      summary: 'bring a domain back to a snapshot',
      load: async () => (await import('./snapshot-revert.ts')).snapshotRevert,
    },
  },
};
