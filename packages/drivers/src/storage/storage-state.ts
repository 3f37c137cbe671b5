// Everything that the storage driver holds, shared by all its connections; and how it comes back after a restart.
import { type StoragePoolDef, storagePoolTypes } from '@virtwire/conf';
import { type NonnullStoragePool, type NonnullStorageVol, storagePoolEvents } from '@virtwire/protocol';
import { StoragePoolEventLifecycleType as PoolEvent } from '@virtwire/protocol/constants';
import { ErrorCode } from '@virtwire/rpc';
import { EventHub } from '../event-hub.ts';
import { ObjectStore } from '../object-store.ts';
import { directoryIsThere, refreshDirectory } from './directory.ts';
import { operationInvalid, storageError } from './errors.ts';
import { Lock } from './lock.ts';
import type { StorageLog, StorageSettings } from './options.ts';
import { PoolFiles } from './pool-files.ts';
import { QemuImg } from './qemu-img.ts';
import { StoragePool, type StorageVolume } from './storage-objects.ts';

/** All pools of one driver. */
export class StorageState {
  readonly pools = new ObjectStore<StoragePool>();
  readonly hub: EventHub;
  readonly files: PoolFiles;
  readonly qemuImg: QemuImg;
  readonly log: StorageLog;
  /** Held while pools come and go. */
  readonly lock = new Lock();
  private loading: Promise<void> | undefined;

  constructor(settings: StorageSettings) {
    this.log = settings.log;
    this.hub = new EventHub({ onListenerError: (error) => settings.log.error(`event listener: ${String(error)}`) });
    this.files = new PoolFiles(settings.configDir, settings.stateDir, settings.log);
    this.qemuImg = new QemuImg(settings.qemuImg);
  }

  /** Reads what is on disk, once. */
  load(): Promise<void> {
    this.loading ??= this.loadAll().catch((thrown: unknown) => {
      this.loading = undefined;
      throw thrown;
    });
    return this.loading;
  }

  /** Tells of a pool's life. */
  publish(pool: StoragePool, event: number): void {
    this.hub.publish(storagePoolEvents.lifecycle, { pool: pool.ref, event, detail: 0 });
  }

  /** Tells that a pool was looked through again. */
  publishRefresh(pool: StoragePool): void {
    this.hub.publish(storagePoolEvents.refresh, { pool: pool.ref });
  }

  /** The pool that a call is about. @throws LibvirtError `NoStoragePool` */
  poolOf(ref: NonnullStoragePool): StoragePool {
    const pool = this.pools.byUuid(ref.uuid);
    if (pool !== undefined) return pool;
    throw storageError(
      ErrorCode.NoStoragePool,
      `no storage pool with matching uuid '${ref.uuid}'${ref.name === '' ? '' : ` (${ref.name})`}`,
    );
  }

  /** The same, and it must be active. */
  activePoolOf(ref: NonnullStoragePool): StoragePool {
    return checkActive(this.poolOf(ref));
  }

  /** @throws LibvirtError `NoStoragePool` */
  poolNamed(name: string): StoragePool {
    const pool = this.pools.byName(name);
    if (pool === undefined) throw storageError(ErrorCode.NoStoragePool, `no storage pool with matching name '${name}'`);
    return pool;
  }

  /** The volume that a call is about. @throws LibvirtError `NoStoragePool`, `OperationInvalid`, `NoStorageVol` */
  volumeOf(ref: NonnullStorageVol): StorageVolume {
    return volumeNamed(checkActive(this.poolNamed(ref.pool)), ref.name);
  }

  /** Looks through a pool; one that cannot be is stopped. */
  async refresh(pool: StoragePool): Promise<void> {
    try {
      await refreshDirectory(pool, this.log);
    } catch (thrown) {
      await this.stop(pool);
      throw thrown;
    }
  }

  /** Takes a pool out of service; a transient one is gone then. */
  async stop(pool: StoragePool): Promise<void> {
    await this.files.removeState(pool.name);
    const wasActive = pool.active;
    pool.deactivate();
    if (!pool.persistent) this.pools.remove(pool);
    if (wasActive) this.publish(pool, PoolEvent.Stopped);
  }

