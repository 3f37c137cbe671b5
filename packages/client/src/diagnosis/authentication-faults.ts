// Faults of proving who we are: SASL, polkit, and what a server does not say about a name that it refuses.
import { ErrorCode } from '@virtwire/rpc';
import { type Fault, type FaultFacts, inOrder, listOf, textOf } from './fault.ts';

/** Faults of authentication. */
export const authenticationFaults: readonly Fault[] = [
  {
    name: 'encryption-demanded',
    stage: 'authentication',
    matches: (facts) =>
      (isSasl(facts) &&
        facts.evidence['secure'] === false &&
        (facts.evidence['saslWithoutEncryption'] === true || facts.evidence['saslStep'] === 'mechanisms')) ||
      /SSF .* was not strong enough/.test(facts.message),
    hint: () =>
      'on a link that anybody may read, SASL has to encrypt, and only GSSAPI (Kerberos) and DIGEST-MD5 can: add one of them to mech_list in /etc/sasl2/libvirt.conf of the server, or take +tls or +ssh',
  },
  {
    name: 'no-shared-sasl-mechanism',
    stage: 'authentication',
    matches: ({ message }) => /No worthy mechs found|SASL mechanism .* not supported by server/.test(message),
    hint: ({ evidence }) =>
      `the server offers ${(listOf(evidence, 'saslOffered') ?? []).join(', ') || 'nothing'}, and we can ${(listOf(evidence, 'saslUsable') ?? []).join(', ') || 'nothing of it'}: add one of ours to mech_list in /etc/sasl2/libvirt.conf of the server, or change auth= in the URI`,
  },
  {
    name: 'kerberos-ticket-missing',
    stage: 'authentication',
    matches: ({ message }) => /GSSAPI Error/.test(message),
    hint: () => 'there is no Kerberos ticket that fits: run kinit, and see by klist that it has not ended',
  },
  {
    name: 'auth-file-unusable',
    stage: 'authentication',
    matches: ({ message, stage, error }) =>
      stage === 'authentication' && (/Failed to open file/.test(message) || error.code === ErrorCode.ConfSyntax),
    hint: () => 'mend the file of credentials, or the name that LIBVIRT_AUTH_FILE or authfile= gives for it',
  },
  {
    name: 'credentials-missing',
    stage: 'authentication',
    matches: ({ message }) =>
      /authentication callback|Failed to collect auth credentials|All-whitespace username/i.test(message) &&
      !/libssh|ssh key/i.test(message),
    hint: ({ evidence }) =>
      `nobody gave a name and password: put them into auth.conf ([auth-libvirt-${textOf(evidence, 'host') || 'localhost'}]), or answer the prompt; programs give connect() a credentials callback`,
  },
  {
    // The first answer has the salt of the user; for one whom it does not know, Cyrus has none to give.
    name: 'user-unknown',
    stage: 'authentication',
    matches: (facts) => isLoginRefused(facts) && isScram(facts) && (facts.evidence['saslReplies'] ?? 0) === 0,
    hint: ({ evidence }) =>
      `the server has no user '${textOf(evidence, 'saslUser')}': saslpasswd2 -a libvirt ${textOf(evidence, 'saslUser')} makes it there, sasldblistusers2 lists those that there are (the realm behind the @ counts, too)`,
  },
  {
    name: 'user-not-allowed',
    stage: 'authentication',
    matches: (facts) => isLoginRefused(facts) && (facts.evidence['userAllowed'] === false || provedItself(facts)),
    hint: ({ evidence }) => {
      const list = listOf(evidence, 'allowedUsers');
      const has =
        list === null ? '' : `, which has ${list.length === 0 ? 'nobody' : list.map((name) => `"${name}"`).join(', ')}`;
      return `'${textOf(evidence, 'saslUser') || 'this user'}' is not on the server's list: add it to sasl_allowed_username_list in its libvirtd.conf${has}`;
    },
  },
  {
    name: 'wrong-password',
    stage: 'authentication',
    matches: (facts) => isLoginRefused(facts) && facts.evidence['userAllowed'] === true,
    hint: (facts) =>
      `the password of '${textOf(facts.evidence, 'saslUser')}' is wrong${isScram(facts) ? '' : ', or the server has no such user'}: saslpasswd2 -a libvirt ${textOf(facts.evidence, 'saslUser')} sets it there, sasldblistusers2 lists the users`,
  },
  {
    name: 'login-refused',
    stage: 'authentication',
    matches: isLoginRefused,
    evidence: (facts) => ({ possible: possibleRefusals(facts).map(([name]) => name) }),
    hint: (facts) =>
      `the server answers all of these alike; most likely first: ${inOrder(possibleRefusals(facts).map(([, text]) => text))}. Its log says which: journalctl -u libvirtd -n 20`,
  },
  {
    name: 'polkit-without-agent',
    stage: 'authentication',
    matches: ({ message }) => /no polkit agent available/.test(message),
    hint: () =>
      'polkit wants a password and there is nobody to ask for it: start an agent (pkttyagent --process PID on a terminal), join the group libvirt, or open read-only (-r)',
  },
  {
    name: 'polkit-denied',
    stage: 'authentication',
    matches: ({ message }) => /access denied by policy|user cancelled authentication/.test(message),
    hint: ({ message }) =>
      /cancelled/.test(message)
        ? 'the dialog was closed: answer it'
        : "the administrator's rules say no: see org.libvirt.unix.manage in /etc/polkit-1/rules.d, join the group libvirt, or open read-only (-r)",
  },
  {
    name: 'polkit-unavailable',
    stage: 'authentication',
    matches: ({ message }) => /system bus connection|org\.freedesktop\.PolicyKit1/.test(message),
    hint: () =>
      'the daemon cannot reach polkit: start dbus and polkit there, or set auth_unix_rw = "none" with unix_sock_group',
  },
  {
    name: 'authentication-type-not-offered',
    stage: 'authentication',
    matches: ({ message }) => /(requested|unknown|unsupported) authentication type/.test(message),
    hint: ({ evidence }) =>
      `the server offers ${(listOf(evidence, 'types') ?? []).join(', ') || 'another way'}: leave auth= out of the URI, or name that`,
  },
  {
    name: 'access-denied',
    stage: 'open',
    matches: ({ error }) => error.code === ErrorCode.AccessDenied,
    hint: () =>
      'the access rules of the daemon say no: see access_drivers in libvirtd.conf and the rules for org.libvirt.api.connect.*',
  },
];

