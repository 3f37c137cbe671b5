// Storage volumes of the test driver.
import { formatStorageVolume, parseStorageVolume, type StoragePoolType, type StorageVolumeDef } from '@virtwire/conf';
import { StorageVolType } from '@virtwire/protocol/constants';
import { ErrorCode } from '@virtwire/rpc';
import type { DriverHandlers } from '../define.ts';
import { chain } from './chain.ts';
import { checkFlags, operationInvalid, testError } from './errors.ts';
import type { TestState } from './state.ts';
import type { TestPool } from './storage-object.ts';
import { activePool } from './storage-pool.ts';

const volumeTypes: Readonly<Partial<Record<StoragePoolType, number>>> = {
  dir: StorageVolType.File,
  fs: StorageVolType.File,
  netfs: StorageVolType.File,
  vstorage: StorageVolType.File,
  sheepdog: StorageVolType.Network,
  'iscsi-direct': StorageVolType.Network,
  gluster: StorageVolType.Network,
  rbd: StorageVolType.Network,
};

/** Answers the calls about storage volumes. */
export function storageVolumeHandlers(state: TestState): DriverHandlers {
  const volumeOf = (pool: TestPool, name: string): StorageVolumeDef => {
    const volume = pool.volumes.get(name);
    if (volume === undefined) throw testError(ErrorCode.NoStorageVol, `no storage vol with matching name '${name}'`);
    return volume;
  };
  const find = (vol: { readonly pool: string; readonly name: string }) =>
    volumeOf(activePool(state, vol.pool), vol.name);
  const search = (what: 'key' | 'path', value: string) => {
    for (const pool of state.pools.values()) {
      if (!pool.active) continue;
      for (const volume of pool.volumes.values()) {
        if ((what === 'key' ? volume.key : volume.target.path) === value) return { vol: pool.volumeRef(volume) };
      }
    }
    throw testError(ErrorCode.NoStorageVol, `no storage vol with matching ${what} '${value}'`);
  };
  const create = (pool: TestPool, volume: StorageVolumeDef, source: string | null) => {
    if (pool.volumes.has(volume.name)) throw testError(ErrorCode.OperationFailed, 'storage vol already exists');
    if (source !== null) volumeOf(pool, source);
    if (pool.def.allocation + volume.allocation > pool.def.capacity) {
      throw testError(ErrorCode.InternalError, `Not enough free space in pool for volume '${volume.name}'`);
    }
    volume.target.path = `${pool.def.targetPath ?? '(null)'}/${volume.name}`;
    volume.key = volume.target.path;
    pool.addVolume(volume);
    return { vol: pool.volumeRef(volume) };
  };

  return {
    storagePoolNumOfVolumes: ({ pool }) => ({ num: activePool(state, pool.name).volumes.size }),
    storagePoolListVolumes: ({ pool, maxnames }) => ({
      names: [...activePool(state, pool.name).volumes.keys()].slice(0, maxnames),
    }),
    storagePoolListAllVolumes: ({ pool, need_results, flags }) => {
      checkFlags(flags, 0, 'testStoragePoolListAllVolumes');
      const object = state.pools.byUuid(pool.uuid);
      if (object === undefined) {
        throw testError(ErrorCode.NoStoragePool, `no storage pool with matching uuid '${pool.uuid}'`);
      }
      if (!object.active) throw operationInvalid('storage pool is not active');
      const vols = [...object.volumes.values()].map((volume) => object.volumeRef(volume));
      return { vols: need_results === 0 ? [] : vols, ret: vols.length };
    },
    storageVolLookupByName: ({ pool, name }) => {
      const object = activePool(state, pool.name);
      return { vol: object.volumeRef(volumeOf(object, name)) };
    },
    storageVolLookupByKey: ({ key }) => search('key', key),
    storageVolLookupByPath: ({ path }) => search('path', path),
    storageVolCreateXml: ({ pool, xml, flags }) => {
      checkFlags(flags, 0, 'testStorageVolCreateXML');
      const object = activePool(state, pool.name);
      return chain(parseStorageVolume(object.def.type, xml), (volume) => create(object, volume, null));
    },
    storageVolCreateXmlFrom: ({ pool, xml, clonevol, flags }) => {
      checkFlags(flags, 0, 'testStorageVolCreateXMLFrom');
      const object = activePool(state, pool.name);
      return chain(parseStorageVolume(object.def.type, xml), (volume) => create(object, volume, clonevol.name));
    },
    storageVolDelete: ({ vol, flags }) => {
      checkFlags(flags, 0, 'testStorageVolDelete');
      const pool = activePool(state, vol.pool);
      pool.removeVolume(volumeOf(pool, vol.name));
      return {};
    },
    storageVolGetInfo: ({ vol }) => {
      const { capacity, allocation } = find(vol);
      const type = volumeTypes[activePool(state, vol.pool).def.type] ?? StorageVolType.Block;
      return { type, capacity, allocation };
    },
    storageVolGetXmlDesc: ({ vol, flags }) => {
      checkFlags(flags, 0, 'testStorageVolGetXMLDesc');
      return { xml: formatStorageVolume(find(vol)) };
    },
    storageVolGetPath: ({ vol }) => ({ name: find(vol).target.path ?? '' }),
  };
}
