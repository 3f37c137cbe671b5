// Events of domains, and how to subscribe to them.
import { array, event, hyper, int, optional, procedure, struct, uhyper, uint } from '@virtwire/rpc';
import { DOMAIN_EVENT_GRAPHICS_IDENTITY_MAX, DOMAIN_EVENT_TUNABLE_MAX, DOMAIN_JOB_STATS_MAX } from '../limits.ts';
import {
  DomainEventGraphicsAddress,
  DomainEventGraphicsIdentity,
  NonnullDomain,
  optionalText,
  text,
  TypedParam,
} from '../types.ts';

// Payloads that travel alone to clients without callback ids, and inside `msg` to the others.
const lifecycle = { dom: NonnullDomain, event: int, detail: int };
const reboot = { dom: NonnullDomain };
const rtcChange = { dom: NonnullDomain, offset: hyper };
const watchdog = { dom: NonnullDomain, action: int };
const ioError = { dom: NonnullDomain, srcPath: text, devAlias: text, action: int };
const graphics = {
  dom: NonnullDomain,
  phase: int,
  local: DomainEventGraphicsAddress,
  remote: DomainEventGraphicsAddress,
  authScheme: text,
  subject: array(DomainEventGraphicsIdentity, DOMAIN_EVENT_GRAPHICS_IDENTITY_MAX),
};
const ioErrorReason = { dom: NonnullDomain, srcPath: text, devAlias: text, action: int, reason: text };
const controlError = { dom: NonnullDomain };
const blockJob = { dom: NonnullDomain, path: text, type: int, status: int };
const diskChange = {
  dom: NonnullDomain,
  oldSrcPath: optionalText,
  newSrcPath: optionalText,
  devAlias: text,
  reason: int,
};
const trayChange = { dom: NonnullDomain, devAlias: text, reason: int };
const pmwakeup = { dom: NonnullDomain };
const pmsuspend = { dom: NonnullDomain };
const balloonChange = { dom: NonnullDomain, actual: uhyper };
const pmsuspendDisk = { dom: NonnullDomain };
const deviceRemoved = { dom: NonnullDomain, devAlias: text };

