// The group of commands about the host and its hypervisor.
import type { CommandGroup } from '../../command.ts';

/** Commands about the host and its hypervisor. */
export const hostGroup: CommandGroup = {
  title: 'Host and Hypervisor',
  keyword: 'host',
  commands: {
    capabilities: {
      summary: 'what the host and its hypervisor can do',
      load: async () => (await import('./capabilities.ts')).capabilities,
    },
    domcapabilities: {
      summary: 'what domains on the host can have',
      load: async () => (await import('./domcapabilities.ts')).domcapabilities,
    },
    freecell: { summary: 'free memory of the host', load: async () => (await import('./freecell.ts')).freecell },
    hostname: { summary: 'name of the host', load: async () => (await import('./hostname.ts')).hostname },
    maxvcpus: {
      summary: 'how many virtual CPUs a domain may have',
      load: async () => (await import('./maxvcpus.ts')).maxvcpus,
    },
    nodecpumap: {
      summary: 'which CPUs of the host are online',
      load: async () => (await import('./nodecpumap.ts')).nodecpumap,
    },
    nodeinfo: {
      summary: 'processors and memory of the host',
      load: async () => (await import('./nodeinfo.ts')).nodeinfo,
    },
    sysinfo: {
      summary: 'what the firmware of the host tells of it',
      load: async () => (await import('./sysinfo.ts')).sysinfo,
    },
    uri: { summary: 'URI of the connection', load: async () => (await import('./uri.ts')).uri },
    version: {
      summary: 'versions of library, hypervisor and daemon',
      load: async () => (await import('./version.ts')).version,
    },
  },
};
