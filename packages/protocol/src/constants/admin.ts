// Constants of the admin program.

/** How a client reaches a daemon (`virClientTransport`). */
export const ClientTransport = { Unix: 0, Tcp: 1, Tls: 2 } as const;

/** Flags of virAdmConnectDaemonShutdown (`virAdmConnectDaemonShutdownFlags`). Newer than libvirt 9.0.0. */
export const AdmConnectDaemonShutdownFlags = { Preserve: 1 } as const;

/** Names of parameters of a worker pool (`VIR_THREADPOOL_*`). */
export const ThreadpoolName = {
  WorkersMin: 'minWorkers',
  WorkersMax: 'maxWorkers',
  WorkersPriority: 'prioWorkers',
  WorkersFree: 'freeWorkers',
  WorkersCurrent: 'nWorkers',
  JobQueueDepth: 'jobQueueDepth',
} as const;

/** Names of facts about a client (`VIR_CLIENT_INFO_*`). */
export const ClientInfoName = {
  Readonly: 'readonly',
  SocketAddr: 'sock_addr',
  SaslUserName: 'sasl_user_name',
  X509DistinguishedName: 'tls_x509_dname',
  UnixUserId: 'unix_user_id',
  UnixUserName: 'unix_user_name',
  UnixGroupId: 'unix_group_id',
  UnixGroupName: 'unix_group_name',
  UnixProcessId: 'unix_process_id',
  SelinuxContext: 'selinux_context',
} as const;

/** Names of limits of clients (`VIR_SERVER_CLIENTS_*`). */
export const ServerClientsName = {
  Max: 'nclients_max',
  Current: 'nclients',
  UnauthMax: 'nclients_unauth_max',
  UnauthCurrent: 'nclients_unauth',
} as const;
