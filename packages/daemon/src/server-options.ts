// What all clients of a server share: its drivers, programs, limits and log.
import type { DriverRegistry } from '@virtwire/drivers';
import type { Program } from '@virtwire/rpc';
import type { AccessControl } from './acl/control.ts';
import type { PolkitAuthority } from './auth/polkit-authority.ts';
import type { SaslAuthority } from './auth/sasl.ts';
import type { Log } from './log.ts';
import type { CallMetrics } from './metrics/call-metrics.ts';
import type { WorkerLimits } from './worker-window.ts';

/** Limits and habits of a server. */
export interface ServerOptions {
  /** Name of the server, as administrators see it; `libvirtd` when left out. */
  readonly name?: string;
  readonly registry: DriverRegistry;
  readonly programs: readonly Program[];
  readonly log: Log;
  /** Clients at once; further ones wait unread. */
  readonly maxClients: number;
  /** Connections that may wait. */
  readonly maxQueuedClients: number;
  /** Clients at once that have not authenticated. */
  readonly maxAnonymousClients: number;
  /** Calls of one client at work at once. */
  readonly maxClientRequests: number;
  /** Calls of all clients at work at once; 20 and 5 more of high priority when left out. */
  readonly workers?: WorkerLimits;
  /** Time for a client to authenticate, in milliseconds; 0 or left out: for ever. */
  readonly loginTimeoutMs?: number;
  /** Time in which a client must read something of what waits for it, in milliseconds; 0 or left out: for ever. */
  readonly outputTimeoutMs?: number;
  /** Seconds of silence before a client is asked whether it lives; 0 or less: never. */
  readonly keepaliveIntervalS: number;
  /** Questions without answer before it is cut off. */
  readonly keepaliveCount: number;
  /** Bytes that may wait for one client before it counts as too slow for its events; 32 MiB when left out. */
  readonly maxEventBytes?: number;
  /** Answers for services with authentication by polkit; without it nobody passes there. */
  readonly polkit?: PolkitAuthority;
  /** For services with authentication by SASL; without it nobody passes there. */
  readonly sasl?: SaslAuthority;
  /** Checks calls, lists and events; without it everybody who may connect may do everything. */
  readonly access?: AccessControl;
  /** Counts what happens; left out, nothing is counted. */
  readonly metrics?: CallMetrics;
  /** Told when the number of clients changes. */
  onClients?(count: number): void;
}
