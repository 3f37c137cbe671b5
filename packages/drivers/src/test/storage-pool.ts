// Storage pools of the test driver: names and numbers, no bytes.
import {
  formatStoragePool,
  parseStoragePool,
  parseXml,
  type StoragePoolDef,
  type StoragePoolType,
} from '@virtwire/conf';
import { type NonnullStoragePool, storagePoolEvents } from '@virtwire/protocol';
import {
  ConnectListAllStoragePoolsFlags as ListFlags,
  StoragePoolDefineFlags,
  StoragePoolEventLifecycleType as PoolEvent,
  StoragePoolState,
} from '@virtwire/protocol/constants';
import { ErrorCode, ErrorDomain, LibvirtError } from '@virtwire/rpc';
import type { DriverHandlers } from '../define.ts';
import { chain } from './chain.ts';
import { checkFlags, operationInvalid, testError } from './errors.ts';
import { createVport, destroyVport } from './node-device-vport.ts';
import type { TestState } from './state.ts';
import { samePlace, TestPool } from './storage-object.ts';

/** Every pool holds this many bytes. */
const poolCapacity = 100n * 1024n * 1024n * 1024n;

/** Finds a pool by name, as most calls of libvirt's test driver do. */
export function poolByName(state: TestState, name: string): TestPool {
  const pool = state.pools.byName(name);
  if (pool === undefined) throw testError(ErrorCode.NoStoragePool, `no storage pool with matching name '${name}'`);
  return pool;
}

/** Finds a pool that is active. */
export function activePool(state: TestState, name: string): TestPool {
  const pool = poolByName(state, name);
  if (!pool.active) throw operationInvalid(`storage pool '${name}' is not active`);
  return pool;
}

/** Puts a pool into the state, with the sizes that all pools have. */
export function addPool(state: TestState, def: StoragePoolDef, where: { live: boolean }): TestPool {
  const known = checkDuplicate(state, def, where.live);
  def.capacity = poolCapacity;
  def.allocation = 0n;
  def.available = poolCapacity;
  if (known === undefined) {
    const pool = new TestPool(def);
    state.pools.add(pool);
    return pool;
  }
  // A definition of an active pool counts from its next start on.
  if (known.active) known.newDef = def;
  else known.def = def;
  return known;
}

function checkDuplicate(state: TestState, def: StoragePoolDef, live: boolean): TestPool | undefined {
  const same = state.pools.byUuid(def.uuid);
  if (same !== undefined && same.name !== def.name) {
    throw storageError(ErrorCode.OperationFailed, `pool '${same.name}' is already defined with uuid ${same.uuid}`);
  }
  const named = state.pools.byName(def.name);
  if (same === undefined && named !== undefined) {
    throw storageError(ErrorCode.OperationFailed, `pool '${def.name}' already exists with uuid ${named.uuid}`);
  }
  if (same !== undefined && live && same.active) {
    throw storageError(ErrorCode.OperationInvalid, `pool is already active as '${same.name}'`);
  }
  if (same?.def.type !== undefined && same.def.type !== def.type && same.active) {
    throw storageError(ErrorCode.OperationFailed, `pool '${same.name}' is already defined with uuid ${same.uuid}`);
  }
  for (const other of state.pools.values()) {
    if (other !== same && samePlace(other.def, def)) {
      throw storageError(ErrorCode.OperationFailed, `Storage source conflict with pool: '${other.name}'`);
    }
  }
  return same;
}

function storageError(code: number, detail: string): LibvirtError {
  return new LibvirtError(code, detail, { domain: ErrorDomain.Storage });
}

