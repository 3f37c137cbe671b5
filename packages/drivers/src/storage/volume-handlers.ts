// Calls about storage volumes.
import {
  formatStorageVolume,
  parseStorageVolume,
  sanitizePath,
  storageVolumeTypes,
  type StorageVolumeDef,
} from '@virtwire/conf';
import type { CallContext, NonnullStoragePool, NonnullStorageVol } from '@virtwire/protocol';
import {
  StorageVolCreateFlags as CreateFlags,
  StorageVolDownloadFlags as DownloadFlags,
  StorageVolInfoFlags as InfoFlags,
  StorageVolResizeFlags as ResizeFlags,
  StorageVolUploadFlags as UploadFlags,
} from '@virtwire/protocol/constants';
import { type DriverStream, ErrorCode, ErrorDomain, LibvirtError } from '@virtwire/rpc';
import type { DriverHandlers } from '../define.ts';
import { checkVolumeName } from './directory.ts';
import { beginDownload } from './download.ts';
import { argumentError, checkFlags, operationInvalid, storageError } from './errors.ts';
import { lockedPool } from './pool-handlers.ts';
import { type StoragePool, StorageVolume } from './storage-objects.ts';
import { checkActive, type StorageState, volumeNamed } from './storage-state.ts';
import { beginUpload } from './upload.ts';
import {
  checkWipeAlgorithm,
  makeVolumeFile,
  refuseExisting,
  removeVolumeFile,
  resizeRaw,
  wipeVolumeFile,
} from './volume-file.ts';
import { probeVolume, refreshVolume } from './volume-info.ts';

/** Answers the calls that find, list and describe volumes. */
export function volumeQueryHandlers(state: StorageState): DriverHandlers {
  const info = async (ref: NonnullStorageVol, flags: number) => {
    const { def } = state.volumeOf(ref);
    await refreshVolume(def);
    const allocation = (flags & InfoFlags.GetPhysical) !== 0 ? def.physical : def.allocation;
    return { type: storageVolumeTypes.indexOf(def.type), capacity: def.capacity, allocation };
  };
  return {
    storagePoolNumOfVolumes: ({ pool }) => ({ num: state.activePoolOf(pool).volumes.size }),
    storagePoolListVolumes: ({ pool, maxnames }) => ({
      names: [...state.activePoolOf(pool).volumes.keys()].slice(0, Math.max(0, maxnames)),
    }),
    storagePoolListAllVolumes: ({ pool: ref, need_results, flags }) => {
      checkFlags(flags, 0, 'storagePoolListAllVolumes');
      const { volumes } = state.activePoolOf(ref);
      const vols = need_results === 0 ? [] : [...volumes.values()].map((volume) => volume.ref);
      return { vols, ret: volumes.size };
    },
    storageVolLookupByName: ({ pool, name }) => ({ vol: volumeNamed(state.activePoolOf(pool), name).ref }),
    storageVolLookupByKey: ({ key }) => {
      const volume = findVolume(state, (candidate) => candidate.def.key === key);
      if (volume !== undefined) return { vol: volume.ref };
      throw storageError(ErrorCode.NoStorageVol, `no storage vol with matching key ${key}`);
    },
    storageVolLookupByPath: ({ path }) => {
      const place = sanitizePath(path);
      const volume = findVolume(state, (candidate) => candidate.path === place);
      if (volume !== undefined) return { vol: volume.ref };
      const named = place === path ? `'${path}'` : `'${path}' (${place})`;
      throw storageError(ErrorCode.NoStorageVol, `no storage vol with matching path ${named}`);
    },
    storageVolGetPath: ({ vol }) => ({ name: state.volumeOf(vol).path }),
    storageVolGetInfo: ({ vol }) => info(vol, 0),
    storageVolGetInfoFlags: ({ vol, flags }) => {
      checkFlags(flags, InfoFlags.GetPhysical, 'storageVolGetInfoFlags');
      return info(vol, flags);
    },
    storageVolGetXmlDesc: async ({ vol, flags }) => {
      checkFlags(flags, 0, 'storageVolGetXMLDesc');
      const { def } = state.volumeOf(vol);
      await refreshVolume(def);
      return { xml: formatStorageVolume(def) };
    },
  };
}

