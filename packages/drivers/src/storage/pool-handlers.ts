// Calls about storage pools.
import {
  formatStoragePool,
  parseStoragePool,
  sanitizePath,
  storagePoolTypes,
  type StoragePoolDef,
} from '@virtwire/conf';
import type { NonnullStoragePool } from '@virtwire/protocol';
import {
  StoragePoolBuildFlags as BuildFlags,
  StoragePoolCreateFlags as CreateFlags,
  StoragePoolDefineFlags as DefineFlags,
  ConnectListAllStoragePoolsFlags as ListFlags,
  StoragePoolEventLifecycleType as PoolEvent,
  StoragePoolState,
  StorageXmlFlags as XmlFlags,
} from '@virtwire/protocol/constants';
import { ErrorCode, ErrorDomain, LibvirtError } from '@virtwire/rpc';
import type { DriverHandlers } from '../define.ts';
import { buildDirectory, refreshDirectory, removeDirectory } from './directory.ts';
import { checkFlags, operationInvalid, storageError } from './errors.ts';
import { StoragePool } from './storage-objects.ts';
import { checkActive, checkDuplicate, poolTypeNumber, type StorageState } from './storage-state.ts';

const createFlags = CreateFlags.WithBuild | CreateFlags.WithBuildOverwrite | CreateFlags.WithBuildNoOverwrite;

/** Answers the calls that make, start, stop and remove pools. */
export function poolLifecycleHandlers(state: StorageState): DriverHandlers {
  const locked = <T>(ref: NonnullStoragePool, work: (pool: StoragePool) => T | Promise<T>) =>
    lockedPool(state, ref, work);
  return {
    storagePoolDefineXml: async ({ xml, flags }) => {
      checkFlags(flags, DefineFlags.Validate, 'storagePoolDefineXML');
      const def = await parseDefinition(xml, flags);
      return { pool: await state.lock.run(() => define(state, def)) };
    },
    storagePoolCreateXml: async ({ xml, flags }) => {
      checkFlags(flags, createFlags, 'storagePoolCreateXML');
      return { pool: await createTransient(state, await parseDefinition(xml, 0), flags) };
    },
    storagePoolCreate: async ({ pool: ref, flags }) => {
      checkFlags(flags, createFlags, 'storagePoolCreate');
      await locked(ref, async (pool) => {
        if (pool.active) throw operationInvalid(`storage pool '${pool.name}' is already active`);
        checkBackend(pool.def);
        await start(state, pool, flags);
        state.publish(pool, PoolEvent.Started);
      });
      return {};
    },
    storagePoolBuild: async ({ pool: ref, flags }) => {
      await locked(ref, async (pool) => {
        checkBackend(pool.def);
        if (pool.active) throw operationInvalid(`storage pool '${pool.name}' is already active`);
        await buildDirectory(pool, flags);
        state.publish(pool, PoolEvent.Created);
      });
      return {};
    },
    storagePoolDestroy: async ({ pool: ref }) => {
      await locked(ref, async (pool) => {
        checkActive(pool);
        checkIdle(pool);
        await state.stop(pool);
      });
      return {};
    },
    storagePoolDelete: async ({ pool: ref, flags }) => {
      await locked(ref, async (pool) => {
        checkBackend(pool.def);
        checkInactive(pool);
        checkIdle(pool);
        await removeDirectory(pool, flags);
        state.publish(pool, PoolEvent.Deleted);
      });
      return {};
    },
    storagePoolUndefine: async ({ pool: ref }) => {
      await locked(ref, async (pool) => {
        checkInactive(pool);
        checkIdle(pool);
        await state.files.removeConfig(pool.name);
        state.pools.remove(pool);
        state.publish(pool, PoolEvent.Undefined);
      });
      return {};
    },
    storagePoolRefresh: async ({ pool: ref, flags }) => {
      checkFlags(flags, 0, 'storagePoolRefresh');
      await locked(ref, async (pool) => {
        checkActive(pool);
        checkIdle(pool);
        await state.refresh(pool);
        state.publishRefresh(pool);
      });
      return {};
    },
    storagePoolSetAutostart: async ({ pool: ref, autostart }) => {
      await locked(ref, async (pool) => {
        if (!pool.persistent) throw storageError(ErrorCode.InternalError, 'pool has no config file');
        const wanted = autostart !== 0;
        if (pool.autostart === wanted) return;
        await state.files.setAutostart(pool.name, wanted);
        pool.autostart = wanted;
      });
      return {};
    },
  };
}