/** Answers the calls about storage pools. */
export function storagePoolHandlers(state: TestState): DriverHandlers {
  const byUuid = (uuid: string): TestPool => {
    const pool = state.pools.byUuid(uuid);
    if (pool === undefined) throw testError(ErrorCode.NoStoragePool, `no storage pool with matching uuid '${uuid}'`);
    return pool;
  };
  const inactive = (name: string): TestPool => {
    const pool = poolByName(state, name);
    if (pool.active) throw operationInvalid(`storage pool '${name}' is active`);
    return pool;
  };
  const publish = (pool: NonnullStoragePool, event: number) =>
    state.hub.publish(storagePoolEvents.lifecycle, { pool, event, detail: 0 });
  const names = (active: boolean) =>
    [...state.pools.values()].filter((pool) => pool.active === active).map((p) => p.name);
  const define = (xml: string) => chain(parseStoragePool(xml), (def) => addPool(state, def, { live: false }));

  return {
    connectNumOfStoragePools: () => ({ num: names(true).length }),
    connectListStoragePools: ({ maxnames }) => ({ names: names(true).slice(0, maxnames) }),
    connectNumOfDefinedStoragePools: () => ({ num: names(false).length }),
    connectListDefinedStoragePools: ({ maxnames }) => ({ names: names(false).slice(0, maxnames) }),
    connectListAllStoragePools: ({ need_results, flags }) => {
      checkFlags(flags, listFlagsMask, 'testConnectListAllStoragePools');
      // A mere count does not look at the filters, as in libvirt 9.0.0.
      if (need_results === 0) return { pools: [], ret: state.pools.size };
      const pools = [...state.pools.values()].filter((pool) => matches(pool, flags)).map((pool) => pool.ref);
      return { pools, ret: pools.length };
    },
    connectFindStoragePoolSources: ({ type, srcSpec, flags }) => {
      checkFlags(flags, 0, 'testConnectFindStoragePoolSources');
      return findSources(type, srcSpec);
    },
    storagePoolLookupByName: ({ name }) => ({ pool: poolByName(state, name).ref }),
    storagePoolLookupByUuid: ({ uuid }) => ({ pool: byUuid(uuid).ref }),
    storagePoolLookupByVolume: ({ vol }) => ({ pool: poolByName(state, vol.pool).ref }),
    storagePoolIsActive: ({ pool }) => ({ active: byUuid(pool.uuid).active ? 1 : 0 }),
    storagePoolIsPersistent: ({ pool }) => ({ persistent: byUuid(pool.uuid).persistent ? 1 : 0 }),

    storagePoolCreateXml: ({ xml, flags }) => {
      checkFlags(flags, 0, 'testStoragePoolCreateXML');
      return chain(parseStoragePool(xml), (def) => {
        const pool = addPool(state, def, { live: true });
        if (def.source.adapter?.type === 'fc_host') createVport(state, def.source.adapter);
        pool.persistent = false;
        pool.active = true;
        publish(pool.ref, PoolEvent.Started);
        return { pool: pool.ref };
      });
    },
    storagePoolDefineXml: ({ xml, flags }) => {
      checkFlags(flags, StoragePoolDefineFlags.Validate, 'testStoragePoolDefineXML');
      return chain(define(xml), (pool) => {
        pool.persistent = true;
        publish(pool.ref, PoolEvent.Defined);
        return { pool: pool.ref };
      });
    },
    storagePoolCreate: ({ pool, flags }) => {
      checkFlags(flags, 0, 'testStoragePoolCreate');
      inactive(pool.name).active = true;
      publish(pool, PoolEvent.Started);
      return {};
    },
    storagePoolBuild: ({ pool, flags }) => {
      checkFlags(flags, 0, 'testStoragePoolBuild');
      inactive(pool.name);
      publish(pool, PoolEvent.Created);
      return {};
    },
    storagePoolDestroy: ({ pool }) => {
      const object = activePool(state, pool.name);
      object.active = false;
      if (object.def.source.adapter?.type === 'fc_host') destroyVport(state);
      object.useNewDef();
      publish(object.ref, PoolEvent.Stopped);
      if (!object.persistent) state.pools.remove(object);
      return {};
    },
    storagePoolDelete: ({ pool, flags }) => {
      checkFlags(flags, 0, 'testStoragePoolDelete');
      inactive(pool.name);
      publish(pool, PoolEvent.Deleted);
      return {};
    },
    storagePoolUndefine: ({ pool }) => {
      const object = inactive(pool.name);
      publish(pool, PoolEvent.Undefined);
      state.pools.remove(object);
      return {};
    },
    storagePoolRefresh: ({ pool, flags }) => {
      checkFlags(flags, 0, 'testStoragePoolRefresh');
      activePool(state, pool.name);
      state.hub.publish(storagePoolEvents.refresh, { pool });
      return {};
    },
    storagePoolGetInfo: ({ pool }) => {
      const { active, def } = poolByName(state, pool.name);
      return {
        state: active ? StoragePoolState.Running : StoragePoolState.Inactive,
        capacity: def.capacity,
        allocation: def.allocation,
        available: def.available,
      };
    },
    storagePoolGetXmlDesc: ({ pool, flags }) => {
      checkFlags(flags, 0, 'testStoragePoolGetXMLDesc');
      return { xml: formatStoragePool(poolByName(state, pool.name).def) };
    },
    storagePoolGetAutostart: ({ pool }) => {
      const object = poolByName(state, pool.name);
      return { autostart: object.persistent && object.autostart ? 1 : 0 };
    },
    storagePoolSetAutostart: ({ pool, autostart }) => {
      const object = poolByName(state, pool.name);
      if (!object.persistent) throw testError(ErrorCode.InvalidArg, 'pool has no config file');
      object.autostart = autostart !== 0;
      return {};
    },
  };
}

