// Faults of certificates, the server's and ours; and why a server may have refused ours, which it never says.
import { type Evidence, type Fault, type FaultFacts, inOrder, listOf, textOf } from './fault.ts';

/** Faults of the server's certificate. */
const ofServer: readonly Fault[] = [
  {
    name: 'name-mismatch',
    stage: 'certificate',
    matches: (facts) => refused(facts, /does not match the hostname/),
    hint: ({ evidence }) => {
      const names = certificateNames(evidence);
      return `the certificate is for ${names.length === 0 ? 'no name at all' : names.join(', ')}, not for '${textOf(evidence, 'host')}': use one of its names in the URI, or have the server's certificate made anew with this name in it (subjectAltName)`;
    },
  },
  {
    name: 'server-certificate-revoked',
    stage: 'certificate',
    matches: (facts) => refused(facts, /revoked/),
    hint: () =>
      'our revocation list names the certificate of this server: it has to get a new one; do not go on with the old one',
  },
  {
    name: 'server-authority-unknown',
    stage: 'certificate',
    matches: (facts) => refused(facts, /known issuer/),
    hint: ({ evidence }) =>
      `the server's certificate was signed by ${quoted(textOf(evidence, 'issuer'))}, and our CA file has ${(listOf(evidence, 'authorities') ?? []).map(quoted).join(', ') || 'nobody'}: put that authority's certificate into cacert.pem, after checking it by another way`,
  },
  {
    name: 'server-certificate-expired',
    stage: 'certificate',
    matches: (facts) => refused(facts, /not trusted/) && isPast(facts.evidence, 'notAfter'),
    hint: ({ evidence }) =>
      `the server's certificate ended on ${day(evidence, 'notAfter')}: have it renewed there, and look at both clocks`,
  },
  {
    name: 'server-certificate-not-yet-valid',
    stage: 'certificate',
    matches: (facts) => refused(facts, /not trusted/) && isFuture(facts.evidence, 'notBefore'),
    hint: ({ evidence }) =>
      `the server's certificate begins on ${day(evidence, 'notBefore')}: one of the two clocks is wrong, or it was made with a wrong date`,
  },
  {
    name: 'server-certificate-wrong-purpose',
    stage: 'certificate',
    matches: (facts) => refused(facts, /purpose|usage does not permit|basic constraints/),
    hint: () =>
      'the certificate of the server was made for something else: have one made with digital signature, key encipherment and the purpose TLS server',
  },
  {
    name: 'server-certificate-weak',
    stage: 'certificate',
    matches: (facts) => refused(facts, /insecure algorithm/),
    hint: () =>
      "the server's certificate has a short key or an old signature: have it made anew with 3072 bits or more and SHA-256; or relax tls_priority",
  },
  {
    name: 'server-certificate-untrusted',
    stage: 'certificate',
    matches: ({ message }) => /Failed to verify peer's certificate/.test(message),
    hint: () => 'the chain of the server is not good; virtwire-pki show tells what is in each certificate of it',
  },
];

