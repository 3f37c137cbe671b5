// The group of commands that manage secrets.
import type { CommandGroup } from '../../command.ts';

/** Commands that manage secrets. */
export const secretGroup: CommandGroup = {
  title: 'Secret',
  keyword: 'secret',
  commands: {
    'secret-define': {
      summary: 'define a secret from XML',
      load: async () => (await import('./secret-define.ts')).secretDefine,
    },
    'secret-dumpxml': {
      summary: 'XML of a secret',
      load: async () => (await import('./secret.ts')).secretDumpxml,
    },
    'secret-event': {
      summary: 'events of secrets',
      load: async () => (await import('./secret-event.ts')).secretEvent,
    },
    'secret-get-value': {
      summary: 'value of a secret',
      load: async () => (await import('./secret-value.ts')).secretGetValue,
    },
    'secret-list': {
      summary: 'list secrets',
      load: async () => (await import('./secret.ts')).secretList,
    },
    'secret-set-value': {
      summary: 'set the value of a secret',
      load: async () => (await import('./secret-value.ts')).secretSetValue,
    },
    'secret-undefine': {
      summary: 'remove a secret',
      load: async () => (await import('./secret.ts')).secretUndefine,
    },
  },
};
