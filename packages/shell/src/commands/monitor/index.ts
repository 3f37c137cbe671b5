// The group of commands that watch domains.
import type { CommandGroup } from '../../command.ts';

/** Commands that watch domains. */
export const monitorGroup: CommandGroup = {
  title: 'Domain Monitoring',
  keyword: 'monitor',
  commands: {
    domblkerror: {
      summary: 'errors of the disks of a domain',
      load: async () => (await import('./domblkerror.ts')).domblkerror,
    },
    domblkinfo: {
      summary: 'sizes of the disks of a domain',
      load: async () => (await import('./domblkinfo.ts')).domblkinfo,
    },
    domblklist: { summary: 'disks of a domain', load: async () => (await import('./domblklist.ts')).domblklist },
    domblkstat: {
      summary: 'counters of a disk of a domain',
      load: async () => (await import('./domblkstat.ts')).domblkstat,
    },
    domcontrol: {
      summary: 'whether the hypervisor of a domain can be talked to',
      load: async () => (await import('./domcontrol.ts')).domcontrol,
    },
    'domif-getlink': {
      summary: 'state of the link of a network interface of a domain',
      load: async () => (await import('./domif-getlink.ts')).domifGetlink,
    },
    domifaddr: {
      summary: 'addresses of the network interfaces of a domain',
      load: async () => (await import('./domifaddr.ts')).domifaddr,
    },
    domiflist: {
      summary: 'network interfaces of a domain',
      load: async () => (await import('./domiflist.ts')).domiflist,
    },
    domifstat: {
      summary: 'counters of a network interface of a domain',
      load: async () => (await import('./domifstat.ts')).domifstat,
    },
    dominfo: { summary: 'main facts of a domain', load: async () => (await import('./dominfo.ts')).dominfo },
    dommemstat: {
      summary: 'memory statistics of a domain',
      load: async () => (await import('./dommemstat.ts')).dommemstat,
    },
    domstate: { summary: 'state of a domain', load: async () => (await import('./domstate.ts')).domstate },
    domstats: { summary: 'statistics of domains', load: async () => (await import('./domstats.ts')).domstats },
    domtime: { summary: 'time of a domain', load: async () => (await import('./domtime.ts')).domtime },
    list: { summary: 'list domains', load: async () => (await import('./list.ts')).list },
  },
};
