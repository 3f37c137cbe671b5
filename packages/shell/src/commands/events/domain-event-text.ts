// What each kind of domain event looks like on the screen.
import type { Connection, Domain, DomainEvent, TypedParameters } from 'virtwire';
import { type EventSource, eventSource } from '../../event-loop.ts';

type Kind = Parameters<Connection['domainEvents']>[0];

/** A kind of domain event. */
export interface DomainEventKind {
  /** Its name for `--event`. */
  readonly name: string;
  source(connection: Connection, domain: Domain | undefined): EventSource;
}

function row<K extends Kind>(key: K, name: string, text: (event: DomainEvent<K>) => string): DomainEventKind {
  return {
    name,
    source: (connection, domain) =>
      eventSource<DomainEvent<K>>({
        subscribe: (signal) => connection.domainEvents(key, domain === undefined ? { signal } : { signal, domain }),
        text: (event) => `event '${name}' for domain '${event.domain.name}'${text(event)}\n`,
      }),
  };
}

const nothing = () => '';

function word(words: readonly string[], index: number, unknown = 'unknown'): string {
  return words[index] ?? unknown;
}

// virDomainEventType with its details
const LIFECYCLE = [
  'Defined',
  'Undefined',
  'Started',
  'Suspended',
  'Resumed',
  'Stopped',
  'Shutdown',
  'PMSuspended',
  'Crashed',
];
const DETAILS: readonly (readonly string[])[] = [
  ['Added', 'Updated', 'Renamed', 'Snapshot'],
  ['Removed', 'Renamed'],
  ['Booted', 'Migrated', 'Restored', 'Snapshot', 'Event wakeup'],
  ['Paused', 'Migrated', 'I/O Error', 'Watchdog', 'Restored', 'Snapshot', 'API error', 'Post-copy', 'Post-copy Error'],
  ['Unpaused', 'Migrated', 'Snapshot', 'Post-copy', 'Post-copy Error'],
  ['Shutdown', 'Destroyed', 'Crashed', 'Migrated', 'Saved', 'Failed', 'Snapshot'],
  ['Finished', 'Finished after guest request', 'Finished after host request'],
  ['Memory', 'Disk'],
  ['Panicked', 'Crashloaded'],
];
const WATCHDOG_ACTIONS = ['none', 'pause', 'reset', 'poweroff', 'shutdown', 'debug', 'inject-nmi'];
const IO_ERROR_ACTIONS = ['none', 'pause', 'report'];
const GRAPHICS_PHASES = ['connect', 'initialize', 'disconnect'];
const GRAPHICS_FAMILIES = ['ipv4', 'ipv6', 'unix'];
const BLOCK_JOBS = ['Unknown job', 'Block Pull', 'Block Copy', 'Block Commit', 'Active Block Commit', 'Backup'];
const BLOCK_JOB_STATES = ['completed', 'failed', 'canceled', 'ready'];
const DISK_CHANGES = ['changed', 'dropped'];
const TRAY_CHANGES = ['opened', 'closed'];
const AGENT_STATES = ['unknown', 'connected', 'disconnected'];
const AGENT_REASONS = ['unknown', 'domain started', 'channel event'];
const METADATA_TYPES = ['description', 'title', 'element'];
const MEMORY_FAILURE_RECIPIENTS = ['hypervisor', 'guest'];
const MEMORY_FAILURE_ACTIONS = ['ignore', 'inject', 'fatal', 'reset'];

function paramLines(params: TypedParameters): string {
  const lines = [...params].map(([name, value]) => {
    const shown = typeof value === 'boolean' ? (value ? 'yes' : 'no') : value;
    return `\n\t${name}: ${shown}`;
  });
  return `:${lines.join('')}`;
}

function address({ family, node, service }: { family: number; node: string; service: string }): string {
  return `[${word(GRAPHICS_FAMILIES, family)} ${node} ${service}]`;
}

