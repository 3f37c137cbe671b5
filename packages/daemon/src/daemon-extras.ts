// What runs beside a daemon when it is asked for: metrics for Prometheus, and the advertisement in the local network.
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import type { DaemonConfig } from './config-rows.ts';
import type { DaemonListeners } from './daemon-listeners.ts';
import type { DaemonServers } from './daemon-servers.ts';
import { tlsFiles } from './listener/tls.ts';
import { groupId } from './listener/unix.ts';
import type { Log } from './log.ts';
import type { CallMetrics } from './metrics/call-metrics.ts';
import type { CertificateTerm } from './metrics/registry.ts';

/** What the extras look at. */
export interface ExtrasSituation {
  readonly config: DaemonConfig;
  readonly servers: DaemonServers;
  readonly opened: DaemonListeners;
  readonly metrics: CallMetrics | null;
  readonly privileged: boolean;
  readonly log: Log;
}

/** Starts what the configuration asks for. @returns how to end it @throws LibvirtError when metrics cannot be served */
export async function startExtras(situation: ExtrasSituation): Promise<() => Promise<void>> {
  const ends: (() => void | Promise<void>)[] = [];
  const endAll = async () => {
    for (const end of ends) await end();
  };
  try {
    await start(situation, ends);
  } catch (error) {
    await endAll();
    throw error;
  }
  return endAll;
}

async function start(
  { config, servers, opened, metrics, privileged, log }: ExtrasSituation,
  ends: (() => void | Promise<void>)[],
): Promise<void> {
  if (metrics !== null && config.metrics_socket) {
    const [{ metricsRegistry }, { serveMetrics }] = await Promise.all([
      import('./metrics/registry.ts'),
      import('./metrics/metrics-server.ts'),
    ]);
    const registry = metricsRegistry({
      calls: metrics,
      servers: () => servers.byName.values(),
      certificates: () => (opened.tls === null ? Promise.resolve([]) : certificateTerms(config, privileged)),
    });
    const gid = config.unix_sock_group === null ? null : groupId(config.unix_sock_group);
    const failed = ({ message }: Error) => log.error('daemon', `metrics: ${message}`);
    ends.push(await serveMetrics(registry, { place: config.metrics_socket, gid, failed }));
    log.info('daemon', `metrics on ${config.metrics_socket}`);
  }
  const portOf = (name: string) => opened.listeners.find(({ service }) => service.name === name)?.port;
  const port = portOf('tls') ?? portOf('tcp') ?? null;
  if (config.mdns_adv && port !== null) {
    const { advertise } = await import('./mdns.ts');
    ends.push(await advertise({ name: config.mdns_name || null, port, log }));
  }
}

// Of the files that are in use: a revocation list may be absent.
async function certificateTerms(config: DaemonConfig, privileged: boolean): Promise<CertificateTerm[]> {
  const [{ readFile }, { certificatesOf, revocationListsOf }] = await Promise.all([
    import('node:fs/promises'),
    import('@virtwire/rpc/tls'),
  ]);
  const { cert, ca, crl } = await tlsFiles(config, privileged ? null : homedir());
  const terms: CertificateTerm[] = [];
  // In a file of several, the one that ends first counts.
  const note = (kind: CertificateTerm['kind'], file: string, ends: readonly number[]) => {
    if (ends.length > 0) terms.push({ kind, file, notAfter: new Date(Math.min(...ends)) });
  };
  for (const file of [cert, ca].filter((name) => name !== null)) {
    const found = certificatesOf(await readFile(file, 'latin1'));
    note(
      'certificate',
      file,
      found.map(({ notAfter }) => notAfter.getTime()),
    );
  }
  if (crl !== null && existsSync(crl)) {
    const lists = revocationListsOf(await readFile(crl, 'latin1'));
    note(
      'revocation_list',
      crl,
      lists.flatMap(({ nextUpdate }) => (nextUpdate === null ? [] : [nextUpdate.getTime()])),
    );
  }
  return terms;
}
