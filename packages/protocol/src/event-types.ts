// Every kind of event that can be subscribed to, with the messages that carry it.
import type { EventRow, Message } from '@virtwire/rpc';
import type { EventObject, EventType } from './driver.ts';
import { qemu } from './qemu.ts';
import { remote } from './remote/index.ts';

/** The payload that a message carries: without its callback id, and with the fields of `msg` beside the others. */
export type EventPayload<M> = M extends { readonly msg: infer Inner }
  ? {
      [K in keyof Inner | Exclude<keyof M, 'callbackID' | 'msg'>]: K extends keyof Inner
        ? Inner[K]
        : K extends keyof M
          ? M[K]
          : never;
    }
  : { [K in Exclude<keyof M, 'callbackID'>]: M[K] };

/** The payload type of a kind of event: `PayloadOf<typeof domainEvents.lifecycle>`. */
export type PayloadOf<E> = E extends EventType<infer T> ? T : never;

// Payload in `msg`; a client without callback ids gets the same struct alone.
function nested<R extends EventRow>(
  id: number,
  name: string,
  row: R,
  legacyRow: EventRow,
): EventType<EventPayload<Message<R>>> {
  return { name, object: 'domain', id, row, legacyRow, nested: true };
}

function flat<R extends EventRow>(
  object: EventObject,
  id: number,
  name: string,
  row: R,
): EventType<EventPayload<Message<R>>> {
  return { name, object, id, row, legacyRow: null, nested: false };
}

/**
 * Events of domains; ids are those of virDomainEventID, 27 is newer than libvirt 9.0.0.
 *
 * @see virConnectDomainEventRegisterAny
 */
export const domainEvents = {
  /** `event` of virDomainEventType; the meaning of `detail` depends on it. */
  lifecycle: nested(0, 'lifecycle', remote.domainEventCallbackLifecycle, remote.domainEventLifecycle),
  reboot: nested(1, 'reboot', remote.domainEventCallbackReboot, remote.domainEventReboot),
  /** The guest moved its clock; `offset` in seconds. */
  rtcChange: nested(2, 'rtc-change', remote.domainEventCallbackRtcChange, remote.domainEventRtcChange),
  watchdog: nested(3, 'watchdog', remote.domainEventCallbackWatchdog, remote.domainEventWatchdog),
  ioError: nested(4, 'io-error', remote.domainEventCallbackIoError, remote.domainEventIoError),
  graphics: nested(5, 'graphics', remote.domainEventCallbackGraphics, remote.domainEventGraphics),
  ioErrorReason: nested(6, 'io-error-reason', remote.domainEventCallbackIoErrorReason, remote.domainEventIoErrorReason),
  controlError: nested(7, 'control-error', remote.domainEventCallbackControlError, remote.domainEventControlError),
  /** `path` is the file of the disk; {@link blockJob2} names the target. */
  blockJob: nested(8, 'block-job', remote.domainEventCallbackBlockJob, remote.domainEventBlockJob),
  diskChange: nested(9, 'disk-change', remote.domainEventCallbackDiskChange, remote.domainEventDiskChange),
  trayChange: nested(10, 'tray-change', remote.domainEventCallbackTrayChange, remote.domainEventTrayChange),
  pmWakeup: nested(11, 'pm-wakeup', remote.domainEventCallbackPmwakeup, remote.domainEventPmwakeup),
  pmSuspend: nested(12, 'pm-suspend', remote.domainEventCallbackPmsuspend, remote.domainEventPmsuspend),
  /** `actual` in KiB. */
  balloonChange: nested(13, 'balloon-change', remote.domainEventCallbackBalloonChange, remote.domainEventBalloonChange),
  pmSuspendDisk: nested(
    14,
    'pm-suspend-disk',
    remote.domainEventCallbackPmsuspendDisk,
    remote.domainEventPmsuspendDisk,
  ),
  deviceRemoved: nested(15, 'device-removed', remote.domainEventCallbackDeviceRemoved, remote.domainEventDeviceRemoved),
  blockJob2: flat('domain', 16, 'block-job-2', remote.domainEventBlockJob2),
  tunable: flat('domain', 17, 'tunable', remote.domainEventCallbackTunable),
  agentLifecycle: flat('domain', 18, 'agent-lifecycle', remote.domainEventCallbackAgentLifecycle),
  deviceAdded: flat('domain', 19, 'device-added', remote.domainEventCallbackDeviceAdded),
  migrationIteration: flat('domain', 20, 'migration-iteration', remote.domainEventCallbackMigrationIteration),
  jobCompleted: flat('domain', 21, 'job-completed', remote.domainEventCallbackJobCompleted),
  deviceRemovalFailed: flat('domain', 22, 'device-removal-failed', remote.domainEventCallbackDeviceRemovalFailed),
  metadataChange: flat('domain', 23, 'metadata-change', remote.domainEventCallbackMetadataChange),
  /** `threshold` and `excess` in bytes. */
  blockThreshold: flat('domain', 24, 'block-threshold', remote.domainEventBlockThreshold),
  memoryFailure: flat('domain', 25, 'memory-failure', remote.domainEventMemoryFailure),
  /** `size` in KiB. */
  memoryDeviceSizeChange: flat('domain', 26, 'memory-device-size-change', remote.domainEventMemoryDeviceSizeChange),
  /** Since libvirt 11.2. */
  nicMacChange: flat('domain', 27, 'nic-mac-change', remote.domainEventNicMacChange),
} as const;

