// Names of typed parameters of domains.

/** Names of scheduler parameters (`VIR_DOMAIN_SCHEDULER_*`). */
export const DomainSchedulerName = {
  CpuShares: 'cpu_shares',
  GlobalPeriod: 'global_period',
  GlobalQuota: 'global_quota',
  VcpuPeriod: 'vcpu_period',
  VcpuQuota: 'vcpu_quota',
  EmulatorPeriod: 'emulator_period',
  EmulatorQuota: 'emulator_quota',
  IothreadPeriod: 'iothread_period',
  IothreadQuota: 'iothread_quota',
  Weight: 'weight',
  Cap: 'cap',
  Reservation: 'reservation',
  Limit: 'limit',
  Shares: 'shares',
} as const;

/** Names of disk counters (`VIR_DOMAIN_BLOCK_STATS_*`). */
export const DomainBlockStatsName = {
  ReadBytes: 'rd_bytes',
  ReadReq: 'rd_operations',
  ReadTotalTimes: 'rd_total_times',
  WriteBytes: 'wr_bytes',
  WriteReq: 'wr_operations',
  WriteTotalTimes: 'wr_total_times',
  FlushReq: 'flush_operations',
  FlushTotalTimes: 'flush_total_times',
  Errs: 'errs',
} as const;

/** Names of migration parameters (`VIR_MIGRATE_PARAM_*`). */
export const MigrateParamName = {
  Uri: 'migrate_uri',
  DestName: 'destination_name',
  DestXml: 'destination_xml',
  PersistXml: 'persistent_xml',
  Bandwidth: 'bandwidth',
  BandwidthPostcopy: 'bandwidth.postcopy',
  GraphicsUri: 'graphics_uri',
  ListenAddress: 'listen_address',
  MigrateDisks: 'migrate_disks',
  DisksPort: 'disks_port',
  DisksUri: 'disks_uri',
  Compression: 'compression',
  CompressionMtLevel: 'compression.mt.level',
  CompressionMtThreads: 'compression.mt.threads',
  CompressionMtDthreads: 'compression.mt.dthreads',
  CompressionXbzrleCache: 'compression.xbzrle.cache',
  AutoConvergeInitial: 'auto_converge.initial',
  AutoConvergeIncrement: 'auto_converge.increment',
  ParallelConnections: 'parallel.connections',
  TlsDestination: 'tls.destination',
  BandwidthAvailSwitchover: 'bandwidth.avail.switchover',
  MigrateDisksDetectZeroes: 'migrate_disks_detect_zeroes',
  CompressionZlibLevel: 'compression.zlib.level',
  CompressionZstdLevel: 'compression.zstd.level',
} as const;

/** Names of parameters of saving and restoring (`VIR_DOMAIN_SAVE_PARAM_*`). */
export const DomainSaveParamName = {
  File: 'file',
  Dxml: 'dxml',
  ImageFormat: 'image_format',
  ParallelChannels: 'parallel.channels',
} as const;

/** Names of CPU statistics (`VIR_DOMAIN_CPU_STATS_*`). */
export const DomainCpuStatsName = {
  Cputime: 'cpu_time',
  Usertime: 'user_time',
  Systemtime: 'system_time',
  Vcputime: 'vcpu_time',
} as const;

/** Names of block I/O parameters (`VIR_DOMAIN_BLKIO_*`). */
export const DomainBlkioName = {
  Weight: 'weight',
  DeviceWeight: 'device_weight',
  DeviceReadIops: 'device_read_iops_sec',
  DeviceWriteIops: 'device_write_iops_sec',
  DeviceReadBps: 'device_read_bytes_sec',
  DeviceWriteBps: 'device_write_bytes_sec',
} as const;

/** Names of memory parameters (`VIR_DOMAIN_MEMORY_*`). */
export const DomainMemoryName = {
  HardLimit: 'hard_limit',
  SoftLimit: 'soft_limit',
  MinGuarantee: 'min_guarantee',
  SwapHardLimit: 'swap_hard_limit',
} as const;

/** Names of NUMA parameters (`VIR_DOMAIN_NUMA_*`). */
export const DomainNumaName = { Nodeset: 'numa_nodeset', Mode: 'numa_mode' } as const;

