// The group of commands that manage domains.
import type { CommandGroup } from '../../command.ts';

/** Commands that manage domains. */
export const domainGroup: CommandGroup = {
  title: 'Domain Management',
  keyword: 'domain',
  commands: {
    autostart: {
      summary: 'start a domain with the host',
      load: async () => (await import('./autostart.ts')).autostart,
    },
    blkdeviotune: {
      summary: 'print or change the limits of a disk',
      load: async () => (await import('./blkdeviotune.ts')).blkdeviotune,
    },
    blkiotune: {
      summary: 'print or change the share of the disks of the host',
      load: async () => (await import('./blkiotune.ts')).blkiotune,
    },
    create: { summary: 'make a domain from XML and start it', load: async () => (await import('./create.ts')).create },
    define: {
      summary: 'make a domain from XML without starting it',
      load: async () => (await import('./define.ts')).define,
    },
    desc: { summary: 'description or title of a domain', load: async () => (await import('./desc.ts')).desc },
    destroy: { summary: 'stop a domain at once', load: async () => (await import('./destroy.ts')).destroy },
    domid: { summary: 'id of a domain', load: async () => (await import('./domid.ts')).domid },
    domiftune: {
      summary: 'print or change the bandwidth of a network interface',
      load: async () => (await import('./domiftune.ts')).domiftune,
    },
    domname: { summary: 'name of a domain', load: async () => (await import('./domname.ts')).domname },
    domrename: { summary: 'give a domain another name', load: async () => (await import('./domrename.ts')).domrename },
    domuuid: { summary: 'UUID of a domain', load: async () => (await import('./domuuid.ts')).domuuid },
    dumpxml: { summary: 'XML of a domain', load: async () => (await import('./dumpxml.ts')).dumpxml },
    edit: { summary: 'change a domain in an editor', load: async () => (await import('./edit.ts')).edit },
    'inject-nmi': {
      summary: 'send a non-maskable interrupt to a domain',
      load: async () => (await import('./inject-nmi.ts')).injectNmi,
    },
    iothreadinfo: {
      summary: 'list I/O threads',
      load: async () => (await import('./iothread.ts')).iothreadinfo,
    },
    iothreadpin: {
      summary: 'say where an I/O thread runs',
      load: async () => (await import('./pinning.ts')).iothreadpin,
    },
    iothreadadd: {
      summary: 'add an I/O thread',
      load: async () => (await import('./iothread.ts')).iothreadadd,
    },
    iothreadset: {
      summary: 'change how an I/O thread polls',
      load: async () => (await import('./iothread.ts')).iothreadset,
    },
    iothreaddel: {
      summary: 'take an I/O thread away',
      load: async () => (await import('./iothread.ts')).iothreaddel,
    },
    memtune: {
      summary: 'print or change limits of memory',
      load: async () => (await import('./memtune.ts')).memtune,
    },
    perf: {
      summary: 'print or change which performance events are counted',
      load: async () => (await import('./perf.ts')).perf,
    },
    metadata: {
      summary: "XML that others keep in a domain's definition",
      load: async () => (await import('./metadata.ts')).metadata,
    },
    numatune: {
      summary: 'print or change where memory comes from',
      load: async () => (await import('./numatune.ts')).numatune,
    },
    reboot: { summary: 'ask a domain to boot again', load: async () => (await import('./reboot.ts')).reboot },
    reset: { summary: 'reset a domain at once', load: async () => (await import('./reset.ts')).reset },
    resume: { summary: 'let a suspended domain go on', load: async () => (await import('./resume.ts')).resume },
    schedinfo: {
      summary: 'print or change the scheduler of a domain',
      load: async () => (await import('./schedinfo.ts')).schedinfo,
    },
    screenshot: {
      summary: "picture of a domain's screen",
      load: async () => (await import('./screenshot.ts')).screenshot,
    },
    'set-lifecycle-action': {
      summary: 'say what happens when a guest ends',
      load: async () => (await import('./set-lifecycle-action.ts')).setLifecycleAction,
    },
    setmaxmem: {
      summary: 'change the limit of memory of a domain',
      load: async () => (await import('./setmaxmem.ts')).setmaxmem,
    },
    setmem: { summary: 'change the memory of a domain', load: async () => (await import('./setmem.ts')).setmem },
    setvcpus: {
      summary: 'change the number of virtual CPUs of a domain',
      load: async () => (await import('./setvcpus.ts')).setvcpus,
    },
    shutdown: { summary: 'ask a domain to stop', load: async () => (await import('./shutdown.ts')).shutdown },
    start: { summary: 'start a defined domain', load: async () => (await import('./start.ts')).start },
    suspend: { summary: 'suspend a domain', load: async () => (await import('./suspend.ts')).suspend },
    undefine: {
      summary: 'remove the definition of a domain',
      load: async () => (await import('./undefine.ts')).undefine,
    },
    vcpucount: {
      summary: 'numbers of virtual CPUs of a domain',
      load: async () => (await import('./vcpucount.ts')).vcpucount,
    },
    vcpuinfo: {
      summary: 'state of the virtual CPUs of a domain',
      load: async () => (await import('./vcpuinfo.ts')).vcpuinfo,
    },
    vcpupin: {
      summary: 'print or change where virtual CPUs run',
      load: async () => (await import('./pinning.ts')).vcpupin,
    },
    emulatorpin: {
      summary: 'print or change where the emulator runs',
      load: async () => (await import('./pinning.ts')).emulatorpin,
    },
    guestvcpus: {
      summary: 'print or switch virtual CPUs within the guest',
      load: async () => (await import('./vcpu-switches.ts')).guestvcpus,
    },
    setvcpu: {
      summary: 'add or remove single virtual CPUs',
      load: async () => (await import('./vcpu-switches.ts')).setvcpu,
    },
  },
};
