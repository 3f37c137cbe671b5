// What one end of TLS connections proves itself with and trusts: files read, checked, and made into one context that
// all its connections share until a file changes.
import { createPrivateKey, type KeyObject } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { createSecureContext, type SecureContext, type SecureContextOptions } from 'node:tls';
import type { LibvirtError } from '../../error-face.ts';
import { systemErrorText } from '../socket-channel.ts';
import { type CertificateFacts, certificatesOf } from './certificate.ts';
import { chainFaults, faultText } from './certificate-chain.ts';
import { certificateError, checkCertificate } from './certificate-check.ts';
import { type RevocationList, revocationListsOf, revocationWarnings } from './revocation.ts';
import type { TlsFiles, TlsSide } from './tls-files.ts';
import { tlsOptionsOf } from './tls-options.ts';

/** How to read credentials. */
export interface CredentialsOptions {
  readonly side: TlsSide;
  readonly files: TlsFiles;
  /** GnuTLS priority string. */
  readonly priority: string;
  /** False to use one's own certificates whatever is wrong with them. */
  readonly sanity: boolean;
}

/** What was read. */
export interface TlsCredentials {
  readonly files: TlsFiles;
  /** One's own certificate and those that are sent along; empty without. */
  readonly chain: readonly CertificateFacts[];
  readonly authorities: readonly CertificateFacts[];
  readonly revocations: readonly RevocationList[];
  /** Least size of RSA keys of peers. */
  readonly minimumRsaBits: number;
  /** What is not as it should be and may be all the same, and what will end soon. */
  readonly warnings: readonly string[];
  /** For `tls.createSecureContext` or a server. */
  readonly contextOptions: SecureContextOptions;
  readonly context: SecureContext;
}

/** Certificates that end within so many days are worth a warning. */
const EXPIRY_WARNING_DAYS = 30;
/** Largest file that is read; libvirt has the same limit. */
const MAX_FILE_BYTES = 65_536;
/** Sets of files whose context is kept. */
const MAX_KEPT = 32;

const kept = new Map<string, { readonly stamp: string; readonly credentials: TlsCredentials }>();

/**
 * Reads, checks and keeps credentials: the same ones are given again until one of the files changes.
 *
 * @throws LibvirtError in libvirt's words, with stage `certificate` and the file as evidence
 */
export function tlsCredentials(options: CredentialsOptions): TlsCredentials {
  const key = JSON.stringify(options);
  const stamp = stampOf(options.files);
  const found = kept.get(key);
  if (found?.stamp === stamp) return found.credentials;
  const credentials = loadCredentials(options);
  kept.delete(key);
  kept.set(key, { stamp, credentials });
  for (const oldest of kept.keys()) {
    if (kept.size <= MAX_KEPT) break;
    kept.delete(oldest);
  }
  return credentials;
}

/** A text that changes when one of the files does. */
export function stampOf({ ca, crl, cert, key }: TlsFiles): string {
  return [ca, crl, cert, key].map((path) => (path === null ? '' : fileStamp(path))).join();
}

/** As {@link tlsCredentials}, without keeping anything. */
export function loadCredentials({ side, files, priority, sanity }: CredentialsOptions): TlsCredentials {
  const { minimumRsaBits, ...options } = tlsOptionsOf(priority);
  const ca = readIf('CA certificate', files.ca, false);
  const crl = readIf('CA revocation list', files.crl, true);
  const [cert, key] = readPair(files, side);
  const authorities =
    ca === null
      ? []
      : parsed(
          ca,
          (pem) => withSome(certificatesOf(pem)),
          () => caFault(files, sanity),
        );
  const chain =
    cert === null
      ? []
      : parsed(
          cert,
          (pem) => withSome(certificatesOf(pem)),
          () => certFault(files, side, sanity),
        );
  const revocations = crl === null ? [] : parsed(crl, revocationListsOf, () => crlFault(files, crl));
  const warnings: string[] = [];
  if (sanity) warnings.push(...checkOwn({ side, files, chain, authorities, minimumRsaBits }));
  warnings.push(...expiryWarnings(side, files, chain, authorities));
  if (files.crl !== null) warnings.push(...revocationWarnings(revocations, { file: files.crl, authorities }));
  const keyObject = key === null ? null : checkKey(key, chain, files);
  const contextOptions: SecureContextOptions = {
    ...options,
    ...(ca === null ? { ca: [] } : { ca }),
    ...(cert === null || keyObject === null ? {} : { cert, key }),
    // An authority in the file is trusted, whether or not there is another above it.
    allowPartialTrustChain: true,
    ...(side === 'server' ? { dhparam: 'auto' } : {}),
  };
  let context: SecureContext;
  try {
    context = createSecureContext(contextOptions);
  } catch (cause) {
    throw pairError(files, (cause as Error).message, cause);
  }
  return { files, chain, authorities, revocations, minimumRsaBits, warnings, contextOptions, context };
}

