// What virt-admin may ask of a daemon: its servers, their clients and limits, and its log.
import { admin, type TypedParam, typedParams } from '@virtwire/protocol';
import { ClientTransport, LIBVIRT_VERSION_NUMBER } from '@virtwire/protocol/constants';
import { type Answer, ErrorCode, ErrorDomain, LibvirtError, type Procedure } from '@virtwire/rpc';
import { answer, type SessionHandler } from '../dispatch/handler.ts';
import type { Log } from '../log.ts';
import { logFiltersText, type LogOutput, logOutputsText, parseLogFilters, parseLogOutputs } from '../logging/syntax.ts';
import type { Server } from '../server.ts';
import type { ServerClient } from '../server-client.ts';
import { checkFlags, readUnsigned } from './parameters.ts';

/** What administrators see of a daemon, and do to it. */
export interface AdminTarget {
  /** Its servers by name. */
  readonly servers: ReadonlyMap<string, Server>;
  readonly log: Log;
  /** What the log writes to when nobody says so. */
  defaultOutputs(): readonly LogOutput[];
  /** Who a client is, for its list of facts. */
  identify(client: ServerClient): Answer<LocalFacts | null>;
  /**
   * Reads certificates again.
   *
   * @returns false when the daemon has no TLS
   * @throws LibvirtError when they will not do; the old ones stay
   */
  updateTlsFiles(): boolean;
  /** Ends the daemon after so many seconds without clients; 0: never. */
  setTimeout(seconds: number): void;
  /** Ends the daemon. */
  shutdown(): void;
}

/** What is known of a client on a unix socket. */
export interface LocalFacts {
  readonly uid: number;
  readonly gid: number;
  readonly pid: number;
  /** Null for a number without a name. */
  readonly user: string | null;
  readonly group: string | null;
}

/** Bit of `connectDaemonShutdown` that asks to keep what guests need; there is nothing else here. */
const SHUTDOWN_PRESERVE = 1;

