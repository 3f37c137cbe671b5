// The group of commands that manage the devices of the host.
import type { CommandGroup } from '../../command.ts';

/** Commands that manage the devices of the host. */
export const nodedevGroup: CommandGroup = {
  title: 'Node Device',
  keyword: 'nodedev',
  commands: {
    'nodedev-create': {
      summary: 'make a virtual device of the host from XML',
      load: async () => (await import('./nodedev-create.ts')).nodedevCreate,
    },
    'nodedev-destroy': {
      summary: 'stop a virtual device of the host',
      load: async () => (await import('./nodedev-destroy.ts')).nodedevDestroy,
    },
    'nodedev-detach': {
      summary: 'take a device from its driver on the host',
      load: async () => (await import('./nodedev-detach.ts')).nodedevDetach,
    },
    'nodedev-dumpxml': {
      summary: 'XML of a device of the host',
      load: async () => (await import('./nodedev-dumpxml.ts')).nodedevDumpxml,
    },
    'nodedev-list': {
      summary: 'list the devices of the host',
      load: async () => (await import('./nodedev-list.ts')).nodedevList,
    },
    'nodedev-reattach': {
      summary: 'give a device back to its driver on the host',
      load: async () => (await import('./nodedev-reattach.ts')).nodedevReattach,
    },
    'nodedev-reset': {
      summary: 'reset a device of the host',
      load: async () => (await import('./nodedev-reset.ts')).nodedevReset,
    },
    'nodedev-event': {
      summary: 'wait for events of devices of the host',
      load: async () => (await import('./nodedev-event.ts')).nodedevEvent,
    },
    'nodedev-define': {
      summary: 'define a virtual device of the host from XML',
      load: async () => (await import('./nodedev-define.ts')).nodedevDefine,
    },
    'nodedev-undefine': {
      summary: 'remove the definition of a device',
      load: async () => (await import('./nodedev-undefine.ts')).nodedevUndefine,
    },
    'nodedev-start': {
      summary: 'start a defined device',
      load: async () => (await import('./nodedev-start.ts')).nodedevStart,
    },
    'nodedev-autostart': {
      summary: 'start a defined device with the host',
      load: async () => (await import('./nodedev-autostart.ts')).nodedevAutostart,
    },
    'nodedev-info': {
      summary: 'main facts of a device of the host',
      load: async () => (await import('./nodedev-info.ts')).nodedevInfo,
    },
  },
};