interface OwnCertificates {
  readonly side: TlsSide;
  readonly files: TlsFiles;
  readonly chain: readonly CertificateFacts[];
  readonly authorities: readonly CertificateFacts[];
  readonly minimumRsaBits: number;
}

// virNetTLSContextSanityCheckCredentials.
function checkOwn({ side, files, chain, authorities, minimumRsaBits }: OwnCertificates): string[] {
  const [own] = chain;
  const warnings: string[] = [];
  const guarded = (file: string | null, facts: CertificateFacts, check: () => void) => {
    try {
      check();
    } catch (error) {
      throw staged(error as LibvirtError, { file, ...evidenceOf(facts) });
    }
  };
  if (own !== undefined) {
    guarded(files.cert, own, () => warnings.push(...checkCertificate(own, side, { file: files.cert ?? '' })));
  }
  for (const authority of authorities) {
    guarded(files.ca, authority, () => warnings.push(...checkCertificate(authority, 'ca', { file: files.ca ?? '' })));
  }
  if (own === undefined || authorities.length === 0) return warnings;
  const reason = faultText(chainFaults(chain, { authorities, minimumRsaBits }));
  if (reason !== null) {
    const text = `Our own certificate ${files.cert} failed validation against ${files.ca}: ${reason}`;
    throw staged(certificateError(text), {
      file: files.cert,
      ...evidenceOf(own),
      authorities: authorities.map(({ subject }) => subject),
    });
  }
  return warnings;
}

function expiryWarnings(
  side: TlsSide,
  files: TlsFiles,
  chain: readonly CertificateFacts[],
  authorities: readonly CertificateFacts[],
): string[] {
  const now = Date.now();
  const soon = ({ notAfter }: CertificateFacts) =>
    notAfter.getTime() >= now && notAfter.getTime() - now < EXPIRY_WARNING_DAYS * 86_400_000;
  return [
    ...chain.slice(0, 1).map((facts) => [facts, `The ${side} certificate ${files.cert}`] as const),
    ...authorities.map((facts) => [facts, `The CA certificate ${files.ca}`] as const),
  ]
    .filter(([facts]) => soon(facts))
    .map(([{ notAfter }, what]) => `${what} expires on ${notAfter.toISOString().slice(0, 10)}`);
}

/** What an error says of a certificate. */
export function evidenceOf(facts: CertificateFacts): Readonly<Record<string, unknown>> {
  const { subject, issuer, serial, notBefore, notAfter, alternativeNames, commonNames } = facts;
  return {
    subject,
    issuer,
    serial,
    notBefore: notBefore.toISOString(),
    notAfter: notAfter.toISOString(),
    names: [...(alternativeNames?.dns ?? []), ...(alternativeNames?.addresses ?? [])],
    commonNames,
  };
}

function readIf(what: string, path: string | null, mayBeAbsent: boolean): string | null {
  if (path === null || path === '') return null;
  try {
    return readText(path);
  } catch (cause) {
    const error = cause as NodeJS.ErrnoException;
    const absent = error.code === 'ENOENT' || error.code === 'ENOTDIR';
    if (absent && mayBeAbsent) return null;
    if (absent)
      throw staged(certificateError(`Cannot read ${what} '${path}': ${systemErrorText(error)}`, cause), { file: path });
    const call = mayBeAbsent ? 'certificate revocation list' : what;
    throw staged(certificateError(`Unable to set x509 ${call}: ${path}: Error while reading file.`, cause), {
      file: path,
      system: systemErrorText(error),
    });
  }
}

