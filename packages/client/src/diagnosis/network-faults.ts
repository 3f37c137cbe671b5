// Faults between two hosts: names, addresses, ports, and who listens there.
import { type Evidence, type Fault, type FaultFacts, textOf } from './fault.ts';

/** Transports that connect to a port of the daemon's. */
const byPort: readonly (string | null)[] = ['tcp', 'tls'];
const byHost: readonly (string | null)[] = ['tcp', 'tls', 'libssh', 'libssh2'];

const MAX_PORT = 65_535;

/** Faults before a word is said. */
export const networkFaults: readonly Fault[] = [
  {
    name: 'name-does-not-resolve',
    stage: 'resolve',
    matches: ({ message, stderr }) =>
      /Unable to resolve address|getaddrinfo/.test(message) || /Could not resolve hostname/.test(stderr),
    hint: (facts) =>
      facts.systemCode === 'EAI_AGAIN'
        ? `the name server does not answer: see /etc/resolv.conf, or put ${hostOf(facts)} into /etc/hosts`
        : `no name server knows ${hostOf(facts)}: look for a slip in the name, or put it into /etc/hosts`,
  },
  {
    name: 'no-answer',
    stage: 'connect',
    matches: (facts) =>
      (isHostBound(facts) && (facts.systemCode === 'ETIMEDOUT' || facts.evidence['timedOut'] === 'connect')) ||
      /connect to host .*(Connection|Operation) timed out/.test(facts.stderr),
    evidence: attempts,
    hint: (facts) =>
      `nothing came back, not even a refusal: a firewall drops packets to ${placeOf(facts)}, or the host is off; allow the port there (firewall-cmd --add-service=${facts.transport === 'tls' ? 'libvirt-tls' : facts.transport === 'tcp' ? 'libvirt' : 'ssh'})`,
  },
  {
    name: 'host-unreachable',
    stage: 'connect',
    matches: (facts) =>
      (isHostBound(facts) && ['EHOSTUNREACH', 'ENETUNREACH', 'EINVAL'].includes(facts.systemCode ?? '')) ||
      /connect to host .*(No route to host|Network is unreachable)/.test(facts.stderr),
    evidence: attempts,
    hint: (facts) =>
      `no way leads to ${placeOf(facts)}: see the routes of this host (ip route get ADDRESS), or a firewall rejects it`,
  },
  {
    name: 'port-impossible',
    stage: 'connect',
    matches: (facts) => isHostBound(facts) && Number(textOf(facts.evidence, 'port')) > MAX_PORT,
    evidence: attempts,
    hint: ({ evidence }) =>
      `ports end at ${MAX_PORT}, so that ${textOf(evidence, 'port')} came out as ${Number(textOf(evidence, 'port')) & MAX_PORT}: correct it in the URI`,
  },
  {
    name: 'nothing-listens',
    stage: 'connect',
    matches: (facts) =>
      (isHostBound(facts) && facts.systemCode === 'ECONNREFUSED') ||
      /connect to host .*Connection refused/.test(facts.stderr),
    evidence: attempts,
    hint: (facts) => {
      const { transport } = facts;
      if (!byPort.includes(transport))
        return `no ssh server listens at ${placeOf(facts)}: start sshd there, or give its port in the URI`;
      const setting = transport === 'tls' ? 'listen_tls = 1, tls_port' : 'listen_tcp = 1, tcp_port';
      return (
        `nobody listens at ${placeOf(facts)}: on that host run systemctl start libvirtd-${transport}.socket, or libvirtd --listen ` +
        `with ${setting} and listen_addr in libvirtd.conf`
      );
    },
  },
  {
    name: 'port-speaks-tls',
    stage: 'tls',
    matches: (facts) => facts.transport === 'tcp' && (speaks(facts) === 'tls' || firstBytes(facts).startsWith('1503')),
    hint: (facts) =>
      `the port answers with TLS: take +tls instead of +tcp in the URI, or the port of plain tcp (16509) instead of ${textOf(facts.evidence, 'port')}`,
  },
  {
    name: 'port-speaks-plain-rpc',
    stage: 'tls',
    matches: (facts) => facts.transport === 'tls' && speaks(facts) === 'rpc',
    hint: (facts) =>
      `the port answers without TLS: take the port of TLS (16514) instead of ${textOf(facts.evidence, 'port')}, or +tcp where that is wanted and the network is trusted`,
  },
  {
    name: 'port-is-not-libvirt',
    stage: 'open',
    matches: (facts) => facts.transport === 'tcp' && firstBytes(facts) !== '',
    evidence: (facts) => ({ firstBytes: firstBytes(facts), firstText: asText(firstBytes(facts)) }),
    hint: (facts) =>
      `what answers at ${placeOf(facts)} is no libvirt daemon: it begins with '${asText(firstBytes(facts))}'; give the port of the daemon`,
  },
  {
    name: 'no-common-tls',
    stage: 'tls',
    matches: ({ message }) =>
      /TLS handshake failed (No supported cipher|A packet with illegal or unsupported version|A TLS fatal alert)/.test(
        message,
      ),
    hint: () =>
      'the two sides have no TLS version, cipher suite or group in common: compare tls_priority of both; old daemons may need NORMAL:-VERS-TLS1.3',
  },
  {
    name: 'not-tls',
    stage: 'tls',
    matches: ({ message }) => /TLS handshake failed An unexpected TLS packet/.test(message),
    hint: (facts) => `what answers at ${placeOf(facts)} does not speak TLS: give the port of TLS (16514), or take +tcp`,
  },
  {
    name: 'tls-cut-off',
    stage: 'tls',
    matches: ({ message }) => /TLS handshake failed/.test(message),
    hint: (facts) =>
      `the other side hung up at the greeting: either ${placeOf(facts)} does not speak TLS (16514 is the port that does), or it accepts no TLS version or cipher of ours; its log says which`,
  },
];

