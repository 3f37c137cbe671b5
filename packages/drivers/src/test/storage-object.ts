// A storage pool of the test driver with its volumes.
import type { StoragePoolDef, StorageVolumeDef } from '@virtwire/conf';
import type { NonnullStoragePool, NonnullStorageVol } from '@virtwire/protocol';

/** A pool and what is in it. */
export class TestPool {
  def: StoragePoolDef;
  /** What a definition of the active pool left for its next start. */
  newDef: StoragePoolDef | null = null;
  active = false;
  autostart = false;
  persistent = true;
  readonly volumes = new Map<string, StorageVolumeDef>();

  constructor(def: StoragePoolDef) {
    this.def = def;
  }

  get name(): string {
    return this.def.name;
  }

  get uuid(): string {
    return this.def.uuid;
  }

  get ref(): NonnullStoragePool {
    return { name: this.def.name, uuid: this.def.uuid };
  }

  volumeRef(volume: StorageVolumeDef): NonnullStorageVol {
    return { pool: this.def.name, name: volume.name, key: volume.key ?? '' };
  }

  /** Puts a volume in; its size is taken from the free space. */
  addVolume(volume: StorageVolumeDef): void {
    volume.target.path ??= `${this.def.targetPath ?? ''}/${volume.name}`;
    volume.key ??= volume.target.path;
    this.volumes.set(volume.name, volume);
    this.account(volume.allocation);
  }

  removeVolume(volume: StorageVolumeDef): void {
    this.volumes.delete(volume.name);
    this.account(-volume.allocation);
  }

  /** After a stop the definition that waited for it counts. */
  useNewDef(): void {
    if (this.newDef === null) return;
    this.def = this.newDef;
    this.newDef = null;
  }

  private account(bytes: bigint): void {
    this.def.allocation += bytes;
    this.def.available = this.def.capacity - this.def.allocation;
  }
}

/** True when two pools would show the same files or devices (virStoragePoolObjSourceFindDuplicate). */
export function samePlace(one: StoragePoolDef, other: StoragePoolDef): boolean {
  if (one.type !== other.type) return false;
  const device = () => one.source.devices.some((a) => other.source.devices.some((b) => a.path === b.path));
  const host = () => one.source.hosts[0]?.name === other.source.hosts[0]?.name && one.source.hosts[0] !== undefined;
  switch (one.type) {
    case 'dir':
      return one.targetPath === other.targetPath;
    case 'gluster':
      return host() && one.source.name === other.source.name && one.source.dir === other.source.dir;
    case 'netfs':
      return host() && one.source.dir === other.source.dir;
    case 'iscsi':
      return host() && device() && one.source.initiator === other.source.initiator;
    case 'rbd':
    case 'sheepdog':
      return host() && one.source.name === other.source.name;
    case 'fs':
    case 'logical':
    case 'disk':
    case 'zfs':
      return device();
    default:
      return false;
  }
}