/** Names of parameters of an interface (`VIR_DOMAIN_BANDWIDTH_*`). */
export const DomainBandwidthName = {
  InAverage: 'inbound.average',
  InPeak: 'inbound.peak',
  InBurst: 'inbound.burst',
  InFloor: 'inbound.floor',
  OutAverage: 'outbound.average',
  OutPeak: 'outbound.peak',
  OutBurst: 'outbound.burst',
} as const;

/** Names of parameters of an I/O thread (`VIR_DOMAIN_IOTHREAD_*`). */
export const DomainIothreadName = {
  PollMaxNs: 'poll_max_ns',
  PollGrow: 'poll_grow',
  PollShrink: 'poll_shrink',
  ThreadPoolMin: 'thread_pool_min',
  ThreadPoolMax: 'thread_pool_max',
} as const;

/** Names of performance events (`VIR_PERF_PARAM_*`). */
export const PerfParamName = {
  Cmt: 'cmt',
  Mbmt: 'mbmt',
  Mbml: 'mbml',
  CacheMisses: 'cache_misses',
  CacheReferences: 'cache_references',
  Instructions: 'instructions',
  CpuCycles: 'cpu_cycles',
  BranchInstructions: 'branch_instructions',
  BranchMisses: 'branch_misses',
  BusCycles: 'bus_cycles',
  StalledCyclesFrontend: 'stalled_cycles_frontend',
  StalledCyclesBackend: 'stalled_cycles_backend',
  RefCpuCycles: 'ref_cpu_cycles',
  CpuClock: 'cpu_clock',
  TaskClock: 'task_clock',
  PageFaults: 'page_faults',
  ContextSwitches: 'context_switches',
  CpuMigrations: 'cpu_migrations',
  PageFaultsMin: 'page_faults_min',
  PageFaultsMaj: 'page_faults_maj',
  AlignmentFaults: 'alignment_faults',
  EmulationFaults: 'emulation_faults',
} as const;

/** Names of parameters of a block copy (`VIR_DOMAIN_BLOCK_COPY_*`). */
export const DomainBlockCopyName = { Bandwidth: 'bandwidth', Granularity: 'granularity', BufSize: 'buf-size' } as const;

/** Names of throughput limits of a disk (`VIR_DOMAIN_BLOCK_IOTUNE_*`). */
export const DomainBlockIotuneName = {
  TotalBytesSec: 'total_bytes_sec',
  ReadBytesSec: 'read_bytes_sec',
  WriteBytesSec: 'write_bytes_sec',
  TotalIopsSec: 'total_iops_sec',
  ReadIopsSec: 'read_iops_sec',
  WriteIopsSec: 'write_iops_sec',
  TotalBytesSecMax: 'total_bytes_sec_max',
  ReadBytesSecMax: 'read_bytes_sec_max',
  WriteBytesSecMax: 'write_bytes_sec_max',
  TotalIopsSecMax: 'total_iops_sec_max',
  ReadIopsSecMax: 'read_iops_sec_max',
  WriteIopsSecMax: 'write_iops_sec_max',
  TotalBytesSecMaxLength: 'total_bytes_sec_max_length',
  ReadBytesSecMaxLength: 'read_bytes_sec_max_length',
  WriteBytesSecMaxLength: 'write_bytes_sec_max_length',
  TotalIopsSecMaxLength: 'total_iops_sec_max_length',
  ReadIopsSecMaxLength: 'read_iops_sec_max_length',
  WriteIopsSecMaxLength: 'write_iops_sec_max_length',
  SizeIopsSec: 'size_iops_sec',
  GroupName: 'group_name',
} as const;

