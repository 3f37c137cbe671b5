// Procedures about the devices of a domain, its console and the agent inside it.
import { array, hyper, int, procedure, uint } from '@virtwire/rpc';
import {
  DOMAIN_AUTHORIZED_SSH_KEYS_MAX,
  DOMAIN_GUEST_INFO_PARAMS_MAX,
  DOMAIN_GUEST_VCPU_PARAMS_MAX,
  DOMAIN_INTERFACE_MAX,
  DOMAIN_LAUNCH_SECURITY_INFO_PARAMS_MAX,
  DOMAIN_LAUNCH_SECURITY_STATE_PARAMS_MAX,
  DOMAIN_SEND_KEY_MAX,
} from '../limits.ts';
import { DomainInterface, NonnullDomain, optionalText, text, TypedParam } from '../types.ts';

// Changing the stored definition, alone or beside the running object, needs a permission of its own.
const writeAndSave = [
  'domain:write',
  'domain:save:!VIR_DOMAIN_AFFECT_CONFIG|VIR_DOMAIN_AFFECT_LIVE',
  'domain:save:VIR_DOMAIN_AFFECT_CONFIG',
];

/** Devices of domains, console and input, the guest agent, confidential guests. */
// biome-ignore format: a table reads better with a row in one to three lines.
export const domainDevicesRows = {
  // Devices
  domainAttachDevice: procedure(8, () => [{ dom: NonnullDomain, xml: text }, {},
    { acl: ['domain:write'], needsWrite: 'always', api: 'virDomainAttachDevice' }]),
  domainDetachDevice: procedure(13, () => [{ dom: NonnullDomain, xml: text }, {},
    { acl: ['domain:write'], needsWrite: 'always', api: 'virDomainDetachDevice' }]),
  domainAttachDeviceFlags: procedure(160, () => [{ dom: NonnullDomain, xml: text, flags: uint }, {},
    { acl: writeAndSave, needsWrite: 'always', api: 'virDomainAttachDeviceFlags' }]),
  domainDetachDeviceFlags: procedure(161, () => [{ dom: NonnullDomain, xml: text, flags: uint }, {},
    { acl: writeAndSave, needsWrite: 'always', api: 'virDomainDetachDeviceFlags' }]),
  domainUpdateDeviceFlags: procedure(174, () => [{ dom: NonnullDomain, xml: text, flags: uint }, {},
    { acl: writeAndSave, needsWrite: 'always', api: 'virDomainUpdateDeviceFlags' }]),
  domainDetachDeviceAlias: procedure(392, () => [{ dom: NonnullDomain, alias: text, flags: uint }, {},
    { acl: writeAndSave, needsWrite: 'always', api: 'virDomainDetachDeviceAlias' }]),
  /** The descriptors that come with the call get the name that the XML of a disk refers to. */
  domainFdAssociate: procedure(443, () => [{ dom: NonnullDomain, name: text, flags: uint }, {},
    { acl: ['domain:write'], needsWrite: 'always', fds: 'call', api: 'virDomainFDAssociate' }]),
  /** Since libvirt 10.2. */
  domainGraphicsReload: procedure(448, () => [{ dom: NonnullDomain, type: uint, flags: uint }, {},
    { acl: ['domain:write'], needsWrite: 'always', api: 'virDomainGraphicsReload' }]),

  // Console, graphics and input
  domainOpenConsole: procedure(201, () => [{ dom: NonnullDomain, dev_name: optionalText, flags: uint }, {},
    { acl: ['domain:open_device'], needsWrite: 'always', readStream: true, api: 'virDomainOpenConsole' }]),
  domainInjectNmi: procedure(210, () => [{ dom: NonnullDomain, flags: uint }, {},
    { acl: ['domain:inject_nmi'], needsWrite: 'always', api: 'virDomainInjectNMI' }]),
  /** `mime` says what comes on the stream; null when the driver does not know. */
  domainScreenshot: procedure(211, () => [{ dom: NonnullDomain, screen: uint, flags: uint }, { mime: optionalText },
    { acl: ['domain:screenshot'], needsWrite: 'always', readStream: true, api: 'virDomainScreenshot' }]),
  /** `holdtime` in milliseconds. */
  domainSendKey: procedure(226,
    () => [{ dom: NonnullDomain, codeset: uint, holdtime: uint, keycodes: array(uint, DOMAIN_SEND_KEY_MAX), flags: uint }, {},
    { acl: ['domain:send_input'], needsWrite: 'always', api: 'virDomainSendKey' }]),
  domainOpenGraphics: procedure(249, () => [{ dom: NonnullDomain, idx: uint, flags: uint }, {},
    { acl: ['domain:open_graphics'], needsWrite: 'always', fds: 'call', api: 'virDomainOpenGraphics' }]),
  domainSendProcessSignal: procedure(295, () => [{ dom: NonnullDomain, pid_value: hyper, signum: uint, flags: uint }, {},
    { acl: ['domain:send_signal'], needsWrite: 'always', api: 'virDomainSendProcessSignal' }]),
  domainOpenChannel: procedure(296, () => [{ dom: NonnullDomain, name: optionalText, flags: uint }, {},
    { acl: ['domain:open_device'], needsWrite: 'always', readStream: true, api: 'virDomainOpenChannel' }]),
  domainOpenGraphicsFd: procedure(343, () => [{ dom: NonnullDomain, idx: uint, flags: uint }, {},
    { acl: ['domain:open_graphics'], needsWrite: 'always', fds: 'reply', api: 'virDomainOpenGraphicsFD' }]),

  // The guest agent
  domainInterfaceAddresses: procedure(353, () => [{ dom: NonnullDomain, source: uint, flags: uint },
    { ifaces: array(DomainInterface, DOMAIN_INTERFACE_MAX) },
    { acl: ['domain:read', 'domain:write::source:VIR_DOMAIN_INTERFACE_ADDRESSES_SRC_AGENT'],
      needsWrite: 'conditional', api: 'virDomainInterfaceAddresses' }]),
  domainSetUserPassword: procedure(357, () => [{ dom: NonnullDomain, user: optionalText, password: optionalText, flags: uint },
    {},
    { acl: ['domain:set_password'], needsWrite: 'always', api: 'virDomainSetUserPassword' }]),
  domainGetGuestVcpus: procedure(371, () => [{ dom: NonnullDomain, flags: uint },
    { params: array(TypedParam, DOMAIN_GUEST_VCPU_PARAMS_MAX) },
    { acl: ['domain:write'], needsWrite: 'always', api: 'virDomainGetGuestVcpus' }]),
  /** `cpumap` as text, e.g. `0-2,5`. */
  domainSetGuestVcpus: procedure(372, () => [{ dom: NonnullDomain, cpumap: text, state: int, flags: uint }, {},
    { acl: ['domain:write'], needsWrite: 'always', api: 'virDomainSetGuestVcpus' }]),
  domainGetGuestInfo: procedure(418, () => [{ dom: NonnullDomain, types: uint, flags: uint },
    { params: array(TypedParam, DOMAIN_GUEST_INFO_PARAMS_MAX) },
    { acl: ['domain:write'], needsWrite: 'always', api: 'virDomainGetGuestInfo' }]),
  /** `timeout` in seconds, or one of the negative values of virDomainAgentResponseTimeoutValues. */
  domainAgentSetResponseTimeout: procedure(420, () => [{ dom: NonnullDomain, timeout: int, flags: uint }, { result: int },
    { acl: ['domain:write'], needsWrite: 'always', api: 'virDomainAgentSetResponseTimeout' }]),
  domainAuthorizedSshKeysGet: procedure(424, () => [{ dom: NonnullDomain, user: text, flags: uint },
    { keys: array(text, DOMAIN_AUTHORIZED_SSH_KEYS_MAX) },
    { acl: ['domain:write'], needsWrite: 'always', api: 'virDomainAuthorizedSSHKeysGet' }]),
  domainAuthorizedSshKeysSet: procedure(425,
    () => [{ dom: NonnullDomain, user: text, keys: array(text, DOMAIN_AUTHORIZED_SSH_KEYS_MAX), flags: uint }, {},
    { acl: ['domain:write'], needsWrite: 'always', api: 'virDomainAuthorizedSSHKeysSet' }]),

  // Confidential guests
  domainGetLaunchSecurityInfo: procedure(396, () => [{ dom: NonnullDomain, flags: uint },
    { params: array(TypedParam, DOMAIN_LAUNCH_SECURITY_INFO_PARAMS_MAX) },
    { acl: ['domain:read'], needsWrite: 'always', api: 'virDomainGetLaunchSecurityInfo' }]),
  domainSetLaunchSecurityState: procedure(439,
    () => [{ dom: NonnullDomain, params: array(TypedParam, DOMAIN_LAUNCH_SECURITY_STATE_PARAMS_MAX), flags: uint }, {},
    { acl: ['domain:write'], needsWrite: 'always', api: 'virDomainSetLaunchSecurityState' }]),
};
