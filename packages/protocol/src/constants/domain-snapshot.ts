// Flags of the calls about snapshots.

/** Flags of virDomainSnapshotCreateXML (`virDomainSnapshotCreateFlags`). */
export const DomainSnapshotCreateFlags = {
  Redefine: 1,
  Current: 2,
  NoMetadata: 4,
  Halt: 8,
  DiskOnly: 0x10,
  ReuseExt: 0x20,
  Quiesce: 0x40,
  Atomic: 0x80,
  Live: 0x100,
  Validate: 0x200,
} as const;

/** Flags of virDomainSnapshotGetXMLDesc (`virDomainSnapshotXMLFlags`). */
export const DomainSnapshotXmlFlags = { Secure: 1 } as const;

/** Flags of listing snapshots (`virDomainSnapshotListFlags`). */
export const DomainSnapshotListFlags = {
  Roots: 1,
  Descendants: 1,
  Leaves: 4,
  NoLeaves: 8,
  Metadata: 2,
  NoMetadata: 0x10,
  Inactive: 0x20,
  Active: 0x40,
  DiskOnly: 0x80,
  Internal: 0x100,
  External: 0x200,
  Topological: 0x400,
} as const;

/** Flags of virDomainRevertToSnapshot (`virDomainSnapshotRevertFlags`). */
export const DomainSnapshotRevertFlags = { Running: 1, Paused: 2, Force: 4, ResetNvram: 8 } as const;

/** Flags of virDomainSnapshotDelete (`virDomainSnapshotDeleteFlags`). */
export const DomainSnapshotDeleteFlags = { Children: 1, MetadataOnly: 2, ChildrenOnly: 4 } as const;
