// Flags of the calls about domains.

/** Flags that say what a change or a question is about: the running domain, its definition, or whichever is current (`virDomainModificationImpact`). */
export const DomainModificationImpact = { Current: 0, Live: 1, Config: 2 } as const;

/** Flags of starting a domain (`virDomainCreateFlags`). */
export const DomainCreateFlags = {
  None: 0,
  StartPaused: 1,
  StartAutodestroy: 2,
  StartBypassCache: 4,
  StartForceBoot: 8,
  StartValidate: 0x10,
  StartResetNvram: 0x20,
} as const;

/** Flags of dumping a domain (`virDomainCoreDumpFlags`). */
export const DomainCoreDumpFlags = { Crash: 1, Live: 2, BypassCache: 4, Reset: 8, MemoryOnly: 0x10 } as const;

/** Flags of migration (`virDomainMigrateFlags`). */
export const DomainMigrateFlags = {
  Live: 1,
  Peer2peer: 2,
  Tunnelled: 4,
  PersistDest: 8,
  UndefineSource: 0x10,
  Paused: 0x20,
  NonSharedDisk: 0x40,
  NonSharedInc: 0x80,
  ChangeProtection: 0x100,
  Unsafe: 0x200,
  Offline: 0x400,
  Compressed: 0x800,
  AbortOnError: 0x1000,
  AutoConverge: 0x2000,
  RdmaPinAll: 0x4000,
  Postcopy: 0x8000,
  Tls: 0x10000,
  Parallel: 0x20000,
  NonSharedSynchronousWrites: 0x40000,
  PostcopyResume: 0x80000,
  Zerocopy: 0x100000,
} as const;

/** Flags of virDomainMigrateSetMaxSpeed and virDomainMigrateGetMaxSpeed (`virDomainMigrateMaxSpeedFlags`). */
export const DomainMigrateMaxSpeedFlags = { Postcopy: 1 } as const;

/** Flags of virDomainShutdownFlags (`virDomainShutdownFlagValues`). */
export const DomainShutdownFlags = {
  Default: 0,
  AcpiPowerBtn: 1,
  GuestAgent: 2,
  Initctl: 4,
  Signal: 8,
  Paravirt: 0x10,
} as const;

/** Flags of virDomainReboot (`virDomainRebootFlagValues`). */
export const DomainRebootFlags = {
  Default: 0,
  AcpiPowerBtn: 1,
  GuestAgent: 2,
  Initctl: 4,
  Signal: 8,
  Paravirt: 0x10,
} as const;

/** Flags of virDomainDestroyFlags (`virDomainDestroyFlagsValues`). */
export const DomainDestroyFlags = { Default: 0, Graceful: 1, RemoveLogs: 2 } as const;

/** Flags of saving and restoring a domain (`virDomainSaveRestoreFlags`). */
export const DomainSaveRestoreFlags = { BypassCache: 1, Running: 2, Paused: 4, ResetNvram: 8 } as const;

/** Flags of virDomainSetMemoryFlags (`virDomainMemoryModFlags`). */
export const DomainMemoryModFlags = { Current: 0, Live: 1, Config: 2, Maximum: 4 } as const;

/** Flags of virDomainGetHostname (`virDomainGetHostnameFlags`). */
export const DomainGetHostnameFlags = { Lease: 1, Agent: 2 } as const;

/** Flags of virDomainGetXMLDesc (`virDomainXMLFlags`). */
export const DomainXmlFlags = { Secure: 1, Inactive: 2, UpdateCpu: 4, Migratable: 8 } as const;

/** Flags of virDomainSaveImageGetXMLDesc (`virDomainSaveImageXMLFlags`). */
export const DomainSaveImageXmlFlags = { Secure: 1 } as const;

/** Flags of virDomainBlockResize (`virDomainBlockResizeFlags`). `Capacity` is newer than libvirt 9.0.0. */
export const DomainBlockResizeFlags = { Bytes: 1, Capacity: 2 } as const;

/** Flags of virDomainMemoryPeek (`virDomainMemoryFlags`). */
export const DomainMemoryFlags = { Virtual: 1, Physical: 2 } as const;

/** Flags of virDomainDefineXMLFlags (`virDomainDefineFlags`). */
export const DomainDefineFlags = { Validate: 1 } as const;

/** Flags of virDomainUndefineFlags (`virDomainUndefineFlagsValues`). */
export const DomainUndefineFlags = {
  ManagedSave: 1,
  SnapshotsMetadata: 2,
  Nvram: 4,
  KeepNvram: 8,
  CheckpointsMetadata: 0x10,
  Tpm: 0x20,
  KeepTpm: 0x40,
} as const;

/** Flags of virConnectListAllDomains (`virConnectListAllDomainsFlags`). */
export const ConnectListAllDomainsFlags = {
  Active: 1,
  Inactive: 2,
  Persistent: 4,
  Transient: 8,
  Running: 0x10,
  Paused: 0x20,
  Shutoff: 0x40,
  Other: 0x80,
  Managedsave: 0x100,
  NoManagedsave: 0x200,
  Autostart: 0x400,
  NoAutostart: 0x800,
  HasSnapshot: 0x1000,
  NoSnapshot: 0x2000,
  HasCheckpoint: 0x4000,
  NoCheckpoint: 0x8000,
} as const;

/** Flags of virDomainSetVcpusFlags and virDomainGetVcpusFlags (`virDomainVcpuFlags`). */
export const DomainVcpuFlags = { Current: 0, Live: 1, Config: 2, Maximum: 4, Guest: 8, Hotpluggable: 0x10 } as const;

