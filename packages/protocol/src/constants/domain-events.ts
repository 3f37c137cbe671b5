// Constants in events of domains.

/** What a lifecycle event of a domain says (`virDomainEventType`). */
export const DomainEventType = {
  Defined: 0,
  Undefined: 1,
  Started: 2,
  Suspended: 3,
  Resumed: 4,
  Stopped: 5,
  Shutdown: 6,
  Pmsuspended: 7,
  Crashed: 8,
} as const;

/** Details of Defined (`virDomainEventDefinedDetailType`). */
export const DomainEventDefinedDetailType = { Added: 0, Updated: 1, Renamed: 2, FromSnapshot: 3 } as const;

/** Details of Undefined (`virDomainEventUndefinedDetailType`). */
export const DomainEventUndefinedDetailType = { Removed: 0, Renamed: 1 } as const;

/** Details of Started (`virDomainEventStartedDetailType`). */
export const DomainEventStartedDetailType = {
  Booted: 0,
  Migrated: 1,
  Restored: 2,
  FromSnapshot: 3,
  Wakeup: 4,
} as const;

/** Details of Suspended (`virDomainEventSuspendedDetailType`). */
export const DomainEventSuspendedDetailType = {
  Paused: 0,
  Migrated: 1,
  Ioerror: 2,
  Watchdog: 3,
  Restored: 4,
  FromSnapshot: 5,
  ApiError: 6,
  Postcopy: 7,
  PostcopyFailed: 8,
} as const;

/** Details of Resumed (`virDomainEventResumedDetailType`). */
export const DomainEventResumedDetailType = {
  Unpaused: 0,
  Migrated: 1,
  FromSnapshot: 2,
  Postcopy: 3,
  PostcopyFailed: 4,
} as const;

/** Details of Stopped (`virDomainEventStoppedDetailType`). */
export const DomainEventStoppedDetailType = {
  Shutdown: 0,
  Destroyed: 1,
  Crashed: 2,
  Migrated: 3,
  Saved: 4,
  Failed: 5,
  FromSnapshot: 6,
} as const;

/** Details of Shutdown (`virDomainEventShutdownDetailType`). */
export const DomainEventShutdownDetailType = { Finished: 0, Guest: 1, Host: 2 } as const;

/** Details of Pmsuspended (`virDomainEventPMSuspendedDetailType`). */
export const DomainEventPmSuspendedDetailType = { Memory: 0, Disk: 1 } as const;

/** Details of Crashed (`virDomainEventCrashedDetailType`). */
export const DomainEventCrashedDetailType = { Panicked: 0, Crashloaded: 1 } as const;

/** What a watchdog did (`virDomainEventWatchdogAction`). */
export const DomainEventWatchdogAction = {
  None: 0,
  Pause: 1,
  Reset: 2,
  Poweroff: 3,
  Shutdown: 4,
  Debug: 5,
  Injectnmi: 6,
} as const;

/** What was done about an I/O error (`virDomainEventIOErrorAction`). */
export const DomainEventIoErrorAction = { None: 0, Pause: 1, Report: 2 } as const;

/** Phases of a graphics connection (`virDomainEventGraphicsPhase`). */
export const DomainEventGraphicsPhase = { Connect: 0, Initialize: 1, Disconnect: 2 } as const;

/** Kinds of addresses of a graphics connection (`virDomainEventGraphicsAddressType`). */
export const DomainEventGraphicsAddressType = { Ipv4: 0, Ipv6: 1, Unix: 2 } as const;

/** What a block job event says (`virConnectDomainEventBlockJobStatus`). */
export const ConnectDomainEventBlockJobStatus = { Completed: 0, Failed: 1, Canceled: 2, Ready: 3 } as const;

/** Why the source of a disk changed (`virConnectDomainEventDiskChangeReason`). */
export const ConnectDomainEventDiskChangeReason = { ChangeMissingOnStart: 0, DropMissingOnStart: 1 } as const;

/** What happened to a tray (`virDomainEventTrayChangeReason`). */
export const DomainEventTrayChangeReason = { Open: 0, Close: 1 } as const;

/** Whether the guest agent is there (`virConnectDomainEventAgentLifecycleState`). */
export const ConnectDomainEventAgentLifecycleState = { Connected: 1, Disconnected: 2 } as const;

/** Why that is reported (`virConnectDomainEventAgentLifecycleReason`). */
export const ConnectDomainEventAgentLifecycleReason = { Unknown: 0, DomainStarted: 1, Channel: 2 } as const;

/** Ids of domain events (`virDomainEventID`). `NicMacChange` is newer than libvirt 9.0.0. */
export const DomainEventId = {
  Lifecycle: 0,
  Reboot: 1,
  RtcChange: 2,
  Watchdog: 3,
  IoError: 4,
  Graphics: 5,
  IoErrorReason: 6,
  ControlError: 7,
  BlockJob: 8,
  DiskChange: 9,
  TrayChange: 10,
  Pmwakeup: 11,
  Pmsuspend: 12,
  BalloonChange: 13,
  PmsuspendDisk: 14,
  DeviceRemoved: 15,
  BlockJob2: 16,
  Tunable: 17,
  AgentLifecycle: 18,
  DeviceAdded: 19,
  MigrationIteration: 20,
  JobCompleted: 21,
  DeviceRemovalFailed: 22,
  MetadataChange: 23,
  BlockThreshold: 24,
  MemoryFailure: 25,
  MemoryDeviceSizeChange: 26,
  NicMacChange: 27,
} as const;