/** The place that was to be reached, for people. */
export function placeOf({ evidence }: FaultFacts): string {
  const [host, port] = [textOf(evidence, 'host'), textOf(evidence, 'port')];
  if (host === '') return 'the host';
  const name = host.includes(':') ? `[${host}]` : host;
  return port === '' || port === '0' ? name : `${name}:${port}`;
}

function hostOf({ evidence }: FaultFacts): string {
  return `'${textOf(evidence, 'host')}'`;
}

function isHostBound({ transport, stage }: FaultFacts): boolean {
  return byHost.includes(transport) && (stage === 'connect' || stage === 'resolve');
}

function speaks({ evidence }: FaultFacts): string {
  return textOf(evidence, 'speaks');
}

// Which address gave what: below the error of a name with several addresses stands one error for each.
function attempts({ error, evidence }: FaultFacts): Evidence {
  if (evidence['attempts'] !== undefined) return {};
  const { cause } = error;
  const below = cause instanceof AggregateError ? (cause.errors as unknown[]) : [cause];
  const rows = below.flatMap((each) => {
    const { address, port, code } = (each ?? {}) as { address?: string; port?: number; code?: string };
    return address === undefined ? [] : [{ address, port, result: code ?? 'failed' }];
  });
  return rows.length === 0 ? {} : { attempts: rows };
}

/**
 * What came in the place of a packet: its length word, told by the error of a packet that cannot be, holds the first four
 * bytes.
 *
 * @returns in hexadecimal; empty when nothing like that happened
 */
export function firstBytes({ error }: FaultFacts): string {
  const length = /packet (-?\d+) bytes received from server too (?:large|small)/.exec(error.message)?.[1];
  if (length === undefined) return '';
  // The length in the text does not count its own four bytes.
  return ((Number(length) + 4) >>> 0).toString(16).padStart(8, '0');
}

/** Bytes in hexadecimal as text; a dot for what cannot be seen. */
export function asText(hex: string): string {
  return (hex.match(/../g) ?? [])
    .map((each) => Number.parseInt(each, 16))
    .map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.'))
    .join('');
}
