// What Prometheus sees of a daemon: counts as they are, and states that are looked up when it asks.
import { Counter, Gauge, type Metric, Registry } from 'prom-client';
import type { Server } from '../server.ts';
import { type CallMetrics, LATENCY_BOUNDS } from './call-metrics.ts';

/** A certificate, or a list of revoked ones, whose end is near some day. */
export interface CertificateTerm {
  readonly kind: 'certificate' | 'revocation_list';
  readonly file: string;
  readonly notAfter: Date;
}

/** What is looked at when Prometheus asks. */
export interface MetricSources {
  readonly calls: CallMetrics;
  servers(): Iterable<Server>;
  /** Certificates in use, read when asked. */
  certificates(): Promise<readonly CertificateTerm[]>;
}

/** Makes the registry. */
export function metricsRegistry(sources: MetricSources): Registry {
  const registry = new Registry();
  const registers = [registry];
  const perServer = (name: string, help: string, value: (server: Server) => number) =>
    new Gauge({
      name,
      help,
      labelNames: ['server'],
      registers,
      collect() {
        for (const server of sources.servers()) this.set({ server: server.name }, value(server));
      },
    });
  perServer('virtwire_clients', 'Clients that are served.', (server) => server.clientCount);
  perServer('virtwire_clients_unauthenticated', 'Clients that have not authenticated.', (s) => s.anonymousCount);
  perServer('virtwire_clients_waiting', 'Connections that wait to be served.', (server) => server.waitingCount);
  perServer('virtwire_clients_max', 'Clients at once at most.', (server) => server.clientLimits.maxClients);
  perServer('virtwire_calls_at_work', 'Calls that take time and are at work.', (server) => server.workers.busy);
  perServer('virtwire_calls_queued', 'Calls that wait for others to end.', (server) => server.workers.queued);
  perServer('virtwire_workers_max', 'Calls at work at once at most.', (server) => server.workers.limits.max);
  perServer('virtwire_output_bytes', 'Bytes that wait for clients to read them.', (server) => server.pendingBytes);

  counterOf(registry, 'virtwire_connections_total', 'Clients that were served.', 'service', sources.calls.connections);
  counterOf(registry, 'virtwire_refusals_total', 'Clients and calls turned away.', 'reason', sources.calls.refusals);
  new Counter({
    name: 'virtwire_call_failures_total',
    help: 'Calls that were answered with an error.',
    labelNames: ['program', 'procedure'],
    registers,
    collect() {
      this.reset();
      for (const [{ program, name }, { failures }] of sources.calls.procedures) {
        if (failures > 0) this.inc({ program: program.name, procedure: name }, failures);
      }
    },
  });
  registry.registerMetric(latency(sources.calls));

  const daysLeft = (kind: CertificateTerm['kind'], help: string) =>
    new Gauge({
      name: `virtwire_${kind}_days_left`,
      help,
      labelNames: ['file'],
      registers,
      async collect() {
        this.reset();
        for (const term of await sources.certificates()) {
          if (term.kind === kind) this.set({ file: term.file }, (term.notAfter.getTime() - Date.now()) / 86_400_000);
        }
      },
    });
  daysLeft('certificate', 'Days until a certificate of the daemon ends; negative when it has.');
  daysLeft('revocation_list', 'Days until the list of revoked certificates is out of date; negative when it is.');
  new Gauge({
    name: 'process_resident_memory_bytes',
    help: 'Memory of the daemon.',
    registers,
    collect() {
      this.set(process.memoryUsage.rss());
    },
  });
  new Gauge({
    name: 'process_start_time_seconds',
    help: 'When the daemon was started, in seconds since 1970.',
    registers,
  }).set(Math.round(Date.now() / 1000 - process.uptime()));
  return registry;
}

function counterOf(
  registry: Registry,
  name: string,
  help: string,
  label: string,
  counts: ReadonlyMap<string, number>,
): Counter {
  return new Counter({
    name,
    help,
    labelNames: [label],
    registers: [registry],
    collect() {
      this.reset();
      for (const [value, count] of counts) this.inc({ [label]: value }, count);
    },
  });
}

interface Sample {
  readonly metricName: string;
  readonly labels: Readonly<Record<string, string | number>>;
  readonly value: number;
}

// The library's own histograms allocate for each observation: this one only writes down what was counted elsewhere.
function latency(calls: CallMetrics): Metric {
  const name = 'virtwire_call_seconds';
  const samples = function* (): Iterable<Sample> {
    for (const [procedure, counts] of calls.procedures) {
      const labels = { program: procedure.program.name, procedure: procedure.name };
      let sum = 0;
      for (const [index, count] of counts.buckets.entries()) {
        sum += count;
        yield { metricName: `${name}_bucket`, labels: { ...labels, le: LATENCY_BOUNDS[index] ?? '+Inf' }, value: sum };
      }
      yield { metricName: `${name}_sum`, labels, value: counts.totalMs / 1000 };
      yield { metricName: `${name}_count`, labels, value: counts.calls };
    }
  };
  const get = () =>
    Promise.resolve({
      name,
      help: 'Time from a call to its answer, by procedure.',
      type: 'histogram',
      aggregator: 'sum',
      values: [...samples()],
    });
  return { name, get, reset: () => {} } as unknown as Metric;
}
