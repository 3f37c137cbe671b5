// Subscriptions to events: callback ids, the two forms of registration, and messages that are encoded once for all.
import {
  type EventFilter,
  type EventObject,
  type EventType,
  eventTypeById,
  qemu,
  remote,
  toEventMessage,
} from '@virtwire/protocol';
import { type Answer, ErrorCode, ErrorDomain, LibvirtError, type Procedure, Writer } from '@virtwire/rpc';
import {
  answer,
  type OpenConnection,
  opened,
  type Registration,
  type Session,
  type SessionHandler,
} from './handler.ts';

/** How libvirt names a kind of object in the refusals of its events. */
interface Words {
  /** Before ` event ID N`, with a blank behind it. */
  readonly unsupported: string;
  /** Before `event callback N not registered`. */
  readonly registered: string;
  readonly notOpen: string;
}

const words: Readonly<Record<EventObject, Words>> = {
  domain: { unsupported: '', registered: 'domain', notOpen: 'hypervisor connection not open' },
  network: { unsupported: 'network ', registered: 'network', notOpen: 'connection not open' },
  storagePool: { unsupported: 'storage pool ', registered: 'storage pool', notOpen: 'connection not open' },
  nodeDevice: { unsupported: 'node device ', registered: 'node device', notOpen: 'connection not open' },
  secret: { unsupported: 'secret ', registered: 'secret', notOpen: 'connection not open' },
  monitor: { unsupported: '', registered: 'qemu monitor', notOpen: 'hypervisor connection not open' },
};

/** The handlers, by procedure. */
export const eventHandlers: ReadonlyMap<Procedure, SessionHandler> = new Map<Procedure, SessionHandler>([
  // Without callback ids: one registration for each kind of domain event.
  answer(remote.connectDomainEventRegister, (session) =>
    then(registerLegacy(session, 0), () => ({ cb_registered: 0 })),
  ),
  answer(remote.connectDomainEventDeregister, (session) => {
    deregisterLegacy(session, 0);
    return { cb_registered: 0 };
  }),
  answer(remote.connectDomainEventRegisterAny, (session, { eventID }) =>
    then(registerLegacy(session, eventID), () => ({})),
  ),
  answer(remote.connectDomainEventDeregisterAny, (session, { eventID }) => {
    deregisterLegacy(session, eventID);
    return {};
  }),

  // With callback ids.
  answer(remote.connectDomainEventCallbackRegisterAny, (session, { eventID, dom }) =>
    register(session, 'domain', eventID, dom),
  ),
  answer(remote.connectDomainEventCallbackDeregisterAny, (session, { callbackID }) =>
    deregister(session, 'domain', callbackID),
  ),
  answer(remote.connectNetworkEventRegisterAny, (session, { eventID, net }) =>
    register(session, 'network', eventID, net),
  ),
  answer(remote.connectNetworkEventDeregisterAny, (session, { callbackID }) =>
    deregister(session, 'network', callbackID),
  ),
  answer(remote.connectStoragePoolEventRegisterAny, (session, { eventID, pool }) =>
    register(session, 'storagePool', eventID, pool),
  ),
  answer(remote.connectStoragePoolEventDeregisterAny, (session, { callbackID }) =>
    deregister(session, 'storagePool', callbackID),
  ),
  answer(remote.connectNodeDeviceEventRegisterAny, (session, { eventID, dev }) =>
    register(session, 'nodeDevice', eventID, dev === null ? null : { name: dev.name, uuid: '' }),
  ),
  answer(remote.connectNodeDeviceEventDeregisterAny, (session, { callbackID }) =>
    deregister(session, 'nodeDevice', callbackID),
  ),
  answer(remote.connectSecretEventRegisterAny, (session, { eventID, secret }) =>
    register(session, 'secret', eventID, secret === null ? null : { name: '', uuid: secret.uuid }),
  ),
  answer(remote.connectSecretEventDeregisterAny, (session, { callbackID }) =>
    deregister(session, 'secret', callbackID),
  ),
  answer(qemu.connectDomainMonitorEventDeregister, (session, { callbackID }) =>
    deregister(session, 'monitor', callbackID),
  ),
]);

function then<T, R>(value: Answer<T>, next: (value: T) => R): Answer<R> {
  return value instanceof Promise ? value.then(next) : next(value);
}

// The newest domain event of the older registration (VIR_DOMAIN_EVENT_ID_DEVICE_REMOVED).
const LAST_LEGACY_EVENT = 15;

function registerLegacy(session: Session, eventID: number): Answer<number> {
  const connection = opened(session, words.domain.notOpen);
  return subscribe(session, connection, legacyType(eventID), null, true);
}

