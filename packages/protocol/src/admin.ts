// The admin program: what virt-admin asks a daemon about itself, on a socket of its own.
import { array, hyper, procedure, program, struct, type Infer, uhyper, uint } from '@virtwire/rpc';
import {
  ADMIN_CLIENT_INFO_PARAMETERS_MAX,
  ADMIN_CLIENT_LIST_MAX,
  ADMIN_SERVER_CLIENT_LIMITS_MAX,
  ADMIN_SERVER_LIST_MAX,
  ADMIN_SERVER_THREADPOOL_PARAMETERS_MAX,
} from './limits.ts';
import { optionalText, text, TypedParam } from './types.ts';

/** Which server of a daemon. */
export const NonnullServer = struct({ name: text });
/** A value of {@link NonnullServer:var}. */
export type NonnullServer = Infer<typeof NonnullServer>;

/** Which client of a server; `timestamp` in seconds since the epoch, `transport` of virClientTransport. */
export const NonnullClient = struct({ srv: NonnullServer, id: uhyper, timestamp: hyper, transport: uint });
/** A value of {@link NonnullClient:var}. */
export type NonnullClient = Infer<typeof NonnullClient>;

/**
 * The rows of the admin program by name: `admin.connectListServers`. Number 20 is newer than libvirt 9.0.0.
 *
 * @see src/admin/admin_protocol.x
 */
// biome-ignore format: a table reads better with a row in one to three lines.
export const admin = program('admin', 0x06900690, 1, {
  /** Must be the first call. */
  connectOpen: procedure(1, () => [{ flags: uint }, {}, { api: 'virAdmConnectOpen' }]),
  /** The server replies, then closes the connection. */
  connectClose: procedure(2, () => [{}, {}, { api: 'virAdmConnectClose' }]),
  /** `libVer` = major * 1,000,000 + minor * 1,000 + release. */
  connectGetLibVersion: procedure(3, () => [{}, { libVer: uhyper }, { api: 'virAdmConnectGetLibVersion' }]),
  connectListServers: procedure(4, () => [{ need_results: uint, flags: uint },
    { servers: array(NonnullServer, ADMIN_SERVER_LIST_MAX), ret: uint },
    { api: 'virAdmConnectListServers' }]),
  connectLookupServer: procedure(5, () => [{ name: text, flags: uint }, { srv: NonnullServer },
    { api: 'virAdmConnectLookupServer' }]),
  serverGetThreadpoolParameters: procedure(6, () => [{ srv: NonnullServer, flags: uint },
    { params: array(TypedParam, ADMIN_SERVER_THREADPOOL_PARAMETERS_MAX) },
    { api: 'virAdmServerGetThreadPoolParameters' }]),
  serverSetThreadpoolParameters: procedure(7,
    () => [{ srv: NonnullServer, params: array(TypedParam, ADMIN_SERVER_THREADPOOL_PARAMETERS_MAX), flags: uint }, {},
    { api: 'virAdmServerSetThreadPoolParameters' }]),
  serverListClients: procedure(8, () => [{ srv: NonnullServer, need_results: uint, flags: uint },
    { clients: array(NonnullClient, ADMIN_CLIENT_LIST_MAX), ret: uint },
    { api: 'virAdmServerListClients' }]),
  serverLookupClient: procedure(9, () => [{ srv: NonnullServer, id: uhyper, flags: uint }, { clnt: NonnullClient },
    { api: 'virAdmServerLookupClient' }]),
  clientGetInfo: procedure(10, () => [{ clnt: NonnullClient, flags: uint },
    { params: array(TypedParam, ADMIN_CLIENT_INFO_PARAMETERS_MAX) },
    { api: 'virAdmClientGetInfo' }]),
  clientClose: procedure(11, () => [{ clnt: NonnullClient, flags: uint }, {}, { api: 'virAdmClientClose' }]),
  serverGetClientLimits: procedure(12, () => [{ srv: NonnullServer, flags: uint },
    { params: array(TypedParam, ADMIN_SERVER_CLIENT_LIMITS_MAX) },
    { api: 'virAdmServerGetClientLimits' }]),
  serverSetClientLimits: procedure(13,
    () => [{ srv: NonnullServer, params: array(TypedParam, ADMIN_SERVER_CLIENT_LIMITS_MAX), flags: uint }, {},
    { api: 'virAdmServerSetClientLimits' }]),
  connectGetLoggingOutputs: procedure(14, () => [{ flags: uint }, { outputs: text, noutputs: uint },
    { api: 'virAdmConnectGetLoggingOutputs' }]),
  connectGetLoggingFilters: procedure(15, () => [{ flags: uint }, { filters: optionalText, nfilters: uint },
    { api: 'virAdmConnectGetLoggingFilters' }]),
  connectSetLoggingOutputs: procedure(16, () => [{ outputs: optionalText, flags: uint }, {},
    { api: 'virAdmConnectSetLoggingOutputs' }]),
  connectSetLoggingFilters: procedure(17, () => [{ filters: optionalText, flags: uint }, {},
    { api: 'virAdmConnectSetLoggingFilters' }]),
  serverUpdateTlsFiles: procedure(18, () => [{ srv: NonnullServer, flags: uint }, {}, { api: 'virAdmServerUpdateTlsFiles' }]),
  /** `timeout` in seconds without clients, after which the daemon ends; 0 = never. */
  connectSetDaemonTimeout: procedure(19, () => [{ timeout: uint, flags: uint }, {}, { api: 'virAdmConnectSetDaemonTimeout' }]),
  /** Since libvirt 11.2. Flag 1 = keep running domains and their state. */
  connectDaemonShutdown: procedure(20, () => [{ flags: uint }, {}, { api: 'virAdmConnectDaemonShutdown' }]),
});
