// The face `@virtwire/rpc/tls`: TLS and certificates, loaded only by who needs them.
export {
  type AlternativeNames,
  type CertificateFacts,
  certificateFacts,
  certificatesOf,
  Extension,
  type KeyUsage,
  Purpose,
} from './certificate.ts';
export { type ChainFault, type ChainTrust, chainFaults, faultText } from './certificate-chain.ts';
export {
  type CertificateFault,
  type CertificateRole,
  certificateChecks,
  certificateError,
  checkCertificate,
} from './certificate-check.ts';
export { type DerValue, derValues } from './der.ts';
export { commonNames, formatDistinguishedName } from './distinguished-name.ts';
export { hostNamesOf, matchesHostName } from './host-name.ts';
export { type RevocationList, revocationListsOf, revocationWarnings } from './revocation.ts';
export { DEFAULT_PRIORITY, type TlsOptions, tlsOptionsOf } from './tls-options.ts';
export { type PriorityLookup, parsePriority, type TlsPriority } from './tls-priority.ts';
export { handshakeError } from './handshake-text.ts';
export { checkPeer, type PeerRules, type VerifiedPeer } from './peer-check.ts';
export { connectTls, type TlsTarget } from './tls-client.ts';
export {
  type CredentialsOptions,
  evidenceOf,
  loadCredentials,
  stampOf,
  type TlsCredentials,
  tlsCredentials,
} from './tls-credentials.ts';
export {
  locateTlsFiles,
  systemTlsFiles,
  type TlsFiles,
  type TlsFilesOptions,
  type TlsSide,
  USER_PKI,
} from './tls-files.ts';
export {
  type TlsArrival,
  type TlsListener,
  tlsListener,
  type TlsServerOptions,
  type TlsVerdict,
} from './tls-server.ts';