/** The handlers, by procedure. */
export function adminHandlers(target: AdminTarget): ReadonlyMap<Procedure, SessionHandler> {
  const server = ({ name }: { name: string }): Server => {
    const found = target.servers.get(name);
    if (found !== undefined) return found;
    throw new LibvirtError(ErrorCode.NoServer, `No server named '${name}'`, { domain: ErrorDomain.Rpc });
  };
  const client = (srv: Server, id: bigint): ServerClient => {
    const found = id <= BigInt(Number.MAX_SAFE_INTEGER) ? srv.client(Number(id)) : undefined;
    if (found !== undefined) return found;
    throw new LibvirtError(ErrorCode.NoClient, `No client with matching ID '${id}'`, { domain: ErrorDomain.Rpc });
  };
  return new Map<Procedure, SessionHandler>([
    // libvirtd does not ask for it either: whoever reaches the socket may administrate.
    answer(admin.connectOpen, (_session, { flags }) => {
      checkFlags(flags, 'adminDispatchConnectOpen');
      return {};
    }),
    answer(admin.connectClose, (session) => {
      session.responder.closeAfterReply();
      return {};
    }),
    answer(admin.connectGetLibVersion, () => ({ libVer: BigInt(LIBVIRT_VERSION_NUMBER) })),

    answer(admin.connectListServers, (_session, { need_results, flags }) => {
      checkFlags(flags, 'adminConnectListServers');
      const servers = Array.from(target.servers.keys(), (name) => ({ name }));
      return { servers: need_results === 0 ? [] : servers, ret: servers.length };
    }),
    answer(admin.connectLookupServer, (_session, { name, flags }) => {
      server({ name });
      checkFlags(flags, 'adminConnectLookupServer');
      return { srv: { name } };
    }),

    answer(admin.serverGetThreadpoolParameters, (session, { srv, flags }) => {
      const asked = server(srv);
      checkFlags(flags, 'adminServerGetThreadPoolParameters');
      const { workers } = asked;
      // This very call occupies one of the server that answers it.
      const busy = workers.busy + (asked.options === session.options ? 1 : 0);
      return {
        params: typedParams({
          minWorkers: { uint: workers.limits.min },
          maxWorkers: { uint: workers.limits.max },
          nWorkers: { uint: workers.threadCount },
          freeWorkers: { uint: Math.max(0, workers.threadCount - busy) },
          prioWorkers: { uint: workers.limits.priority },
          jobQueueDepth: { uint: workers.queued },
        }),
      };
    }),
    answer(admin.serverSetThreadpoolParameters, (_session, { srv, params, flags }) => {
      const { workers } = server(srv);
      checkFlags(flags, 'adminServerSetThreadPoolParameters');
      const { limits } = workers;
      const wanted = readUnsigned(params, ['maxWorkers', 'minWorkers', 'prioWorkers']);
      const {
        minWorkers: min = limits.min,
        maxWorkers: max = limits.max,
        prioWorkers: priority = limits.priority,
      } = wanted;
      if (min > max) throw new LibvirtError(ErrorCode.InvalidArg, 'minWorkers cannot be larger than maxWorkers');
      // A libvirtd without ordinary workers answers nobody but its administrator.
      if (max === 0) throw new LibvirtError(ErrorCode.InvalidArg, 'maxWorkers must be greater than 0');
      workers.limits = { min, max, priority };
      return {};
    }),

    answer(admin.serverListClients, (_session, { srv, need_results, flags }) => {
      const asked = server(srv);
      checkFlags(flags, 'adminServerListClients');
      const clients = need_results === 0 ? [] : Array.from(asked.served, (served) => wireClient(asked, served));
      return { clients, ret: asked.clientCount };
    }),
    answer(admin.serverLookupClient, (_session, { srv, id, flags }) => {
      const asked = server(srv);
      checkFlags(flags, 'adminServerLookupClient');
      return { clnt: wireClient(asked, client(asked, id)) };
    }),
    answer(admin.clientGetInfo, (_session, { clnt, flags }) => {
      const found = server(clnt.srv).client(Number(clnt.id));
      if (found === undefined) {
        throw new LibvirtError(ErrorCode.NoClient, `no client with matching id '${clnt.id}' found`, {
          domain: ErrorDomain.Admin,
        });
      }
      checkFlags(flags, 'adminClientGetInfo');
      return clientInfo(target, found);
    }),
    answer(admin.clientClose, (session, { clnt, flags }) => {
      const found = client(server(clnt.srv), clnt.id);
      checkFlags(flags, 'adminClientClose');
      // Who ends itself still gets the reply.
      if (found.isSession(session)) session.responder.closeAfterReply();
      else found.end();
      return {};
    }),
    answer(admin.serverGetClientLimits, (_session, { srv, flags }) => {
      const asked = server(srv);
      checkFlags(flags, 'adminServerGetClientLimits');
      return {
        params: typedParams({
          nclients_max: { uint: asked.clientLimits.maxClients },
          nclients: { uint: asked.clientCount },
          nclients_unauth_max: { uint: asked.clientLimits.maxAnonymousClients },
          nclients_unauth: { uint: asked.anonymousCount },
        }),
      };
    }),
    answer(admin.serverSetClientLimits, (_session, { srv, params, flags }) => {
      const asked = server(srv);
      checkFlags(flags, 'adminServerSetClientLimits');
      const wanted = readUnsigned(params, ['nclients_max', 'nclients_unauth_max']);
      const maxClients = wanted.nclients_max ?? asked.clientLimits.maxClients;
      const maxAnonymousClients = wanted.nclients_unauth_max ?? asked.clientLimits.maxAnonymousClients;
      if (maxClients < maxAnonymousClients) {
        throw new LibvirtError(
          ErrorCode.InvalidArg,
          'The overall maximum number of clients waiting for authentication must not be less than the overall maximum number of clients',
          { domain: ErrorDomain.Rpc },
        );
      }
      asked.clientLimits = { maxClients, maxAnonymousClients };
      return {};
    }),

    answer(admin.connectGetLoggingOutputs, (_session, { flags }) => {
      checkFlags(flags, 'adminConnectGetLoggingOutputs');
      const { outputs } = target.log.current;
      return { outputs: logOutputsText(outputs), noutputs: outputs.length };
    }),
    answer(admin.connectGetLoggingFilters, (_session, { flags }) => {
      checkFlags(flags, 'adminConnectGetLoggingFilters');
      const { filters } = target.log.current;
      return { filters: logFiltersText(filters), nfilters: filters.length };
    }),
    answer(admin.connectSetLoggingOutputs, (_session, { outputs, flags }) => {
      checkFlags(flags, 'adminConnectSetLoggingOutputs');
      const { log } = target;
      const wanted = outputs?.trim() ?? '';
      log.configure({ ...log.current, outputs: wanted === '' ? target.defaultOutputs() : parseLogOutputs(wanted) });
      return {};
    }),
    answer(admin.connectSetLoggingFilters, (_session, { filters, flags }) => {
      checkFlags(flags, 'adminConnectSetLoggingFilters');
      const { log } = target;
      log.configure({ ...log.current, filters: parseLogFilters(filters ?? '') });
      return {};
    }),

    answer(admin.serverUpdateTlsFiles, (session, { srv, flags }) => {
      const asked = server(srv);
      checkFlags(flags, 'adminServerUpdateTlsFiles');
      if (asked.options === session.options || !target.updateTlsFiles()) {
        throw new LibvirtError(ErrorCode.InternalError, 'no tls service found, unable to update tls files', {
          domain: ErrorDomain.Rpc,
        });
      }
      return {};
    }),
    answer(admin.connectSetDaemonTimeout, (_session, { timeout, flags }) => {
      checkFlags(flags, 'adminConnectSetDaemonTimeout');
      target.setTimeout(timeout);
      return {};
    }),
    answer(admin.connectDaemonShutdown, (_session, { flags }) => {
      checkFlags(flags, 'adminConnectDaemonShutdown', SHUTDOWN_PRESERVE);
      target.shutdown();
      return {};
    }),
  ]);
}