/** All kinds of domain events of libvirt 9.0.0, in the order of their numbers. */
export const domainEventKinds: readonly DomainEventKind[] = [
  row('lifecycle', 'lifecycle', ({ event, detail }) => {
    return `: ${word(LIFECYCLE, event)} ${word(DETAILS[event] ?? [], detail)}`;
  }),
  row('reboot', 'reboot', nothing),
  row('rtcChange', 'rtc-change', ({ offset }) => `: ${offset}`),
  row('watchdog', 'watchdog', ({ action }) => `: ${word(WATCHDOG_ACTIONS, action)}`),
  row('ioError', 'io-error', ({ srcPath, devAlias, action }) => {
    return `: ${srcPath} (${devAlias}) ${word(IO_ERROR_ACTIONS, action)}`;
  }),
  row('graphics', 'graphics', ({ phase, local, remote, authScheme, subject }) => {
    const ends = `local${address(local)} remote${address(remote)}`;
    const names = subject.map(({ type, name }) => `\n\t${type}=${name}`).join('');
    return ` ${word(GRAPHICS_PHASES, phase)} ${ends} ${authScheme}${names}`;
  }),
  row('ioErrorReason', 'io-error-reason', ({ srcPath, devAlias, action, reason }) => {
    return `: ${srcPath} (${devAlias}) ${word(IO_ERROR_ACTIONS, action)} due to ${reason}`;
  }),
  row('controlError', 'control-error', nothing),
  row('blockJob', 'block-job', ({ path, type, status }) => {
    return `: ${word(BLOCK_JOBS, type)} for ${path} ${word(BLOCK_JOB_STATES, status)}`;
  }),
  row('diskChange', 'disk-change', ({ devAlias, oldSrcPath, newSrcPath, reason }) => {
    return ` disk ${devAlias}: ${oldSrcPath ?? '<null>'} -> ${newSrcPath ?? '<null>'}: ${word(DISK_CHANGES, reason)}`;
  }),
  row('trayChange', 'tray-change', ({ devAlias, reason }) => ` disk ${devAlias}: ${word(TRAY_CHANGES, reason)}`),
  row('pmWakeup', 'pm-wakeup', nothing),
  row('pmSuspend', 'pm-suspend', nothing),
  row('balloonChange', 'balloon-change', ({ actual }) => `: ${actual}KiB`),
  row('pmSuspendDisk', 'pm-suspend-disk', nothing),
  row('deviceRemoved', 'device-removed', ({ devAlias }) => `: ${devAlias}`),
  row('blockJob2', 'block-job-2', ({ dst, type, status }) => {
    return `: ${word(BLOCK_JOBS, type)} for ${dst} ${word(BLOCK_JOB_STATES, status)}`;
  }),
  row('tunable', 'tunable', ({ params }) => paramLines(params)),
  row('agentLifecycle', 'agent-lifecycle', ({ state, reason }) => {
    return `: state: '${word(AGENT_STATES, state)}' reason: '${word(AGENT_REASONS, reason)}'`;
  }),
  row('deviceAdded', 'device-added', ({ devAlias }) => `: ${devAlias}`),
  row('migrationIteration', 'migration-iteration', ({ iteration }) => `: iteration: '${iteration}'`),
  row('jobCompleted', 'job-completed', ({ params }) => paramLines(params)),
  row('deviceRemovalFailed', 'device-removal-failed', ({ devAlias }) => `: ${devAlias}`),
  row('metadataChange', 'metadata-change', ({ type, nsuri }) => {
    return `: type ${word(METADATA_TYPES, type)}, uri ${nsuri ?? '<null>'}`;
  }),
  row('blockThreshold', 'block-threshold', ({ dev, path, threshold, excess }) => {
    return `: dev: ${dev}(${path ?? '<null>'}) ${threshold} ${excess}`;
  }),
  row('memoryFailure', 'memory-failure', ({ recipient, action, flags }) => {
    const said = `recipient: ${word(MEMORY_FAILURE_RECIPIENTS, recipient)}\naction: ${word(MEMORY_FAILURE_ACTIONS, action)}`;
    return `:\n${said}\naction required: ${flags & 1}\nrecursive: ${(flags >> 1) & 1}`;
  }),
  row('memoryDeviceSizeChange', 'memory-device-size-change', ({ alias, size }) => `:\nalias: ${alias}\nsize: ${size}`),
];
