// Pools and volumes as the driver holds them while it runs.
import type { StoragePoolDef, StorageVolumeDef } from '@virtwire/conf';
import type { NonnullStoragePool, NonnullStorageVol } from '@virtwire/protocol';
import { Lock } from './lock.ts';

/** A volume of a pool. */
export class StorageVolume {
  def: StorageVolumeDef;
  readonly pool: StoragePool;
  /** True until its file has its content. */
  building = false;
  /** How many clones are being read from it. */
  inUse = 0;

  constructor(pool: StoragePool, def: StorageVolumeDef) {
    this.pool = pool;
    this.def = def;
  }

  /** Where its file is. */
  get path(): string {
    return this.def.target.path ?? '';
  }

  /** How the wire names it. */
  get ref(): NonnullStorageVol {
    return { pool: this.pool.name, name: this.def.name, key: this.def.key ?? this.path };
  }
}

/** A pool. */
export class StoragePool {
  def: StoragePoolDef;
  /** What counts from its next start on; null when that is `def`. */
  newDef: StoragePoolDef | null = null;
  active = false;
  /** True while virStoragePoolCreateXML is about to make it active. */
  starting = false;
  /** True if it is kept on disk. */
  persistent = false;
  autostart = false;
  /** How many volumes are being made in it, or read by a clone. */
  jobs = 0;
  /** True while a refresh that an upload asked for has not begun. */
  refreshWaits = false;
  readonly volumes = new Map<string, StorageVolume>();
  /** Held by whatever changes the pool. */
  readonly lock = new Lock();

  constructor(def: StoragePoolDef) {
    this.def = def;
  }

  get name(): string {
    return this.def.name;
  }

  get uuid(): string {
    return this.def.uuid;
  }

  /** How the wire names it. */
  get ref(): NonnullStoragePool {
    return { name: this.name, uuid: this.uuid };
  }

  /** Forgets its volumes and lets a waiting definition count. */
  deactivate(): void {
    this.active = false;
    this.volumes.clear();
    if (this.newDef !== null) this.def = this.newDef;
    this.newDef = null;
  }
}
