// A volume of a storage pool: thin methods, one per libvirt call, and its two streams.
import { remote } from '@virtwire/protocol';
import { type Chunk, type ChunkSource, Download, Upload } from './byte-stream.ts';
import type { CallOptions, Session } from './session.ts';

/** What names a storage volume on the wire. */
export interface StorageVolumeRef {
  /** Name of its pool. */
  readonly pool: string;
  readonly name: string;
  readonly key: string;
}

/** Type and sizes of a storage volume. */
export interface StorageVolumeInfo {
  /** A number of StorageVolType. */
  readonly type: number;
  /** Bytes. */
  readonly capacity: bigint;
  /** Bytes. */
  readonly allocation: bigint;
}

/** Which bytes of a volume a stream carries. */
export interface TransferOptions extends CallOptions {
  /** First byte, 0n when left out. */
  readonly offset?: bigint;
  /** Bytes at most; 0n or left out: up to the end of the volume. */
  readonly length?: bigint;
}

/** How to download a volume. */
export interface DownloadOptions extends TransferOptions {
  /** True to get holes as {@link Hole} chunks instead of zeros. */
  readonly sparse?: boolean;
  /**
   * True when you are done with each chunk before you ask for the next, as when writing to a file: its memory is then read
   * into again, which spares most of the work of large downloads. Chunks of `readable` are yours in any case.
   */
  readonly reuseMemory?: boolean;
}

/** How to upload to a volume. */
export interface UploadOptions extends TransferOptions {
  /** True when the source has {@link Hole} chunks. */
  readonly sparse?: boolean;
}

// VIR_STORAGE_VOL_DOWNLOAD_SPARSE_STREAM and VIR_STORAGE_VOL_UPLOAD_SPARSE_STREAM have the same value.
const SPARSE_STREAM = 1;

/** A storage volume. */
export class StorageVolume {
  readonly #session: Session;
  /** Name of its pool. */
  readonly pool: string;
  /** Its name within the pool. */
  readonly name: string;
  /** Its key, unique on the host; usually its path. */
  readonly key: string;

  /** Made by the lookups and lists of a connection or pool. */
  constructor(session: Session, ref: StorageVolumeRef) {
    this.#session = session;
    this.pool = ref.pool;
    this.name = ref.name;
    this.key = ref.key;
  }

  /** The wire form of the handle. */
  get ref(): StorageVolumeRef {
    return { pool: this.pool, name: this.name, key: this.key };
  }

  /** Deletes the volume and its data. @param flags of StorageVolDeleteFlags @see virStorageVolDelete */
  async delete(flags = 0, options?: CallOptions): Promise<void> {
    await this.#session.call(remote.storageVolDelete, { vol: this.ref, flags }, options);
  }

  /** Overwrites its data with zeros. @see virStorageVolWipe */
  async wipe(flags = 0, options?: CallOptions): Promise<void> {
    await this.#session.call(remote.storageVolWipe, { vol: this.ref, flags }, options);
  }

  /** Overwrites its data. @param algorithm of StorageVolWipeAlgorithm @see virStorageVolWipePattern */
  async wipePattern(algorithm: number, flags = 0, options?: CallOptions): Promise<void> {
    await this.#session.call(remote.storageVolWipePattern, { vol: this.ref, algorithm, flags }, options);
  }

  /** Changes its capacity. @param capacity bytes @param flags of StorageVolResizeFlags @see virStorageVolResize */
  async resize(capacity: bigint, flags = 0, options?: CallOptions): Promise<void> {
    await this.#session.call(remote.storageVolResize, { vol: this.ref, capacity, flags }, options);
  }

  /** Gives type and sizes. @see virStorageVolGetInfo */
  async getInfo(options?: CallOptions): Promise<StorageVolumeInfo> {
    const info = await this.#session.call(remote.storageVolGetInfo, { vol: this.ref }, options);
    return { type: info.type, capacity: info.capacity, allocation: info.allocation };
  }

  /** Gives type and sizes. @param flags of StorageVolInfoFlags @see virStorageVolGetInfoFlags */
  async getInfoFlags(flags: number, options?: CallOptions): Promise<StorageVolumeInfo> {
    const info = await this.#session.call(remote.storageVolGetInfoFlags, { vol: this.ref, flags }, options);
    return { type: info.type, capacity: info.capacity, allocation: info.allocation };
  }

  /** Gives its XML. @see virStorageVolGetXMLDesc */
  async getXmlDesc(flags = 0, options?: CallOptions): Promise<string> {
    return (await this.#session.call(remote.storageVolGetXmlDesc, { vol: this.ref, flags }, options)).xml;
  }

  /** Gives its path on the host. @see virStorageVolGetPath */
  async getPath(options?: CallOptions): Promise<string> {
    return (await this.#session.call(remote.storageVolGetPath, { vol: this.ref }, options)).name;
  }

  /**
   * Reads the data of the volume. Resolves when the server has agreed; the bytes then come by the returned stream.
   *
   * @see virStorageVolDownload
   */
  download(options?: DownloadOptions & { readonly sparse?: false }): Promise<Download<Uint8Array>>;
  download(options: DownloadOptions): Promise<Download<Chunk>>;
  async download(options: DownloadOptions = {}): Promise<Download<Chunk>> {
    const { offset = 0n, length = 0n, sparse = false } = options;
    const args = { vol: this.ref, offset, length, flags: sparse ? SPARSE_STREAM : 0 };
    return (
      await Download.open((stream) => this.#session.call(remote.storageVolDownload, args, options, stream), options)
    ).download;
  }

  /**
   * Writes the data of the volume from a source, to its end; resolves when the server has confirmed all of it.
   *
   * @param source chunks; {@link Hole} ones only with `sparse`
   * @see virStorageVolUpload
   */
  async upload(source: ChunkSource, options: UploadOptions = {}): Promise<void> {
    const upload = await this.openUpload(options);
    await upload.pipeFrom(source);
  }

  /**
   * Starts to write the data of the volume. Resolves when the server has agreed; send the bytes by the returned stream.
   *
   * @see virStorageVolUpload
   */
  async openUpload(options: UploadOptions = {}): Promise<Upload> {
    const { offset = 0n, length = 0n, sparse = false, signal } = options;
    const args = { vol: this.ref, offset, length, flags: sparse ? SPARSE_STREAM : 0 };
    return Upload.open((stream) => this.#session.call(remote.storageVolUpload, args, options, stream), {
      sparse,
      signal,
    });
  }
}