const typeFlags: Readonly<Record<StoragePoolType, number>> = {
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
};
const listFlagsMask = Object.values(ListFlags).reduce((all, flag) => all | flag, 0);

const filters: readonly (readonly [number, number, (pool: TestPool) => boolean])[] = [
  [ListFlags.Active, ListFlags.Inactive, (pool) => pool.active],
  [ListFlags.Persistent, ListFlags.Transient, (pool) => pool.persistent],
  [ListFlags.Autostart, ListFlags.NoAutostart, (pool) => pool.autostart],
];

function matches(pool: TestPool, flags: number): boolean {
  for (const [yes, no, test] of filters) {
    if ((flags & (yes | no)) !== 0 && (flags & (test(pool) ? yes : no)) === 0) return false;
  }
  const types = flags & ~(ListFlags.Dir - 1);
  return types === 0 || (types & typeFlags[pool.def.type]) !== 0;
}

const logicalSources = `<sources>
  <source>
    <device path='/dev/sda20'/>
    <name>testvg1</name>
    <format type='lvm2'/>
  </source>
  <source>
    <device path='/dev/sda21'/>
    <name>testvg2</name>
    <format type='lvm2'/>
  </source>
</sources>
`;

function findSources(type: string, srcSpec: string | null) {
  // Number 0, `dir`, is taken for "unknown" by libvirt's test driver; words that no type has fall through to the refusal.
  if (type === 'dir') throw testError(ErrorCode.InternalError, `unknown storage pool type ${type}`);
  if (type === 'logical') return { xml: logicalSources };
  if (type !== 'netfs') throw testError(ErrorCode.NoSupport, `pool type '${type}' does not support source discovery`);
  const spec =
    srcSpec === null ? null : parseXml(srcSpec, { source: '(storage_source_specification)', root: 'source' });
  return chain(spec, (source) => {
    const host = source?.child('host')?.attribute('name') ?? null;
    if (host === null) throw testError(ErrorCode.InvalidArg, 'hostname must be specified for netfs sources');
    return {
      xml: `<sources>\n  <source>\n    <host name='${host}'/>\n    <dir path='/testshare'/>\n    <format type='nfs'/>\n  </source>\n</sources>\n`,
    };
  });
}
