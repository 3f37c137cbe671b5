// What every handle stands on: one driver, and how a call, a stream and a subscription of the public API reach it.
import type { CallContext, Driver, EventFilter, EventType, Unsubscribe } from '@virtwire/protocol';
import type { DriverStream, LibvirtError, Procedure } from '@virtwire/rpc';

/** Options that every call takes as its last argument. */
export interface CallOptions {
  /**
   * Gives the call up. Before it was sent the call rejects with `signal.reason`; afterwards with a LibvirtError whose
   * `outcomeUnknown` is true and whose cause is that reason, for a libvirt call cannot be recalled.
   */
  readonly signal?: AbortSignal | undefined;
}

// Most calls have neither, and need no object of their own.
const PLAIN: CallContext = {};

function contextOf(signal: AbortSignal | undefined, stream: DriverStream | undefined): CallContext {
  if (stream === undefined) return signal === undefined ? PLAIN : { signal };
  return signal === undefined ? { stream } : { signal, stream };
}

/** One open connection as its handles see it. */
export class Session {
  readonly #driver: Driver;
  #ended: (() => LibvirtError) | null = null;

  constructor(driver: Driver) {
    this.#driver = driver;
  }

  /** Makes a call; whatever goes wrong comes back as a rejection. */
  call<A, R>(procedure: Procedure<A, R>, args: A, options?: CallOptions, stream?: DriverStream): Promise<R> {
    const signal = options?.signal;
    try {
      if (this.#ended !== null) throw this.#ended();
      signal?.throwIfAborted();
      return Promise.resolve(this.#driver.call(procedure, args, contextOf(signal, stream)));
    } catch (thrown) {
      // As it is: an abort gives the signal's own reason.
      // oxlint-disable-next-line typescript/prefer-promise-reject-errors
      return Promise.reject(thrown);
    }
  }

  /** Subscribes to events; whatever goes wrong comes back as a rejection. */
  async subscribe<T>(
    type: EventType<T>,
    filter: EventFilter | null,
    listener: (payload: T) => void,
    signal: AbortSignal | undefined,
  ): Promise<Unsubscribe> {
    if (this.#ended !== null) throw this.#ended();
    signal?.throwIfAborted();
    return this.#driver.subscribe(type, filter, listener, contextOf(signal, undefined));
  }

  /** From now on every call rejects with the error that `reason` gives; most connections end without a later call. */
  end(reason: () => LibvirtError): void {
    this.#ended ??= reason;
  }
}
