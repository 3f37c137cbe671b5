// Limits of lists and byte strings on the wire; each name is libvirt's without `REMOTE_`.

/** Bytes of a string (`REMOTE_STRING_MAX`). */
export const STRING_MAX = 4_194_304;
/** Parameters of an identity (`REMOTE_CONNECT_IDENTITY_PARAMS_MAX`). */
export const CONNECT_IDENTITY_PARAMS_MAX = 20;
/** Domains in a list (`REMOTE_DOMAIN_LIST_MAX`). */
export const DOMAIN_LIST_MAX = 16_384;
/** Bytes of a map of CPUs (`REMOTE_CPUMAP_MAX`). */
export const CPUMAP_MAX = 2048;
/** Virtual CPUs of a domain (`REMOTE_VCPUINFO_MAX`). */
export const VCPUINFO_MAX = 16_384;
/** Bytes of all maps of CPUs together (`REMOTE_CPUMAPS_MAX`). */
export const CPUMAPS_MAX = 8_388_608;
/** I/O threads of a domain (`REMOTE_IOTHREAD_INFO_MAX`). */
export const IOTHREAD_INFO_MAX = 16_384;
/** Bytes of a migration cookie (`REMOTE_MIGRATE_COOKIE_MAX`). */
export const MIGRATE_COOKIE_MAX = 4_194_304;
/** Networks in a list (`REMOTE_NETWORK_LIST_MAX`). */
export const NETWORK_LIST_MAX = 16_384;
/** Network ports in a list (`REMOTE_NETWORK_PORT_LIST_MAX`). */
export const NETWORK_PORT_LIST_MAX = 16_384;
/** Host interfaces in a list (`REMOTE_INTERFACE_LIST_MAX`). */
export const INTERFACE_LIST_MAX = 16_384;
/** Storage pools in a list (`REMOTE_STORAGE_POOL_LIST_MAX`). */
export const STORAGE_POOL_LIST_MAX = 16_384;
/** Storage volumes in a list (`REMOTE_STORAGE_VOL_LIST_MAX`). */
export const STORAGE_VOL_LIST_MAX = 16_384;
/** Node devices in a list (`REMOTE_NODE_DEVICE_LIST_MAX`). */
export const NODE_DEVICE_LIST_MAX = 65_536;
/** Capabilities of a node device (`REMOTE_NODE_DEVICE_CAPS_LIST_MAX`). */
export const NODE_DEVICE_CAPS_LIST_MAX = 65_536;
/** Network filters in a list (`REMOTE_NWFILTER_LIST_MAX`). */
export const NWFILTER_LIST_MAX = 16_384;
/** Bindings of network filters in a list (`REMOTE_NWFILTER_BINDING_LIST_MAX`). */
export const NWFILTER_BINDING_LIST_MAX = 16_384;
/** Scheduler parameters (`REMOTE_DOMAIN_SCHEDULER_PARAMETERS_MAX`). */
export const DOMAIN_SCHEDULER_PARAMETERS_MAX = 16;
/** Block I/O parameters (`REMOTE_DOMAIN_BLKIO_PARAMETERS_MAX`). */
export const DOMAIN_BLKIO_PARAMETERS_MAX = 16;
/** Memory parameters of a domain (`REMOTE_DOMAIN_MEMORY_PARAMETERS_MAX`). */
export const DOMAIN_MEMORY_PARAMETERS_MAX = 16;
/** Throughput limits of a disk or of a throttle group (`REMOTE_DOMAIN_BLOCK_IO_TUNE_PARAMETERS_MAX`). */
export const DOMAIN_BLOCK_IO_TUNE_PARAMETERS_MAX = 32;
/** NUMA parameters (`REMOTE_DOMAIN_NUMA_PARAMETERS_MAX`). */
export const DOMAIN_NUMA_PARAMETERS_MAX = 16;
/** Performance events (`REMOTE_DOMAIN_PERF_EVENTS_MAX`). */
export const DOMAIN_PERF_EVENTS_MAX = 64;
/** Parameters of a block copy (`REMOTE_DOMAIN_BLOCK_COPY_PARAMETERS_MAX`). */
export const DOMAIN_BLOCK_COPY_PARAMETERS_MAX = 16;
/** Counters of a host CPU (`REMOTE_NODE_CPU_STATS_MAX`). */
export const NODE_CPU_STATS_MAX = 16;
/** Amounts of host memory (`REMOTE_NODE_MEMORY_STATS_MAX`). */
export const NODE_MEMORY_STATS_MAX = 16;
/** Counters of a disk (`REMOTE_DOMAIN_BLOCK_STATS_PARAMETERS_MAX`). */
export const DOMAIN_BLOCK_STATS_PARAMETERS_MAX = 16;
/** NUMA cells of a host (`REMOTE_NODE_MAX_CELLS`). */
export const NODE_MAX_CELLS = 1024;
/** Bytes of one SASL message (`REMOTE_AUTH_SASL_DATA_MAX`). */
export const AUTH_SASL_DATA_MAX = 65_536;
/** Ways to authenticate (`REMOTE_AUTH_TYPE_LIST_MAX`). */
export const AUTH_TYPE_LIST_MAX = 20;
/** Memory statistics of a domain (`REMOTE_DOMAIN_MEMORY_STATS_MAX`). */
export const DOMAIN_MEMORY_STATS_MAX = 1024;
/** Checkpoints in a list (`REMOTE_DOMAIN_CHECKPOINT_LIST_MAX`). */
export const DOMAIN_CHECKPOINT_LIST_MAX = 16_384;
/** Snapshots in a list (`REMOTE_DOMAIN_SNAPSHOT_LIST_MAX`). */
export const DOMAIN_SNAPSHOT_LIST_MAX = 16_384;
/** Bytes of one look into a disk (`REMOTE_DOMAIN_BLOCK_PEEK_BUFFER_MAX`). */
export const DOMAIN_BLOCK_PEEK_BUFFER_MAX = 4_194_304;
/** Bytes of one look into memory (`REMOTE_DOMAIN_MEMORY_PEEK_BUFFER_MAX`). */
export const DOMAIN_MEMORY_PEEK_BUFFER_MAX = 4_194_304;
/** Security labels of a domain (`REMOTE_SECURITY_LABEL_LIST_MAX`). */
export const SECURITY_LABEL_LIST_MAX = 64;
/** Characters of the name of a security model (`REMOTE_SECURITY_MODEL_MAX`). */
export const SECURITY_MODEL_MAX = 257;
/** Characters of a security label (`REMOTE_SECURITY_LABEL_MAX`). */
export const SECURITY_LABEL_MAX = 4097;
/** Characters of a security domain of interpretation (`REMOTE_SECURITY_DOI_MAX`). */
export const SECURITY_DOI_MAX = 257;
/** Bytes of the value of a secret (`REMOTE_SECRET_VALUE_MAX`). */
export const SECRET_VALUE_MAX = 65_536;
/** Secrets in a list (`REMOTE_SECRET_LIST_MAX`). */
export const SECRET_LIST_MAX = 16_384;
/** CPU descriptions to find a baseline of (`REMOTE_CPU_BASELINE_MAX`). */
export const CPU_BASELINE_MAX = 256;
/** Keys of one key press (`REMOTE_DOMAIN_SEND_KEY_MAX`). */
export const DOMAIN_SEND_KEY_MAX = 16;
/** Parameters of an interface (`REMOTE_DOMAIN_INTERFACE_PARAMETERS_MAX`). */
export const DOMAIN_INTERFACE_PARAMETERS_MAX = 16;
/** CPU statistics in one answer (`REMOTE_DOMAIN_GET_CPU_STATS_MAX`). */
export const DOMAIN_GET_CPU_STATS_MAX = 2048;
/** Disks with errors (`REMOTE_DOMAIN_DISK_ERRORS_MAX`). */
export const DOMAIN_DISK_ERRORS_MAX = 256;
/** Memory parameters of the host (`REMOTE_NODE_MEMORY_PARAMETERS_MAX`). */
export const NODE_MEMORY_PARAMETERS_MAX = 64;
/** Parameters of a migration (`REMOTE_DOMAIN_MIGRATE_PARAM_LIST_MAX`). */
export const DOMAIN_MIGRATE_PARAM_LIST_MAX = 64;
/** Parameters of saving and restoring (`REMOTE_DOMAIN_SAVE_PARAMS_MAX`). */
export const DOMAIN_SAVE_PARAMS_MAX = 64;
/** Statistics of a job (`REMOTE_DOMAIN_JOB_STATS_MAX`). */
export const DOMAIN_JOB_STATS_MAX = 64;
/** Names of CPU models (`REMOTE_CONNECT_CPU_MODELS_MAX`). */
export const CONNECT_CPU_MODELS_MAX = 8192;
/** File systems to freeze (`REMOTE_DOMAIN_FSFREEZE_MOUNTPOINTS_MAX`). */
export const DOMAIN_FSFREEZE_MOUNTPOINTS_MAX = 256;
/** DHCP leases in a list (`REMOTE_NETWORK_DHCP_LEASES_MAX`). */
export const NETWORK_DHCP_LEASES_MAX = 65_536;
/** Statistics of one domain (`REMOTE_CONNECT_GET_ALL_DOMAIN_STATS_MAX`). */
export const CONNECT_GET_ALL_DOMAIN_STATS_MAX = 262_144;
/** Parameters of one tunable event (`REMOTE_DOMAIN_EVENT_TUNABLE_MAX`). */
export const DOMAIN_EVENT_TUNABLE_MAX = 2048;
/** File systems of a guest (`REMOTE_DOMAIN_FSINFO_MAX`). */
export const DOMAIN_FSINFO_MAX = 256;
/** Disks under a file system (`REMOTE_DOMAIN_FSINFO_DISKS_MAX`). */
export const DOMAIN_FSINFO_DISKS_MAX = 256;
/** Interfaces of a guest (`REMOTE_DOMAIN_INTERFACE_MAX`). */
export const DOMAIN_INTERFACE_MAX = 2048;
/** Addresses of an interface (`REMOTE_DOMAIN_IP_ADDR_MAX`). */
export const DOMAIN_IP_ADDR_MAX = 2048;
/** Facts about virtual CPUs from a guest (`REMOTE_DOMAIN_GUEST_VCPU_PARAMS_MAX`). */
export const DOMAIN_GUEST_VCPU_PARAMS_MAX = 64;
/** Parameters of an I/O thread (`REMOTE_DOMAIN_IOTHREAD_PARAMS_MAX`). */
export const DOMAIN_IOTHREAD_PARAMS_MAX = 64;
/** Facts about SEV of the host (`REMOTE_NODE_SEV_INFO_MAX`). */
export const NODE_SEV_INFO_MAX = 64;
/** Facts about launch security (`REMOTE_DOMAIN_LAUNCH_SECURITY_INFO_PARAMS_MAX`). */
export const DOMAIN_LAUNCH_SECURITY_INFO_PARAMS_MAX = 64;
/** Settings of launch security (`REMOTE_DOMAIN_LAUNCH_SECURITY_STATE_PARAMS_MAX`). */
export const DOMAIN_LAUNCH_SECURITY_STATE_PARAMS_MAX = 64;
/** Facts from a guest (`REMOTE_DOMAIN_GUEST_INFO_PARAMS_MAX`). */
export const DOMAIN_GUEST_INFO_PARAMS_MAX = 2048;
/** Parameters of a network port (`REMOTE_NETWORK_PORT_PARAMETERS_MAX`). */
export const NETWORK_PORT_PARAMETERS_MAX = 16;
/** Keys of a user in a guest (`REMOTE_DOMAIN_AUTHORIZED_SSH_KEYS_MAX`). */
export const DOMAIN_AUTHORIZED_SSH_KEYS_MAX = 2048;
/** Messages about a domain (`REMOTE_DOMAIN_MESSAGES_MAX`). */
export const DOMAIN_MESSAGES_MAX = 2048;
/** Proofs of one graphics connection (`REMOTE_DOMAIN_EVENT_GRAPHICS_IDENTITY_MAX`). */
export const DOMAIN_EVENT_GRAPHICS_IDENTITY_MAX = 20;

/** Servers of a daemon (`ADMIN_SERVER_LIST_MAX`). */
export const ADMIN_SERVER_LIST_MAX = 16_384;
/** Parameters of a worker pool (`ADMIN_SERVER_THREADPOOL_PARAMETERS_MAX`). */
export const ADMIN_SERVER_THREADPOOL_PARAMETERS_MAX = 32;
/** Clients of a server (`ADMIN_CLIENT_LIST_MAX`). */
export const ADMIN_CLIENT_LIST_MAX = 16_384;
/** Facts about a client (`ADMIN_CLIENT_INFO_PARAMETERS_MAX`). */
export const ADMIN_CLIENT_INFO_PARAMETERS_MAX = 64;
/** Limits of clients (`ADMIN_SERVER_CLIENT_LIMITS_MAX`). */
export const ADMIN_SERVER_CLIENT_LIMITS_MAX = 32;
