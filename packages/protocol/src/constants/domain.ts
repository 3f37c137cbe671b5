// Constants of domains: states, reasons, kinds.

/** States of a domain (`virDomainState`). */
export const DomainState = {
  Nostate: 0,
  Running: 1,
  Blocked: 2,
  Paused: 3,
  Shutdown: 4,
  Shutoff: 5,
  Crashed: 6,
  Pmsuspended: 7,
} as const;

/** Reasons of the state Nostate (`virDomainNostateReason`). */
export const DomainNostateReason = { Unknown: 0 } as const;

/** Reasons of the state Running (`virDomainRunningReason`). */
export const DomainRunningReason = {
  Unknown: 0,
  Booted: 1,
  Migrated: 2,
  Restored: 3,
  FromSnapshot: 4,
  Unpaused: 5,
  MigrationCanceled: 6,
  SaveCanceled: 7,
  Wakeup: 8,
  Crashed: 9,
  Postcopy: 10,
  PostcopyFailed: 11,
} as const;

/** Reasons of the state Blocked (`virDomainBlockedReason`). */
export const DomainBlockedReason = { Unknown: 0 } as const;

/** Reasons of the state Paused (`virDomainPausedReason`). `ApiError` is newer than libvirt 9.0.0. */
export const DomainPausedReason = {
  Unknown: 0,
  User: 1,
  Migration: 2,
  Save: 3,
  Dump: 4,
  Ioerror: 5,
  Watchdog: 6,
  FromSnapshot: 7,
  ShuttingDown: 8,
  Snapshot: 9,
  Crashed: 10,
  StartingUp: 11,
  Postcopy: 12,
  PostcopyFailed: 13,
  ApiError: 14,
} as const;

/** Reasons of the state Shutdown (`virDomainShutdownReason`). */
export const DomainShutdownReason = { Unknown: 0, User: 1 } as const;

/** Reasons of the state Shutoff (`virDomainShutoffReason`). */
export const DomainShutoffReason = {
  Unknown: 0,
  Shutdown: 1,
  Destroyed: 2,
  Crashed: 3,
  Migrated: 4,
  Saved: 5,
  Failed: 6,
  FromSnapshot: 7,
  Daemon: 8,
} as const;

/** Reasons of the state Crashed (`virDomainCrashedReason`). */
export const DomainCrashedReason = { Unknown: 0, Panicked: 1 } as const;

/** Reasons of the state Pmsuspended (`virDomainPMSuspendedReason`). */
export const DomainPmSuspendedReason = { Unknown: 0 } as const;

/** Reasons of being suspended to disk (`virDomainPMSuspendedDiskReason`). */
export const DomainPmSuspendedDiskReason = { Unknown: 0 } as const;

/** Whether the hypervisor answers for a domain (`virDomainControlState`). */
export const DomainControlState = { Ok: 0, Job: 1, Occupied: 2, Error: 3 } as const;

/** Reasons of the control state Error (`virDomainControlErrorReason`). */
export const DomainControlErrorReason = { None: 0, Unknown: 1, Monitor: 2, Internal: 3 } as const;

/** Tags of memory statistics (`virDomainMemoryStatTags`). */
export const DomainMemoryStatTags = {
  SwapIn: 0,
  SwapOut: 1,
  MajorFault: 2,
  MinorFault: 3,
  Unused: 4,
  Available: 5,
  ActualBalloon: 6,
  Rss: 7,
  Usable: 8,
  LastUpdate: 9,
  DiskCaches: 10,
  HugetlbPgalloc: 11,
  HugetlbPgfail: 12,
} as const;

/** Formats of a dump (`virDomainCoreDumpFormat`). */
export const DomainCoreDumpFormat = { Raw: 0, KdumpZlib: 1, KdumpLzo: 2, KdumpSnappy: 3, WinDmp: 4 } as const;

/** How memory is taken from NUMA cells (`virDomainNumatuneMemMode`). */
export const DomainNumatuneMemMode = { Strict: 0, Preferred: 1, Interleave: 2, Restrictive: 3 } as const;

/** Kinds of metadata of a domain (`virDomainMetadataType`). */
export const DomainMetadataType = { Description: 0, Title: 1, Element: 2 } as const;

/** States of a virtual CPU (`virVcpuState`). */
export const VcpuState = { Offline: 0, Running: 1, Blocked: 2 } as const;

/** What stands for the host CPU when there is none (`virVcpuHostCpuState`). */
export const VcpuHostCpuState = { Offline: -1, Unavailable: -2 } as const;

/** Kinds of block jobs (`virDomainBlockJobType`). */
export const DomainBlockJobType = { Unknown: 0, Pull: 1, Copy: 2, Commit: 3, ActiveCommit: 4, Backup: 5 } as const;

/** Errors of a disk (`virDomainDiskErrorCode`). */
export const DomainDiskErrorCode = { None: 0, Unspec: 1, NoSpace: 2 } as const;

/** Sets of key codes (`virKeycodeSet`). */
export const KeycodeSet = {
  Linux: 0,
  Xt: 1,
  Atset1: 2,
  Atset2: 3,
  Atset3: 4,
  Osx: 5,
  XtKbd: 6,
  Usb: 7,
  Win32: 8,
  Qnum: 9,
} as const;

