// Commands of virsh that are not built yet, so that their names get an honest answer.

/** Names of virsh's commands that are missing here, in virsh's order. */
export const notYet: ReadonlySet<string> = new Set([
  'blockcommit',
  'blockcopy',
  'blockpull',
  'console',
  'domsetlaunchsecstate',
  'lxc-enter-namespace',
  'migrate',
  'qemu-monitor-event',
  'update-memory-device',
  'dom-fd-associate',
  'iface-bridge',
  'iface-unbridge',
]);