const transports: Readonly<Record<string, number>> = { tcp: ClientTransport.Tcp, tls: ClientTransport.Tls };

function wireClient({ name }: Server, { id, since, service }: ServerClient) {
  return {
    srv: { name },
    id: BigInt(id),
    timestamp: BigInt(Math.floor(since / 1000)),
    transport: transports[service.name] ?? ClientTransport.Unix,
  };
}

function clientInfo(target: AdminTarget, found: ServerClient): Answer<{ params: TypedParam[] }> {
  const { identity, service, address } = found;
  const head = {
    readonly: { boolean: service.readOnly || found.connection?.readOnly === true },
    sasl_user_name: identity.saslUser === undefined ? undefined : { string: identity.saslUser },
  };
  if (service.name in transports) {
    const name = identity.x509Name;
    const x509 = name === undefined ? undefined : { string: name };
    return { params: typedParams({ ...head, sock_addr: { string: address }, tls_x509_dname: x509 }) };
  }
  const complete = (facts: LocalFacts | null) => ({
    params: typedParams({
      ...head,
      unix_user_id: facts === null ? undefined : { int: facts.uid | 0 },
      unix_user_name: facts === null || facts.user === null ? undefined : { string: facts.user },
      unix_group_id: facts === null ? undefined : { int: facts.gid | 0 },
      unix_group_name: facts === null || facts.group === null ? undefined : { string: facts.group },
      unix_process_id: facts === null ? undefined : { int: facts.pid },
    }),
  });
  const facts = target.identify(found);
  return facts instanceof Promise ? facts.then(complete) : complete(facts);
}
