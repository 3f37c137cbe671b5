// The group of commands that manage domains.
import type { CommandGroup } from '../../command.ts';

/** Commands that manage domains. */
export const domainGroup: CommandGroup = {
  title: 'Domain Management',
  keyword: 'domain',
  commands: {
    'attach-device': {
      summary: 'add a device from XML',
      load: async () => (await import('./device.ts')).attachDevice,
    },
    'attach-disk': {
      summary: 'add a disk',
      load: async () => (await import('./attach.ts')).attachDisk,
    },
    'attach-interface': {
      summary: 'add a network interface',
      load: async () => (await import('./attach.ts')).attachInterface,
    },
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
    blockjob: {
      summary: 'job on a disk',
      load: async () => (await import('./block.ts')).blockjob,
    },
    blockresize: {
      summary: 'change the size of a disk',
      load: async () => (await import('./block.ts')).blockresize,
    },
    'change-media': {
      summary: 'change the medium of a drive',
      load: async () => (await import('./change-media.ts')).changeMedia,
    },
    'cpu-stats': {
      summary: 'use of the CPUs of the host by a domain',
      load: async () => (await import('./cpu-stats.ts')).cpuStats,
    },
    create: { summary: 'make a domain from XML and start it', load: async () => (await import('./create.ts')).create },
    define: {
      summary: 'make a domain from XML without starting it',
      load: async () => (await import('./define.ts')).define,
    },
    desc: { summary: 'description or title of a domain', load: async () => (await import('./desc.ts')).desc },
    destroy: { summary: 'stop a domain at once', load: async () => (await import('./destroy.ts')).destroy },
    'detach-device': {
      summary: 'take a device away, by XML',
      load: async () => (await import('./device.ts')).detachDevice,
    },
    'detach-device-alias': {
      summary: 'take a device away, by its alias',
      load: async () => (await import('./device.ts')).detachDeviceAlias,
    },
    'detach-disk': {
      summary: 'take a disk away',
      load: async () => (await import('./detach.ts')).detachDisk,
    },
    'detach-interface': {
      summary: 'take a network interface away',
      load: async () => (await import('./detach.ts')).detachInterface,
    },
    domdisplay: {
      summary: 'URI of the screen',
      load: async () => (await import('./display.ts')).domdisplay,
    },
    domfsfreeze: {
      summary: 'freeze file systems of a guest',
      load: async () => (await import('./guest-agent.ts')).domfsfreeze,
    },
    domfsthaw: {
      summary: 'thaw file systems of a guest',
      load: async () => (await import('./guest-agent.ts')).domfsthaw,
    },
    domfsinfo: {
      summary: 'list file systems of a guest',
      load: async () => (await import('./guest-agent.ts')).domfsinfo,
    },
    domfstrim: {
      summary: 'trim file systems of a guest',
      load: async () => (await import('./guest-agent.ts')).domfstrim,
    },
    domhostname: {
      summary: 'host name of a guest',
      load: async () => (await import('./guest-agent.ts')).domhostname,
    },
    domid: { summary: 'id of a domain', load: async () => (await import('./domid.ts')).domid },
    'domif-setlink': {
      summary: 'plug or unplug a network interface',
      load: async () => (await import('./domif-setlink.ts')).domifSetlink,
    },
    domiftune: {
      summary: 'print or change the bandwidth of a network interface',
      load: async () => (await import('./domiftune.ts')).domiftune,
    },
    domjobabort: {
      summary: 'stop the job of a domain',
      load: async () => (await import('./job.ts')).domjobabort,
    },
    domjobinfo: {
      summary: 'how far the job of a domain is',
      load: async () => (await import('./job.ts')).domjobinfo,
    },
    domlaunchsecinfo: {
      summary: 'protection of the memory of a domain',
      load: async () => (await import('./more.ts')).domlaunchsecinfo,
    },
    domname: { summary: 'name of a domain', load: async () => (await import('./domname.ts')).domname },
    domrename: { summary: 'give a domain another name', load: async () => (await import('./domrename.ts')).domrename },
    dompmsuspend: {
      summary: 'send a guest to sleep',
      load: async () => (await import('./guest-agent.ts')).dompmsuspend,
    },
    dompmwakeup: {
      summary: 'wake a guest',
      load: async () => (await import('./guest-agent.ts')).dompmwakeup,
    },
    domuuid: { summary: 'UUID of a domain', load: async () => (await import('./domuuid.ts')).domuuid },
    'domxml-from-native': {
      summary: 'make XML from the words of a hypervisor',
      load: async () => (await import('./native.ts')).domxmlFromNative,
    },
    'domxml-to-native': {
      summary: 'make the words of a hypervisor from XML',
      load: async () => (await import('./native.ts')).domxmlToNative,
    },
    dump: {
      summary: 'write the memory of a domain to a file',
      load: async () => (await import('./dump.ts')).dump,
    },
    dumpxml: { summary: 'XML of a domain', load: async () => (await import('./dumpxml.ts')).dumpxml },
    edit: { summary: 'change a domain in an editor', load: async () => (await import('./edit.ts')).edit },
    'get-user-sshkeys': {
      summary: 'ssh keys of a user of a guest',
      load: async () => (await import('./guest-agent.ts')).getUserSshkeys,
    },
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
    'send-key': {
      summary: 'press keys of a guest',
      load: async () => (await import('./send.ts')).sendKey,
    },
    'send-process-signal': {
      summary: 'signal a process of a guest',
      load: async () => (await import('./send.ts')).sendProcessSignal,
    },
    managedsave: {
      summary: 'save a domain until its next start',
      load: async () => (await import('./managedsave.ts')).managedsave,
    },
    'managedsave-remove': {
      summary: 'throw saved memory away',
      load: async () => (await import('./managedsave.ts')).managedsaveRemove,
    },
    'managedsave-edit': {
      summary: 'change saved memory in an editor',
      load: async () => (await import('./managedsave.ts')).managedsaveEdit,
    },
    'managedsave-dumpxml': {
      summary: 'XML of saved memory',
      load: async () => (await import('./managedsave.ts')).managedsaveDumpxml,
    },
    'managedsave-define': {
      summary: 'replace the definition in saved memory',
      load: async () => (await import('./managedsave.ts')).managedsaveDefine,
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
    'migrate-setmaxdowntime': {
      summary: 'limit the standstill of a migration',
      load: async () => (await import('./migrate-settings.ts')).migrateSetmaxdowntime,
    },
    'migrate-getmaxdowntime': {
      summary: 'limit of the standstill of a migration',
      load: async () => (await import('./migrate-settings.ts')).migrateGetmaxdowntime,
    },
    'migrate-compcache': {
      summary: 'print or set the cache of a migration',
      load: async () => (await import('./migrate-settings.ts')).migrateCompcache,
    },
    'migrate-setspeed': {
      summary: 'limit the bandwidth of migrations',
      load: async () => (await import('./migrate-settings.ts')).migrateSetspeed,
    },
    'migrate-getspeed': {
      summary: 'bandwidth of migrations',
      load: async () => (await import('./migrate-settings.ts')).migrateGetspeed,
    },
    'migrate-postcopy': {
      summary: 'let a migration copy what is asked for',
      load: async () => (await import('./migrate-settings.ts')).migratePostcopy,
    },
    numatune: {
      summary: 'print or change where memory comes from',
      load: async () => (await import('./numatune.ts')).numatune,
    },
    'qemu-attach': {
      summary: 'take over a process of QEMU',
      load: async () => (await import('./monitor-command.ts')).qemuAttach,
    },
    'qemu-monitor-command': {
      summary: 'give a command to QEMU',
      load: async () => (await import('./monitor-command.ts')).qemuMonitorCommand,
    },
    'qemu-agent-command': {
      summary: 'give a command to the agent of a guest',
      load: async () => (await import('./monitor-command.ts')).qemuAgentCommand,
    },
    'guest-agent-timeout': {
      summary: 'say how long to wait for the agent',
      load: async () => (await import('./guest-agent.ts')).guestAgentTimeout,
    },
    reboot: { summary: 'ask a domain to boot again', load: async () => (await import('./reboot.ts')).reboot },
    reset: { summary: 'reset a domain at once', load: async () => (await import('./reset.ts')).reset },
    restore: {
      summary: 'restore a domain from a file',
      load: async () => (await import('./save.ts')).restore,
    },
    resume: { summary: 'let a suspended domain go on', load: async () => (await import('./resume.ts')).resume },
    save: {
      summary: 'save a domain to a file',
      load: async () => (await import('./save.ts')).save,
    },
    'save-image-define': {
      summary: 'replace the definition in a saved domain',
      load: async () => (await import('./save-image.ts')).saveImageDefine,
    },
    'save-image-dumpxml': {
      summary: 'XML of a saved domain',
      load: async () => (await import('./save-image.ts')).saveImageDumpxml,
    },
    'save-image-edit': {
      summary: 'change a saved domain in an editor',
      load: async () => (await import('./save-image.ts')).saveImageEdit,
    },
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
    'set-user-sshkeys': {
      summary: 'set the ssh keys of a user of a guest',
      load: async () => (await import('./guest-agent.ts')).setUserSshkeys,
    },
    'set-user-password': {
      summary: 'set the password of a user of a guest',
      load: async () => (await import('./guest-agent.ts')).setUserPassword,
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
    ttyconsole: {
      summary: 'device of the console',
      load: async () => (await import('./display.ts')).ttyconsole,
    },
    undefine: {
      summary: 'remove the definition of a domain',
      load: async () => (await import('./undefine.ts')).undefine,
    },
    'update-device': {
      summary: 'change a device, by XML',
      load: async () => (await import('./device.ts')).updateDevice,
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
    vncdisplay: {
      summary: 'display of the screen',
      load: async () => (await import('./display.ts')).vncdisplay,
    },
    guestvcpus: {
      summary: 'print or switch virtual CPUs within the guest',
      load: async () => (await import('./vcpu-switches.ts')).guestvcpus,
    },
    setvcpu: {
      summary: 'add or remove single virtual CPUs',
      load: async () => (await import('./vcpu-switches.ts')).setvcpu,
    },
    domblkthreshold: {
      summary: 'ask for an event when a disk fills',
      load: async () => (await import('./more.ts')).domblkthreshold,
    },
    guestinfo: {
      summary: 'what the agent of a guest tells',
      load: async () => (await import('./guest-agent.ts')).guestinfo,
    },
    'domdirtyrate-calc': {
      summary: 'measure how fast a domain changes memory',
      load: async () => (await import('./more.ts')).domdirtyrateCalc,
    },
  },
};