/** Answers the calls that make, change and remove volumes. */
export function volumeLifecycleHandlers(state: StorageState): DriverHandlers {
  return {
    storageVolCreateXml: async ({ pool, xml, flags }, context) => {
      checkFlags(flags, CreateFlags.PreallocMetadata | CreateFlags.Validate, 'storageVolCreateXML');
      state.activePoolOf(pool);
      const def = await parseStorageVolume('dir', xml, { capacity: 'optional-with-backing' });
      refuseValidation(flags);
      const volume = await reserve(state, pool, def, (target) => {
        if (target.volumes.has(def.name))
          throw new LibvirtError(ErrorCode.StorageVolExist, `'${def.name}'`, { domain: ErrorDomain.Storage });
      });
      await build(state, volume, null, flags & ~CreateFlags.Validate, context);
      return { vol: volume.ref };
    },
    storageVolCreateXmlFrom: async ({ pool, xml, clonevol, flags }, context) => {
      const known = CreateFlags.PreallocMetadata | CreateFlags.Reflink | CreateFlags.Validate;
      checkFlags(flags, known, 'storageVolCreateXMLFrom');
      const original = originalOf(state, pool, clonevol);
      const def = await parseStorageVolume('dir', xml, { capacity: 'optional' });
      refuseValidation(flags);
      const volume = await reserve(state, pool, def, async (target) => {
        if (target.volumes.has(def.name)) {
          throw storageError(ErrorCode.InternalError, `storage volume name '${def.name}' already in use.`);
        }
        if (original.building) throw stillBuilding(original);
        await refreshVolume(original.def);
        if (def.capacity < original.def.capacity) def.capacity = original.def.capacity;
        if (!def.hasAllocation) def.allocation = def.capacity;
      });
      original.inUse++;
      original.pool.jobs++;
      try {
        await build(state, volume, original.def, flags & ~CreateFlags.Validate, context);
      } finally {
        original.inUse--;
        original.pool.jobs--;
      }
      return { vol: volume.ref };
    },
    storageVolDelete: async ({ vol, flags }) => {
      await lockedVolume(state, vol, async (volume) => {
        checkFlags(flags, 0, 'virStorageBackendVolDeleteLocal');
        await removeVolumeFile(volume.def);
        forget(volume);
        account(volume.pool, -volume.def.allocation);
      });
      return {};
    },
    storageVolResize: async ({ vol, capacity, flags }, context) => {
      const known = ResizeFlags.Allocate | ResizeFlags.Delta | ResizeFlags.Shrink;
      if (capacity === 0n && (flags & (ResizeFlags.Delta | ResizeFlags.Shrink)) === 0) {
        const name = 'virStorageVolResize';
        const message = `capacity in ${name} cannot be zero without 'delta' or 'shrink' flags set`;
        throw argumentError(name, 'capacity', message);
      }
      checkFlags(flags, known, 'storageVolResize');
      await lockedVolume(state, vol, (volume) => resize(state, volume, capacity, flags, context));
      return {};
    },
    storageVolWipe: async ({ vol, flags }, context) => {
      checkFlags(flags, 0, 'storageVolWipePattern');
      await lockedVolume(state, vol, (volume) => wipe(volume, 0, context));
      return {};
    },
    storageVolWipePattern: async ({ vol, algorithm, flags }, context) => {
      checkFlags(flags, 0, 'storageVolWipePattern');
      checkWipeAlgorithm(algorithm);
      await lockedVolume(state, vol, (volume) => wipe(volume, algorithm, context));
      return {};
    },
  };
}

/** Answers the calls that move the content of volumes. */
export function volumeStreamHandlers(state: StorageState): DriverHandlers {
  const { log, qemuImg } = state;
  return {
    storageVolDownload: async ({ vol, offset, length, flags }, context) => {
      checkFlags(flags, DownloadFlags.SparseStream, 'storageVolDownload');
      const volume = state.volumeOf(vol);
      if (volume.building) throw stillBuilding(volume);
      const sparse = (flags & DownloadFlags.SparseStream) !== 0;
      await beginDownload({ path: volume.path, offset, length, sparse, stream: streamOf(context), qemuImg, log });
      return {};
    },
    storageVolUpload: async ({ vol, offset, length, flags }, context) => {
      checkFlags(flags, UploadFlags.SparseStream, 'storageVolUpload');
      const volume = state.volumeOf(vol);
      checkFree(volume);
      const ended = () => void refreshAfterUpload(state, volume.pool);
      await beginUpload({ path: volume.path, offset, length, stream: streamOf(context), log, ended });
      return {};
    },
  };
}

function streamOf({ stream }: CallContext): DriverStream {
  if (stream !== undefined) return stream;
  throw new LibvirtError(ErrorCode.InvalidStream, 'the call has no stream', { domain: ErrorDomain.Streams });
}

function refuseValidation(flags: number): void {
  if ((flags & CreateFlags.Validate) !== 0) {
    const detail = 'validating storage volume XML against the schema is not available';
    throw storageError(ErrorCode.OperationUnsupported, detail);
  }
}

function findVolume(state: StorageState, fits: (volume: StorageVolume) => boolean): StorageVolume | undefined {
  for (const pool of state.pools.values()) {
    if (!pool.active) continue;
    for (const volume of pool.volumes.values()) if (fits(volume)) return volume;
  }
  return undefined;
}

function originalOf(state: StorageState, ref: NonnullStoragePool, clonevol: NonnullStorageVol): StorageVolume {
  const target = state.poolOf(ref);
  const source = target.name === clonevol.pool ? target : state.poolNamed(clonevol.pool);
  checkActive(target);
  return volumeNamed(checkActive(source), clonevol.name);
}

function stillBuilding(volume: StorageVolume): LibvirtError {
  return operationInvalid(`volume '${volume.def.name}' is still being allocated.`);
}

