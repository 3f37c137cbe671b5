// Counts that a caller names for the room it has: they bound what is answered, and are checked before anything is asked.
import { ErrorCode, ErrorDomain, LibvirtError, type Procedure } from '@virtwire/rpc';
import {
  CPUMAPS_MAX,
  DOMAIN_BLKIO_PARAMETERS_MAX,
  DOMAIN_BLOCK_IO_TUNE_PARAMETERS_MAX,
  DOMAIN_BLOCK_STATS_PARAMETERS_MAX,
  DOMAIN_INTERFACE_PARAMETERS_MAX,
  DOMAIN_LIST_MAX,
  DOMAIN_MEMORY_PARAMETERS_MAX,
  DOMAIN_NUMA_PARAMETERS_MAX,
  DOMAIN_SCHEDULER_PARAMETERS_MAX,
  DOMAIN_SNAPSHOT_LIST_MAX,
  INTERFACE_LIST_MAX,
  NETWORK_LIST_MAX,
  NETWORK_PORT_PARAMETERS_MAX,
  NODE_CPU_STATS_MAX,
  NODE_DEVICE_CAPS_LIST_MAX,
  NODE_DEVICE_LIST_MAX,
  NODE_MAX_CELLS,
  NODE_MEMORY_PARAMETERS_MAX,
  NODE_MEMORY_STATS_MAX,
  NODE_SEV_INFO_MAX,
  NWFILTER_LIST_MAX,
  SECRET_LIST_MAX,
  STORAGE_POOL_LIST_MAX,
  STORAGE_VOL_LIST_MAX,
  VCPUINFO_MAX,
} from './limits.ts';
import { remote } from './remote/index.ts';

/** A count among the arguments of a procedure. */
export interface CountRule {
  readonly field: string;
  readonly max: number;
  /** What is wrong with a count above it. */
  readonly tooLarge: string;
  readonly code: number;
}

// A limit by its name, which libvirt's texts have, too.
type Limit = Readonly<Record<string, number>>;

function nameAndValue(limit: Limit): [name: string, value: number] {
  return Object.entries(limit)[0] ?? ['', 0];
}

// The checks that libvirt generates, which name the limit.
function listed(procedure: Procedure, field: string, limit: Limit): [Procedure, CountRule] {
  const [name, max] = nameAndValue(limit);
  return [procedure, { field, max, tooLarge: `${field} > REMOTE_${name}`, code: ErrorCode.Rpc }];
}

// Those that libvirt wrote by hand.
function counted(procedure: Procedure, limit: Limit, field = 'nparams'): [Procedure, CountRule] {
  const [, max] = nameAndValue(limit);
  return [procedure, { field, max, tooLarge: `${field} too large`, code: ErrorCode.InternalError }];
}

/** The counts by procedure. */
export const countRules: ReadonlyMap<Procedure, CountRule> = new Map<Procedure, CountRule>([
  listed(remote.connectListDomains, 'maxids', { DOMAIN_LIST_MAX }),
  listed(remote.connectListDefinedDomains, 'maxnames', { DOMAIN_LIST_MAX }),
  listed(remote.connectListInterfaces, 'maxnames', { INTERFACE_LIST_MAX }),
  listed(remote.connectListDefinedInterfaces, 'maxnames', { INTERFACE_LIST_MAX }),
  listed(remote.connectListNetworks, 'maxnames', { NETWORK_LIST_MAX }),
  listed(remote.connectListDefinedNetworks, 'maxnames', { NETWORK_LIST_MAX }),
  listed(remote.connectListStoragePools, 'maxnames', { STORAGE_POOL_LIST_MAX }),
  listed(remote.connectListDefinedStoragePools, 'maxnames', { STORAGE_POOL_LIST_MAX }),
  listed(remote.storagePoolListVolumes, 'maxnames', { STORAGE_VOL_LIST_MAX }),
  listed(remote.nodeListDevices, 'maxnames', { NODE_DEVICE_LIST_MAX }),
  listed(remote.nodeDeviceListCaps, 'maxnames', { NODE_DEVICE_CAPS_LIST_MAX }),
  listed(remote.connectListSecrets, 'maxuuids', { SECRET_LIST_MAX }),
  listed(remote.connectListNwfilters, 'maxnames', { NWFILTER_LIST_MAX }),
  listed(remote.domainSnapshotListNames, 'maxnames', { DOMAIN_SNAPSHOT_LIST_MAX }),
  listed(remote.domainSnapshotListChildrenNames, 'maxnames', { DOMAIN_SNAPSHOT_LIST_MAX }),
  listed(remote.nodeGetCellsFreeMemory, 'maxcells', { NODE_MAX_CELLS }),
  counted(remote.nodeGetCpuStats, { NODE_CPU_STATS_MAX }),
  counted(remote.nodeGetMemoryStats, { NODE_MEMORY_STATS_MAX }),
  counted(remote.nodeGetMemoryParameters, { NODE_MEMORY_PARAMETERS_MAX }),
  counted(remote.nodeGetSevInfo, { NODE_SEV_INFO_MAX }),
  counted(remote.domainBlockStatsFlags, { DOMAIN_BLOCK_STATS_PARAMETERS_MAX }),
  counted(remote.domainGetBlockIoTune, { DOMAIN_BLOCK_IO_TUNE_PARAMETERS_MAX }),
  counted(remote.domainGetSchedulerParameters, { DOMAIN_SCHEDULER_PARAMETERS_MAX }),
  counted(remote.domainGetSchedulerParametersFlags, { DOMAIN_SCHEDULER_PARAMETERS_MAX }),
  counted(remote.domainGetMemoryParameters, { DOMAIN_MEMORY_PARAMETERS_MAX }),
  counted(remote.domainGetBlkioParameters, { DOMAIN_BLKIO_PARAMETERS_MAX }),
  counted(remote.domainGetNumaParameters, { DOMAIN_NUMA_PARAMETERS_MAX }),
  counted(remote.domainGetInterfaceParameters, { DOMAIN_INTERFACE_PARAMETERS_MAX }),
  counted(remote.networkPortGetParameters, { NETWORK_PORT_PARAMETERS_MAX }),
  counted(remote.domainGetVcpus, { VCPUINFO_MAX }, 'maxinfo'),
  counted(remote.domainGetVcpuPinInfo, { VCPUINFO_MAX }, 'ncpumaps'),
  counted(remote.domainGetEmulatorPinInfo, { CPUMAPS_MAX }, 'maplen'),
]);

/**
 * Refuses a count that is negative, or larger than what the protocol can carry.
 *
 * @throws LibvirtError `Rpc` or `InternalError` in libvirt's words (since the mend of CVE-2024-2494)
 */
export function checkCount(rule: CountRule, args: unknown): void {
  const count = (args as Readonly<Record<string, unknown>>)[rule.field];
  if (typeof count !== 'number' || (count >= 0 && count <= rule.max)) return;
  const detail = count < 0 ? `${rule.field} must be non-negative` : rule.tooLarge;
  const whole = rule.code === ErrorCode.Rpc ? { message: detail } : {};
  throw new LibvirtError(rule.code, detail, { domain: ErrorDomain.Rpc, ...whole });
}
