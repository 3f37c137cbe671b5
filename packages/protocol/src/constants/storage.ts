// Constants of storage pools and volumes.

/** States of a storage pool (`virStoragePoolState`). */
export const StoragePoolState = { Inactive: 0, Building: 1, Running: 2, Degraded: 3, Inaccessible: 4 } as const;

/** Flags of virStoragePoolBuild (`virStoragePoolBuildFlags`). */
export const StoragePoolBuildFlags = { New: 0, Repair: 1, Resize: 2, NoOverwrite: 4, Overwrite: 8 } as const;

/** Flags of virStoragePoolDelete (`virStoragePoolDeleteFlags`). */
export const StoragePoolDeleteFlags = { Normal: 0, Zeroed: 1 } as const;

/** Flags of starting a storage pool (`virStoragePoolCreateFlags`). */
export const StoragePoolCreateFlags = {
  Normal: 0,
  WithBuild: 1,
  WithBuildOverwrite: 2,
  WithBuildNoOverwrite: 4,
} as const;

/** Kinds of storage volumes (`virStorageVolType`). */
export const StorageVolType = { File: 0, Block: 1, Dir: 2, Network: 3, Netdir: 4, Ploop: 5 } as const;

/** Flags of virStorageVolDelete (`virStorageVolDeleteFlags`). */
export const StorageVolDeleteFlags = { Normal: 0, Zeroed: 1, WithSnapshots: 2 } as const;

/** Ways to wipe a volume (`virStorageVolWipeAlgorithm`). */
export const StorageVolWipeAlgorithm = {
  Zero: 0,
  Nnsa: 1,
  Dod: 2,
  Bsi: 3,
  Gutmann: 4,
  Schneier: 5,
  Pfitzner7: 6,
  Pfitzner33: 7,
  Random: 8,
  Trim: 9,
} as const;

/** Flags of virStorageVolGetInfoFlags (`virStorageVolInfoFlags`). */
export const StorageVolInfoFlags = { UseAllocation: 0, GetPhysical: 1 } as const;

/** Flags of virStoragePoolGetXMLDesc (`virStorageXMLFlags`). */
export const StorageXmlFlags = { Inactive: 1 } as const;

/** Flags of virConnectListAllStoragePools (`virConnectListAllStoragePoolsFlags`). */
export const ConnectListAllStoragePoolsFlags = {
  Inactive: 1,
  Active: 2,
  Persistent: 4,
  Transient: 8,
  Autostart: 0x10,
  NoAutostart: 0x20,
  Dir: 0x40,
  Fs: 0x80,
  Netfs: 0x100,
  Logical: 0x200,
  Disk: 0x400,
  Iscsi: 0x800,
  Scsi: 0x1000,
  Mpath: 0x2000,
  Rbd: 0x4000,
  Sheepdog: 0x8000,
  Gluster: 0x10000,
  Zfs: 0x20000,
  Vstorage: 0x40000,
  IscsiDirect: 0x80000,
} as const;

/** Flags of virStoragePoolDefineXML (`virStoragePoolDefineFlags`). */
export const StoragePoolDefineFlags = { Validate: 1 } as const;

/** Flags of virStorageVolCreateXML and virStorageVolCreateXMLFrom (`virStorageVolCreateFlags`). */
export const StorageVolCreateFlags = { PreallocMetadata: 1, Reflink: 2, Validate: 4 } as const;

/** Flags of virStorageVolDownload (`virStorageVolDownloadFlags`). */
export const StorageVolDownloadFlags = { SparseStream: 1 } as const;

/** Flags of virStorageVolUpload (`virStorageVolUploadFlags`). */
export const StorageVolUploadFlags = { SparseStream: 1 } as const;

/** Flags of virStorageVolResize (`virStorageVolResizeFlags`). */
export const StorageVolResizeFlags = { Allocate: 1, Delta: 2, Shrink: 4 } as const;

/** Ids of storage pool events (`virStoragePoolEventID`). */
export const StoragePoolEventId = { Lifecycle: 0, Refresh: 1 } as const;

/** What a lifecycle event of a storage pool says (`virStoragePoolEventLifecycleType`). */
export const StoragePoolEventLifecycleType = {
  Defined: 0,
  Undefined: 1,
  Started: 2,
  Stopped: 3,
  Created: 4,
  Deleted: 5,
} as const;
