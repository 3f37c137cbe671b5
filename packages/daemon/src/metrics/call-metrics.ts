// Counts calls, their time and refusals, in numbers that exist before: a call that is counted allocates nothing.
import { ErrorCode, LibvirtError, type Procedure } from '@virtwire/rpc';

/** Upper bounds of the buckets of latency, in seconds; a last one without bound follows. */
export const LATENCY_BOUNDS: readonly number[] = [
  0.0001, 0.00025, 0.001, 0.0025, 0.01, 0.025, 0.1, 0.25, 1, 2.5, 10, 30,
];

/** Why clients and calls are turned away. */
export type RefusalReason =
  | 'not_authenticated'
  | 'authentication_failed'
  | 'read_only'
  | 'access_denied'
  | 'too_many_clients'
  | 'login_timeout'
  | 'tls_handshake'
  | 'broken_connection';

/** What one procedure has seen. */
export interface CallCounts {
  calls: number;
  failures: number;
  /** Time of all calls, in milliseconds. */
  totalMs: number;
  /** Calls by latency: one number for each bound, and one for those above all of them. */
  readonly buckets: Float64Array;
}

const reasonByCode: Readonly<Record<number, RefusalReason>> = {
  [ErrorCode.AuthFailed]: 'authentication_failed',
  [ErrorCode.AuthCancelled]: 'authentication_failed',
  [ErrorCode.AuthUnavailable]: 'authentication_failed',
  [ErrorCode.OperationDenied]: 'read_only',
  [ErrorCode.AccessDenied]: 'access_denied',
};

const boundsMs = Float64Array.from(LATENCY_BOUNDS, (bound) => bound * 1000);

/** The counts of all servers of a daemon. */
export class CallMetrics {
  readonly procedures = new Map<Procedure, CallCounts>();
  readonly refusals = new Map<RefusalReason, number>();
  /** Clients that were served, by the name of their service. */
  readonly connections = new Map<string, number>();

  /** A call has been answered. @param startedMs when it came, by `performance.now()` */
  answered(procedure: Procedure, startedMs: number): void {
    this.count(procedure, startedMs);
  }

  /** A call has been answered with an error. */
  failed(procedure: Procedure, startedMs: number, error: unknown): void {
    this.count(procedure, startedMs).failures++;
    const reason = error instanceof LibvirtError ? reasonByCode[error.code] : undefined;
    if (reason !== undefined) this.refused(reason);
  }

  /** Somebody was turned away. */
  refused(reason: RefusalReason): void {
    this.refusals.set(reason, (this.refusals.get(reason) ?? 0) + 1);
  }

  /** A client is served. */
  connected(service: string): void {
    this.connections.set(service, (this.connections.get(service) ?? 0) + 1);
  }

  private count(procedure: Procedure, startedMs: number): CallCounts {
    const tookMs = performance.now() - startedMs;
    let counts = this.procedures.get(procedure);
    if (counts === undefined) {
      counts = { calls: 0, failures: 0, totalMs: 0, buckets: new Float64Array(boundsMs.length + 1) };
      this.procedures.set(procedure, counts);
    }
    let bucket = 0;
    while (bucket < boundsMs.length && tookMs > (boundsMs[bucket] as number)) bucket++;
    counts.buckets[bucket] = (counts.buckets[bucket] as number) + 1;
    counts.calls++;
    counts.totalMs += tookMs;
    return counts;
  }
}
