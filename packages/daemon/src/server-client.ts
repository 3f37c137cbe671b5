// One client: who it is, its driver, and the end of whatever it holds.
import { checkCount, type CountRule, type Identity } from '@virtwire/protocol';
import {
  type Answer,
  type Channel,
  ErrorCode,
  ErrorDomain,
  LibvirtError,
  MAX_PACKET_BYTES,
  type Procedure,
  Responder,
  type ResponderContext,
  type ResponderOptions,
} from '@virtwire/rpc';
import type { AuthenticationAttempt } from './audit/authentication.ts';
import type { SaslExchange } from './auth/sasl.ts';
import type { PeerHandle } from '@virtwire/rpc/node';
import { eventHandlers } from './dispatch/events.ts';
import { type OpenConnection, opened, type Session, type SessionHandler } from './dispatch/handler.ts';
import { sessionHandlers } from './dispatch/session.ts';
import type { Arrival, Service } from './listener/listener.ts';
import type { ServerOptions } from './server-options.ts';
import type { WorkerWindow } from './worker-window.ts';

/** What a server answers itself of the remote program. */
export const remoteHandlers: ReadonlyMap<Procedure, SessionHandler> = new Map([...sessionHandlers, ...eventHandlers]);

/** Most bytes of a packet before its sender has proven who it is. */
const MAX_ANONYMOUS_PACKET_BYTES = 65_536;

/** Where a client belongs. */
export interface ClientHost {
  readonly options: ServerOptions;
  /** What the server answers itself, and for what goes to drivers, the counts that are checked before. */
  readonly ways: ReadonlyMap<Procedure, SessionHandler | CountRule>;
  /** What calls that take time pass. */
  readonly workers: WorkerWindow;
  /** Bytes that may wait for one client before it counts as too slow for its events. */
  readonly maxEventBytes: number;
  /** Told once when a client that was served without it has proven who it is. */
  authenticated(): void;
  /** Told once when the client is gone. @param reason null when it left in order */
  removed(client: ServerClient, reason: LibvirtError | null): void;
}

/** True when nobody has to ask who comes: the superuser may do whatever polkit would be asked for. */
export function isKnown({ service, identity }: { service: Service; identity?: Identity | undefined }): boolean {
  return service.auth === 'none' || (service.auth === 'polkit' && identity?.uid === 0);
}

/** One client of a server. */
export class ServerClient implements ResponderOptions, Session {
  readonly options: ServerOptions;
  readonly id: number;
  readonly service: Service;
  readonly address: string;
  /** When it was taken, in milliseconds since 1970. */
  readonly since = Date.now();
  /** The other end of a unix socket, to be asked who it is. */
  readonly peer: PeerHandle | null;
  identity: Identity;
  authenticated: boolean;
  connection: OpenConnection | null = null;
  opening: Promise<unknown> | null = null;
  sasl: SaslExchange | null = null;
  /** Bound only where it differs from the default: most connections need no function of their own. */
  readonly maxPacketBytes?: () => number;
  private readonly host: ClientHost;
  private loginTimer: ReturnType<typeof setTimeout> | undefined;
  private ownResponder: Responder | undefined;
  private warnedOfRequests = false;
  private gone = false;

  constructor(host: ClientHost, id: number, { service, address, identity, peer }: Arrival) {
    this.host = host;
    this.options = host.options;
    this.id = id;
    this.service = service;
    this.address = address;
    this.peer = peer ?? null;
    this.identity = identity ?? { address };
    this.authenticated = isKnown({ service, identity });
    if (!this.authenticated) {
      this.maxPacketBytes = () => (this.authenticated ? MAX_PACKET_BYTES : MAX_ANONYMOUS_PACKET_BYTES);
    }
  }

  proven(proof: Identity): void {
    if (this.authenticated || this.gone) return;
    this.identity = { ...this.identity, ...proof };
    this.authenticated = true;
    clearTimeout(this.loginTimer);
    this.host.authenticated();
  }

  async localUser(): Promise<number | null> {
    const { peer } = this;
    if (peer === null) return null;
    try {
      const { loadPeerCredentials } = await import('@virtwire/rpc/node');
      return (await loadPeerCredentials())(peer).uid;
    } catch (error) {
      this.log('debug', error instanceof Error ? error.message : String(error));
      return null;
    }
  }

  attempted(outcome: Omit<AuthenticationAttempt, 'service' | 'identity'>): void {
    const { identity, service } = this;
    this.options.access?.authentication({ ...outcome, service: service.name, identity });
  }

  /** Starts to read. */
  start(channel: Channel): void {
    const { loginTimeoutMs = 0 } = this.options;
    if (!this.authenticated && loginTimeoutMs > 0) {
      this.loginTimer = setTimeout(() => {
        const refusal = `the client has not authenticated within ${loginTimeoutMs / 1000} seconds`;
        this.options.metrics?.refused('login_timeout');
        const { auth } = this.service;
        if (auth !== 'none') this.attempted({ method: auth, mechanism: null, refusal });
        this.cut(refusal);
      }, loginTimeoutMs);
    }
    this.ownResponder = new Responder(channel, this);
  }

  get responder(): Responder {
    if (this.ownResponder === undefined) throw new Error('the client has not been started');
    return this.ownResponder;
  }

  get programs() {
    return this.options.programs;
  }

  get maxRequests(): number {
    return this.options.maxClientRequests;
  }

  get outputTimeoutMs(): number {
    return this.options.outputTimeoutMs ?? 0;
  }