// A client may go without a certificate; a server may not.
function readPair(files: TlsFiles, side: TlsSide): [cert: string, key: string] | [null, null] {
  const { cert, key } = files;
  if (!cert || !key) return [null, null];
  const texts: string[] = [];
  for (const [what, path] of [
    ['certificate', cert],
    ['private key', key],
  ] as const) {
    try {
      texts.push(readText(path));
    } catch (cause) {
      const error = cause as NodeJS.ErrnoException;
      const absent = error.code === 'ENOENT' || error.code === 'ENOTDIR';
      if (absent && side === 'client') return [null, null];
      if (absent)
        throw staged(certificateError(`Cannot read ${what} '${path}': ${systemErrorText(error)}`, cause), {
          file: path,
        });
      throw pairError(files, 'Error while reading file.', cause, { file: path, system: systemErrorText(error) });
    }
  }
  return texts as [string, string];
}

function readText(path: string): string {
  const { size } = statSync(path);
  if (size > MAX_FILE_BYTES) throw new RangeError(`larger than ${MAX_FILE_BYTES} bytes`);
  return readFileSync(path, 'latin1');
}

function checkKey(pem: string, chain: readonly CertificateFacts[], files: TlsFiles): KeyObject {
  let key: KeyObject;
  try {
    key = createPrivateKey(pem);
  } catch (cause) {
    throw pairError(files, keyFault(pem), cause, { file: files.key });
  }
  if (chain[0]?.x509.checkPrivateKey(key) === false) {
    throw pairError(files, 'The certificate and the given key do not match.', undefined, { file: files.key });
  }
  return key;
}

// What GnuTLS says of a text that is no key.
function keyFault(pem: string): string {
  if (pem.includes('ENCRYPTED')) return 'Decryption has failed.';
  return pem.includes('-----BEGIN') ? 'Base64 decoding error.' : 'The requested data were not available.';
}

function parsed<T>(text: string, parse: (text: string) => T, fault: () => LibvirtError): T {
  try {
    return parse(text);
  } catch (cause) {
    const error = fault();
    throw staged(certificateError(error.message, cause), error.evidence ?? {});
  }
}

function withSome<T>(list: T[]): T[] {
  if (list.length === 0) throw certificateError('there is no certificate');
  return list;
}

function caFault({ ca }: TlsFiles, sanity: boolean): LibvirtError {
  const text = sanity
    ? `Unable to import CA certificate list ${ca}`
    : `Unable to set x509 CA certificate: ${ca}: Base64 unexpected header error.`;
  return staged(certificateError(text), { file: ca });
}

function certFault(files: TlsFiles, side: TlsSide, sanity: boolean): LibvirtError {
  if (!sanity) return pairError(files, 'Base64 unexpected header error.', undefined, { file: files.cert });
  return staged(certificateError(`Unable to import ${side} certificate ${files.cert}`), { file: files.cert });
}

// Of a text without armour GnuTLS says that it is no Base64, whatever it is.
function crlFault({ crl }: TlsFiles, pem: string): LibvirtError {
  const why = /-----BEGIN (?:X509 )?CRL-----/.test(pem) ? 'ASN1 parser: Error in TAG.' : 'Base64 decoding error.';
  const text = `Unable to set x509 certificate revocation list: ${crl}: ${why}`;
  return staged(certificateError(text), { file: crl });
}

function pairError({ key, cert }: TlsFiles, why: string, cause?: unknown, evidence: object = {}): LibvirtError {
  return staged(certificateError(`Unable to set x509 key and certificate: ${key}, ${cert}: ${why}`, cause), {
    cert,
    key,
    ...evidence,
  });
}

function staged(error: LibvirtError, evidence: Readonly<Record<string, unknown>>): LibvirtError {
  return certificateError(error.message, error.cause, evidence);
}

function fileStamp(path: string): string {
  try {
    // A list of revocations is seldom there, and an exception takes longer than the rest of this.
    const found = statSync(path, { bigint: true, throwIfNoEntry: false });
    if (found === undefined) return 'ENOENT';
    // A file that was unreadable becomes readable without being written, and some copies keep its time.
    return `${found.dev}:${found.ino}:${found.size}:${found.mtimeNs}:${found.ctimeNs}`;
  } catch (error) {
    return String((error as NodeJS.ErrnoException).code);
  }
}