function isSasl({ message, stage }: FaultFacts): boolean {
  return stage === 'authentication' && /No worthy mechs|authentication failed: authentication failed/.test(message);
}

function isLoginRefused({ message, stage, evidence }: FaultFacts): boolean {
  return (
    stage === 'authentication' &&
    /authentication failed: authentication failed/.test(message) &&
    textOf(evidence, 'saslMechanism') !== ''
  );
}

// These prove who somebody is by something else than a password that may be wrong.
function provedItself({ evidence }: FaultFacts): boolean {
  return ['GSSAPI', 'EXTERNAL', 'ANONYMOUS'].includes(textOf(evidence, 'saslMechanism'));
}

function isScram({ evidence }: FaultFacts): boolean {
  return textOf(evidence, 'saslMechanism').startsWith('SCRAM-');
}

// What a refusal at the last message may mean, with what shows it on the server.
function possibleRefusals(facts: FaultFacts): readonly (readonly [fault: string, text: string])[] {
  const user = textOf(facts.evidence, 'saslUser');
  return [
    ['wrong-password', `the password of '${user}' is wrong (saslpasswd2 -a libvirt ${user} sets it there)`],
    ...(isScram(facts) ? [] : [['user-unknown', 'it has no such user (sasldblistusers2 lists them)'] as const]),
    [
      'user-not-allowed',
      `'${user}' is not on its list (grep sasl_allowed_username_list /etc/libvirt/libvirtd.conf; without that line all are)`,
    ],
  ];
}
