// Finds the objects that a command names, in the order in which virsh tries names, UUIDs and ids.
import type { Domain, Interface, Network, NodeDevice, StoragePool, StorageVolume } from 'virtwire';
import type { Shell } from './context.ts';
import { CommandFailure, fail } from './failure.ts';
import { parseInteger } from './numbers.ts';

/** By what an object may be named. */
export type NamedBy = 'id' | 'uuid' | 'name';

interface Try<T> {
  /** What the user's words are taken for, e.g. `trying as domain NAME`. */
  readonly as: string;
  readonly call: () => Promise<T>;
}

// Gives the first success; when all fail, the last error, as libvirt keeps it.
async function firstOf<T>(
  shell: Shell,
  option: string,
  tries: readonly Try<T>[],
): Promise<{ readonly found: T } | { readonly error: unknown }> {
  let error: unknown;
  for (const { as, call } of tries) {
    try {
      shell.debug('DEBUG', `${shell.commandName}: <${option}> ${as}`);
      return { found: await call() };
    } catch (thrown) {
      error = thrown;
    }
  }
  return { error };
}

const UUID_LENGTH = 36;

function tellOption(shell: Shell, option: string, given: string): void {
  shell.debug('INFO', `${shell.commandName}: found option <${option}>: ${given}`);
}

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
    tries.push({ as: 'looks like ID', call: () => connection.lookupDomainById(Number(id)) });
  }
  if (by.includes('uuid') && given.length === UUID_LENGTH) {
    tries.push({ as: 'trying as domain UUID', call: () => connection.lookupDomainByUuid(given) });
  }
  if (by.includes('name'))
    tries.push({ as: 'trying as domain NAME', call: () => connection.lookupDomainByName(given) });
  tellOption(shell, 'domain', given);
  const result = await firstOf(shell, 'domain', tries);
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
  shell: Shell,
  kind: string,
  given: string,
  { by, ...lookups }: Lookups<T> & { readonly by: readonly NamedBy[] },
): Promise<T> {
  const tries: Try<T>[] = [];
  if (by.includes('uuid') && given.length === UUID_LENGTH) {
    tries.push({ as: `trying as ${kind} UUID`, call: () => lookups.byUuid(given) });
  }
  if (by.includes('name')) tries.push({ as: `trying as ${kind} NAME`, call: () => lookups.byName(given) });
  tellOption(shell, kind, given);
  const result = await firstOf(shell, kind, tries);
  if ('found' in result) return result.found;
  throw new CommandFailure(`failed to get ${kind} '${given}'`, result.error);
}

/** Finds a network. */
export function findNetwork(shell: Shell, given: string, by: readonly NamedBy[] = ['uuid', 'name']): Promise<Network> {
  return findNamed(shell, 'network', given, {
    by,
    byUuid: (uuid) => shell.connection.lookupNetworkByUuid(uuid),
    byName: (name) => shell.connection.lookupNetworkByName(name),
  });
}

/** Finds a storage pool. */
export function findPool(shell: Shell, given: string, by: readonly NamedBy[] = ['uuid', 'name']): Promise<StoragePool> {
  return findNamed(shell, 'pool', given, {
    by,
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
    { as: 'trying as vol key', call: () => connection.lookupStorageVolumeByKey(name.vol) },
    { as: 'trying as vol path', call: () => connection.lookupStorageVolumeByPath(name.vol) },
  ];
  if (pool !== null && name.notByName !== true) {
    tries.unshift({ as: 'trying as vol name', call: () => pool.lookupVolumeByName(name.vol) });
  }
  tellOption(shell, 'vol', name.vol);
  const result = await firstOf(shell, 'vol', tries);
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
  if (byMac) tries.push({ as: 'trying as interface MAC', call: () => connection.lookupInterfaceByMacString(given) });
  if (by.includes('name') && !byMac) {
    tries.push({ as: 'trying as interface NAME', call: () => connection.lookupInterfaceByName(given) });
  }
  tellOption(shell, 'interface', given);
  const result = await firstOf(shell, 'interface', tries);
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
