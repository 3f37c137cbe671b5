// Whether a certificate is vouched for: the chain to a trusted authority, with dates, revocation and strength.
import { type CertificateFacts, Extension } from './certificate.ts';
import type { RevocationList } from './revocation.ts';

/** Why a chain is not good, as GnuTLS tells it. */
export type ChainFault = keyof typeof faultTexts;

// In libvirt's order: when several faults hold, the first is told.
const faultTexts = {
  insecure: 'The certificate uses an insecure algorithm',
  revoked: 'The certificate has been revoked.',
  unknownIssuer: "The certificate hasn't got a known issuer.",
  untrusted: 'The certificate is not trusted.',
} as const;

/** What a chain is judged by. */
export interface ChainTrust {
  readonly authorities: readonly CertificateFacts[];
  readonly revocations?: readonly RevocationList[];
  /** Least size of RSA keys; 1024 bits, as NORMAL of GnuTLS, when left out. */
  readonly minimumRsaBits?: number;
  readonly now?: Date;
}

/** Most certificates between a peer and an authority. */
const MAX_CHAIN = 16;

// Extensions that may be critical. Name constraints are not looked at here: of a peer OpenSSL has judged them before.
const understood: readonly string[] = [
  Extension.KeyUsage,
  Extension.AlternativeNames,
  Extension.BasicConstraints,
  Extension.Purposes,
  '2.5.29.30',
  '2.5.29.32',
];

// MD2, MD4, MD5 and SHA-1 with RSA; SHA-1 with DSA and ECDSA; the short names of OIW.
const weakSignatures: readonly string[] = [
  '1.2.840.113549.1.1.2',
  '1.2.840.113549.1.1.3',
  '1.2.840.113549.1.1.4',
  '1.2.840.113549.1.1.5',
  '1.2.840.10040.4.3',
  '1.2.840.10045.4.1',
  '1.3.14.3.2.27',
  '1.3.14.3.2.29',
];

/**
 * Judges a chain.
 *
 * @param chain the certificate in question, and those that its owner sent along, in any order
 * @returns what is wrong; empty for a good chain
 */
export function chainFaults(chain: readonly CertificateFacts[], trust: ChainTrust): ReadonlySet<ChainFault> {
  const faults = new Set<ChainFault>();
  const [leaf, ...sent] = chain;
  if (leaf === undefined) return faults.add('unknownIssuer').add('untrusted');
  let current = leaf;
  let below = 0;
  for (let depth = 0; depth < MAX_CHAIN; depth++) {
    const anchored = trust.authorities.find(({ x509 }) => x509.raw.equals(current.x509.raw));
    judge(current, anchored !== undefined, trust, faults);
    if (anchored !== undefined) return faults;
    const issuer =
      issuerOf(current, trust.authorities) ??
      issuerOf(
        current,
        sent.filter((each) => each !== current),
      );
    if (issuer === undefined) return faults.add('unknownIssuer').add('untrusted');
    if (!maySign(issuer, below)) faults.add('untrusted');
    if (issuer.subjectDer !== issuer.issuerDer) below++;
    current = issuer;
  }
  return faults.add('unknownIssuer').add('untrusted');
}

/** The text for the fault that is told, null for none. */
export function faultText(faults: ReadonlySet<ChainFault>): string | null {
  const told = (Object.keys(faultTexts) as ChainFault[]).find((fault) => faults.has(fault));
  return told === undefined ? null : faultTexts[told];
}

function judge(facts: CertificateFacts, trusted: boolean, trust: ChainTrust, faults: Set<ChainFault>): void {
  const { now = new Date(), revocations = [], minimumRsaBits = 1024 } = trust;
  if (facts.notAfter < now || facts.notBefore > now) faults.add('untrusted');
  if (!facts.criticalExtensions.every((oid) => understood.includes(oid))) faults.add('untrusted');
  const { publicKey } = facts.x509;
  const bits = publicKey.asymmetricKeyType?.startsWith('rsa')
    ? publicKey.asymmetricKeyDetails?.modulusLength
    : undefined;
  // Nobody asks who signed what is trusted by itself.
  if ((!trusted && weakSignatures.includes(facts.signatureAlgorithm)) || (bits ?? minimumRsaBits) < minimumRsaBits) {
    faults.add('insecure').add('untrusted');
  }
  if (trusted) return;
  const list = revocations.filter(({ issuerDer }) => issuerDer === facts.issuerDer);
  if (list.some(({ serials }) => serials.has(facts.serial))) faults.add('revoked').add('untrusted');
}

function issuerOf(facts: CertificateFacts, candidates: readonly CertificateFacts[]): CertificateFacts | undefined {
  return candidates.find(({ subjectDer, x509 }) => subjectDer === facts.issuerDer && facts.x509.verify(x509.publicKey));
}

// Who signs must be an authority, and may limit how many authorities follow below.
function maySign({ isCa, keyUsage, pathLength }: CertificateFacts, below: number): boolean {
  if (isCa !== true || (pathLength !== null && below > pathLength)) return false;
  return keyUsage === null || keyUsage.bits.has('keyCertSign');
}
