// The group of commands that manage network filters.
import type { CommandGroup } from '../../command.ts';

/** Commands that manage network filters. */
export const filterGroup: CommandGroup = {
  title: 'Network Filter',
  keyword: 'filter',
  commands: {
    'nwfilter-define': {
      summary: 'define a network filter from XML',
      load: async () => (await import('./nwfilter-define.ts')).nwfilterDefine,
    },
    'nwfilter-dumpxml': {
      summary: 'XML of a network filter',
      load: async () => (await import('./nwfilter.ts')).nwfilterDumpxml,
    },
    'nwfilter-edit': {
      summary: 'change a network filter in an editor',
      load: async () => (await import('./nwfilter.ts')).nwfilterEdit,
    },
    'nwfilter-list': {
      summary: 'list network filters',
      load: async () => (await import('./nwfilter.ts')).nwfilterList,
    },
    'nwfilter-undefine': {
      summary: 'remove a network filter',
      load: async () => (await import('./nwfilter.ts')).nwfilterUndefine,
    },
    'nwfilter-binding-create': {
      summary: 'bind a network filter to a port',
      load: async () => (await import('./nwfilter-binding.ts')).nwfilterBindingCreate,
    },
    'nwfilter-binding-delete': {
      summary: 'take a network filter from a port',
      load: async () => (await import('./nwfilter-binding.ts')).nwfilterBindingDelete,
    },
    'nwfilter-binding-dumpxml': {
      summary: 'XML of what is bound to a port',
      load: async () => (await import('./nwfilter-binding.ts')).nwfilterBindingDumpxml,
    },
    'nwfilter-binding-list': {
      summary: 'list ports with their network filters',
      load: async () => (await import('./nwfilter-binding.ts')).nwfilterBindingList,
    },
  },
};
