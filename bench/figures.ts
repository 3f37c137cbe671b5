// What is measured, as rows: which load program runs, which of its numbers count, and how they should compare.

/** The two sides of a comparison. */
export type Side = 'libvirt' | 'virtwire';

/** The two daemons. */
export type DaemonName = 'libvirtd' | 'virtwired';

/** What a row may use to put together its command line. */
export interface Place {
  readonly name: DaemonName;
  readonly pid: number;
  /** Path of the socket. */
  readonly socket: string;
  /** `127.0.0.1:PORT`. */
  readonly tcpAddress: string;
  /** With `tls`, client and server have RSA keys of 2,048 bits; certificates are in `pkipath`. */
  uri(transport: 'unix' | 'tcp' | 'tls', driver: string, path: string): string;
  /** Path of a file that makes the test driver show that many domains. */
  inventory(domains: number): string;
  /** A directory for large files. */
  readonly poolDirectory: string;
  /** Command line that starts a further daemon of this kind, and the URI under which it will answer. */
  readonly startCommand: readonly string[];
  readonly startUri: string;
  /** The shell of the same side: virsh for libvirtd, virtwire for virtwired. */
  readonly shell: string;
}

/** One number that a row yields, and what it should be relative to libvirt's. */
export interface Figure {
  readonly name: string;
  /** Key in the program's JSON line. */
  readonly key: string;
  readonly unit: string;
  /** Goal as a ratio, virtwire over libvirt. A `floor` is met from it upwards, a `ceiling` from it downwards. */
  readonly floor?: number;
  readonly ceiling?: number;
}

/** One run of a load program. */
export interface Row {
  readonly group: string;
  /** Daemon and program on one processor: no wake-ups across processors, the steadiest figures. */
  readonly pinned?: true;
  readonly program: 'clientload' | 'rawload';
  /** Compares the clients instead of the daemons: libvirt's library and ours, both on this daemon. */
  readonly client?: DaemonName;
  /** Arguments after the options. */
  arguments(place: Place): readonly string[];
  readonly figures: readonly Figure[];
  /** Runs in a mount namespace of its own, since it starts daemons. */
  readonly isolated?: true;
}

const TEST = ['test', '/default'] as const;
const DRIVER = 'test:///default';

function rate(name: string, floor: number, p99Ceiling?: number): Figure[] {
  const figures: Figure[] = [{ name, key: 'calls_per_s', unit: '/s', floor }];
  if (p99Ceiling !== undefined) figures.push({ name: `${name}, p99`, key: 'p99_us', unit: 'us', ceiling: p99Ceiling });
  return figures;
}

function latency(kind: 'dominfo' | 'nodeinfo' | 'xml', figures: Figure[], pinned: boolean): Row {
  return {
    group: pinned ? 'pinned' : 'latency',
    ...(pinned ? { pinned } : {}),
    program: 'clientload',
    arguments: (place) => ['latency', place.uri('unix', ...TEST), kind],
    figures,
  };
}

function rawCalls(group: string, kind: 'dominfo' | 'xml', connections: number, depth: number, figures: Figure[]): Row {
  return {
    group,
    ...(group === 'pinned' ? { pinned: true as const } : {}),
    program: 'rawload',
    arguments: (place) => ['call', place.socket, DRIVER, kind, String(connections), String(depth)],
    figures,
  };
}

function parallel(test: 'threads' | 'connections', n: number, figures: Figure[]): Row {
  return {
    group: test,
    program: 'clientload',
    arguments: (place) => [test, place.uri('unix', ...TEST), String(n)],
    figures,
  };
}

function list(test: 'list' | 'stats', domains: number, floor: number): Row {
  const what = test === 'list' ? 'list all domains' : 'statistics of all domains';
  return {
    group: 'list',
    program: 'clientload',
    arguments: (place) => [test, place.uri('unix', 'test', place.inventory(domains)), domains >= 10_000 ? '5' : '15'],
    figures: [{ name: `${what}, ${domains}`, key: 'ms', unit: 'ms', ceiling: 1 / floor }],
  };
}

function events(program: Row['program'], subscribers: number, figures: Figure[]): Row {
  return {
    group: 'events',
    program,
    arguments: (place) =>
      program === 'rawload'
        ? ['events', place.socket, DRIVER, String(subscribers)]
        : ['events', place.uri('unix', ...TEST), String(subscribers)],
    figures,
  };
}

