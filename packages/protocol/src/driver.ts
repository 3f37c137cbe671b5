// The contract in the middle: whatever answers calls is a Driver, whether it is local, remote or wrapped around another.
import type { Answer, DriverStream, EventRow, Procedure } from '@virtwire/rpc';

/** Who is asking, as far as the listener and the authentication know. */
export interface Identity {
  /** Process id of a local client. */
  readonly pid?: number;
  /** User id of a local client. */
  readonly uid?: number;
  /** Group id of a local client. */
  readonly gid?: number;
  /** Start time of the local process (field 22 of /proc/PID/stat), against reuse of its pid. */
  readonly startTime?: bigint;
  /** Name of the user of a local client, where it is known. */
  readonly unixUser?: string;
  /** Names of all groups that this user belongs to, where they are known. */
  readonly unixGroups?: readonly string[];
  /** User name proven by SASL. */
  readonly saslUser?: string;
  /** Distinguished name of the client certificate, in the daemon's spelling. */
  readonly x509Name?: string;
  /** Address of the client, for logs. */
  readonly address?: string;
}

/** What travels with a call besides its arguments. */
export interface CallContext {
  /** Aborted when the caller no longer wants the answer. */
  readonly signal?: AbortSignal;
  /** The stream of the call, for procedures that have one. */
  readonly stream?: DriverStream;
  /** Who is asking; absent for a driver used in the same process. */
  readonly identity?: Identity;
}

/** The kinds of objects that events are about; `monitor` is qemu's raw monitor event. */
export type EventObject = 'domain' | 'network' | 'storagePool' | 'nodeDevice' | 'secret' | 'monitor';

/**
 * A kind of event that can be subscribed to.
 *
 * `T` is the payload as drivers publish it: the wire message without its callback id, nested structs unwrapped.
 */
export interface EventType<T = any> {
  /** Short name as in the shell, e.g. `lifecycle`. */
  readonly name: string;
  readonly object: EventObject;
  /** libvirt's event id within its object kind. */
  readonly id: number;
  /** The message that carries a callback id. */
  readonly row: EventRow;
  /** The message for clients that register without callback ids, null when there is none. */
  readonly legacyRow: EventRow | null;
  /** True when `row` carries the payload inside `msg`, false when its fields stand beside `callbackID`. */
  readonly nested: boolean;
  /** Never set; it only carries the type of the payload. */
  readonly payload?: T;
}

/** Narrows a subscription to one object; uuid is empty for kinds that have none (node devices). */
export interface EventFilter {
  readonly name: string;
  readonly uuid: string;
}

/** Ends a subscription; after it returns, no further event is delivered. */
export type Unsubscribe = () => void;

/** Whatever answers the calls of one connection, in the shapes of the wire. */
export interface Driver {
  /**
   * Makes a call.
   *
   * @returns the answer itself when it is known at once, otherwise a promise of it
   * @throws LibvirtError, directly or by the promise; `NoSupport` for a procedure that this driver does not answer
   */
  call<A, R>(procedure: Procedure<A, R>, args: A, context: CallContext): Answer<R>;
  /**
   * Subscribes to events.
   *
   * @param filter one object, or null for all
   * @param listener gets each payload, in the order of what happened
   */
  subscribe<T>(
    type: EventType<T>,
    filter: EventFilter | null,
    listener: (payload: T) => void,
    context: CallContext,
  ): Answer<Unsubscribe>;
  /** Tells when the driver is lost by itself (a remote one whose link broke). Never called after {@link close}. */
  onLost?(listener: (reason: Error) => void): void;
  /** Gives back what the connection holds. */
  close(): void | Promise<void>;
}

/** Opens drivers for the URIs that it knows. */
export interface DriverFactory {
  /** Scheme of its URIs, e.g. `test`. */
  readonly scheme: string;
  /**
   * Opens a connection.
   *
   * @param uri without transport and host, e.g. `test:///default`
   * @throws LibvirtError as libvirt's own driver does
   */
  open(uri: string, context: CallContext): Answer<Driver>;
}
