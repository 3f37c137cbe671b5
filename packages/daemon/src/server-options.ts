// What all clients of a server share: its drivers, programs, limits and log.
import type { DriverRegistry } from '@virtwire/drivers';
import type { Program } from '@virtwire/rpc';
import type { PolkitAuthority } from './auth/polkit-authority.ts';
import type { Log } from './log.ts';

/** Limits and habits of a server. */
export interface ServerOptions {
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
  /** Seconds of silence before a client is asked whether it lives; 0 or less: never. */
  readonly keepaliveIntervalS: number;
  /** Questions without answer before it is cut off. */
  readonly keepaliveCount: number;
  /** Bytes that may wait for one client before it counts as too slow for its events; 32 MiB when left out. */
  readonly maxEventBytes?: number;
  /** Answers for services with authentication by polkit; without it nobody passes there. */
  readonly polkit?: PolkitAuthority;
  /** Told when the number of clients changes. */
  onClients?(count: number): void;
}
