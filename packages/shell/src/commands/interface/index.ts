// The group of commands that manage the network interfaces of the host.
import type { CommandGroup } from '../../command.ts';

/** Commands that manage the network interfaces of the host. */
export const interfaceGroup: CommandGroup = {
  title: 'Interface',
  keyword: 'interface',
  commands: {
    'iface-begin': {
      summary: 'keep the settings of the interfaces',
      load: async () => (await import('./iface-begin.ts')).ifaceBegin,
    },
    'iface-commit': {
      summary: 'keep what was changed since iface-begin',
      load: async () => (await import('./iface-commit.ts')).ifaceCommit,
    },
    'iface-define': {
      summary: 'define an interface of the host from XML',
      load: async () => (await import('./iface-define.ts')).ifaceDefine,
    },
    'iface-destroy': {
      summary: 'bring an interface of the host down',
      load: async () => (await import('./iface-destroy.ts')).ifaceDestroy,
    },
    'iface-dumpxml': {
      summary: 'XML of an interface of the host',
      load: async () => (await import('./iface-dumpxml.ts')).ifaceDumpxml,
    },
    'iface-edit': {
      summary: 'change an interface of the host in an editor',
      load: async () => (await import('./iface-edit.ts')).ifaceEdit,
    },
    'iface-list': {
      summary: 'list the network interfaces of the host',
      load: async () => (await import('./iface-list.ts')).ifaceList,
    },
    'iface-mac': {
      summary: 'MAC address of an interface of the host',
      load: async () => (await import('./iface-mac.ts')).ifaceMac,
    },
    'iface-name': {
      summary: 'name of an interface of the host',
      load: async () => (await import('./iface-name.ts')).ifaceName,
    },
    'iface-rollback': {
      summary: 'come back to the settings before iface-begin',
      load: async () => (await import('./iface-rollback.ts')).ifaceRollback,
    },
    'iface-start': {
      summary: 'bring an interface of the host up',
      load: async () => (await import('./iface-start.ts')).ifaceStart,
    },
    'iface-undefine': {
      summary: 'remove the definition of an interface of the host',
      load: async () => (await import('./iface-undefine.ts')).ifaceUndefine,
    },
  },
};
