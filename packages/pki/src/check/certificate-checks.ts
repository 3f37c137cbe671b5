// Checks of what stands in certificates, keys and revocation lists, and of how they fit together.
import {
  certificateChecks,
  type CertificateFacts,
  chainFaults,
  faultText,
  hostNamesOf,
  matchesHostName,
} from '@virtwire/rpc/tls';
import { isIssuedBy, samePublicKey } from '../authority.ts';
import { isListSignedBy } from '../certificate-maker.ts';
import { dayText } from '../context.ts';
import { weakness } from '../private-key.ts';
import { type Finding, fault, warning } from './finding.ts';
import { installCa, renewCa, renewList, replacePair, restorePair } from './mends.ts';
import type { SeenPair, Surroundings } from './surroundings.ts';

/** The authority's certificate. */
export function checkCa(surroundings: Surroundings): Finding[] {
  const { ca, authority, context, warnDays } = surroundings;
  if (ca.text === null) return [];
  if (ca.facts === null) {
    return [fault('ca-garbage', ca.path, 'holds no certificate in PEM form that can be read', installCa(surroundings))];
  }
  const { facts } = ca;
  const found = certificateChecks.flatMap((check) => {
    const told = check.roles.includes('ca') ? check.find(facts, ca.path, 'ca', context.now) : null;
    return told === null ? [] : [fault(`ca-${idOf(told.text)}`, ca.path, told.text, mendCa(surroundings, told.text))];
  });
  const weak = weakness(facts.x509.publicKey);
  if (weak !== null) found.push(fault('ca-weak', ca.path, weak, rebuild(surroundings)));
  if (facts.commonNames.length === 0 && !/(^|,)O=/.test(facts.subject)) {
    found.push(
      warning(
        'ca-nameless',
        ca.path,
        'has neither a common name nor an organization, so nobody can tell whose it is',
        rebuild(surroundings),
      ),
    );
  }
  if (
    authority !== null &&
    authority.certificate.subjectDer === facts.subjectDer &&
    !authority.certificate.x509.publicKey.equals(facts.x509.publicKey)
  ) {
    found.push(
      fault(
        'ca-other-key',
        ca.path,
        'has the name of the authority that is here, but another key',
        installCa(surroundings),
      ),
    );
  }
  if (found.length === 0) found.push(...endsSoon('ca', ca.path, facts, surroundings, warnDays, renewCa(surroundings)));
  return found;
}

/** Certificates and keys of server and client. */
export function checkPairs(surroundings: Surroundings): Finding[] {
  return surroundings.pairs.flatMap((pair) => [
    ...checkKey(surroundings, pair),
    ...checkCertificate(surroundings, pair),
  ]);
}

function checkKey(surroundings: Surroundings, pair: SeenPair): Finding[] {
  const { role, key, certificate } = pair;
  if (key.text === null) return [];
  const mend = restorePair(surroundings, pair);
  if (key.encrypted) return [fault(`${role}-key-encrypted`, key.path, 'is encrypted, which libvirt cannot read', mend)];
  if (key.key === null)
    return [fault(`${role}-key-garbage`, key.path, 'holds no private key in PEM form that can be read', mend)];
  if (certificate.facts !== null && !samePublicKey(key.key, certificate.facts)) {
    return [fault(`${role}-key-mismatch`, key.path, `is not the key of ${certificate.path}`, mend)];
  }
  return [];
}

function checkCertificate(surroundings: Surroundings, pair: SeenPair): Finding[] {
  const { ca, context, warnDays } = surroundings;
  const { role, certificate } = pair;
  const { path, facts } = certificate;
  if (certificate.text === null) return [];
  const again = replacePair(surroundings, pair);
  if (facts === null) {
    return [fault(`${role}-certificate-garbage`, path, 'holds no certificate in PEM form that can be read', again)];
  }
  const found = certificateChecks.flatMap((check) => {
    const told = check.roles.includes(role) ? check.find(facts, path, role, context.now) : null;
    if (told === null) return [];
    const id = `${role}-${idOf(told.text)}`;
    // libvirt runs with what is not marked critical, and only warns; its peers may not.
    return [told.level === 'error' ? fault(id, path, told.text, again) : warning(id, path, told.text, again)];
  });
  const weak = weakness(facts.x509.publicKey);
  if (weak !== null) found.push(fault(`${role}-weak`, path, weak, again));
  if (ca.facts !== null) {
    if (!isIssuedBy(facts, ca.facts)) {
      const text = `was issued by '${facts.issuer}', not by the authority in ${ca.path} ('${ca.facts.subject}')`;
      found.push(fault(`${role}-foreign`, path, text, mendForeign(surroundings, pair)));
    } else if (chainFaults([facts], { authorities: [ca.facts], now: context.now }).has('insecure')) {
      found.push(fault(`${role}-insecure`, path, faultText(new Set(['insecure'])) as string, again));
    }
  }
  const revoked = surroundings.revocationList.lists?.some(
    ({ issuerDer, serials }) => issuerDer === facts.issuerDer && serials.has(facts.serial),
  );
  if (revoked === true) {
    found.push(fault(`${role}-revoked`, path, `is revoked, says ${surroundings.revocationList.path}`, again));
  }
  if (role === 'server') found.push(...checkNames(surroundings, pair, facts));
  if (found.every(({ level }) => level === 'warning')) {
    found.push(...endsSoon(role, path, facts, surroundings, warnDays, again));
  }
  return found;
}