  private async loadAll(): Promise<void> {
    await this.files.prepare();
    for (const def of await this.files.loadStates()) this.addLoaded(def);
    for (const { def, autostart } of await this.files.loadConfigs()) {
      const pool = this.addLoaded(def);
      if (pool === null) continue;
      pool.persistent = true;
      pool.autostart = autostart;
    }
    for (const pool of Array.from(this.pools.values())) await this.findOutWhetherActive(pool);
    if (await this.files.firstStart()) {
      for (const pool of Array.from(this.pools.values())) if (pool.autostart && !pool.active) await this.start(pool);
    }
  }

  private addLoaded(def: StoragePoolDef): StoragePool | null {
    try {
      const known = checkDuplicate(this, def, false);
      if (known !== undefined) {
        // It is running by another definition than the one that is kept.
        known.newDef = def;
        return known;
      }
      const pool = new StoragePool(def);
      this.pools.add(pool);
      return pool;
    } catch (thrown) {
      this.log.error(`ignoring pool '${def.name}': ${thrown instanceof Error ? thrown.message : String(thrown)}`);
      return null;
    }
  }

  // libvirt takes any pool whose directory is there for running, whatever it was before.
  private async findOutWhetherActive(pool: StoragePool): Promise<void> {
    if (pool.def.type !== 'dir') {
      this.log.error(`missing backend for pool type ${poolTypeNumber(pool.def)} (${pool.def.type})`);
      return;
    }
    if (await directoryIsThere(pool)) {
      await this.activate(pool, 'restart');
      return;
    }
    pool.deactivate();
    if (!pool.persistent) this.pools.remove(pool);
  }

  private async start(pool: StoragePool): Promise<void> {
    if (pool.def.type === 'dir') await this.activate(pool, 'autostart');
  }

  private async activate(pool: StoragePool, how: 'restart' | 'autostart'): Promise<void> {
    try {
      if (how === 'autostart') await this.files.saveState(pool.def);
      await refreshDirectory(pool, this.log);
      pool.active = true;
    } catch (thrown) {
      const reason = thrown instanceof Error ? thrown.message : String(thrown);
      this.log.error(`Failed to ${how} storage pool '${pool.name}': ${reason}`);
      pool.deactivate();
      if (!pool.persistent) this.pools.remove(pool);
    }
  }
}

/** libvirt's number of the type of a pool. */
export function poolTypeNumber(def: StoragePoolDef): number {
  return storagePoolTypes.indexOf(def.type);
}

/** @throws LibvirtError `OperationInvalid` when a pool is not active */
export function checkActive(pool: StoragePool): StoragePool {
  if (!pool.active) throw operationInvalid(`storage pool '${pool.name}' is not active`);
  return pool;
}

/** A volume of a pool by its name. @throws LibvirtError `NoStorageVol` */
export function volumeNamed(pool: StoragePool, name: string): StorageVolume {
  const volume = pool.volumes.get(name);
  if (volume !== undefined) return volume;
  throw storageError(ErrorCode.NoStorageVol, `no storage vol with matching name '${name}'`);
}

/**
 * Finds the pool that a definition would replace.
 *
 * @param live refuse to replace an active one
 * @throws LibvirtError `OperationFailed` when name, UUID or directory belong to another pool
 * @see virStoragePoolObjListAdd
 */
export function checkDuplicate(state: StorageState, def: StoragePoolDef, live: boolean): StoragePool | undefined {
  for (const other of state.pools.values()) {
    const samePlace = other.def.type === 'dir' && def.type === 'dir' && other.def.targetPath === def.targetPath;
    if (samePlace && other.name !== def.name) {
      throw storageError(ErrorCode.OperationFailed, `Storage source conflict with pool: '${other.name}'`);
    }
  }
  const same = state.pools.byUuid(def.uuid);
  if (same !== undefined && same.name !== def.name) {
    throw storageError(ErrorCode.OperationFailed, `pool '${same.name}' is already defined with uuid ${same.uuid}`);
  }
  const named = state.pools.byName(def.name);
  if (same === undefined && named !== undefined) {
    throw storageError(ErrorCode.OperationFailed, `pool '${named.name}' already exists with uuid ${named.uuid}`);
  }
  if (live && (same?.active || same?.starting)) throw operationInvalid(`pool is already active as '${same.name}'`);
  return same;
}