/** Faults of our own files, found before anything is connected. */
const ofOurFiles: readonly Fault[] = [
  {
    name: 'pkipath-incomplete',
    stage: 'certificate',
    matches: (facts) =>
      hasPkipath(facts) && (isCaMissing(facts) || (isRefusal(facts) && sentNone(facts) && missing(facts).length > 0)),
    hint: ({ evidence, ...facts }) =>
      `pkipath= names ${textOf(evidence, 'pkipath')}, which lacks ${missing({ evidence, ...facts }).join(', ') || textOf(evidence, 'file')}: put cacert.pem, clientcert.pem and clientkey.pem there, flat`,
  },
  {
    name: 'ca-file-missing',
    stage: 'certificate',
    matches: isCaMissing,
    hint: ({ evidence }) =>
      `put the certificate of the authority that signed the server's into ${textOf(evidence, 'file')}; virtwire-pki check looks at all places`,
  },
  {
    name: 'ca-file-malformed',
    stage: 'certificate',
    matches: ({ message }) =>
      /Unable to import CA certificate list|Unable to set x509 CA certificate.*Base64/.test(message),
    hint: ({ evidence }) =>
      `${textOf(evidence, 'file')} holds no PEM certificate: copy the authority's certificate there anew`,
  },
  {
    name: 'certificate-file-unreadable',
    stage: 'certificate',
    matches: ({ message, evidence }) => /Error while reading file/.test(message) && textOf(evidence, 'system') !== '',
    hint: ({ evidence }) =>
      `${textOf(evidence, 'file')}: ${textOf(evidence, 'system')}: let this user read it (chgrp and chmod 0640), or keep a pair of your own in ~/.pki/libvirt`,
  },
  {
    name: 'client-key-mismatch',
    stage: 'certificate',
    matches: ({ message }) => /certificate and the given key do not match/.test(message),
    hint: ({ evidence }) =>
      `${textOf(evidence, 'key')} is not the key of ${textOf(evidence, 'cert')}: put the pair together that was made together`,
  },
  {
    name: 'client-key-malformed',
    stage: 'certificate',
    matches: ({ message }) => /Unable to set x509 key and certificate/.test(message),
    hint: ({ evidence, message }) =>
      /Decryption/.test(message)
        ? `${textOf(evidence, 'key')} has a passphrase, which libvirt cannot ask for: keep it without one, readable by its owner alone`
        : `${textOf(evidence, 'key')} or ${textOf(evidence, 'cert')} is no PEM file: copy it anew`,
  },
  {
    name: 'client-certificate-expired',
    stage: 'certificate',
    matches: (facts) =>
      /The client certificate .* has expired/.test(facts.message) ||
      (isRefusal(facts) && isPast(facts.evidence, 'sentNotAfter')),
    hint: ({ evidence }) =>
      `our certificate ended on ${day(evidence, 'notAfter') || day(evidence, 'sentNotAfter')}: have it renewed by the authority`,
  },
  {
    name: 'client-certificate-not-yet-valid',
    stage: 'certificate',
    matches: (facts) =>
      /The client certificate .* is not yet active/.test(facts.message) ||
      (isRefusal(facts) && isFuture(facts.evidence, 'sentNotBefore')),
    hint: ({ evidence }) =>
      `our certificate begins on ${day(evidence, 'notBefore') || day(evidence, 'sentNotBefore')}: look at the clock of this host`,
  },
  {
    name: 'ca-certificate-not-valid',
    stage: 'certificate',
    matches: ({ message }) => /The CA certificate .* (has expired|is not yet active)/.test(message),
    hint: ({ evidence }) =>
      `the authority in ${textOf(evidence, 'file')} is good from ${day(evidence, 'notBefore')} to ${day(evidence, 'notAfter')} only: it has to be renewed, and then all that it signed`,
  },
  {
    name: 'client-certificate-wrong-purpose',
    stage: 'certificate',
    matches: ({ message }) =>
      /[Cc]ertificate .* (purpose does not allow|usage does not permit|basic constraints)/.test(message),
    hint: ({ evidence }) =>
      `${textOf(evidence, 'file') || 'our certificate'} was made for something else: have one made for TLS clients, and no authority`,
  },
  {
    name: 'client-certificate-of-another-authority',
    stage: 'certificate',
    matches: (facts) =>
      /Our own certificate .* failed validation .*known issuer/.test(facts.message) ||
      (isRefusal(facts) && !sentNone(facts) && isForeign(facts.evidence)),
    hint: ({ evidence }) =>
      `our certificate was signed by ${quoted(textOf(evidence, 'sentIssuer') || textOf(evidence, 'issuer'))}, the server trusts ${(listOf(evidence, 'acceptedAuthorities') ?? [textOf(evidence, 'serverIssuer') || (listOf(evidence, 'authorities') ?? []).join(', ')]).map(quoted).join(', ')}: have one made by that authority`,
  },
];

/** Reasons of a refusal without a word. */
const refusals: readonly Fault[] = [
  {
    name: 'client-key-missing',
    stage: 'certificate',
    matches: (facts) =>
      isRefusal(facts) && sentNone(facts) && missing(facts).length === 1 && missing(facts)[0] === keyFile(facts),
    hint: (facts) =>
      `we sent no certificate, as the key ${keyFile(facts)} is missing beside the certificate: put it there, readable by this user`,
  },
  {
    name: 'client-certificate-not-sent',
    stage: 'certificate',
    matches: (facts) => isRefusal(facts) && sentNone(facts),
    hint: (facts) =>
      `the server wants a certificate and we have none: put one into ${filesOf(facts)
        .map(([, path]) => path)
        .join(' and ')}; virtwire-pki makes them`,
  },
  {
    name: 'client-certificate-revoked',
    stage: 'certificate',
    matches: (facts) => isRefusal(facts) && facts.evidence['revoked'] === true,
    hint: ({ evidence }) =>
      `the authority has revoked our certificate (serial ${textOf(evidence, 'sentSerial')}): have a new one made; the old one is not taken back`,
  },
  {
    name: 'client-name-not-allowed',
    stage: 'certificate',
    matches: (facts) =>
      isRefusal(facts) &&
      (facts.evidence['nameAllowed'] === false ||
        (facts.evidence['nameAllowed'] !== true && facts.evidence['revoked'] === false)),
    hint: ({ evidence }) => {
      const list = listOf(evidence, 'allowedNames');
      const has =
        list === null ? '' : `, which has ${list.length === 0 ? 'nobody' : list.map((name) => `"${name}"`).join(', ')}`;
      return `our name is not on the server's list: add "${textOf(evidence, 'sent')}" to tls_allowed_dn_list in its libvirtd.conf${has}`;
    },
  },
  {
    name: 'client-certificate-refused',
    stage: 'certificate',
    matches: isRefusal,
    evidence: (facts) => ({ possible: possibleRefusals(facts).map(([name]) => name) }),
    hint: (facts) =>
      `our certificate is complete and in its time, and the server closes without a word; most likely first: ${inOrder(possibleRefusals(facts).map(([, text]) => text))}. Its log says which: journalctl -u libvirtd -n 20`,
  },
];