/** Signals for a process inside a domain (`virDomainProcessSignal`). */
export const DomainProcessSignal = {
  Nop: 0,
  Hup: 1,
  Int: 2,
  Quit: 3,
  Ill: 4,
  Trap: 5,
  Abrt: 6,
  Bus: 7,
  Fpe: 8,
  Kill: 9,
  Usr1: 10,
  Segv: 11,
  Usr2: 12,
  Pipe: 13,
  Alrm: 14,
  Term: 15,
  Stkflt: 16,
  Chld: 17,
  Cont: 18,
  Stop: 19,
  Tstp: 20,
  Ttin: 21,
  Ttou: 22,
  Urg: 23,
  Xcpu: 24,
  Xfsz: 25,
  Vtalrm: 26,
  Prof: 27,
  Winch: 28,
  Poll: 29,
  Pwr: 30,
  Sys: 31,
  Rt0: 32,
  Rt1: 33,
  Rt2: 34,
  Rt3: 35,
  Rt4: 36,
  Rt5: 37,
  Rt6: 38,
  Rt7: 39,
  Rt8: 40,
  Rt9: 41,
  Rt10: 42,
  Rt11: 43,
  Rt12: 44,
  Rt13: 45,
  Rt14: 46,
  Rt15: 47,
  Rt16: 48,
  Rt17: 49,
  Rt18: 50,
  Rt19: 51,
  Rt20: 52,
  Rt21: 53,
  Rt22: 54,
  Rt23: 55,
  Rt24: 56,
  Rt25: 57,
  Rt26: 58,
  Rt27: 59,
  Rt28: 60,
  Rt29: 61,
  Rt30: 62,
  Rt31: 63,
  Rt32: 64,
} as const;

/** Whose memory failed (`virDomainMemoryFailureRecipientType`). */
export const DomainMemoryFailureRecipientType = { Hypervisor: 0, Guest: 1 } as const;

/** What was done about failed memory (`virDomainMemoryFailureActionType`). */
export const DomainMemoryFailureActionType = { Ignore: 0, Inject: 1, Fatal: 2, Reset: 3 } as const;

/** Kinds and outcomes of a job of a domain (`virDomainJobType`). */
export const DomainJobType = { None: 0, Bounded: 1, Unbounded: 2, Completed: 3, Failed: 4, Cancelled: 5 } as const;

/** What a job of a domain does (`virDomainJobOperation`). */
export const DomainJobOperation = {
  Unknown: 0,
  Start: 1,
  Save: 2,
  Restore: 3,
  MigrationIn: 4,
  MigrationOut: 5,
  Snapshot: 6,
  SnapshotRevert: 7,
  Dump: 8,
  Backup: 9,
  SnapshotDelete: 10,
} as const;

/** Older names of types of typed parameters (`virSchedParameterType`). */
export const SchedParameterType = { Int: 1, Uint: 2, Llong: 3, Ullong: 4, Double: 5, Boolean: 6 } as const;

/** Older names of types of typed parameters (`virBlkioParameterType`). */
export const BlkioParameterType = { Int: 1, Uint: 2, Llong: 3, Ullong: 4, Double: 5, Boolean: 6 } as const;

/** Older names of types of typed parameters (`virMemoryParameterType`). */
export const MemoryParameterType = { Int: 1, Uint: 2, Llong: 3, Ullong: 4, Double: 5, Boolean: 6 } as const;

/** Where addresses of a domain are known from (`virDomainInterfaceAddressesSource`). */
export const DomainInterfaceAddressesSource = { Lease: 0, Agent: 1, Arp: 2 } as const;

/** Moments in the life of a domain that can have an action (`virDomainLifecycle`). */
export const DomainLifecycle = { Poweroff: 0, Reboot: 1, Crash: 2 } as const;

/** What happens at such a moment (`virDomainLifecycleAction`). */
export const DomainLifecycleAction = {
  Destroy: 0,
  Restart: 1,
  RestartRename: 2,
  Preserve: 3,
  CoredumpDestroy: 4,
  CoredumpRestart: 5,
} as const;

/** Timeouts of the guest agent that are no seconds (`virDomainAgentResponseTimeoutValues`). */
export const DomainAgentResponseTimeoutValues = { Block: -2, Default: -1, Nowait: 0 } as const;

/** How far a measurement of the dirty rate is (`virDomainDirtyRateStatus`). */
export const DomainDirtyRateStatus = { Unstarted: 0, Measuring: 1, Measured: 2 } as const;

/** Kinds of graphics that can be reloaded (`virDomainGraphicsReloadType`). Newer than libvirt 9.0.0. */
export const DomainGraphicsReloadType = { Any: 0, Vnc: 1 } as const;

/** Bytes of the name of a disk counter with its final NUL (`VIR_DOMAIN_BLOCK_STATS_FIELD_LENGTH`). */
export const DOMAIN_BLOCK_STATS_FIELD_LENGTH = 80;

/** The number of KiB that means no limit (`VIR_DOMAIN_MEMORY_PARAM_UNLIMITED`). */
export const DOMAIN_MEMORY_PARAM_UNLIMITED = 9_007_199_254_740_991n;

/** Older name of KeycodeSet.Qnum (`VIR_KEYCODE_SET_RFB`). */
export const KEYCODE_SET_RFB = 9;

/** Keys of one key press (`VIR_DOMAIN_SEND_KEY_MAX_KEYS`). */
export const DOMAIN_SEND_KEY_MAX_KEYS = 16;

/** Bytes of the name of a scheduler parameter with its final NUL (`VIR_DOMAIN_SCHED_FIELD_LENGTH`). */
export const DOMAIN_SCHED_FIELD_LENGTH = 80;

/** Bytes of the name of a block I/O parameter with its final NUL (`VIR_DOMAIN_BLKIO_FIELD_LENGTH`). */
export const DOMAIN_BLKIO_FIELD_LENGTH = 80;

/** Bytes of the name of a memory parameter with its final NUL (`VIR_DOMAIN_MEMORY_FIELD_LENGTH`). */
export const DOMAIN_MEMORY_FIELD_LENGTH = 80;
