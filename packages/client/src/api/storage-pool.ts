// A storage pool of a connection: thin methods, one per libvirt call.
import { type EventFilter, remote } from '@virtwire/protocol';
import type { CallOptions, Session } from './session.ts';
import { StorageVolume } from './storage-volume.ts';

/** What names a storage pool on the wire. */
export interface StoragePoolRef {
  readonly name: string;
  readonly uuid: string;
}

/** State and sizes of a storage pool. */
export interface StoragePoolInfo {
  /** A number of StoragePoolState. */
  readonly state: number;
  /** Bytes. */
  readonly capacity: bigint;
  /** Bytes. */
  readonly allocation: bigint;
  /** Bytes. */
  readonly available: bigint;
}

/** A storage pool. */
export class StoragePool {
  readonly #session: Session;
  /** Its name when the handle was made. */
  readonly name: string;
  /** Its UUID, canonical and in lower case. */
  readonly uuid: string;

  /** Made by the lookups, lists and definitions of a connection. */
  constructor(session: Session, ref: StoragePoolRef) {
    this.#session = session;
    this.name = ref.name;
    this.uuid = ref.uuid;
  }

  /** The wire form of the handle. */
  get ref(): StoragePoolRef {
    return { name: this.name, uuid: this.uuid };
  }

  /** Narrows a subscription to this pool. */
  get filter(): EventFilter {
    return this.ref;
  }

  /** Starts a defined pool. @param flags of StoragePoolCreateFlags @see virStoragePoolCreate */
  async create(flags = 0, options?: CallOptions): Promise<void> {
    await this.#session.call(remote.storagePoolCreate, { pool: this.ref, flags }, options);
  }

  /** Makes what the pool stands on (a folder, a file system, ...). @param flags of StoragePoolBuildFlags @see virStoragePoolBuild */
  async build(flags = 0, options?: CallOptions): Promise<void> {
    await this.#session.call(remote.storagePoolBuild, { pool: this.ref, flags }, options);
  }

  /** Stops the pool; its data stay. @see virStoragePoolDestroy */
  async destroy(options?: CallOptions): Promise<void> {
    await this.#session.call(remote.storagePoolDestroy, { pool: this.ref }, options);
  }

  /** Deletes what the pool stands on, for good. @param flags of StoragePoolDeleteFlags @see virStoragePoolDelete */
  async delete(flags = 0, options?: CallOptions): Promise<void> {
    await this.#session.call(remote.storagePoolDelete, { pool: this.ref, flags }, options);
  }

  /** Removes the definition. @see virStoragePoolUndefine */
  async undefine(options?: CallOptions): Promise<void> {
    await this.#session.call(remote.storagePoolUndefine, { pool: this.ref }, options);
  }

  /** Looks at the storage again. @see virStoragePoolRefresh */
  async refresh(flags = 0, options?: CallOptions): Promise<void> {
    await this.#session.call(remote.storagePoolRefresh, { pool: this.ref, flags }, options);
  }

  /** Gives state and sizes. @see virStoragePoolGetInfo */
  async getInfo(options?: CallOptions): Promise<StoragePoolInfo> {
    const info = await this.#session.call(remote.storagePoolGetInfo, { pool: this.ref }, options);
    return { state: info.state, capacity: info.capacity, allocation: info.allocation, available: info.available };
  }

  /** Gives its XML. @param flags of StorageXmlFlags @see virStoragePoolGetXMLDesc */
  async getXmlDesc(flags = 0, options?: CallOptions): Promise<string> {
    return (await this.#session.call(remote.storagePoolGetXmlDesc, { pool: this.ref, flags }, options)).xml;
  }

  /** Tells whether it starts with the daemon. @see virStoragePoolGetAutostart */
  async getAutostart(options?: CallOptions): Promise<boolean> {
    return (await this.#session.call(remote.storagePoolGetAutostart, { pool: this.ref }, options)).autostart !== 0;
  }

  /** Says whether it starts with the daemon. @see virStoragePoolSetAutostart */
  async setAutostart(autostart: boolean, options?: CallOptions): Promise<void> {
    await this.#session.call(remote.storagePoolSetAutostart, { pool: this.ref, autostart: autostart ? 1 : 0 }, options);
  }

  /** Tells whether it runs. @see virStoragePoolIsActive */
  async isActive(options?: CallOptions): Promise<boolean> {
    return (await this.#session.call(remote.storagePoolIsActive, { pool: this.ref }, options)).active === 1;
  }

  /** Tells whether it stays defined when it stops. @see virStoragePoolIsPersistent */
  async isPersistent(options?: CallOptions): Promise<boolean> {
    return (await this.#session.call(remote.storagePoolIsPersistent, { pool: this.ref }, options)).persistent === 1;
  }

  /** Counts its volumes. @see virStoragePoolNumOfVolumes */
  async numOfVolumes(options?: CallOptions): Promise<number> {
    return (await this.#session.call(remote.storagePoolNumOfVolumes, { pool: this.ref }, options)).num;
  }

  /** Lists the names of its volumes. @param maxNames how many at most @see virStoragePoolListVolumes */
  async listVolumes(maxNames: number, options?: CallOptions): Promise<readonly string[]> {
    const args = { pool: this.ref, maxnames: maxNames };
    return (await this.#session.call(remote.storagePoolListVolumes, args, options)).names;
  }

  /** Lists its volumes. @see virStoragePoolListAllVolumes */
  async listAllVolumes(flags = 0, options?: CallOptions): Promise<StorageVolume[]> {
    const args = { pool: this.ref, need_results: 1, flags };
    const { vols } = await this.#session.call(remote.storagePoolListAllVolumes, args, options);
    return vols.map((vol) => new StorageVolume(this.#session, vol));
  }

  /** Finds a volume by its name. @throws LibvirtError `NoStorageVol` @see virStorageVolLookupByName */
  async lookupVolumeByName(name: string, options?: CallOptions): Promise<StorageVolume> {
    const { vol } = await this.#session.call(remote.storageVolLookupByName, { pool: this.ref, name }, options);
    return new StorageVolume(this.#session, vol);
  }

  /** Makes a volume. @param flags of StorageVolCreateFlags @see virStorageVolCreateXML */
  async createVolumeXml(xml: string, flags = 0, options?: CallOptions): Promise<StorageVolume> {
    const { vol } = await this.#session.call(remote.storageVolCreateXml, { pool: this.ref, xml, flags }, options);
    return new StorageVolume(this.#session, vol);
  }

  /** Makes a volume with the data of another one. @param flags of StorageVolCreateFlags @see virStorageVolCreateXMLFrom */
  async createVolumeXmlFrom(
    xml: string,
    source: StorageVolume,
    flags = 0,
    options?: CallOptions,
  ): Promise<StorageVolume> {
    const args = { pool: this.ref, xml, clonevol: source.ref, flags };
    const { vol } = await this.#session.call(remote.storageVolCreateXmlFrom, args, options);
    return new StorageVolume(this.#session, vol);
  }
}
