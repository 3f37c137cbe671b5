// The group of commands that manage checkpoints of domains.
import type { CommandGroup } from '../../command.ts';

/** Commands that manage checkpoints of domains. */
export const checkpointGroup: CommandGroup = {
  title: 'Checkpoint',
  keyword: 'checkpoint',
  commands: {
    'checkpoint-create': {
      summary: 'make a checkpoint from XML',
      load: async () => (await import('./checkpoint-create.ts')).checkpointCreate,
    },
    'checkpoint-create-as': {
      summary: 'make a checkpoint from options',
      load: async () => (await import('./checkpoint-create.ts')).checkpointCreateAs,
    },
    'checkpoint-delete': {
      summary: 'delete a checkpoint',
      load: async () => (await import('./checkpoint.ts')).checkpointDelete,
    },
    'checkpoint-dumpxml': {
      summary: 'XML of a checkpoint',
      load: async () => (await import('./checkpoint.ts')).checkpointDumpxml,
    },
    'checkpoint-edit': {
      summary: 'change a checkpoint in an editor',
      load: async () => (await import('./checkpoint.ts')).checkpointEdit,
    },
    'checkpoint-info': {
      summary: 'main facts of a checkpoint',
      load: async () => (await import('./checkpoint.ts')).checkpointInfo,
    },
    'checkpoint-list': {
      summary: 'list the checkpoints of a domain',
      load: async () => (await import('./checkpoint-list.ts')).checkpointList,
    },
    'checkpoint-parent': {
      summary: 'checkpoint before a checkpoint',
      load: async () => (await import('./checkpoint.ts')).checkpointParent,
    },
  },
};
