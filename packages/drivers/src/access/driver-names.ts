// What libvirt calls the driver behind a connection in its refusals and to polkit.
import type { AccessKind } from './policy.ts';

// Only hypervisors have a name that differs from the scheme of their URI.
const hypervisors: Readonly<Record<string, string>> = {
  bhyve: 'bhyve',
  ch: 'CH',
  lxc: 'LXC',
  qemu: 'QEMU',
  test: 'TEST',
  vz: 'vz',
  xen: 'Xenlight',
};

// On a connection to a real hypervisor, what is not a domain belongs to drivers of their own.
const besideHypervisor: Readonly<Partial<Record<AccessKind, string>>> = {
  interface: 'interface',
  network: 'bridge',
  network_port: 'bridge',
  node_device: 'udev',
  nwfilter: 'nwfilter',
  nwfilter_binding: 'nwfilter',
  secret: 'secret',
  storage_pool: 'storage',
  storage_vol: 'storage',
};

/** Names of the drivers behind a URI, by kind of object. */
export function driverNames(uri: string): (kind: AccessKind) => string {
  const scheme = /^([A-Za-z][A-Za-z0-9.-]*)/.exec(uri)?.[1]?.toLowerCase() ?? '';
  const own = hypervisors[scheme] ?? scheme;
  return scheme === 'qemu' || scheme === 'lxc' || scheme === 'xen'
    ? (kind) => besideHypervisor[kind] ?? own
    : () => own;
}
