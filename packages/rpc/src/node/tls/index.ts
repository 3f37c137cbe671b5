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
export { commonNames, formatDistinguishedName } from './distinguished-name.ts';
export { hostNamesOf, matchesHostName } from './host-name.ts';
export { type RevocationList, revocationListsOf } from './revocation.ts';
export { DEFAULT_PRIORITY, type TlsOptions, tlsOptionsOf } from './tls-options.ts';
export { type PriorityLookup, parsePriority, type TlsPriority } from './tls-priority.ts';
