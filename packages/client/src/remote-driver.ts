// A Driver whose answers come over the wire: calls pass through, events are shared between listeners, loss is told.
import {
  type CallContext,
  type Driver,
  type EventFilter,
  type EventType,
  eventTypeOf,
  remote,
  type Unsubscribe,
} from '@virtwire/protocol';
import { type Caller, ErrorCode, ErrorDomain, type EventRow, LibvirtError, type Procedure } from '@virtwire/rpc';
import { closeReasonText } from './api/closed.ts';
import { RemoteEvents } from './remote-events.ts';
import { RemoteFeatures } from './remote-features.ts';

// A server that does not answer the farewell is left without it.
const FAREWELL_MS = 2000;

/** The driver of a remote connection. */
export class RemoteDriver implements Driver {
  readonly #caller: Caller;
  readonly #features: RemoteFeatures;
  readonly #events: RemoteEvents;
  #closed = false;
  #lost: Error | null = null;
  readonly #lostListeners: ((reason: Error) => void)[] = [];

  /** @param caller authenticated, with its connection open */
  constructor(caller: Caller) {
    this.#caller = caller;
    this.#features = new RemoteFeatures(caller);
    this.#events = new RemoteEvents(caller, () => this.#features.eventCallbacks());
    caller.onEvent((row, message) => this.#takeEvent(row, message));
    void caller.closed.then((reason) => this.#lose(reason));
  }

  call<A, R>(procedure: Procedure<A, R>, args: A, context: CallContext): Promise<R> {
    return this.#caller.call(procedure, args, context);
  }

  subscribe<T>(
    type: EventType<T>,
    filter: EventFilter | null,
    listener: (payload: T) => void,
    context: CallContext,
  ): Promise<Unsubscribe> {
    return this.#events.subscribe(type, filter, listener as (payload: unknown) => void, context.signal);
  }

  onLost(listener: (reason: Error) => void): void {
    if (this.#lost !== null) listener(this.#lost);
    else this.#lostListeners.push(listener);
  }

  /** Says goodbye when nothing is under way, then ends the connection; pending calls reject. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    const asked = this.#features.stop();
    const ownCalls = asked === undefined ? 0 : 1;
    if (this.#lost === null && this.#caller.inFlight === ownCalls) await this.#sayGoodbye(asked);
    await this.#caller.close();
  }

  async #sayGoodbye(asked: Promise<void> | undefined): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const patience = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, FAREWELL_MS);
    });
    // The server may close before its answer is read; the connection ends either way.
    const farewell = () => this.#caller.call(remote.connectClose, {}).then(ignore, ignore);
    await Promise.race([asked === undefined ? farewell() : asked.then(farewell), patience]);
    clearTimeout(timer);
  }

  #takeEvent(row: EventRow, message: unknown): void {
    if (row === remote.connectEventConnectionClosed) {
      const { reason } = message as { reason: number };
      const text = `the server lost its connection to the hypervisor: ${closeReasonText(reason)}`;
      const error = new LibvirtError(ErrorCode.OperationFailed, null, { message: text, domain: ErrorDomain.Remote });
      this.#lose(error);
      void this.#caller.close(error);
      return;
    }
    const type = eventTypeOf(row);
    if (type !== undefined) this.#events.deliver(type, row, message as Record<string, unknown>);
  }

  #lose(reason: Error): void {
    if (this.#lost !== null) return;
    this.#lost = reason;
    if (this.#closed) return;
    for (const listener of this.#lostListeners.splice(0)) listener(reason);
  }
}

function ignore(): void {}