/** Flags of attaching, detaching and updating devices (`virDomainDeviceModifyFlags`). */
export const DomainDeviceModifyFlags = { Current: 0, Live: 1, Config: 2, Force: 4 } as const;

/** Groups of statistics, as bits (`virDomainStatsTypes`). */
export const DomainStatsTypes = {
  State: 1,
  CpuTotal: 2,
  Balloon: 4,
  Vcpu: 8,
  Interface: 0x10,
  Block: 0x20,
  Perf: 0x40,
  Iothread: 0x80,
  Memory: 0x100,
  Dirtyrate: 0x200,
  Vm: 0x400,
} as const;

/** Flags of virConnectGetAllDomainStats (`virConnectGetAllDomainStatsFlags`). */
export const ConnectGetAllDomainStatsFlags = {
  Active: 1,
  Inactive: 2,
  Persistent: 4,
  Transient: 8,
  Running: 0x10,
  Paused: 0x20,
  Shutoff: 0x40,
  Other: 0x80,
  Nowait: 0x20000000,
  Backing: 0x40000000,
  EnforceStats: 0x80000000,
} as const;

/** Flags of virDomainBlockJobAbort (`virDomainBlockJobAbortFlags`). */
export const DomainBlockJobAbortFlags = { Async: 1, Pivot: 2 } as const;

/** Flags of virDomainGetBlockJobInfo (`virDomainBlockJobInfoFlags`). */
export const DomainBlockJobInfoFlags = { BandwidthBytes: 1 } as const;

/** Flags of virDomainBlockJobSetSpeed (`virDomainBlockJobSetSpeedFlags`). */
export const DomainBlockJobSetSpeedFlags = { BandwidthBytes: 1 } as const;

/** Flags of virDomainBlockPull (`virDomainBlockPullFlags`). */
export const DomainBlockPullFlags = { BandwidthBytes: 0x40 } as const;

/** Flags of virDomainBlockRebase (`virDomainBlockRebaseFlags`). */
export const DomainBlockRebaseFlags = {
  Shallow: 1,
  ReuseExt: 2,
  CopyRaw: 4,
  Copy: 8,
  Relative: 0x10,
  CopyDev: 0x20,
  BandwidthBytes: 0x40,
} as const;

/** Flags of virDomainBlockCopy (`virDomainBlockCopyFlags`). */
export const DomainBlockCopyFlags = { Shallow: 1, ReuseExt: 2, TransientJob: 4, SynchronousWrites: 8 } as const;

/** Flags of virDomainBlockCommit (`virDomainBlockCommitFlags`). */
export const DomainBlockCommitFlags = { Shallow: 1, Delete: 2, Active: 4, Relative: 8, BandwidthBytes: 0x10 } as const;

/** Facts about a memory failure, as bits (`virDomainMemoryFailureFlags`). */
export const DomainMemoryFailureFlags = { ActionRequired: 1, Recursive: 2 } as const;

/** Flags of virDomainGetJobStats (`virDomainGetJobStatsFlags`). */
export const DomainGetJobStatsFlags = { Completed: 1, KeepCompleted: 2 } as const;

/** Flags of virDomainAbortJobFlags (`virDomainAbortJobFlagsValues`). */
export const DomainAbortJobFlags = { Postcopy: 1 } as const;

/** Flags of virDomainOpenConsole (`virDomainConsoleFlags`). */
export const DomainConsoleFlags = { Force: 1, Safe: 2 } as const;

/** Flags of virDomainOpenChannel (`virDomainChannelFlags`). */
export const DomainChannelFlags = { Force: 1 } as const;

/** Flags of virDomainOpenGraphics (`virDomainOpenGraphicsFlags`). */
export const DomainOpenGraphicsFlags = { Skipauth: 1 } as const;

/** Flags of virDomainSetTime (`virDomainSetTimeFlags`). */
export const DomainSetTimeFlags = { Sync: 1 } as const;

/** Flags of virDomainSetUserPassword (`virDomainSetUserPasswordFlags`). */
export const DomainSetUserPasswordFlags = { Encrypted: 1 } as const;

/** Groups of facts from a guest, as bits (`virDomainGuestInfoTypes`). `Load` is newer than libvirt 9.0.0. */
export const DomainGuestInfoTypes = {
  Users: 1,
  Os: 2,
  Timezone: 4,
  Hostname: 8,
  Filesystem: 0x10,
  Disks: 0x20,
  Interfaces: 0x40,
  Load: 0x80,
} as const;

/** Flags of virDomainBackupBegin (`virDomainBackupBeginFlags`). */
export const DomainBackupBeginFlags = { ReuseExternal: 1 } as const;

/** Flags of virDomainAuthorizedSSHKeysSet (`virDomainAuthorizedSSHKeysSetFlags`). */
export const DomainAuthorizedSshKeysSetFlags = { Append: 1, Remove: 2 } as const;

/** Kinds of messages about a domain, as bits (`virDomainMessageType`). `Ioerrors` is newer than libvirt 9.0.0. */
export const DomainMessageType = { Deprecation: 1, Tainting: 2, Ioerrors: 4 } as const;

/** Flags of virDomainStartDirtyRateCalc (`virDomainDirtyRateCalcFlags`). */
export const DomainDirtyRateCalcFlags = { PageSampling: 0, DirtyBitmap: 1, DirtyRing: 2 } as const;

/** Flags of virDomainFDAssociate (`virDomainFDAssociateFlags`). */
export const DomainFdAssociateFlags = { Restore: 1, Writable: 2 } as const;

/** Flags of virConnectGetDomainCapabilities (`virConnectGetDomainCapabilitiesFlags`). Newer than libvirt 9.0.0. */
export const ConnectGetDomainCapabilitiesFlags = { DisableDeprecatedFeatures: 1 } as const;
