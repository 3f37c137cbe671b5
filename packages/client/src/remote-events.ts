// Events of a remote connection: one registration at the server per kind and object, shared by all local listeners.
import {
  type EventFilter,
  type EventObject,
  type EventType,
  fromEventMessage,
  qemu,
  remote,
  type Unsubscribe,
} from '@virtwire/protocol';
import { type Caller, ErrorCode, ErrorDomain, type EventRow, LibvirtError } from '@virtwire/rpc';

type Listener = (payload: unknown) => void;

// One row for each kind of object: how to register with a callback id, and how to take it back.
interface RegistrationRow {
  register(caller: Caller, id: number, filter: EventFilter | null): Promise<{ readonly callbackID: number }>;
  deregister(caller: Caller, callbackID: number): Promise<unknown>;
}

const rows: Readonly<Record<EventObject, RegistrationRow>> = {
  domain: {
    register: (caller, eventID, filter) =>
      caller.call(remote.connectDomainEventCallbackRegisterAny, { eventID, dom: filter && { ...filter, id: -1 } }),
    deregister: (caller, callbackID) => caller.call(remote.connectDomainEventCallbackDeregisterAny, { callbackID }),
  },
  network: {
    register: (caller, eventID, net) => caller.call(remote.connectNetworkEventRegisterAny, { eventID, net }),
    deregister: (caller, callbackID) => caller.call(remote.connectNetworkEventDeregisterAny, { callbackID }),
  },
  storagePool: {
    register: (caller, eventID, pool) => caller.call(remote.connectStoragePoolEventRegisterAny, { eventID, pool }),
    deregister: (caller, callbackID) => caller.call(remote.connectStoragePoolEventDeregisterAny, { callbackID }),
  },
  nodeDevice: {
    register: (caller, eventID, filter) =>
      caller.call(remote.connectNodeDeviceEventRegisterAny, { eventID, dev: filter && { name: filter.name } }),
    deregister: (caller, callbackID) => caller.call(remote.connectNodeDeviceEventDeregisterAny, { callbackID }),
  },
  secret: {
    register: (caller, eventID, filter) => {
      const secret = filter && { uuid: filter.uuid, usageType: 0, usageID: filter.name };
      return caller.call(remote.connectSecretEventRegisterAny, { eventID, secret });
    },
    deregister: (caller, callbackID) => caller.call(remote.connectSecretEventDeregisterAny, { callbackID }),
  },
  monitor: {
    register: (caller, _id, filter) => {
      const dom = filter && { ...filter, id: -1 };
      return caller.call(qemu.connectDomainMonitorEventRegister, { dom, event: null, flags: 0 });
    },
    deregister: (caller, callbackID) => caller.call(qemu.connectDomainMonitorEventDeregister, { callbackID }),
  },
};

interface Registration {
  readonly type: EventType;
  readonly key: string;
  readonly listeners: Set<Listener>;
  // Null until the server has answered.
  callbackID: number | null;
  ready: Promise<void>;
}

// Events that came before the answer to the registration they belong to; a server that floods is not remembered further.
const MAX_EARLY_EVENTS = 8192;

/** The registrations of one connection. */
export class RemoteEvents {
  readonly #caller: Caller;
  readonly #withIds: () => Promise<boolean>;
  readonly #registrations = new Map<string, Registration>();
  readonly #pending = new Map<EventType, number>();
  #early: { readonly type: EventType; readonly callbackID: number; readonly payload: unknown }[] = [];

  /** @param withIds tells whether the server knows callback ids for domain events (feature 14) */
  constructor(caller: Caller, withIds: () => Promise<boolean>) {
    this.#caller = caller;
    this.#withIds = withIds;
  }