/** Answers the calls that find, list and describe pools; all from memory. */
export function poolQueryHandlers(state: StorageState): DriverHandlers {
  const names = (active: boolean) => {
    const found: string[] = [];
    for (const pool of state.pools.values()) if (pool.active === active) found.push(pool.name);
    return found;
  };
  return {
    connectNumOfStoragePools: () => ({ num: names(true).length }),
    connectListStoragePools: ({ maxnames }) => ({ names: names(true).slice(0, Math.max(0, maxnames)) }),
    connectNumOfDefinedStoragePools: () => ({ num: names(false).length }),
    connectListDefinedStoragePools: ({ maxnames }) => ({ names: names(false).slice(0, Math.max(0, maxnames)) }),
    connectListAllStoragePools: ({ need_results, flags }) => {
      checkFlags(flags, allListFlags, 'storageConnectListAllStoragePools');
      const found = [...state.pools.values()].filter((pool) => isListed(pool, flags));
      return { pools: need_results === 0 ? [] : found.map((pool) => pool.ref), ret: found.length };
    },
    connectFindStoragePoolSources: ({ type }) => {
      if (!(storagePoolTypes as readonly string[]).includes(type)) {
        throw storageError(ErrorCode.InternalError, `unknown storage pool type ${type}`);
      }
      if (type !== 'dir') throw missingBackend(storagePoolTypes.indexOf(type as StoragePoolDef['type']), type);
      throw storageError(ErrorCode.NoSupport, `pool type '${type}' does not support source discovery`);
    },
    storagePoolLookupByName: ({ name }) => ({ pool: state.poolNamed(name).ref }),
    storagePoolLookupByUuid: ({ uuid }) => {
      const pool = state.pools.byUuid(uuid);
      if (pool !== undefined) return { pool: pool.ref };
      throw storageError(ErrorCode.NoStoragePool, `no storage pool with matching uuid '${uuid}'`);
    },
    storagePoolLookupByVolume: ({ vol }) => ({ pool: state.poolNamed(vol.pool).ref }),
    storagePoolLookupByTargetPath: ({ path }) => ({ pool: poolAt(state, path).ref }),
    storagePoolIsActive: ({ pool }) => ({ active: state.poolOf(pool).active ? 1 : 0 }),
    storagePoolIsPersistent: ({ pool }) => ({ persistent: state.poolOf(pool).persistent ? 1 : 0 }),
    storagePoolGetAutostart: ({ pool }) => ({ autostart: state.poolOf(pool).autostart ? 1 : 0 }),
    storagePoolGetInfo: ({ pool: ref }) => {
      const { active, def } = state.poolOf(ref);
      const { capacity, allocation, available } = def;
      return { state: active ? StoragePoolState.Running : StoragePoolState.Inactive, capacity, allocation, available };
    },
    storagePoolGetXmlDesc: ({ pool: ref, flags }) => {
      checkFlags(flags, XmlFlags.Inactive, 'storagePoolGetXMLDesc');
      const pool = state.poolOf(ref);
      return { xml: formatStoragePool((flags & XmlFlags.Inactive) !== 0 ? (pool.newDef ?? pool.def) : pool.def) };
    },
  };
}

/**
 * Runs `work` when nothing else changes the pool.
 *
 * @throws LibvirtError `NoStoragePool` when it is not there, or not any more
 */
export function lockedPool<T>(
  state: StorageState,
  ref: NonnullStoragePool,
  work: (pool: StoragePool) => T | Promise<T>,
): Promise<T> {
  const pool = state.poolOf(ref);
  return pool.lock.run(() => (state.poolOf(ref) === pool ? work(pool) : lockedPool(state, ref, work)));
}

async function parseDefinition(xml: string, flags: number): Promise<StoragePoolDef> {
  const def = await parseStoragePool(xml);
  if ((flags & DefineFlags.Validate) !== 0) {
    throw storageError(
      ErrorCode.OperationUnsupported,
      'validating storage pool XML against the schema is not available',
    );
  }
  if (def.name.includes('\n')) {
    throw new LibvirtError(ErrorCode.XmlDetail, 'invalid char in name: \n', { domain: ErrorDomain.Xml });
  }
  checkBackend(def);
  return def;
}

async function define(state: StorageState, def: StoragePoolDef): Promise<NonnullStoragePool> {
  const known = checkDuplicate(state, def, false);
  if (known === undefined) {
    await state.files.saveConfig(def);
    const pool = new StoragePool(def);
    pool.persistent = true;
    state.pools.add(pool);
    state.publish(pool, PoolEvent.Defined);
    return pool.ref;
  }
  return known.lock.run(async () => {
    // It may have gone while we waited for it.
    if (state.pools.byUuid(def.uuid) !== known) return define(state, def);
    await state.files.saveConfig(def);
    if (known.active) known.newDef = def;
    else known.def = def;
    known.persistent = true;
    state.publish(known, PoolEvent.Defined);
    return known.ref;
  });
}

