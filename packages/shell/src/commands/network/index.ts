// The group of commands that manage networks.
import type { CommandGroup } from '../../command.ts';

/** Commands that manage networks. */
export const networkGroup: CommandGroup = {
  title: 'Networking',
  keyword: 'network',
  commands: {
    'net-autostart': {
      summary: 'start a network with the host',
      load: async () => (await import('./net-autostart.ts')).netAutostart,
    },
    'net-create': {
      summary: 'make a network from XML and start it',
      load: async () => (await import('./net-create.ts')).netCreate,
    },
    'net-define': {
      summary: 'make a network from XML without starting it',
      load: async () => (await import('./net-define.ts')).netDefine,
    },
    'net-destroy': { summary: 'stop a network', load: async () => (await import('./net-destroy.ts')).netDestroy },
    'net-dhcp-leases': {
      summary: 'addresses that the DHCP server of a network gave out',
      load: async () => (await import('./net-dhcp-leases.ts')).netDhcpLeases,
    },
    'net-dumpxml': { summary: 'XML of a network', load: async () => (await import('./net-dumpxml.ts')).netDumpxml },
    'net-edit': { summary: 'change a network in an editor', load: async () => (await import('./net-edit.ts')).netEdit },
    'net-event': { summary: 'wait for network events', load: async () => (await import('./net-event.ts')).netEvent },
    'net-info': { summary: 'main facts of a network', load: async () => (await import('./net-info.ts')).netInfo },
    'net-list': { summary: 'list networks', load: async () => (await import('./net-list.ts')).netList },
    'net-name': { summary: 'name of a network', load: async () => (await import('./net-name.ts')).netName },
    'net-start': { summary: 'start a defined network', load: async () => (await import('./net-start.ts')).netStart },
    'net-undefine': {
      summary: 'remove the definition of a network',
      load: async () => (await import('./net-undefine.ts')).netUndefine,
    },
    'net-update': {
      summary: 'change one part of a network',
      load: async () => (await import('./net-update.ts')).netUpdate,
    },
    'net-uuid': { summary: 'UUID of a network', load: async () => (await import('./net-uuid.ts')).netUuid },
    'net-port-list': {
      summary: 'list the ports of a network',
      load: async () => (await import('./net-port.ts')).netPortList,
    },
    'net-port-create': {
      summary: 'make a port of a network from XML',
      load: async () => (await import('./net-port.ts')).netPortCreate,
    },
    'net-port-dumpxml': {
      summary: 'XML of a port of a network',
      load: async () => (await import('./net-port.ts')).netPortDumpxml,
    },
    'net-port-delete': {
      summary: 'remove a port of a network',
      load: async () => (await import('./net-port.ts')).netPortDelete,
    },
  },
};