/** Names of statistics of a job (`VIR_DOMAIN_JOB_*`). */
export const DomainJobName = {
  Operation: 'operation',
  TimeElapsed: 'time_elapsed',
  TimeElapsedNet: 'time_elapsed_net',
  TimeRemaining: 'time_remaining',
  Downtime: 'downtime',
  DowntimeNet: 'downtime_net',
  SetupTime: 'setup_time',
  DataTotal: 'data_total',
  DataProcessed: 'data_processed',
  DataRemaining: 'data_remaining',
  MemoryTotal: 'memory_total',
  MemoryProcessed: 'memory_processed',
  MemoryRemaining: 'memory_remaining',
  MemoryConstant: 'memory_constant',
  MemoryNormal: 'memory_normal',
  MemoryNormalBytes: 'memory_normal_bytes',
  MemoryBps: 'memory_bps',
  MemoryDirtyRate: 'memory_dirty_rate',
  MemoryPageSize: 'memory_page_size',
  MemoryIteration: 'memory_iteration',
  MemoryPostcopyReqs: 'memory_postcopy_requests',
  DiskTotal: 'disk_total',
  DiskProcessed: 'disk_processed',
  DiskRemaining: 'disk_remaining',
  DiskBps: 'disk_bps',
  CompressionCache: 'compression_cache',
  CompressionBytes: 'compression_bytes',
  CompressionPages: 'compression_pages',
  CompressionCacheMisses: 'compression_cache_misses',
  CompressionOverflow: 'compression_overflow',
  AutoConvergeThrottle: 'auto_converge_throttle',
  Success: 'success',
  Errmsg: 'errmsg',
  DiskTempUsed: 'disk_temp_used',
  DiskTempTotal: 'disk_temp_total',
} as const;

/** Names in the tunable event; `%u` stands for a number (`VIR_DOMAIN_TUNABLE_*`). */
export const DomainTunableName = {
  CpuVcpupin: 'cputune.vcpupin%u',
  CpuEmulatorpin: 'cputune.emulatorpin',
  CpuIothreadspin: 'cputune.iothreadpin%u',
  CpuCpuShares: 'cputune.cpu_shares',
  CpuGlobalPeriod: 'cputune.global_period',
  CpuGlobalQuota: 'cputune.global_quota',
  CpuVcpuPeriod: 'cputune.vcpu_period',
  CpuVcpuQuota: 'cputune.vcpu_quota',
  CpuEmulatorPeriod: 'cputune.emulator_period',
  CpuEmulatorQuota: 'cputune.emulator_quota',
  CpuIothreadPeriod: 'cputune.iothread_period',
  CpuIothreadQuota: 'cputune.iothread_quota',
  BlkdevDisk: 'blkdeviotune.disk',
  BlkdevTotalBytesSec: 'blkdeviotune.total_bytes_sec',
  BlkdevReadBytesSec: 'blkdeviotune.read_bytes_sec',
  BlkdevWriteBytesSec: 'blkdeviotune.write_bytes_sec',
  BlkdevTotalIopsSec: 'blkdeviotune.total_iops_sec',
  BlkdevReadIopsSec: 'blkdeviotune.read_iops_sec',
  BlkdevWriteIopsSec: 'blkdeviotune.write_iops_sec',
  BlkdevTotalBytesSecMax: 'blkdeviotune.total_bytes_sec_max',
  BlkdevReadBytesSecMax: 'blkdeviotune.read_bytes_sec_max',
  BlkdevWriteBytesSecMax: 'blkdeviotune.write_bytes_sec_max',
  BlkdevTotalIopsSecMax: 'blkdeviotune.total_iops_sec_max',
  BlkdevReadIopsSecMax: 'blkdeviotune.read_iops_sec_max',
  BlkdevWriteIopsSecMax: 'blkdeviotune.write_iops_sec_max',
  BlkdevSizeIopsSec: 'blkdeviotune.size_iops_sec',
  BlkdevGroupName: 'blkdeviotune.group_name',
  BlkdevTotalBytesSecMaxLength: 'blkdeviotune.total_bytes_sec_max_length',
  BlkdevReadBytesSecMaxLength: 'blkdeviotune.read_bytes_sec_max_length',
  BlkdevWriteBytesSecMaxLength: 'blkdeviotune.write_bytes_sec_max_length',
  BlkdevTotalIopsSecMaxLength: 'blkdeviotune.total_iops_sec_max_length',
  BlkdevReadIopsSecMaxLength: 'blkdeviotune.read_iops_sec_max_length',
  BlkdevWriteIopsSecMaxLength: 'blkdeviotune.write_iops_sec_max_length',
} as const;

/** Names of facts about and settings of launch security (`VIR_DOMAIN_LAUNCH_SECURITY_*`). */
export const DomainLaunchSecurityName = {
  SevMeasurement: 'sev-measurement',
  SevApiMajor: 'sev-api-major',
  SevApiMinor: 'sev-api-minor',
  SevBuildId: 'sev-build-id',
  SevPolicy: 'sev-policy',
  SevSecretHeader: 'sev-secret-header',
  SevSecret: 'sev-secret',
  SevSecretSetAddress: 'sev-secret-set-address',
} as const;