async function createTransient(state: StorageState, def: StoragePoolDef, flags: number): Promise<NonnullStoragePool> {
  const { pool, isNew } = await state.lock.run(() => {
    const known = checkDuplicate(state, def, true);
    const chosen = known ?? new StoragePool(def);
    if (known === undefined) state.pools.add(chosen);
    chosen.starting = true;
    return { pool: chosen, isNew: known === undefined };
  });
  return pool.lock.run(async () => {
    const before = pool.def;
    if (!isNew) {
      // The kept definition comes back when the pool stops.
      pool.newDef = pool.def;
      pool.def = def;
    }
    try {
      await start(state, pool, flags);
    } catch (thrown) {
      if (isNew) state.pools.remove(pool);
      pool.def = before;
      pool.newDef = null;
      throw thrown;
    } finally {
      pool.starting = false;
    }
    state.publish(pool, PoolEvent.Started);
    return pool.ref;
  });
}

async function start(state: StorageState, pool: StoragePool, flags: number): Promise<void> {
  if (flags !== 0) {
    const overwrite = (flags & CreateFlags.WithBuildOverwrite) !== 0;
    const noOverwrite = !overwrite && (flags & CreateFlags.WithBuildNoOverwrite) !== 0;
    await buildDirectory(
      pool,
      overwrite ? BuildFlags.Overwrite : noOverwrite ? BuildFlags.NoOverwrite : BuildFlags.New,
    );
  }
  await state.files.saveState(pool.def);
  try {
    await refreshDirectory(pool, state.log);
  } catch (thrown) {
    await state.files.removeState(pool.name);
    pool.volumes.clear();
    throw thrown;
  }
  pool.active = true;
}

function checkBackend(def: StoragePoolDef): void {
  if (def.type !== 'dir') throw missingBackend(poolTypeNumber(def), def.type);
}

function missingBackend(number: number, type: string): LibvirtError {
  return storageError(ErrorCode.InternalError, `missing backend for pool type ${number} (${type})`);
}

function checkInactive(pool: StoragePool): void {
  if (pool.active) throw operationInvalid(`storage pool '${pool.name}' is still active`);
}

function checkIdle(pool: StoragePool): void {
  if (pool.jobs > 0) {
    throw storageError(ErrorCode.InternalError, `pool '${pool.name}' has asynchronous jobs running.`);
  }
}

function poolAt(state: StorageState, path: string): StoragePool {
  const place = sanitizePath(path);
  for (const pool of state.pools.values()) if (pool.active && pool.def.targetPath === place) return pool;
  const named = place === path ? `'${path}'` : `'${path}' (${place})`;
  throw storageError(ErrorCode.NoStoragePool, `no storage pool with matching target path ${named}`);
}

const typeFlags = {
  dir: ListFlags.Dir,
  fs: ListFlags.Fs,
  netfs: ListFlags.Netfs,
  logical: ListFlags.Logical,
  disk: ListFlags.Disk,
  iscsi: ListFlags.Iscsi,
  'iscsi-direct': ListFlags.IscsiDirect,
  scsi: ListFlags.Scsi,
  mpath: ListFlags.Mpath,
  rbd: ListFlags.Rbd,
  sheepdog: ListFlags.Sheepdog,
  gluster: ListFlags.Gluster,
  zfs: ListFlags.Zfs,
  vstorage: ListFlags.Vstorage,
} as const satisfies Record<StoragePoolDef['type'], number>;

const typeMask = Object.values(typeFlags).reduce((mask: number, flag) => mask | flag, 0);
const allListFlags = typeMask | 0x3f;

// Flags come in groups; of a group that is named, one must fit.
function isListed(pool: StoragePool, flags: number): boolean {
  const fits = (group: number, is: number) => (flags & group) === 0 || (flags & is) !== 0;
  return (
    fits(ListFlags.Active | ListFlags.Inactive, pool.active ? ListFlags.Active : ListFlags.Inactive) &&
    fits(ListFlags.Persistent | ListFlags.Transient, pool.persistent ? ListFlags.Persistent : ListFlags.Transient) &&
    fits(ListFlags.Autostart | ListFlags.NoAutostart, pool.autostart ? ListFlags.Autostart : ListFlags.NoAutostart) &&
    fits(typeMask, typeFlags[pool.def.type])
  );
}
