// Procedures of the qemu program: the monitor and the guest agent, unchecked.
import { event, hyper, int, optional, procedure, program, uint } from '@virtwire/rpc';
import { NonnullDomain, optionalText, text } from './types.ts';

/**
 * The rows of the qemu program by name: `qemu.domainMonitorCommand`.
 *
 * @see src/remote/qemu_protocol.x
 */
// biome-ignore format: a table reads better with a row in one to three lines.
export const qemu = program('qemu', 0x20008087, 1, {
  domainMonitorCommand: procedure(1, () => [{ dom: NonnullDomain, cmd: text, flags: uint }, { result: text },
    { acl: ['domain:write'], needsWrite: 'always', api: 'virDomainQemuMonitorCommand' }]),
  domainAttach: procedure(2, () => [{ pid_value: uint, flags: uint }, { dom: NonnullDomain },
    { acl: ['domain:start', 'domain:write'], needsWrite: 'always', api: 'virDomainQemuAttach' }]),
  /** `timeout` in seconds, or one of virDomainQemuAgentCommandTimeoutValues. */
  domainAgentCommand: procedure(3, () => [{ dom: NonnullDomain, cmd: text, timeout: int, flags: uint },
    { result: optionalText },
    { acl: ['domain:write'], needsWrite: 'always', api: 'virDomainQemuAgentCommand' }]),
  connectDomainMonitorEventRegister: procedure(4, () => [{ dom: optional(NonnullDomain), event: optionalText, flags: uint },
    { callbackID: int },
    { acl: ['connect:search_domains', 'connect:write'], aclFilter: ['domain:getattr'], needsWrite: 'always',
      priority: 'high', api: 'virConnectDomainQemuMonitorEventRegister' }]),
  connectDomainMonitorEventDeregister: procedure(5, () => [{ callbackID: int }, {},
    { acl: ['connect:write'], needsWrite: 'always', priority: 'high',
      api: 'virConnectDomainQemuMonitorEventDeregister' }]),
  /** `seconds` and `micros` since the epoch. */
  domainMonitorEvent: event(6,
    () => [{ callbackID: int, dom: NonnullDomain, event: text, seconds: hyper, micros: uint, details: optionalText }]),
  domainMonitorCommandWithFiles: procedure(7, () => [{ dom: NonnullDomain, cmd: text, flags: uint }, { result: text },
    { acl: ['domain:write'], needsWrite: 'always', fds: 'both', api: 'virDomainQemuMonitorCommandWithFiles' }]),
});
