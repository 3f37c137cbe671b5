// Access by polkit, as libvirt has it: an action for each permission, the object's names as details, nobody is asked.
import type { AccessKind, AccessObject, AccessPolicy } from '@virtwire/drivers/access';
import { toLibvirtError } from '@virtwire/rpc';
import { polkitSubject } from '../auth/polkit.ts';
import type { PolkitAuthority } from '../auth/polkit-authority.ts';
import { identityText } from './who.ts';

/** The action of a permission, e.g. `org.libvirt.api.storage-pool.search-storage-vols`. */
export function apiAction(kind: AccessKind, permission: string): string {
  return `org.libvirt.api.${kind}.${permission}`.replaceAll('_', '-');
}

/** The facts that polkit's rules can look at. @see virAccessDriverPolkitCheckDomain and its likes */
export function apiDetails(driver: string, object: AccessObject): Readonly<Record<string, string>> {
  return { connect_driver: driver, ...details[object.kind](object) };
}

const details: Readonly<Record<AccessKind, (object: AccessObject) => Readonly<Record<string, string>>>> = {
  connect: () => ({}),
  domain: ({ name, uuid }) => ({ domain_name: name, domain_uuid: uuid }),
  interface: ({ name, mac }) => ({ interface_name: name, ...(mac ? { interface_macaddr: mac } : {}) }),
  network: ({ name, uuid }) => ({ network_name: name, network_uuid: uuid }),
  network_port: ({ uuid, parent }) => ({
    network_name: parent?.name ?? '',
    network_uuid: parent?.uuid ?? '',
    port_uuid: uuid,
  }),
  node_device: ({ name }) => ({ node_device_name: name }),
  nwfilter: ({ name, uuid }) => ({ nwfilter_name: name, nwfilter_uuid: uuid }),
  nwfilter_binding: ({ name, filter }) => ({
    nwfilter_binding_portdev: name,
    ...(filter === undefined ? {} : { nwfilter_binding_filter: filter }),
  }),
  secret: ({ uuid, usage }) => {
    const field = usageFields[usage?.type ?? 0];
    return { secret_uuid: uuid, ...(field === undefined ? {} : { [field]: usage?.id ?? '' }) };
  },
  storage_pool: ({ name, uuid }) => ({ pool_name: name, pool_uuid: uuid }),
  storage_vol: ({ name, key, parent }) => ({
    pool_name: parent?.name ?? '',
    pool_uuid: parent?.uuid ?? '',
    vol_name: name,
    vol_key: key ?? '',
  }),
};

/** By `virSecretUsageType`: volume, ceph, iscsi, tls, vtpm. */
const usageFields: readonly (string | undefined)[] = [
  undefined,
  'secret_usage_volume',
  'secret_usage_ceph',
  'secret_usage_target',
  'secret_usage_name',
  'secret_usage_name',
];

/** Makes the policy. @param failed told of each question that could not be asked, with the reason */
export function polkitPolicy(authority: PolkitAuthority, failed: (text: string) => void): AccessPolicy {
  return {
    async check({ identity, driver, object, permission }) {
      const action = apiAction(object.kind, permission);
      try {
        const { authorized } = await authority.check({
          action,
          subject: polkitSubject(identity ?? {}),
          details: apiDetails(driver, object),
          interactive: false,
        });
        return { allowed: authorized, rule: `polkit: ${action}` };
      } catch (error) {
        const why = toLibvirtError(error).message;
        failed(`${action} for ${identityText(identity)}: ${why}`);
        return { allowed: false, rule: `polkit: ${action}: ${why}` };
      }
    },
    // Its rules may look at names, which nobody knows yet.
    mayEver: () => true,
  };
}