/** All faults of certificates. */
export const certificateFaults: readonly Fault[] = [...ofServer, ...ofOurFiles, ...refusals];

// What is left when our side is in order, with what shows it on the server.
function possibleRefusals({ evidence }: FaultFacts): readonly (readonly [fault: string, text: string])[] {
  const settings = textOf(evidence, 'serverConfiguration') || '/etc/libvirt/libvirtd.conf';
  const all: [fault: string, text: string][] = [];
  if (isNear(evidence, 'sentNotBefore') || isNear(evidence, 'sentNotAfter')) {
    all.push([
      'server-clock',
      'our certificate has just begun or is about to end, and its clock says otherwise (date)',
    ]);
  }
  if (evidence['nameAllowed'] !== true) {
    all.push([
      'client-name-not-allowed',
      `"${textOf(evidence, 'sent')}" is not on its list (grep tls_allowed_dn_list ${settings}; without that line all are)`,
    ]);
  }
  if (listOf(evidence, 'acceptedAuthorities') === null) {
    all.push([
      'client-certificate-of-another-authority',
      `its ca_file does not have ${quoted(textOf(evidence, 'sentIssuer'))} (certtool -i < /etc/pki/CA/cacert.pem)`,
    ]);
  }
  if (evidence['revoked'] !== false) {
    all.push([
      'client-certificate-revoked',
      `serial ${textOf(evidence, 'sentSerial')} is on its revocation list (certtool --crl-info < /etc/pki/CA/cacrl.pem; a copy beside our CA file lets this be told here)`,
    ]);
  }
  return all;
}

const NEAR_MS = 86_400_000;

function isNear(evidence: Evidence, name: string): boolean {
  return Math.abs(Date.parse(textOf(evidence, name)) - Date.now()) < NEAR_MS;
}

function refused({ message, evidence }: FaultFacts, reason: RegExp): boolean {
  return /Failed to verify peer's certificate/.test(message) && reason.test(textOf(evidence, 'reason'));
}

function isRefusal({ message }: FaultFacts): boolean {
  return /Unable to read TLS confirmation|server verification \(of our certificate/.test(message);
}

function isCaMissing({ message }: FaultFacts): boolean {
  return /Cannot read CA certificate/.test(message);
}

function hasPkipath({ evidence }: FaultFacts): boolean {
  return textOf(evidence, 'pkipath') !== '';
}

function sentNone({ evidence }: FaultFacts): boolean {
  return evidence['sent'] === null;
}

// Certificate and key of ours, as [state, path]: the transport looked whether they are there.
function filesOf({ evidence }: Pick<FaultFacts, 'evidence'>): [state: string, path: string][] {
  const files = evidence['files'];
  if (typeof files !== 'object' || files === null) return [];
  return Object.entries(files).flatMap(([path, state]) =>
    /cert|key/.test(path) && !/cacert/.test(path) ? [[String(state), path]] : [],
  );
}

function missing({ evidence }: Pick<FaultFacts, 'evidence'>): string[] {
  const files = evidence['files'];
  if (typeof files !== 'object' || files === null) return [];
  return Object.entries(files).flatMap(([path, state]) => (state === 'missing' ? [path] : []));
}

function keyFile(facts: FaultFacts): string {
  return filesOf(facts).find(([, path]) => /key/.test(path))?.[1] ?? '';
}

// Servers say whose certificates they take; one that was not asked comes itself from an authority that clients usually share
// with it.
function isForeign(evidence: Evidence): boolean {
  const accepted = listOf(evidence, 'acceptedAuthorities') ?? [];
  const issuers = listOf(evidence, 'sentIssuers') ?? [textOf(evidence, 'sentIssuer')];
  if (accepted.length > 0) return !issuers.some((issuer) => accepted.includes(issuer));
  const [ours, theirs] = [textOf(evidence, 'sentIssuer'), textOf(evidence, 'serverIssuer')];
  return ours !== '' && theirs !== '' && ours !== theirs;
}

function certificateNames(evidence: Evidence): readonly string[] {
  const names = listOf(evidence, 'names') ?? [];
  return names.length > 0 ? names : (listOf(evidence, 'commonNames') ?? []);
}

function isPast(evidence: Evidence, name: string): boolean {
  const at = Date.parse(textOf(evidence, name));
  return at < Date.now();
}

function isFuture(evidence: Evidence, name: string): boolean {
  const at = Date.parse(textOf(evidence, name));
  return at > Date.now();
}

function day(evidence: Evidence, name: string): string {
  return textOf(evidence, name).slice(0, 10);
}

function quoted(name: string): string {
  return name === '' ? 'an unknown authority' : `"${name}"`;
}
