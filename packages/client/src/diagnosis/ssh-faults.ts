// Faults of ssh and of what runs on its other side, told by what they wrote to standard error.
import { type Evidence, type Fault, type FaultFacts, textOf } from './fault.ts';
import { programEnd } from './local-faults.ts';
import { asText, firstBytes, placeOf } from './network-faults.ts';

const transports: readonly (string | null)[] = ['ssh', 'libssh', 'libssh2'];

/** A row that knows its fault by the words of the error, which has the words of the other side in it. */
function said(name: string, pattern: RegExp, hint: (facts: FaultFacts) => string): Fault {
  return {
    name,
    stage: 'proxy',
    matches: (facts) => isSsh(facts) && pattern.test(words(facts)),
    evidence: shown,
    hint,
  };
}

/** Faults of ssh. */
export const sshFaults: readonly Fault[] = [
  said(
    'ssh-host-key-changed',
    /REMOTE HOST IDENTIFICATION HAS CHANGED|SSH HOST KEY VERIFICATION FAILED/,
    (facts) =>
      `the host shows another key than before: somebody stands between, or it was set up anew. Ask its administrator for the fingerprint; only then ssh-keygen -R '${textOf(facts.evidence, 'host')}' ${facts.transport === 'ssh' ? '' : '-f KNOWN_HOSTS '}and connect again`,
  ),
  said(
    'ssh-host-key-unknown',
    /Host key verification failed|was not accepted|host key is known|authenticity of host/,
    (facts) =>
      facts.transport === 'ssh'
        ? `this host has never been seen: run ssh ${textOf(facts.evidence, 'host')} once by hand, compare the fingerprint and say yes`
        : `this host has never been seen${certificateWords(facts)}: compare the fingerprint and say yes, or known_hosts_verify=auto where the network is trusted`,
  ),
  said(
    'ssh-authentication-refused',
    /Permission denied \(|[Aa]ccess denied|failed to authenticate|All identities provided|public key.*invalid|Username\/PublicKey|authentication with private key|Password request failed|Failed to connect to ssh agent|Too many authentication failures|Permission denied, please try again|none of the provided authentication methods/,
    (facts) =>
      `the host let nobody in: check the user in the URI, load the key into the agent (ssh-add -l shows them) or name it by ?keyfile=, and have its public half in authorized_keys there${/no_tty/.test(textOf(facts.evidence, 'query')) ? '; no_tty=1 forbids to ask for a password' : ''}`,
  ),
  said(
    'ssh-credentials-missing',
    /Authentication callback not provided|interaction callback|failed to retrieve/,
    () =>
      'nobody can be asked for a password or passphrase: load the key into the agent, or give the credentials callback',
  ),
  said(
    'netcat-without-unix-sockets',
    /(invalid|illegal|unrecognized) option (-- )?'?-*U|unknown option.*U|nc: .*usage|usage: nc/i,
    () =>
      'the nc of that host cannot do unix sockets: install netcat-openbsd there and name it by ?netcat=nc.openbsd, or take ?proxy=native with virt-ssh-helper',
  ),
  said(
    'remote-socket-permission-denied',
    /nc: .*Permission denied|Failed to connect socket.*Permission denied/,
    () =>
      'ssh works, but its user may not use the socket there: add that user to the group libvirt on the other side, or log in as another one',
  ),
  said(
    'remote-daemon-down',
    /cannot connect to '.*-sock|nc: .*(No such file or directory|Connection refused)|(unix connect failed|Failed to connect socket).*(No such file|refused)/,
    () =>
      'ssh works, the daemon on the other side does not run: systemctl start libvirtd there; or name its socket by ?socket=',
  ),
  said(
    'helper-missing',
    /virt-ssh-helper.*not found|not found.*virt-ssh-helper/,
    () =>
      'virt-ssh-helper is not installed on the other side (package libvirt-clients or libvirt-daemon): install it, or take ?proxy=netcat',
  ),
  said(
    'netcat-missing',
    /not found|No such file or directory|Remote command terminated with non-zero code: 127/,
    (facts) =>
      `nc is not on the other side${/: (\S+): not found/.test(words(facts)) ? ` (${/: (\S+): not found/.exec(words(facts))?.[1]})` : ''}: install netcat-openbsd there, name another by ?netcat=, or take ?proxy=native with virt-ssh-helper`,
  ),
  {
    name: 'text-before-protocol',
    stage: 'proxy',
    matches: (facts) => isSsh(facts) && firstBytes(facts) !== '',
    evidence: (facts) => ({ ...shown(facts), firstBytes: firstBytes(facts), firstText: asText(firstBytes(facts)) }),
    hint: (facts) =>
      `a login script of that user writes text before the daemon speaks, beginning with '${asText(firstBytes(facts))}': let it write only when the shell is interactive (case $- in *i*) ... esac)`,
  },
  {
    name: 'ssh-ended',
    stage: 'proxy',
    matches: (facts) =>
      isSsh(facts) && /End of file while reading data|Cannot recv data|client socket is closed/.test(facts.message),
    evidence: shown,
    hint: (facts) =>
      facts.stderr === ''
        ? `ssh ended without a word: run the same by hand, ssh ${placeOf(facts)} virt-ssh-helper qemu:///system`
        : 'ssh ended; what it wrote to standard error says why',
  },
];

// known_hosts has an authority for the host; what its certificate lacks.
function certificateWords({ evidence }: FaultFacts): string {
  const fault = textOf(evidence, 'hostCertificate');
  return fault === '' ? '' : ` (of its certificate: ${fault})`;
}

function isSsh({ transport }: FaultFacts): boolean {
  return transports.includes(transport);
}

function words({ message, stderr }: FaultFacts): string {
  return `${message}\n${stderr}`;
}

function shown(facts: FaultFacts): Evidence {
  return programEnd(facts);
}