function checkNames(surroundings: Surroundings, pair: SeenPair, facts: CertificateFacts): Finding[] {
  const { machine, hosts } = surroundings;
  const { path } = pair.certificate;
  const has = hostNamesOf(facts).join(', ') || 'none';
  const again = replacePair(surroundings, pair);
  const missing = hosts.filter((host) => !matchesHostName(facts, host));
  if (missing.length > 0) {
    return [fault('server-name', path, `is not for ${missing.join(', ')}; its names: ${has}`, again)];
  }
  const own = [...machine.names, ...machine.addresses];
  if (hosts.length === 0 && !own.some((name) => matchesHostName(facts, name))) {
    return [
      fault('server-name', path, `is for none of this machine's names (${own.join(', ')}); its names: ${has}`, again),
    ];
  }
  if (
    facts.alternativeNames === null ||
    (facts.alternativeNames.dns.length === 0 && facts.alternativeNames.addresses.length === 0)
  ) {
    return [
      warning(
        'server-no-alternative-names',
        path,
        'has its name as common name only, which many clients do not look at',
        again,
      ),
    ];
  }
  return [];
}

/** The revocation list. */
export async function checkRevocationList(surroundings: Surroundings): Promise<Finding[]> {
  const { revocationList, ca, context } = surroundings;
  const { path, text, lists } = revocationList;
  if (text === null) return [];
  const mend = renewList(surroundings);
  if (lists === null) return [fault('crl-garbage', path, 'holds no revocation list that can be read', mend)];
  const found: Finding[] = [];
  if (ca.facts !== null) {
    const { subjectDer } = ca.facts;
    const own = lists.filter(({ issuerDer }) => issuerDer === subjectDer);
    if (own.length === 0) {
      found.push(
        fault('crl-foreign', path, `is not one of the authority in ${ca.path}, so nothing counts as revoked`, mend),
      );
    } else if (!(await isListSignedBy(text, ca.facts))) {
      found.push(fault('crl-signature', path, `is not signed by the authority in ${ca.path}`, mend));
    }
  }
  for (const { nextUpdate } of lists) {
    if (nextUpdate !== null && nextUpdate < context.now) {
      found.push(fault('crl-stale', path, `is out of date: the next one was due on ${dayText(nextUpdate)}`, mend));
    }
  }
  return found;
}

function mendCa(surroundings: Surroundings, text: string): string[] {
  return /expired|not yet active/.test(text) ? renewCa(surroundings) : rebuild(surroundings);
}

// What cannot be renewed: the authority's certificate in place is none. Another one, and all that it has to issue.
function rebuild(surroundings: Surroundings): string[] {
  const { authority, ca, context, pairs, machine } = surroundings;
  const fine =
    authority !== null && authority.certificate.isCa === true && authority.certificate.serial !== ca.facts?.serial;
  if (fine || authority === null) return installCa(surroundings);
  const option = context.folderOption;
  const client = pairs.find(({ role }) => role === 'client')?.certificate.facts?.commonNames[0] ?? machine.hostname;
  return [
    `virtwire-pki ca create --force${option} && virtwire-pki server issue --force${option} && virtwire-pki client issue '${client.replaceAll("'", '')}' --force${option} && virtwire-pki install --force${option}`,
  ];
}

function mendForeign(surroundings: Surroundings, pair: SeenPair): string[] {
  const { authority, ca } = surroundings;
  const { facts } = pair.certificate;
  if (authority === null || facts === null || ca.facts === null) return replacePair(surroundings, pair);
  const caIsOurs = authority.certificate.x509.publicKey.equals(ca.facts.x509.publicKey);
  if (caIsOurs) return replacePair(surroundings, pair);
  const [install = ''] = installCa(surroundings);
  if (isIssuedBy(facts, authority.certificate)) return [install];
  return [`${install} && ${replacePair(surroundings, pair).join(' && ')}`];
}

function endsSoon(
  what: string,
  path: string,
  { notAfter }: CertificateFacts,
  { context }: Surroundings,
  days: number,
  mend: readonly string[],
): Finding[] {
  const left = Math.floor((notAfter.getTime() - context.now.getTime()) / 86_400_000);
  if (left >= days || left < 0) return [];
  return [warning(`${what}-ends-soon`, path, `ends in ${left} days, on ${dayText(notAfter)}`, mend)];
}

// libvirt's own words say what is wrong; programs want one.
function idOf(text: string): string {
  const words: readonly (readonly [RegExp, string])[] = [
    [/has expired/, 'expired'],
    [/not yet active/, 'not-yet'],
    [/missing basic constraints|do not show a CA/, 'no-ca'],
    [/show a CA/, 'is-ca'],
    [/certificate signing/, 'usage-signing'],
    [/digital signature/, 'usage-signature'],
    [/key encipherment/, 'usage-encipherment'],
    [/purpose/, 'purpose'],
  ];
  return words.find(([pattern]) => pattern.test(text))?.[1] ?? 'certificate';
}