  /** Adds a listener; resolves when the server has the registration. */
  async subscribe(
    type: EventType,
    filter: EventFilter | null,
    listener: Listener,
    signal: AbortSignal | undefined,
  ): Promise<Unsubscribe> {
    signal?.throwIfAborted();
    // Whatever is subscribed to, so that registrations leave in the order in which they were asked for.
    const withIds = await untilAborted(this.#withIds(), signal);
    const legacy = type.object === 'domain' && !withIds;
    signal?.throwIfAborted();
    // A listener of its own, so that the same function may subscribe twice.
    const own: Listener =
      legacy && filter !== null
        ? (payload) => {
            if ((payload as { dom?: { uuid?: string } }).dom?.uuid === filter.uuid) listener(payload);
          }
        : (payload) => listener(payload);
    const key = `${type.object} ${type.id} ${legacy || filter === null ? '' : `${filter.uuid} ${filter.name}`}`;
    let registration = this.#registrations.get(key);
    if (registration === undefined) {
      registration = this.#register(type, key, legacy, filter);
      this.#registrations.set(key, registration);
    }
    registration.listeners.add(own);
    const unsubscribe = () => this.#remove(registration, own, legacy);
    try {
      await untilAborted(registration.ready, signal);
    } catch (thrown) {
      unsubscribe();
      throw thrown;
    }
    return unsubscribe;
  }

  /** Hands an event to its listeners. */
  deliver(type: EventType, row: EventRow, message: Readonly<Record<string, unknown>>): void {
    const payload = fromEventMessage(type, row, message);
    if (row === type.legacyRow) {
      this.#hand(this.#registrations.get(`${type.object} ${type.id} `), payload);
      return;
    }
    const callbackID = message['callbackID'] as number;
    for (const registration of this.#registrations.values()) {
      if (registration.type !== type || registration.callbackID !== callbackID) continue;
      this.#hand(registration, payload);
      return;
    }
    // The answer to a registration and its first events may come in one piece, before anybody could look at the answer.
    if (this.#pending.has(type) && this.#early.length < MAX_EARLY_EVENTS)
      this.#early.push({ type, callbackID, payload });
  }

  #register(type: EventType, key: string, legacy: boolean, filter: EventFilter | null): Registration {
    const registration: Registration = { type, key, listeners: new Set(), callbackID: null, ready: Promise.resolve() };
    this.#pending.set(type, (this.#pending.get(type) ?? 0) + 1);
    registration.ready = this.#ask(registration, legacy, filter).finally(() => {
      const left = (this.#pending.get(type) ?? 1) - 1;
      if (left > 0) this.#pending.set(type, left);
      else {
        this.#pending.delete(type);
        this.#early = this.#early.filter((event) => event.type !== type);
      }
    });
    registration.ready.catch(() => this.#forget(registration));
    return registration;
  }

  async #ask(registration: Registration, legacy: boolean, filter: EventFilter | null): Promise<void> {
    const { type } = registration;
    if (legacy) {
      if (type.legacyRow === null) {
        const text = `the server does not know events of kind '${type.name}'`;
        throw new LibvirtError(ErrorCode.NoSupport, text, { domain: ErrorDomain.Remote });
      }
      await this.#caller.call(remote.connectDomainEventRegisterAny, { eventID: type.id });
      return;
    }
    const { callbackID } = await rows[type.object].register(this.#caller, type.id, filter);
    registration.callbackID = callbackID;
    const early = this.#early.filter((event) => event.type === type && event.callbackID === callbackID);
    if (early.length === 0) return;
    this.#early = this.#early.filter((event) => !early.includes(event));
    for (const { payload } of early) this.#hand(registration, payload);
  }

  #hand(registration: Registration | undefined, payload: unknown): void {
    if (registration === undefined) return;
    for (const listener of Array.from(registration.listeners)) {
      // One listener may take another one away.
      if (registration.listeners.has(listener)) listener(payload);
    }
  }

  #remove(registration: Registration, listener: Listener, legacy: boolean): void {
    if (!registration.listeners.delete(listener) || registration.listeners.size > 0) return;
    this.#forget(registration);
    // A registration that failed needs nothing more; a link that breaks takes it back by itself.
    registration.ready.then(() => this.#takeBack(registration, legacy)).catch(() => {});
  }

  async #takeBack({ type, callbackID }: Registration, legacy: boolean): Promise<void> {
    if (legacy) await this.#caller.call(remote.connectDomainEventDeregisterAny, { eventID: type.id });
    else if (callbackID !== null) await rows[type.object].deregister(this.#caller, callbackID);
  }

  #forget(registration: Registration): void {
    if (this.#registrations.get(registration.key) === registration) this.#registrations.delete(registration.key);
  }
}

function untilAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  return new Promise((resolve, reject) => {
    // The reason is whatever the user gave.
    // oxlint-disable-next-line typescript/prefer-promise-reject-errors
    const onAbort = () => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