/** Events of domains. They come with a callback id when the server has feature 14, without one otherwise. */
// biome-ignore format: a table reads better with a row in one to three lines.
export const domainEventsRows = {
  // Subscribing
  connectDomainEventRegister: procedure(105, () => [{}, { cb_registered: int },
    { acl: ['connect:search_domains'], aclFilter: ['domain:getattr'], priority: 'high',
      api: 'virConnectDomainEventRegister' }]),
  connectDomainEventDeregister: procedure(106, () => [{}, { cb_registered: int },
    { acl: ['connect:read'], priority: 'high', api: 'virConnectDomainEventDeregister' }]),
  connectDomainEventRegisterAny: procedure(167, () => [{ eventID: int }, {},
    { acl: ['connect:search_domains'], aclFilter: ['domain:getattr'], priority: 'high',
      api: 'virConnectDomainEventRegisterAny' }]),
  connectDomainEventDeregisterAny: procedure(168, () => [{ eventID: int }, {},
    { acl: ['connect:read'], priority: 'high', api: 'virConnectDomainEventDeregisterAny' }]),
  connectDomainEventCallbackRegisterAny: procedure(316, () => [{ eventID: int, dom: optional(NonnullDomain) },
    { callbackID: int },
    { acl: ['connect:search_domains'], aclFilter: ['domain:getattr'], priority: 'high' }]),
  connectDomainEventCallbackDeregisterAny: procedure(317, () => [{ callbackID: int }, {},
    { acl: ['connect:read'], priority: 'high' }]),

  // Without callback id, for clients that do not know feature 14
  domainEventLifecycle: event(107, () => [lifecycle]),
  domainEventReboot: event(169, () => [reboot]),
  /** `offset` in seconds. */
  domainEventRtcChange: event(170, () => [rtcChange]),
  domainEventWatchdog: event(171, () => [watchdog]),
  domainEventIoError: event(172, () => [ioError]),
  domainEventGraphics: event(173, () => [graphics]),
  domainEventIoErrorReason: event(195, () => [ioErrorReason]),
  domainEventControlError: event(224, () => [controlError]),
  domainEventBlockJob: event(241, () => [blockJob]),
  domainEventDiskChange: event(248, () => [diskChange]),
  domainEventTrayChange: event(268, () => [trayChange]),
  domainEventPmwakeup: event(269, () => [pmwakeup]),
  domainEventPmsuspend: event(270, () => [pmsuspend]),
  /** `actual` in KiB. */
  domainEventBalloonChange: event(276, () => [balloonChange]),
  domainEventPmsuspendDisk: event(292, () => [pmsuspendDisk]),
  domainEventDeviceRemoved: event(311, () => [deviceRemoved]),

  // With callback id, payload in `msg`
  domainEventCallbackLifecycle: event(318, () => [{ callbackID: int, msg: struct(lifecycle) }]),
  domainEventCallbackReboot: event(319, () => [{ callbackID: int, msg: struct(reboot) }]),
  domainEventCallbackRtcChange: event(320, () => [{ callbackID: int, msg: struct(rtcChange) }]),
  domainEventCallbackWatchdog: event(321, () => [{ callbackID: int, msg: struct(watchdog) }]),
  domainEventCallbackIoError: event(322, () => [{ callbackID: int, msg: struct(ioError) }]),
  domainEventCallbackGraphics: event(323, () => [{ callbackID: int, msg: struct(graphics) }]),
  domainEventCallbackIoErrorReason: event(324, () => [{ callbackID: int, msg: struct(ioErrorReason) }]),
  domainEventCallbackControlError: event(325, () => [{ callbackID: int, msg: struct(controlError) }]),
  domainEventCallbackBlockJob: event(326, () => [{ callbackID: int, msg: struct(blockJob) }]),
  domainEventCallbackDiskChange: event(327, () => [{ callbackID: int, msg: struct(diskChange) }]),
  domainEventCallbackTrayChange: event(328, () => [{ callbackID: int, msg: struct(trayChange) }]),
  domainEventCallbackPmwakeup: event(329, () => [{ callbackID: int, reason: int, msg: struct(pmwakeup) }]),
  domainEventCallbackPmsuspend: event(330, () => [{ callbackID: int, reason: int, msg: struct(pmsuspend) }]),
  /** `actual` in KiB. */
  domainEventCallbackBalloonChange: event(331, () => [{ callbackID: int, msg: struct(balloonChange) }]),
  domainEventCallbackPmsuspendDisk: event(332, () => [{ callbackID: int, reason: int, msg: struct(pmsuspendDisk) }]),
  domainEventCallbackDeviceRemoved: event(333, () => [{ callbackID: int, msg: struct(deviceRemoved) }]),

  // With callback id, payload beside it
  domainEventBlockJob2: event(339, () => [{ callbackID: int, dom: NonnullDomain, dst: text, type: int, status: int }]),
  domainEventCallbackTunable: event(346,
    () => [{ callbackID: int, dom: NonnullDomain, params: array(TypedParam, DOMAIN_EVENT_TUNABLE_MAX) }]),
  domainEventCallbackAgentLifecycle: event(348, () => [{ callbackID: int, dom: NonnullDomain, state: int, reason: int }]),
  domainEventCallbackDeviceAdded: event(354, () => [{ callbackID: int, dom: NonnullDomain, devAlias: text }]),
  domainEventCallbackMigrationIteration: event(359, () => [{ callbackID: int, dom: NonnullDomain, iteration: int }]),
  domainEventCallbackJobCompleted: event(363,
    () => [{ callbackID: int, dom: NonnullDomain, params: array(TypedParam, DOMAIN_JOB_STATS_MAX) }]),
  domainEventCallbackDeviceRemovalFailed: event(367, () => [{ callbackID: int, dom: NonnullDomain, devAlias: text }]),
  domainEventCallbackMetadataChange: event(379,
    () => [{ callbackID: int, dom: NonnullDomain, type: int, nsuri: optionalText }]),
  /** `threshold` and `excess` in bytes. */
  domainEventBlockThreshold: event(385,
    () => [{ callbackID: int, dom: NonnullDomain, dev: text, path: optionalText, threshold: uhyper, excess: uhyper }]),
  domainEventMemoryFailure: event(423,
    () => [{ callbackID: int, dom: NonnullDomain, recipient: int, action: int, flags: uint }]),
  /** `size` in KiB. */
  domainEventMemoryDeviceSizeChange: event(438, () => [{ callbackID: int, dom: NonnullDomain, alias: text, size: uhyper }]),
  /** Since libvirt 11.2. */
  domainEventNicMacChange: event(453, () => [{ callbackID: int, dom: NonnullDomain, alias: text, oldMAC: text, newMAC: text }]),
};