function deregisterLegacy(session: Session, eventID: number): void {
  const connection = opened(session, words.domain.notOpen);
  const key = `legacy ${keyOf(legacyType(eventID), null)}`;
  for (const [callbackID, registration] of connection.registrations ?? []) {
    if (registration.key === key) {
      remove(connection, callbackID, registration);
      return;
    }
  }
  throw internal(`domain event ${eventID} not registered`);
}

function legacyType(eventID: number): EventType {
  const type = eventID <= LAST_LEGACY_EVENT ? eventTypeById('domain', eventID) : undefined;
  if (type === undefined) throw internal(`unsupported event ID ${eventID}`);
  return type;
}

function register(
  session: Session,
  object: EventObject,
  eventID: number,
  filter: EventFilter | null,
): Answer<{ callbackID: number }> {
  const connection = opened(session, words[object].notOpen);
  const type = eventTypeById(object, eventID);
  if (type === undefined) throw internal(`unsupported ${words[object].unsupported}event ID ${eventID}`);
  const only = filter === null ? null : { name: filter.name, uuid: filter.uuid };
  return then(subscribe(session, connection, type, only, false), (callbackID) => ({ callbackID }));
}

function deregister(session: Session, object: EventObject, callbackID: number): Record<string, never> {
  const connection = opened(session, words[object].notOpen);
  const registration = connection.registrations?.get(callbackID);
  if (registration === undefined || !registration.key.startsWith(object)) {
    throw internal(`${words[object].registered} event callback ${callbackID} not registered`);
  }
  remove(connection, callbackID, registration);
  return {};
}

function remove(connection: OpenConnection, callbackID: number, registration: Registration): void {
  connection.registrations?.delete(callbackID);
  registration.unsubscribe?.();
}

function subscribe(
  session: Session,
  connection: OpenConnection,
  type: EventType,
  filter: EventFilter | null,
  legacy: boolean,
): Answer<number> {
  const key = keyOf(type, filter);
  connection.registrations ??= new Map();
  const { registrations } = connection;
  for (const other of registrations.values()) {
    if (other.key === key || other.key === `legacy ${key}`) {
      throw new LibvirtError(ErrorCode.InvalidArg, 'event callback already tracked');
    }
  }
  const callbackID = connection.nextCallbackId++;
  const registration: Registration = { key: legacy ? `legacy ${key}` : key, unsubscribe: null };
  registrations.set(callbackID, registration);
  const listener = legacy ? legacyListener(session, type) : callbackListener(session, type, callbackID);
  const done = (unsubscribe: () => void) => {
    registration.unsubscribe = unsubscribe;
    if (connection.closed || registrations.get(callbackID) !== registration) unsubscribe();
    return callbackID;
  };
  const failed = (thrown: unknown): never => {
    registrations.delete(callbackID);
    throw thrown;
  };
  try {
    const subscribed = connection.driver.subscribe(type, filter, listener, connection.context);
    return subscribed instanceof Promise ? subscribed.then(done, failed) : done(subscribed);
  } catch (thrown) {
    return failed(thrown);
  }
}

function keyOf(type: EventType, filter: EventFilter | null): string {
  const object = filter === null ? 'all' : filter.uuid === '' ? `name ${filter.name}` : `uuid ${filter.uuid}`;
  return `${type.object} ${type.id} ${object}`;
}

function legacyListener(session: Session, type: EventType): (payload: unknown) => void {
  const row = type.legacyRow;
  if (row === null) throw internal(`unsupported event ID ${type.id}`);
  return (payload) => {
    session.responder.sendEvent(row, payload);
    session.checkBacklog();
  };
}

function callbackListener(session: Session, type: EventType, callbackID: number): (payload: unknown) => void {
  return (payload) => {
    session.responder.sendEncodedEvent(type.row, callbackID, encoded(type, payload as object));
    session.checkBacklog();
  };
}

// A driver tells all its subscribers of one event before it goes on to the next, with the same object: keeping the
// last message is enough to encode each of them once.
let lastPayload: object | null = null;
let lastType: EventType | null = null;
let lastBody = new Uint8Array(0);
const writer = new Writer();

function encoded(type: EventType, payload: object): Uint8Array {
  if (payload === lastPayload && type === lastType) return lastBody;
  writer.position = 0;
  type.row.message.encode(writer, toEventMessage(type, 0, payload));
  lastBody = writer.written().slice();
  lastPayload = payload;
  lastType = type;
  return lastBody;
}

function internal(detail: string): LibvirtError {
  return new LibvirtError(ErrorCode.InternalError, detail, { domain: ErrorDomain.Rpc });
}
