// Constants of connections and hosts.

/** Ways to put the host to sleep (`virNodeSuspendTarget`). */
export const NodeSuspendTarget = { Mem: 0, Disk: 1, Hybrid: 2 } as const;

/** The number that stands for all CPUs (`virNodeGetCPUStatsAllCPUs`). */
export const NodeGetCpuStatsAllCpus = { AllCpus: -1 } as const;

/** The number that stands for all NUMA cells (`virNodeGetMemoryStatsAllCells`). */
export const NodeGetMemoryStatsAllCells = { AllCells: -1 } as const;

/** How to open a connection (`virConnectFlags`). */
export const ConnectFlags = { Ro: 1, NoAliases: 2 } as const;

/** What an authentication may ask for (`virConnectCredentialType`). */
export const ConnectCredentialType = {
  Username: 1,
  Authname: 2,
  Language: 3,
  Cnonce: 4,
  Passphrase: 5,
  Echoprompt: 6,
  Noechoprompt: 7,
  Realm: 8,
  External: 9,
} as const;

/** How a CPU relates to that of the host (`virCPUCompareResult`). */
export const CpuCompareResult = { Error: -1, Incompatible: 0, Identical: 1, Superset: 2 } as const;

/** Flags of virConnectCompareCPU (`virConnectCompareCPUFlags`). */
export const ConnectCompareCpuFlags = { FailIncompatible: 1, ValidateXml: 2 } as const;

/** Flags of virConnectBaselineCPU (`virConnectBaselineCPUFlags`). */
export const ConnectBaselineCpuFlags = { ExpandFeatures: 1, Migratable: 2 } as const;

/** Flags of virNodeAllocPages (`virNodeAllocPagesFlags`). */
export const NodeAllocPagesFlags = { Add: 0, Set: 1 } as const;

/** Names of CPU counters of the host (`VIR_NODE_CPU_STATS_*`). */
export const NodeCpuStatsName = {
  Kernel: 'kernel',
  User: 'user',
  Idle: 'idle',
  Iowait: 'iowait',
  Intr: 'intr',
  Utilization: 'utilization',
} as const;

/** Names of amounts of host memory (`VIR_NODE_MEMORY_STATS_*`). */
export const NodeMemoryStatsName = { Total: 'total', Free: 'free', Buffers: 'buffers', Cached: 'cached' } as const;

/** Names of memory parameters of the host (`VIR_NODE_MEMORY_*`). */
export const NodeMemoryParameterName = {
  SharedPagesToScan: 'shm_pages_to_scan',
  SharedSleepMillisecs: 'shm_sleep_millisecs',
  SharedPagesShared: 'shm_pages_shared',
  SharedPagesSharing: 'shm_pages_sharing',
  SharedPagesUnshared: 'shm_pages_unshared',
  SharedPagesVolatile: 'shm_pages_volatile',
  SharedFullScans: 'shm_full_scans',
  SharedMergeAcrossNodes: 'shm_merge_across_nodes',
} as const;

/** Names of facts about SEV (`VIR_NODE_SEV_*`). */
export const NodeSevName = {
  Pdh: 'pdh',
  CertChain: 'cert-chain',
  Cpu0Id: 'cpu0-id',
  Cbitpos: 'cbitpos',
  ReducedPhysBits: 'reduced-phys-bits',
  MaxGuests: 'max-guests',
  MaxEsGuests: 'max-es-guests',
} as const;

/** Names of the parts of an identity (`VIR_CONNECT_IDENTITY_*`). */
export const ConnectIdentityName = {
  UserName: 'user-name',
  UnixUserId: 'unix-user-id',
  GroupName: 'group-name',
  UnixGroupId: 'unix-group-id',
  ProcessId: 'process-id',
  ProcessTime: 'process-time',
  SaslUserName: 'sasl-user-name',
  X509DistinguishedName: 'x509-distinguished-name',
  SelinuxContext: 'selinux-context',
} as const;

/** Bytes of a security label with its final NUL (`VIR_SECURITY_LABEL_BUFLEN`). */
export const SECURITY_LABEL_BUFLEN = 4097;

/** Bytes of the name of a security model with its final NUL (`VIR_SECURITY_MODEL_BUFLEN`). */
export const SECURITY_MODEL_BUFLEN = 257;

/** Bytes of a security domain of interpretation with its final NUL (`VIR_SECURITY_DOI_BUFLEN`). */
export const SECURITY_DOI_BUFLEN = 257;

/** Bytes of the name of a CPU counter with its final NUL (`VIR_NODE_CPU_STATS_FIELD_LENGTH`). */
export const NODE_CPU_STATS_FIELD_LENGTH = 80;

/** Bytes of the name of an amount of memory with its final NUL (`VIR_NODE_MEMORY_STATS_FIELD_LENGTH`). */
export const NODE_MEMORY_STATS_FIELD_LENGTH = 80;

/** What virConnectSupportsFeature can ask a driver or a daemon for (`virDrvFeature`). */
export const DriverFeature = {
  MigrationV1: 1,
  Remote: 2,
  MigrationV2: 3,
  MigrationP2p: 4,
  MigrationDirect: 5,
  MigrationV3: 6,
  MigrateChangeProtection: 7,
  FdPassing: 8,
  TypedParamString: 9,
  ProgramKeepalive: 10,
  XmlMigratable: 11,
  MigrationOffline: 12,
  MigrationParams: 13,
  RemoteEventCallback: 14,
  RemoteCloseCallback: 15,
  NetworkUpdateHasCorrectOrder: 16,
} as const;
