// The permissions of libvirt, by kind of object (virAccessPerm*).
import type { AccessKind } from './policy.ts';

/** Permissions of each kind of object, in libvirt's order; the last ones are of newer versions. */
export const permissions: Readonly<Record<AccessKind, readonly string[]>> = {
  connect: words(
    `getattr read write search_domains search_networks search_storage_pools search_node_devices search_interfaces
    search_secrets search_nwfilters search_nwfilter_bindings detect_storage_pools pm_control interface_transaction`,
  ),
  domain: words(
    `getattr read write read_secure start stop reset save delete migrate checkpoint snapshot suspend hibernate core_dump
    pm_control init_control inject_nmi send_input send_signal fs_trim fs_freeze block_read block_write mem_read
    open_graphics open_device screenshot open_namespace set_time set_password`,
  ),
  interface: words('getattr read write save delete start stop'),
  network: words('getattr read write save delete start stop search_ports'),
  network_port: words('getattr read write create delete'),
  // `save` came with nodeDeviceUpdate in libvirt 10.1.
  node_device: words('getattr read write start stop detach delete save'),
  nwfilter: words('getattr read write save delete'),
  nwfilter_binding: words('getattr read create delete'),
  secret: words('getattr read write read_secure save delete'),
  storage_pool: words('getattr read write save delete start stop refresh search_storage_vols format'),
  storage_vol: words('getattr read create delete format resize data_read data_write'),
};

/** All kinds of objects. */
export const accessKinds = Object.keys(permissions) as readonly AccessKind[];

/** The permission that is needed to list objects of a kind, and the kind of object that has it. */
export const searchPermissions: Readonly<Partial<Record<AccessKind, string>>> = {
  domain: 'search_domains',
  interface: 'search_interfaces',
  network: 'search_networks',
  node_device: 'search_node_devices',
  nwfilter: 'search_nwfilters',
  nwfilter_binding: 'search_nwfilter_bindings',
  secret: 'search_secrets',
  storage_pool: 'search_storage_pools',
};

function words(text: string): readonly string[] {
  return text.split(/\s+/);
}
