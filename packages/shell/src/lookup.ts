// Finds the objects that a command names, in the order in which virsh tries names, UUIDs and ids.
import type { Domain, Interface, Network, NodeDevice, StoragePool, StorageVolume } from 'virtwire';
import type { Shell } from './context.ts';
import { CommandFailure, fail } from './failure.ts';
import { parseInteger } from './numbers.ts';

/** By what an object may be named. */
export type NamedBy = 'id' | 'uuid' | 'name';

type Try<T> = () => Promise<T>;

// Gives the first success; when all fail, the last error, as libvirt keeps it.
async function firstOf<T>(tries: readonly Try<T>[]): Promise<{ readonly found: T } | { readonly error: unknown }> {
  let error: unknown;
  for (const attempt of tries) {
    try {
      return { found: await attempt() };
    } catch (thrown) {
      error = thrown;
    }
  }
  return { error };
}

const UUID_LENGTH = 36;

/** Finds a domain. Only the shell's own text tells of a failure, as in virsh. */
export async function findDomain(
  shell: Shell,
  given: string,
  by: readonly NamedBy[] = ['id', 'uuid', 'name'],
): Promise<Domain> {
  const { connection } = shell;
  const tries: Try<Domain>[] = [];
  const id = parseInteger(given);
  if (by.includes('id') && id !== null && id >= 0n && id < 2n ** 31n) {
    tries.push(() => connection.lookupDomainById(Number(id)));
  }
  if (by.includes('uuid') && given.length === UUID_LENGTH) tries.push(() => connection.lookupDomainByUuid(given));
  if (by.includes('name')) tries.push(() => connection.lookupDomainByName(given));
  const result = await firstOf(tries);
  if ('error' in result) fail(`failed to get domain '${given}'`);
  return result.found;
}

/** Calls that find an object. */
export interface Lookups<T> {
  readonly byUuid: (uuid: string) => Promise<T>;
  readonly byName: (name: string) => Promise<T>;
}

/** Finds an object by its UUID or its name, and names it with its kind when it is not there. */
export async function findNamed<T>(
  kind: string,
  given: string,
  by: readonly NamedBy[],
  lookups: Lookups<T>,
): Promise<T> {
  const tries: Try<T>[] = [];
  if (by.includes('uuid') && given.length === UUID_LENGTH) tries.push(() => lookups.byUuid(given));
  if (by.includes('name')) tries.push(() => lookups.byName(given));
  const result = await firstOf(tries);
  if ('found' in result) return result.found;
  throw new CommandFailure(`failed to get ${kind} '${given}'`, result.error);
}

/** Finds a network. */
export function findNetwork(shell: Shell, given: string, by: readonly NamedBy[] = ['uuid', 'name']): Promise<Network> {
  return findNamed('network', given, by, {
    byUuid: (uuid) => shell.connection.lookupNetworkByUuid(uuid),
    byName: (name) => shell.connection.lookupNetworkByName(name),
  });
}

/** Finds a storage pool. */
export function findPool(shell: Shell, given: string, by: readonly NamedBy[] = ['uuid', 'name']): Promise<StoragePool> {
  return findNamed('pool', given, by, {
    byUuid: (uuid) => shell.connection.lookupStoragePoolByUuid(uuid),
    byName: (name) => shell.connection.lookupStoragePoolByName(name),
  });
}

/** How a volume is named. */
export interface VolumeName {
  readonly vol: string;
  /** Its pool, if one was given. */
  readonly pool?: string | undefined;
  /** Name of the option for the pool, null when the command has none. */
  readonly poolOption: string | null;
  /** True when `vol` is not to be taken for a name within the pool. */
  readonly notByName?: boolean;
}

/** Finds a storage volume: by name in its pool, then by key, then by path. */
export async function findVolume(shell: Shell, name: VolumeName): Promise<StorageVolume> {
  const { connection } = shell;
  const pool = name.pool === undefined ? null : await findPool(shell, name.pool);
  if (pool !== null && !(await pool.isActive())) fail(`pool '${name.pool}' is not active`);
  const tries: Try<StorageVolume>[] = [
    () => connection.lookupStorageVolumeByKey(name.vol),
    () => connection.lookupStorageVolumeByPath(name.vol),
  ];
  if (pool !== null && name.notByName !== true) tries.unshift(() => pool.lookupVolumeByName(name.vol));
  const result = await firstOf(tries);
  if ('error' in result) {
    const hint = pool === null && name.poolOption !== null ? `, specifying --${name.poolOption} might help` : '';
    throw new CommandFailure(`failed to get vol '${name.vol}'${hint}`, result.error);
  }
  const volume = result.found;
  if (pool !== null) {
    const owner = await connection.lookupStoragePoolByVolume(volume).catch(() => null);
    if (owner !== null && owner.name !== pool.name) {
      fail(`Requested volume '${name.vol}' is not in pool '${pool.name}'`);
    }
  }
  return volume;
}

/** Tells whether a text has the form of a MAC address (virMacAddrParse). */
function isMac(text: string): boolean {
  return /^[0-9a-f]{1,2}(?::[0-9a-f]{1,2}){5}$/i.test(text);
}

/** Finds a network interface of the host, by its name or its MAC address. */
export async function findInterface(
  shell: Shell,
  given: string,
  by: readonly ('name' | 'mac')[] = ['mac', 'name'],
): Promise<Interface> {
  const { connection } = shell;
  const byMac = by.includes('mac') && isMac(given);
  const tries: Try<Interface>[] = [];
  if (byMac) tries.push(() => connection.lookupInterfaceByMacString(given));
  if (by.includes('name') && !byMac) tries.push(() => connection.lookupInterfaceByName(given));
  const result = await firstOf(tries);
  if ('found' in result) return result.found;
  throw new CommandFailure(`failed to get interface '${given}'`, result.error);
}

// virValidateWWN
function checkWwn(wwn: string): void {
  if (!/^(?:0x)?[0-9a-f]{16}$/i.test(wwn)) fail(`internal error: Malformed wwn: ${wwn}`);
}

/** Finds a device of the host by its name, or an adapter by its `wwnn,wwpn`. */
export async function findNodeDevice(shell: Shell, given: string): Promise<NodeDevice> {
  const { connection } = shell;
  const names = given.split(',');
  if (names.length > 2) fail(`Malformed device value '${given}'`);
  const [name = '', wwpn] = names;
  if (wwpn !== undefined) for (const wwn of names) checkWwn(wwn);
  try {
    return await (wwpn === undefined
      ? connection.lookupNodeDeviceByName(name)
      : connection.lookupScsiHostByWwn(name, wwpn));
  } catch (thrown) {
    throw new CommandFailure(`Could not find matching device '${given}'`, thrown);
  }
}