  mayCall(procedure: Procedure): LibvirtError | undefined {
    if (this.authenticated || procedure.preAuth === true) return undefined;
    this.options.metrics?.refused('not_authenticated');
    return new LibvirtError(ErrorCode.Rpc, 'authentication required', { domain: ErrorDomain.Rpc });
  }

  dispatch(procedure: Procedure, args: unknown, context: ResponderContext): Answer<unknown> {
    const { metrics } = this.options;
    if (metrics === undefined) return this.perform(procedure, args, context);
    const started = performance.now();
    let answer: Answer<unknown>;
    try {
      answer = this.perform(procedure, args, context);
    } catch (error) {
      metrics.failed(procedure, started, error);
      throw error;
    }
    if (answer instanceof Promise) {
      answer.then(
        () => metrics.answered(procedure, started),
        (error: unknown) => metrics.failed(procedure, started, error),
      );
    } else metrics.answered(procedure, started);
    return answer;
  }

  private perform(procedure: Procedure, args: unknown, context: ResponderContext): Answer<unknown> {
    const { workers } = this.host;
    // Authentication does not queue: its handlers say while they are called that nothing behind the call is to be read.
    // Nor does it take a worker: dialogs and the delays of wrong passwords would let strangers keep them all.
    if (!this.authenticated && procedure.preAuth === true) {
      const answer = this.handle(procedure, args, context);
      return answer instanceof Promise ? this.later(answer) : answer;
    }
    if (this.opening !== null || !workers.isFree(procedure.priority === 'high')) {
      return this.later(this.queued(procedure, args, context));
    }
    const answer = this.handle(procedure, args, context);
    if (!(answer instanceof Promise)) return answer;
    workers.enter();
    const left = () => workers.leave();
    answer.then(left, left);
    return this.later(answer);
  }

  private async queued(procedure: Procedure, args: unknown, context: ResponderContext): Promise<unknown> {
    const { workers } = this.host;
    const high = procedure.priority === 'high';
    for (;;) {
      while (this.opening !== null) await this.opening;
      if (workers.isFree(high)) workers.enter();
      else await workers.wait(high);
      if (this.opening === null) break;
      // A connectOpen before this call has begun meanwhile.
      workers.leave();
    }
    try {
      if (this.gone) throw new LibvirtError(ErrorCode.Rpc, 'the client has disconnected', { domain: ErrorDomain.Rpc });
      return await this.handle(procedure, args, context);
    } finally {
      workers.leave();
    }
  }

  private handle(procedure: Procedure, args: unknown, context: ResponderContext): Answer<unknown> {
    const way = this.host.ways.get(procedure);
    if (typeof way === 'function') {
      // Without a connection there is nothing yet that access could be controlled to; registrations for events are
      // checked where they reach the driver.
      const permit = this.connection?.permit ?? null;
      if (permit === null || procedure.aclFilter !== undefined) return way(this, args);
      const permitted = permit(procedure, args as Record<string, unknown>, this.connection?.context ?? {});
      return permitted instanceof Promise ? permitted.then(() => way(this, args)) : way(this, args);
    }
    const connection = opened(this);
    if (way !== undefined) checkCount(way, args);
    return connection.driver.call(
      procedure,
      args,
      context.stream === undefined
        ? connection.context
        : { signal: context.signal, stream: context.stream, identity: this.identity },
    );
  }

  // libvirtd warns once, and never for a limit of 1.
  private later(answer: Promise<unknown>): Promise<unknown> {
    if (!this.warnedOfRequests && this.maxRequests > 1 && this.responder.requestsAtWork + 1 >= this.maxRequests) {
      this.warnedOfRequests = true;
      this.options.log.warning(
        'rpc',
        `Client hit max requests limit ${this.maxRequests}. This may result in keep-alive timeouts. Consider tuning the max_client_requests server parameter`,
      );
    }
    return answer;
  }

  /** Ends a client that takes its events too slowly. */
  checkBacklog(): void {
    const { pendingBytes } = this.responder;
    if (pendingBytes <= this.host.maxEventBytes || this.gone) return;
    this.cut(`${pendingBytes} bytes wait to be read by the client: it is too slow for its events`);
  }

  /** Lets go of what was opened: subscriptions first, so that nothing is told of what closing does. */
  closeConnection(): void {
    const { connection } = this;
    if (connection === null) return;
    this.connection = null;
    try {
      const closed = connection.close();
      if (closed instanceof Promise) closed.catch((error: unknown) => this.closingFailed(error));
    } catch (error) {
      this.closingFailed(error);
    }
  }

  private closingFailed(error: unknown): void {
    const text = error instanceof Error ? error.message : String(error);
    this.options.log.error('daemon', `closing ${this.address}: ${text}`);
  }

  /** Ends the client if none of its calls is at work. */
  endWhenIdle(): void {
    if (this.responder.requestsAtWork === 0) this.end();
  }

  /** Lets what was sent leave, then ends the client. */
  end(): void {
    this.responder.close();
  }

  /** Ends the client at once. */
  cut(reason: string): void {
    this.responder.destroy(new LibvirtError(ErrorCode.Rpc, reason, { domain: ErrorDomain.Rpc }));
  }

  onClose(reason: LibvirtError | null): void {
    this.gone = true;
    clearTimeout(this.loginTimer);
    this.closeConnection();
    this.host.removed(this, reason);
  }

  /** True when a session is this client. */
  isSession(session: Session): boolean {
    return session === this;
  }

  /** True once the client has left. */
  get isGone(): boolean {
    return this.gone;
  }

  log(level: 'debug' | 'info' | 'warning' | 'error', text: string): void {
    this.options.log[level]('rpc', `client ${this.id} (${this.address}): ${text}`);
  }
}
