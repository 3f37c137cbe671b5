// The contract of the procedures that the daemon answers itself, and what they see of a client.
import type { GuardedDriver } from '@virtwire/drivers/access';
import type { CallContext, Driver, Identity, Unsubscribe } from '@virtwire/protocol';
import { type Answer, ErrorCode, ErrorDomain, LibvirtError, type Procedure, type Responder } from '@virtwire/rpc';
import type { AuthenticationAttempt } from '../audit/authentication.ts';
import type { SaslExchange } from '../auth/sasl.ts';
import type { Service } from '../listener/listener.ts';
import type { ServerOptions } from '../server-options.ts';

/** A subscription of a client. */
export interface Registration {
  /** What may be registered once only: kind of event, object, and filter. */
  readonly key: string;
  /** Null until the driver has subscribed, if that takes time. */
  unsubscribe: Unsubscribe | null;
}

/** A driver that a client has opened, with what belongs to it. */
export class OpenConnection {
  /** What the client is told of its URI. */
  readonly uri: string;
  readonly driver: Driver;
  /** Goes along with every call that has no stream. */
  readonly context: CallContext;
  /** True when it may not change anything. */
  readOnly = false;
  /** Checks a call that the daemon answers itself; null without access control. */
  permit: GuardedDriver['permit'] | null = null;
  /** True when the client wants to be told if the driver is lost. */
  wantsCloseEvent = false;
  /** Subscriptions by callback id; null until the first one. */
  registrations: Map<number, Registration> | null = null;
  nextCallbackId = 0;
  closed = false;

  constructor(uri: string, driver: Driver, context: CallContext) {
    this.uri = uri;
    this.driver = driver;
    this.context = context;
  }

  /** Ends the subscriptions first, so that nothing is told of what closing does, then gives the driver back. */
  close(): Answer<void> {
    this.closed = true;
    if (this.registrations !== null) {
      for (const { unsubscribe } of this.registrations.values()) unsubscribe?.();
      this.registrations = null;
    }
    return this.driver.close();
  }
}

/** A client as the handlers see it. */
export interface Session {
  readonly options: ServerOptions;
  readonly service: Service;
  /** Number of the client. */
  readonly id: number;
  /** Where the client comes from, for logs. */
  readonly address: string;
  /** Who the client is, as far as is known by now. */
  readonly identity: Identity;
  readonly authenticated: boolean;
  readonly responder: Responder;
  /** True once the client has left. */
  readonly isGone: boolean;
  /** What `connectOpen` has opened; null before it, and after `connectClose`. */
  connection: OpenConnection | null;
  /** Set while `connectOpen` is at work: what comes behind it waits, so that a client may send both at once. */
  opening: Promise<unknown> | null;
  /** The client has proven who it is: from now on it may call. @param proof what is known of it since then */
  proven(proof: Identity): void;
  /** Asks the kernel which user of this host a client on a unix socket is; null when it cannot tell. */
  localUser(): Promise<number | null>;
  /** Notes what came of an attempt to do so. */
  attempted(outcome: Omit<AuthenticationAttempt, 'service' | 'identity'>): void;
  /** The exchange that `authSaslInit` has begun; null before it, and after it has failed. */
  sasl: SaslExchange | null;
  /** Lets go of what was opened. */
  closeConnection(): void;
  /** Ends the client if it takes its events too slowly. */
  checkBacklog(): void;
  /** Ends the client at once. */
  cut(reason: string): void;
  log(level: 'debug' | 'info' | 'warning' | 'error', text: string): void;
}

/** Answers a call for a client. */
export type SessionHandler = (session: Session, args: unknown) => Answer<unknown>;

/** A procedure with its handler, typed by the row. */
export function answer<A, R>(
  procedure: Procedure<A, R>,
  handler: (session: Session, args: A) => Answer<R>,
): [Procedure, SessionHandler] {
  return [procedure, handler as SessionHandler];
}

/** What the client has opened. @throws LibvirtError `InternalError` before `connectOpen` */
export function opened(session: Session, refusal = 'hypervisor connection not open'): OpenConnection {
  if (session.connection !== null) return session.connection;
  throw new LibvirtError(ErrorCode.InternalError, refusal, { domain: ErrorDomain.Rpc });
}