function stream(transport: 'unix' | 'tcp' | 'tls', upload: number, download: number): Row {
  return {
    group: 'stream',
    program: 'clientload',
    arguments: (place) => ['stream', place.uri(transport, 'storage', '/system'), place.poolDirectory, '1024'],
    figures: [
      { name: `upload 1 GiB, ${transport}`, key: 'upload_mb_per_s', unit: 'MB/s', floor: upload },
      { name: `download 1 GiB, ${transport}`, key: 'download_mb_per_s', unit: 'MB/s', floor: download },
    ],
  };
}

// The C library reads and checks its certificates each time and resumes nothing; ours does both once. Libvirtd gives no
// sessions, so resuming is seen on our daemon only.
function tlsOpen(daemon: DaemonName, name: string, ceiling: number): Row {
  return {
    group: 'connect',
    client: daemon,
    program: 'clientload',
    arguments: (place) => ['connect', place.uri('tls', ...TEST)],
    figures: [
      { name, key: 'p50_us', unit: 'us', ceiling },
      { name: `${name}, processor time of the client`, key: 'client_cpu_us', unit: 'us', ceiling },
    ],
  };
}

function command(name: string, times: number, words: (place: Place) => readonly string[], ceiling: number): Row {
  return {
    group: 'shell',
    program: 'clientload',
    arguments: (place) => ['command', String(times), place.shell, ...words(place)],
    figures: [{ name, key: 'ms', unit: 'ms', ceiling }],
  };
}

function client(test: string, argument: string, figures: readonly Figure[], pinned = false): Row {
  return {
    group: 'client',
    client: 'libvirtd',
    ...(pinned ? { pinned } : {}),
    program: 'clientload',
    arguments: (place) => [test, place.uri('unix', ...TEST), argument],
    figures,
  };
}

function clientList(domains: number, floor: number): Row {
  return {
    group: 'client',
    client: 'libvirtd',
    program: 'clientload',
    arguments: (place) => ['list', place.uri('unix', 'test', place.inventory(domains)), domains >= 10_000 ? '5' : '15'],
    figures: [{ name: `client: list all domains, ${domains}`, key: 'ms', unit: 'ms', ceiling: 1 / floor }],
  };
}

