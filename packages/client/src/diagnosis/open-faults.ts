// Faults of the daemon once it can be talked to: no such driver, too old, silent, gone.
import { ErrorCode } from '@virtwire/rpc';
import { type Fault, textOf } from './fault.ts';
import { likelyDriver } from './drivers.ts';
import { placeOf } from './network-faults.ts';

/** Faults of opening, and of a link that ends. */
export const openFaults: readonly Fault[] = [
  {
    name: 'driver-missing',
    stage: 'open',
    matches: ({ error, message }) =>
      error.code === ErrorCode.NoConnect && /no connection driver available/.test(message),
    hint: ({ message, evidence }) => {
      const driver = /available for ([a-z0-9]+)/i.exec(message)?.[1] ?? 'this';
      const slip = likelyDriver(driver);
      if (slip !== null) return `the daemon answers, but no driver is called '${driver}': perhaps ${slip} is meant`;
      return `the daemon answers, but has no driver '${driver}': install it there (libvirt-daemon-driver-${driver}), correct the name in the URI, or reach the daemon that has it (${textOf(evidence, 'transport') === 'unix' ? `virt${driver}d` : 'virtproxyd'})`;
    },
  },
  {
    name: 'uri-path-wrong',
    stage: 'open',
    matches: ({ message, error }) =>
      /unexpected .* URI path|qemu:\/\/\/(system|session)|supply a path or use/.test(message) ||
      (error.code === ErrorCode.XmlError && /failed to parse xml document/.test(message)),
    hint: () =>
      'the path chooses among the instances of the driver: /system or /session for qemu, /default for test (or a file of its own on the host of the daemon)',
  },
  {
    name: 'server-too-old',
    stage: 'open',
    matches: ({ error, message }) =>
      /unknown procedure: \d+|Cannot find program \d+|unsupported program version/.test(message) && error.remote,
    hint: ({ evidence }) =>
      `the daemon${textOf(evidence, 'libvirt') === '' ? '' : `, libvirt ${textOf(evidence, 'libvirt')},`} does not know this call: it is older than the call, and has to be brought to a newer version`,
  },
  {
    name: 'keepalive-lost',
    stage: 'open',
    matches: ({ message }) => /keepalive timeout/.test(message),
    hint: () =>
      'the daemon, or the network, went silent: see whether its process still runs (a stopped or overloaded one answers no pings), and whether a firewall forgets idle links; ?keepalive_interval= and ?keepalive_count= give it more time',
  },
  {
    name: 'daemon-silent',
    stage: 'open',
    matches: ({ evidence }) => evidence['timedOut'] !== undefined,
    hint: (facts) =>
      `the connection stands, but no answer comes: the daemon at ${placeOf(facts)} is stopped, hangs, or has reached max_clients; see systemctl status libvirtd and virt-admin srv-clients-info`,
  },
  {
    name: 'closed-without-answer',
    stage: 'open',
    matches: ({ message }) =>
      /End of file while reading data|Cannot (recv|write) data|client socket is closed/.test(message),
    hint: (facts) =>
      facts.transport === 'tcp'
        ? `the other side hung up at the first call: ${placeOf(facts)} may be a port of TLS (then take +tls), or the daemon ended`
        : 'the daemon hung up at the first call: it ended or restarts just now; see its log',
  },
];