/** Events of networks (virNetworkEventID). @see virConnectNetworkEventRegisterAny */
export const networkEvents = {
  lifecycle: flat('network', 0, 'lifecycle', remote.networkEventLifecycle),
  /** Since libvirt 9.7. */
  metadataChange: flat('network', 1, 'metadata-change', remote.networkEventCallbackMetadataChange),
} as const;

/** Events of storage pools (virStoragePoolEventID). @see virConnectStoragePoolEventRegisterAny */
export const storagePoolEvents = {
  lifecycle: flat('storagePool', 0, 'lifecycle', remote.storagePoolEventLifecycle),
  refresh: flat('storagePool', 1, 'refresh', remote.storagePoolEventRefresh),
} as const;

/** Events of node devices (virNodeDeviceEventID). @see virConnectNodeDeviceEventRegisterAny */
export const nodeDeviceEvents = {
  lifecycle: flat('nodeDevice', 0, 'lifecycle', remote.nodeDeviceEventLifecycle),
  update: flat('nodeDevice', 1, 'update', remote.nodeDeviceEventUpdate),
} as const;

/** Events of secrets (virSecretEventID). @see virConnectSecretEventRegisterAny */
export const secretEvents = {
  lifecycle: flat('secret', 0, 'lifecycle', remote.secretEventLifecycle),
  valueChanged: flat('secret', 1, 'value-changed', remote.secretEventValueChanged),
} as const;

/** An event of the QEMU monitor as it is, of the qemu program. @see virConnectDomainQemuMonitorEventRegister */
export const monitorEvent = flat('monitor', 0, 'monitor', qemu.domainMonitorEvent);

const eventTypes: Readonly<Record<EventObject, readonly EventType[]>> = {
  domain: Object.values<EventType>(domainEvents),
  network: Object.values<EventType>(networkEvents),
  storagePool: Object.values<EventType>(storagePoolEvents),
  nodeDevice: Object.values<EventType>(nodeDeviceEvents),
  secret: Object.values<EventType>(secretEvents),
  monitor: [monitorEvent],
};

/** All kinds of events of one kind of object, by ascending id. */
export function eventTypesOf(object: EventObject): readonly EventType[] {
  return eventTypes[object];
}

/** The kind of event with this id, undefined when there is none. */
export function eventTypeById(object: EventObject, id: number): EventType | undefined {
  return eventTypes[object].find((type) => type.id === id);
}

const eventTypeByRow = new Map<EventRow, EventType>();
for (const types of Object.values(eventTypes)) {
  for (const type of types) {
    eventTypeByRow.set(type.row, type);
    if (type.legacyRow !== null) eventTypeByRow.set(type.legacyRow, type);
  }
}

/** The kind of event that a message carries; undefined for messages that are no subscribed events (connection closed). */
export function eventTypeOf(row: EventRow): EventType | undefined {
  return eventTypeByRow.get(row);
}

// The events of power management carry `reason` beside `msg`. It does not travel in the older messages; libvirt always
// sends 0 in the newer ones.
const reasonBeside: ReadonlySet<EventRow | null> = new Set<EventRow | null>(
  [domainEvents.pmWakeup, domainEvents.pmSuspend, domainEvents.pmSuspendDisk].flatMap((type) => [
    type.row,
    type.legacyRow,
  ]),
);

/** Puts a payload into the message for a client that registered with a callback id. */
export function toEventMessage<T extends object>(
  type: EventType<T>,
  callbackID: number,
  payload: T,
): Record<string, unknown> {
  if (!type.nested) return { ...payload, callbackID };
  // Codecs read only the fields they know, so that `dom` beside `msg` does no harm.
  return reasonBeside.has(type.row) ? { ...payload, callbackID, msg: payload } : { callbackID, msg: payload };
}

/**
 * Takes the payload out of a message.
 *
 * @param row the row that the message came with, {@link EventType.row} or {@link EventType.legacyRow}
 */
export function fromEventMessage<T>(type: EventType<T>, row: EventRow, message: Readonly<Record<string, unknown>>): T {
  if (row === type.legacyRow) return (reasonBeside.has(row) ? { ...message, reason: 0 } : message) as T;
  const { callbackID: _, msg, ...rest } = message;
  if (!type.nested) return rest as T;
  return (reasonBeside.has(row) ? { ...rest, ...(msg as object) } : msg) as T;
}
