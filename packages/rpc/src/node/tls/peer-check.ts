// What each end does with the certificate of the other, and how libvirt words what it finds.
import type { X509Certificate } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import type { LibvirtError } from '../../error-face.ts';
import { matchesGlob } from '../glob.ts';
import { type CertificateFacts, certificateFacts } from './certificate.ts';
import { chainFaults, faultText } from './certificate-chain.ts';
import { certificateError, checkCertificate } from './certificate-check.ts';
import { matchesHostName } from './host-name.ts';
import { evidenceOf, type TlsCredentials } from './tls-credentials.ts';

/** What is asked of a peer. */
export interface PeerRules {
  /** What the peer is. */
  readonly role: 'server' | 'client';
  /** Name or address that a server must have; null for clients. */
  readonly hostName: string | null;
  /** Patterns of the names that clients may have; null: any. */
  readonly allowedNames: readonly string[] | null;
}

/** A peer that is who it should be. */
export interface VerifiedPeer {
  /** Name of its certificate in libvirt's spelling. */
  readonly name: string;
  readonly chain: readonly CertificateFacts[];
  readonly warnings: readonly string[];
}

const PEER_FILE = '[session]';

const NOT_ALLOWED =
  "Client's Distinguished Name is not on the list of allowed clients (tls_allowed_dn_list).  Use 'virt-pki-query-dn clientcert.pem' to view the Distinguished Name field in the client certificate, or run this daemon with --verbose option.";

// Verdicts of OpenSSL that libvirt does not share: it looks at purposes by itself, and only warns of most.
const ownJudgement: readonly string[] = ['INVALID_PURPOSE'];

/**
 * Checks the certificate of a peer after the handshake. Two must agree that its chain is good: OpenSSL, which has judged it
 * in the handshake, and {@link chainFaults}, which words what is wrong as libvirt does.
 *
 * @param known the chain that came with the same certificate before: a resumed session has the certificate alone
 * @throws LibvirtError `SystemError` in libvirt's words, with stage `certificate` and the certificate as evidence
 * @see virNetTLSContextValidCertificate
 */
export function checkPeer(
  socket: TLSSocket,
  credentials: TlsCredentials,
  rules: PeerRules,
  known: readonly CertificateFacts[] | null = null,
): VerifiedPeer {
  const chain = known ?? knownChain(socket, credentials) ?? peerChain(socket);
  const [own] = chain;
  if (own === undefined) throw refusal('Unable to verify TLS peer: No certificate was found.', undefined, {});
  const evidence = () => ({
    ...evidenceOf(own),
    authorities: credentials.authorities.map(({ subject }) => subject),
    authorization: socket.authorizationError ?? null,
  });
  const reason = chainFault(chain, credentials) ?? openSslFault(socket);
  if (reason !== null) throw refusal(`Certificate failed validation: ${reason}`, undefined, evidence());
  const warnings: string[] = [];
  try {
    if (own.subject === '') throw certificateError(`The certificate ${PEER_FILE} has no distinguished name`);
    if (rules.allowedNames?.some((pattern) => matchesGlob(pattern, own.subject)) === false) {
      throw certificateError(NOT_ALLOWED);
    }
    if (rules.hostName !== null && !matchesHostName(own, rules.hostName)) {
      throw certificateError(`Certificate ${PEER_FILE} owner does not match the hostname ${rules.hostName}`);
    }
    warnings.push(...checkCertificate(own, rules.role, { file: PEER_FILE }));
  } catch (error) {
    throw refusal((error as LibvirtError).message, error, evidence());
  }
  return { name: own.subject, chain, warnings };
}

const certificates = new WeakMap<TLSSocket, X509Certificate>();

/** The certificate of a peer. Node gives a client that of its server once only, so it is kept. */
export function peerCertificate(socket: TLSSocket): X509Certificate | undefined {
  const found = certificates.get(socket) ?? socket.getPeerX509Certificate();
  if (found !== undefined) certificates.set(socket, found);
  return found;
}

// Chains that were found good with the same credentials, by the peer's certificate, and until when: peers come again, and
// signatures do not change. The dates are looked at each time.
const goodChains = new WeakMap<TlsCredentials, Map<string, GoodChain>>();
const MAX_GOOD_CHAINS = 256;

interface GoodChain {
  readonly chain: readonly CertificateFacts[];
  readonly until: Date;
}

function knownChain(socket: TLSSocket, credentials: TlsCredentials): readonly CertificateFacts[] | null {
  const id = peerCertificate(socket)?.fingerprint512;
  const good = id === undefined ? undefined : goodChains.get(credentials)?.get(id);
  return good === undefined || good.until < new Date() ? null : good.chain;
}

function chainFault(chain: readonly CertificateFacts[], credentials: TlsCredentials): string | null {
  const id = chain[0]?.x509.fingerprint512 ?? '';
  const known = goodChains.get(credentials) ?? new Map<string, GoodChain>();
  const found = known.get(id);
  if (found?.chain === chain && found.until >= new Date()) return null;
  const { authorities, revocations, minimumRsaBits } = credentials;
  const reason = faultText(chainFaults(chain, { authorities, revocations, minimumRsaBits }));
  known.delete(id);
  if (reason !== null) return reason;
  const ends = [...chain, ...authorities].map(({ notAfter }) => notAfter.getTime()).filter((end) => end > Date.now());
  known.set(id, { chain, until: new Date(Math.min(...ends)) });
  for (const oldest of known.keys()) {
    if (known.size <= MAX_GOOD_CHAINS) break;
    known.delete(oldest);
  }
  goodChains.set(credentials, known);
  return null;
}

// The certificate of the peer first, then those that it sent along.
function peerChain(socket: TLSSocket): CertificateFacts[] {
  const chain: CertificateFacts[] = [];
  let x509 = peerCertificate(socket);
  for (let depth = 0; x509 !== undefined && depth < 16; depth++) {
    let facts: CertificateFacts;
    try {
      facts = certificateFacts(x509);
    } catch (cause) {
      throw refusal(`Certificate failed validation: ${faultText(new Set(['untrusted']))}`, cause, {});
    }
    chain.push(facts);
    x509 = x509.issuerCertificate;
  }
  return chain;
}

function openSslFault(socket: TLSSocket): string | null {
  if (socket.authorized) return null;
  const verdict: unknown = socket.authorizationError;
  const code = verdict instanceof Error ? (verdict as NodeJS.ErrnoException).code : verdict;
  if (typeof code === 'string' && ownJudgement.includes(code)) return null;
  return faultText(new Set(['untrusted']));
}

function refusal(message: string, cause: unknown, evidence: Readonly<Record<string, unknown>>): LibvirtError {
  return certificateError(message, cause, evidence);
}
