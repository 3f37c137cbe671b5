// Faults on this host: the daemon's unix socket, and the program of `ext`.
import { type Fault, type FaultFacts, textOf } from './fault.ts';
import { likelyDriver } from './drivers.ts';
import { asText, firstBytes } from './network-faults.ts';

/** Faults of local ways. */
export const localFaults: readonly Fault[] = [
  {
    name: 'socket-missing',
    stage: 'connect',
    matches: (facts) => isSocket(facts) && ['ENOENT', 'ENOTDIR'].includes(facts.systemCode ?? ''),
    hint: (facts) =>
      `${driverSlip(facts)}no daemon has made ${socketOf(facts)}: start one (systemctl start ${unitOf(facts)}), or name its socket by ?socket=`,
  },
  {
    name: 'socket-permission-denied',
    stage: 'connect',
    matches: (facts) => isSocket(facts) && ['EACCES', 'EPERM'].includes(facts.systemCode ?? ''),
    hint: ({ evidence }) => {
      const group = textOf(evidence, 'socketGroup');
      return group === '' || group === 'root'
        ? 'this user may not use the socket: open read-only (-r), take sudo, or have the administrator set unix_sock_group and unix_sock_rw_perms'
        : `this user may not use the socket: join the group ${group} (usermod -aG ${group} USER, then log in anew), or open read-only (-r)`;
    },
  },
  {
    name: 'socket-dead',
    stage: 'connect',
    matches: (facts) => isSocket(facts) && facts.systemCode === 'ECONNREFUSED',
    hint: (facts) =>
      `${socketOf(facts)} is there, but nobody listens: the daemon ended without taking it away; start it again (systemctl start ${unitOf(facts)})`,
  },
  {
    name: 'program-missing',
    stage: 'proxy',
    matches: ({ message, transport }) =>
      (transport === 'ext' || transport === 'ssh') && /Cannot find '.*' in path|cannot execute binary/.test(message),
    hint: ({ transport, message }) => {
      const name = /Cannot find '(.*)' in path|cannot execute binary (.*?):/.exec(message);
      return `install ${name?.[1] ?? name?.[2] ?? 'the program'}, or give the right path${transport === 'ssh' ? ' of ssh' : ''} by ?command=; it has to be executable`;
    },
  },
  {
    name: 'program-exited',
    stage: 'proxy',
    matches: (facts) =>
      facts.transport === 'ext' && /End of file while reading data|Cannot recv data/.test(facts.message),
    evidence: programEnd,
    hint: (facts) => {
      const { exitCode } = programEnd(facts);
      const how = typeof exitCode === 'number' ? `with exit code ${exitCode}` : 'by itself';
      return facts.stderr === ''
        ? `the program ended ${how} without a word: run it by hand and see whether it connects its input and output to a daemon`
        : `the program ended ${how}; what it wrote to standard error says why`;
    },
  },
  {
    name: 'program-wrote-other-text',
    stage: 'proxy',
    matches: (facts) => facts.transport === 'ext' && firstBytes(facts) !== '',
    evidence: (facts) => ({ firstBytes: firstBytes(facts), firstText: asText(firstBytes(facts)) }),
    hint: (facts) =>
      `the program writes text before the daemon's answer, beginning with '${asText(firstBytes(facts))}': it has to pass on bytes and nothing else`,
  },
];

/** How the program on the way ended, as far as it is known. */
export function programEnd({ error, stderr }: FaultFacts): Readonly<Record<string, unknown>> {
  const seen: Record<string, unknown> = stderr === '' ? {} : { stderr };
  for (let at: unknown = error; typeof at === 'object' && at !== null; at = (at as { cause?: unknown }).cause) {
    const { program, exitCode, signal } = at as { program?: unknown; exitCode?: unknown; signal?: unknown };
    if (typeof program === 'string') return { ...seen, program, exitCode: exitCode ?? null, signal: signal ?? null };
  }
  return seen;
}

function isSocket({ transport, stage }: FaultFacts): boolean {
  return transport === 'unix' && stage === 'connect';
}

function driverSlip({ evidence }: FaultFacts): string {
  const driver = textOf(evidence, 'driver');
  const meant = likelyDriver(driver);
  return meant === null ? '' : `no driver is called '${driver}', perhaps ${meant} is meant; and `;
}

function socketOf({ evidence }: FaultFacts): string {
  return textOf(evidence, 'socket') || 'the socket';
}

function unitOf({ evidence }: FaultFacts): string {
  return /\/(virt\w+d)-sock/.exec(textOf(evidence, 'socket'))?.[1] ?? 'libvirtd';
}
