// The group of commands about the host and its hypervisor.
import type { CommandGroup } from '../../command.ts';

/** Commands about the host and its hypervisor. */
export const hostGroup: CommandGroup = {
  title: 'Host and Hypervisor',
  keyword: 'host',
  commands: {
    allocpages: {
      summary: 'reserve pages of memory',
      load: async () => (await import('./pages.ts')).allocpages,
    },
    capabilities: {
      summary: 'what the host and its hypervisor can do',
      load: async () => (await import('./capabilities.ts')).capabilities,
    },
    'cpu-baseline': {
      summary: 'CPU that all of some can do',
      load: async () => (await import('./cpu.ts')).cpuBaseline,
    },
    'cpu-compare': {
      summary: 'compare a CPU with the one of the host',
      load: async () => (await import('./cpu.ts')).cpuCompare,
    },
    'cpu-models': {
      summary: 'list models of CPUs',
      load: async () => (await import('./cpu.ts')).cpuModels,
    },
    domcapabilities: {
      summary: 'what domains on the host can have',
      load: async () => (await import('./domcapabilities.ts')).domcapabilities,
    },
    freecell: { summary: 'free memory of the host', load: async () => (await import('./freecell.ts')).freecell },
    freepages: {
      summary: 'free pages of memory',
      load: async () => (await import('./pages.ts')).freepages,
    },
    hostname: { summary: 'name of the host', load: async () => (await import('./hostname.ts')).hostname },
    'hypervisor-cpu-baseline': {
      summary: 'CPU that the hypervisor can give on all of some',
      load: async () => (await import('./cpu.ts')).hypervisorCpuBaseline,
    },
    'hypervisor-cpu-compare': {
      summary: 'compare a CPU with the one of the hypervisor',
      load: async () => (await import('./cpu.ts')).hypervisorCpuCompare,
    },
    maxvcpus: {
      summary: 'how many virtual CPUs a domain may have',
      load: async () => (await import('./maxvcpus.ts')).maxvcpus,
    },
    'node-memory-tune': {
      summary: 'print or change memory sharing',
      load: async () => (await import('./node.ts')).nodeMemoryTune,
    },
    nodecpumap: {
      summary: 'which CPUs of the host are online',
      load: async () => (await import('./nodecpumap.ts')).nodecpumap,
    },
    nodecpustats: {
      summary: 'use of the CPUs of the host',
      load: async () => (await import('./node.ts')).nodecpustats,
    },
    nodeinfo: {
      summary: 'processors and memory of the host',
      load: async () => (await import('./nodeinfo.ts')).nodeinfo,
    },
    nodememstats: {
      summary: 'memory of the host',
      load: async () => (await import('./node.ts')).nodememstats,
    },
    nodesevinfo: {
      summary: 'protection of memory that the host can do',
      load: async () => (await import('./node.ts')).nodesevinfo,
    },
    nodesuspend: {
      summary: 'send the host to sleep',
      load: async () => (await import('./node.ts')).nodesuspend,
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
