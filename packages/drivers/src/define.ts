// Makes a Driver of bags of handlers; a procedure without a handler is refused in libvirt's words.
import type { CallContext, Driver, EventFilter, EventType, remote, Unsubscribe } from '@virtwire/protocol';
import { type Answer, ErrorCode, type Handlers, LibvirtError, type Procedure } from '@virtwire/rpc';
import { apiErrorDomain, apiName, eventApiName } from './api-name.ts';

/** Handlers of the remote program by the name of the procedure. Memory-only ones answer with a value, not a promise. */
export type DriverHandlers = Handlers<typeof remote, CallContext>;

/** What a driver is made of. */
export interface DriverParts {
  /** One bag, or several; a later bag wins over an earlier one. */
  readonly handlers: DriverHandlers | readonly DriverHandlers[];
  /** Told of each call before its handler is. */
  calling?(procedure: Procedure): void;
  /** As {@link Driver.subscribe}; left out for a driver without events. */
  subscribe?<T>(
    type: EventType<T>,
    filter: EventFilter | null,
    listener: (payload: T) => void,
    context: CallContext,
  ): Answer<Unsubscribe>;
  /** Gives back what the connection holds; called once. */
  close?(): void | Promise<void>;
}

type AnyHandler = (args: unknown, context: CallContext) => unknown;

/**
 * Makes a driver of handlers.
 *
 * A call of a procedure that no bag has throws `NoSupport` with the name of its C function.
 */
export function defineDriver(parts: DriverParts): Driver {
  const { handlers: given } = parts;
  // What has no prototype was merged before.
  const handlers = (Object.getPrototypeOf(given) === null ? given : mergeHandlers(given)) as Readonly<
    Record<string, AnyHandler>
  >;
  let closed = false;
  return {
    call<A, R>(procedure: Procedure<A, R>, args: A, context: CallContext): Answer<R> {
      // Names repeat between programs (qemu's and remote's differ in meaning): the bags are the remote program's.
      const handler = procedure.program.name === 'remote' ? handlers[procedure.name] : undefined;
      if (handler === undefined) throw noSupport(procedure);
      parts.calling?.(procedure);
      return handler(args, context) as Answer<R>;
    },
    subscribe(type, filter, listener, context) {
      if (parts.subscribe === undefined) {
        throw noEvents(type);
      }
      return parts.subscribe(type, filter, listener, context);
    },
    close() {
      if (closed) return;
      closed = true;
      return parts.close?.();
    },
  };
}

/** Makes one bag of several, a later one winning. Connections that share their state share it, so that each need not be merged. */
export function mergeHandlers(bags: DriverParts['handlers']): DriverHandlers {
  return Object.assign(Object.create(null) as object, ...(Array.isArray(bags) ? bags : [bags])) as DriverHandlers;
}

/** The refusal of events that a driver does not have: `NoSupport`, with the name of the C function. */
export function noEvents(type: EventType): LibvirtError {
  const api = eventApiName(type.object);
  return new LibvirtError(ErrorCode.NoSupport, api, { domain: apiErrorDomain(api) });
}

/** The refusal of a procedure that a driver does not answer: `NoSupport`, with the name of the C function. */
export function noSupport(procedure: Procedure): LibvirtError {
  const api = apiName(procedure);
  return new LibvirtError(ErrorCode.NoSupport, api, { domain: apiErrorDomain(api) });
}
