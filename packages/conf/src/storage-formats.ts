// What each type of storage pool knows: the parts its source must have, and the formats of pool and volumes.

/** Pool types in the order of libvirt's numbers (`virStoragePoolType`). */
export const storagePoolTypes = [
  'dir',
  'fs',
  'netfs',
  'logical',
  'disk',
  'iscsi',
  'iscsi-direct',
  'scsi',
  'mpath',
  'rbd',
  'sheepdog',
  'gluster',
  'zfs',
  'vstorage',
] as const;

/** The type of a storage pool. */
export type StoragePoolType = (typeof storagePoolTypes)[number];

/** Volume types in the order of libvirt's numbers (`virStorageVolType`). */
export const storageVolumeTypes = ['file', 'block', 'dir', 'network', 'netdir', 'ploop'] as const;

/** The type of a storage volume. */
export type StorageVolumeType = (typeof storageVolumeTypes)[number];

/** Image formats in the order of libvirt's numbers (`virStorageFileFormat`). */
export const storageFileFormats = [
  'none',
  'raw',
  'dir',
  'bochs',
  'cloop',
  'dmg',
  'iso',
  'vpc',
  'vdi',
  'fat',
  'vhd',
  'ploop',
  'cow',
  'qcow',
  'qcow2',
  'qed',
  'vmdk',
] as const;

/** Features of an image that volume XML names, in print order. */
export const storageFileFeatures = ['lazy_refcounts', 'extended_l2'] as const;

/** A feature of an image. */
export type StorageFileFeature = (typeof storageFileFeatures)[number];

/** What a source of a pool may or must name; only parts that a type has are printed. */
export type StoragePoolSourcePart = 'host' | 'device' | 'dir' | 'adapter' | 'name' | 'initiator' | 'network';

/** Formats of one kind: their names by libvirt's number and which one an XML without a format means. */
export interface StorageFormats {
  readonly names: readonly string[];
  readonly preset: string;
  /** Names that XML may not use. */
  readonly refused: readonly string[];
  /** How many of the names the capabilities list. */
  readonly listed: number;
}

/** What a pool type knows. */
export interface StoragePoolOptions {
  readonly parts: readonly StoragePoolSourcePart[];
  /** Formats of the pool's source, null when it has none. */
  readonly poolFormats: StorageFormats | null;
  /** Formats of its volumes, null when they have none. */
  readonly volumeFormats: StorageFormats | null;
}

/** The versions of a source protocol apply to these two of the network file systems (libvirt compares their numbers). */
export const networkFileSystems = ['auto', 'nfs', 'glusterfs', 'cifs'] as const;

const fileSystems = 'auto ext2 ext3 ext4 ufs iso9660 udf gfs gfs2 vfat hfs+ xfs ocfs2 vmfs'.split(' ');
const partitionTables = ['unknown', 'dos', 'dvh', 'gpt', 'mac', 'bsd', 'pc98', 'sun', 'lvm2'];
const partitions = ['none', 'linux', 'fat16', 'fat32', 'linux-swap', 'linux-lvm', 'linux-raid', 'extended'];

function formats(names: readonly string[], preset: string, refused: readonly string[] = []): StorageFormats {
  return { names, preset, refused, listed: names.length };
}

const images = formats(storageFileFormats, 'raw', ['none']);

/** The options of every pool type. */
export const storagePoolOptions: Readonly<Record<StoragePoolType, StoragePoolOptions>> = {
  dir: { parts: [], poolFormats: null, volumeFormats: images },
  fs: { parts: ['device'], poolFormats: formats(fileSystems, 'auto'), volumeFormats: images },
  netfs: { parts: ['host', 'dir'], poolFormats: formats(networkFileSystems, 'auto'), volumeFormats: images },
  logical: { parts: ['name', 'device'], poolFormats: formats(['unknown', 'lvm2'], 'lvm2'), volumeFormats: null },
  disk: {
    parts: ['device'],
    poolFormats: formats(partitionTables, 'unknown'),
    volumeFormats: formats(partitions, 'none'),
  },
  iscsi: { parts: ['host', 'device', 'initiator'], poolFormats: null, volumeFormats: null },
  'iscsi-direct': { parts: ['host', 'device', 'network', 'initiator'], poolFormats: null, volumeFormats: null },
  scsi: { parts: ['adapter'], poolFormats: null, volumeFormats: null },
  mpath: { parts: [], poolFormats: null, volumeFormats: null },
  rbd: { parts: ['host', 'network', 'name'], poolFormats: null, volumeFormats: { ...images, listed: 0 } },
  sheepdog: { parts: ['host', 'network', 'name'], poolFormats: null, volumeFormats: null },
  gluster: { parts: ['host', 'network', 'name', 'dir'], poolFormats: null, volumeFormats: images },
  zfs: { parts: ['name', 'device'], poolFormats: null, volumeFormats: null },
  vstorage: { parts: ['name'], poolFormats: null, volumeFormats: images },
};