/** All rows, in the order of the report. */
export const ROWS: readonly Row[] = [
  latency(
    'dominfo',
    [
      ...rate('GetInfo one by one, C client', 2.2, 0.5),
      { name: 'daemon CPU a call', key: 'daemon_cpu_us', unit: 'us', ceiling: 0.3 },
    ],
    true,
  ),
  rawCalls('pinned', 'dominfo', 1, 1, rate('GetInfo one by one, raw client', 2.8)),
  latency('xml', rate('GetXMLDesc one by one, C client', 2.8), true),
  rawCalls('pinned', 'xml', 1, 1, rate('GetXMLDesc one by one, raw client', 3.5)),
  latency('dominfo', rate('GetInfo one by one, C client, two processors', 1.6), false),
  latency('nodeinfo', rate('NodeGetInfo one by one, C client, two processors', 1.2), false),
  parallel('threads', 2, rate('2 threads on one connection, C client', 1.8)),
  parallel('threads', 5, rate('5 threads on one connection, C client', 1.4)),
  parallel('threads', 20, rate('20 threads on one connection, C client', 1.25, 0.5)),
  parallel('connections', 10, rate('10 connections, C client', 2)),
  parallel('connections', 100, rate('100 connections, C client', 2.5)),
  parallel('connections', 500, rate('500 connections, C client', 2.2)),
  rawCalls('connections', 'dominfo', 10, 1, rate('10 connections, raw client', 4.5)),
  rawCalls('connections', 'dominfo', 100, 1, rate('100 connections, raw client', 5.5, 0.2)),
  rawCalls('connections', 'dominfo', 500, 1, rate('500 connections, raw client', 5)),
  rawCalls('in-flight', 'dominfo', 1, 5, rate('5 calls in flight', 3.3)),
  rawCalls('in-flight', 'dominfo', 1, 32, rate('32 calls in flight', 10)),
  rawCalls('in-flight', 'dominfo', 1, 128, rate('128 calls in flight', 20)),
  rawCalls('in-flight', 'dominfo', 10, 10, rate('10 connections with 10 calls in flight', 20)),
  list('list', 100, 2),
  list('list', 1000, 1.5),
  list('list', 10_000, 1.6),
  list('stats', 100, 2.5),
  list('stats', 1000, 2),
  list('stats', 10_000, 1.8),
  events('clientload', 1, [
    ...rate('events to 1 subscriber, C client', 3),
    { name: 'events to 1 subscriber, C client, p50', key: 'p50_us', unit: 'us', ceiling: 0.25 },
  ]),
  events('rawload', 1, rate('events to 1 subscriber, raw client', 4.5)),
  events('rawload', 10, rate('events to 10 subscribers, raw client', 4)),
  events('rawload', 100, [
    ...rate('events to 100 subscribers, raw client', 4),
    { name: 'events to 100 subscribers, raw client, p50', key: 'p50_us', unit: 'us', ceiling: 0.25 },
  ]),
  {
    group: 'connect',
    program: 'clientload',
    arguments: (place) => ['connect', place.uri('unix', ...TEST)],
    figures: rate('open and close, unix, C client', 3.5),
  },
  {
    group: 'connect',
    program: 'clientload',
    arguments: (place) => ['connect', place.uri('tcp', ...TEST)],
    figures: rate('open and close, tcp, C client', 2.5),
  },
  {
    group: 'connect',
    program: 'clientload',
    arguments: (place) => ['connect', place.uri('tls', ...TEST)],
    figures: rate('open and close, tls, C client', 1.1),
  },
  tlsOpen('libvirtd', 'client: open and close, tls', 0.5),
  tlsOpen('virtwired', 'client: open and close, tls, sessions resumed', 0.25),
  {
    group: 'connect',
    program: 'rawload',
    arguments: (place) => ['open', place.socket, DRIVER],
    figures: rate('open and close, unix, raw client', 5.5),
  },
  {
    group: 'connect',
    program: 'clientload',
    arguments: (place) => ['connect', place.uri('unix', 'test', place.inventory(100))],
    figures: rate('open an inventory of 100 domains', 10),
  },
  {
    group: 'connect',
    program: 'clientload',
    arguments: (place) => ['connect', place.uri('unix', 'test', place.inventory(1000))],
    figures: rate('open an inventory of 1,000 domains', 10),
  },
  stream('unix', 0.9, 1.6),
  stream('tcp', 0.9, 1.3),
  stream('tls', 0.85, 1.5),
  {
    group: 'startup',
    program: 'clientload',
    isolated: true,
    arguments: (place) => ['startup', place.startUri, ...place.startCommand],
    figures: [
      { name: 'start to first answer', key: 'ms', unit: 'ms', ceiling: 1.1 },
      { name: 'memory, idle', key: 'rss_idle_kib', unit: 'KiB', ceiling: 1.7 },
      { name: 'memory, 100 further connections of 500', key: 'kib_per_further_100', unit: 'KiB', ceiling: 3 },
    ],
  },
  command('shell: --version', 15, () => ['--version'], 4.5),
  command('shell: list --all, 1 domain', 15, (place) => ['-c', place.uri('unix', ...TEST), 'list', '--all'], 3.5),
  command(
    'shell: list --all, 100 domains',
    10,
    (place) => ['-c', place.uri('unix', 'test', place.inventory(100)), 'list', '--all'],
    1.4,
  ),
  command(
    'shell: list --all, 1,000 domains',
    5,
    (place) => ['-c', place.uri('unix', 'test', place.inventory(1000)), 'list', '--all'],
    0.25,
  ),
  client('latency', 'dominfo', rate('client: GetInfo one by one', 0.95), true),
  client('threads', '5', rate('client: 5 calls in flight', 1.15)),
  client('threads', '20', [
    ...rate('client: 20 calls in flight', 1.1),
    { name: 'client: CPU a call', key: 'client_cpu_us', unit: 'us', ceiling: 0.5 },
  ]),
  clientList(100, 1.1),
  clientList(1000, 1.15),
  clientList(10_000, 1.4),
  {
    group: 'client',
    client: 'libvirtd',
    program: 'clientload',
    arguments: (place) => ['stream', place.uri('unix', 'storage', '/system'), place.poolDirectory, '1024'],
    figures: [
      { name: 'client: upload 1 GiB, unix', key: 'upload_mb_per_s', unit: 'MB/s', floor: 1.1 },
      { name: 'client: download 1 GiB, unix', key: 'download_mb_per_s', unit: 'MB/s', floor: 1.2 },
    ],
  },
  {
    group: 'memory',
    program: 'clientload',
    arguments: (place) => ['hold', place.uri('unix', ...TEST), '500'],
    figures: [
      { name: 'memory after all of the above', key: 'rss_after_kib', unit: 'KiB', ceiling: 0.25 },
      { name: 'idle CPU with 500 connections', key: 'idle_cpu_percent', unit: '%' },
    ],
  },
];