// Streams do not count as use, as in libvirt: only a clone that reads the volume, and its own making.
function checkFree(volume: StorageVolume): void {
  if (volume.inUse > 0) throw operationInvalid(`volume '${volume.def.name}' is still in use.`);
  if (volume.building) throw stillBuilding(volume);
}

function lockedVolume<T>(
  state: StorageState,
  ref: NonnullStorageVol,
  work: (volume: StorageVolume) => Promise<T>,
): Promise<T> {
  const { pool } = state.volumeOf(ref);
  return lockedPool(state, pool.ref, () => {
    const volume = state.volumeOf(ref);
    checkFree(volume);
    return work(volume);
  });
}

// Gives a new volume its name and place in the pool, before there is a file.
function reserve(
  state: StorageState,
  ref: NonnullStoragePool,
  def: StorageVolumeDef,
  check: (pool: StoragePool) => void | Promise<void>,
): Promise<StorageVolume> {
  return lockedPool(state, ref, async (pool) => {
    checkActive(pool);
    await check(pool);
    checkVolumeName(def.name);
    const path = `${pool.def.targetPath}/${def.name}`;
    await refuseExisting(path);
    def.type = def.target.format === 'dir' ? 'dir' : def.target.format === 'ploop' ? 'ploop' : 'file';
    def.target.path = path;
    def.key = path;
    const volume = new StorageVolume(pool, def);
    volume.building = true;
    pool.jobs++;
    pool.volumes.set(def.name, volume);
    return volume;
  });
}

async function build(
  state: StorageState,
  volume: StorageVolume,
  source: StorageVolumeDef | null,
  flags: number,
  context: CallContext,
): Promise<void> {
  try {
    await makeVolumeFile(volume.def, source, { qemuImg: state.qemuImg, flags, signal: context.signal });
  } catch (thrown) {
    forget(volume);
    throw thrown;
  } finally {
    volume.building = false;
    volume.pool.jobs--;
  }
  await refreshVolume(volume.def);
  account(volume.pool, volume.def.allocation);
}

function forget(volume: StorageVolume): void {
  const { volumes } = volume.pool;
  if (volumes.get(volume.def.name) === volume) volumes.delete(volume.def.name);
}

// Until the next refresh tells the truth, a pool's numbers follow its volumes.
function account({ def }: StoragePool, bytes: bigint): void {
  def.allocation = def.allocation + bytes > 0n ? def.allocation + bytes : 0n;
  def.available = def.available - bytes > 0n ? def.available - bytes : 0n;
}

async function resize(
  state: StorageState,
  volume: StorageVolume,
  capacity: bigint,
  flags: number,
  context: CallContext,
): Promise<void> {
  const { def, pool } = volume;
  const shrink = (flags & ResizeFlags.Shrink) !== 0;
  const allocate = (flags & ResizeFlags.Allocate) !== 0;
  const wanted =
    (flags & ResizeFlags.Delta) === 0 ? capacity : shrink ? less(def.capacity, capacity) : def.capacity + capacity;
  if (wanted < def.allocation) {
    throw storageError(ErrorCode.InvalidArg, "can't shrink capacity below existing allocation");
  }
  if (wanted < def.capacity && !shrink) {
    const detail = "Can't shrink capacity below current capacity unless shrink flag explicitly specified";
    throw storageError(ErrorCode.InvalidArg, detail);
  }
  if (allocate && wanted - def.allocation > pool.def.available) {
    throw storageError(ErrorCode.OperationFailed, 'Not enough space left in storage pool');
  }
  if (def.target.format === 'raw' && def.type !== 'dir') {
    await resizeRaw(volume.path, wanted, allocate);
  } else {
    if (allocate) {
      throw storageError(ErrorCode.OperationUnsupported, 'preallocate is only supported for raw type volume');
    }
    await state.qemuImg.resize(def, wanted, shrink, context.signal);
  }
  def.capacity = wanted;
  if (allocate) {
    account(pool, wanted - def.allocation);
    def.allocation = wanted;
  }
}

function less(a: bigint, b: bigint): bigint {
  return a > b ? a - b : 0n;
}

// So much may change, the format included, that the file is looked at as if it were found for the first time.
async function wipe(volume: StorageVolume, algorithm: number, context: CallContext): Promise<void> {
  await wipeVolumeFile(volume.def, algorithm, context.signal);
  const def = await probeVolume(volume.pool.def.targetPath ?? '', volume.def.name);
  if (def !== null) volume.def = def;
}

async function refreshAfterUpload(state: StorageState, pool: StoragePool): Promise<void> {
  // One that has not begun yet will see this upload, too.
  if (pool.refreshWaits) return;
  pool.refreshWaits = true;
  try {
    await pool.lock.run(async () => {
      pool.refreshWaits = false;
      if (state.pools.byUuid(pool.uuid) !== pool || !pool.active || pool.jobs > 0) return;
      await state.refresh(pool);
      state.publishRefresh(pool);
    });
  } catch (thrown) {
    state.log.error(
      `Failed to refresh storage pool '${pool.name}': ${thrown instanceof Error ? thrown.message : String(thrown)}`,
    );
  }
}
