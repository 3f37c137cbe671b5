// OpenSSH's certificates of hosts: what one says, and whether an authority has really said it (PROTOCOL.certkeys).
import { createPublicKey, type JsonWebKey, type KeyObject, verify } from 'node:crypto';
import { SshFormatError, SshReader, sshString, withoutZeros } from './wire.ts';

/** What a certificate says. */
export interface HostCertificate {
  /** Type of the key that is certified, e.g. `ssh-ed25519`. */
  readonly keyType: string;
  /** That key, as a server without certificate would show it. */
  readonly key: Uint8Array;
  /** True for one of a host, false for one of a user. */
  readonly isOfHost: boolean;
  readonly keyId: string;
  /** Names that it is for; for every name when there are none. */
  readonly principals: readonly string[];
  /** Seconds of the epoch; the second one is out already. */
  readonly validAfter: bigint;
  readonly validBefore: bigint;
  /** Names of conditions that must be understood by whoever accepts it. */
  readonly criticalOptions: readonly string[];
  /** Key of the authority, as on the wire. */
  readonly authority: Uint8Array;
  readonly signature: Uint8Array;
  /** What is signed. */
  readonly signed: Uint8Array;
}

const SUFFIX = '-cert-v01@openssh.com';
const HOST = 2;
// As many as sshd signs with at most.
const MAX_PRINCIPALS = 256;
const MIN_RSA_BITS = 2048;

/** Number of words that the key of a type has. */
const keyWords: Readonly<Record<string, number>> = {
  'ssh-ed25519': 1,
  'ecdsa-sha2-nistp256': 2,
  'ecdsa-sha2-nistp384': 2,
  'ecdsa-sha2-nistp521': 2,
  'ssh-rsa': 2,
};

/** Types of certificates that are read, with the types of their keys. */
export const certificateTypes: readonly string[] = [
  ...Object.keys(keyWords)
    .filter((type) => type !== 'ssh-rsa')
    .map((type) => `${type}${SUFFIX}`),
  `rsa-sha2-512${SUFFIX}`,
  `rsa-sha2-256${SUFFIX}`,
];

/** Reads a certificate. @throws SshFormatError when it is none, or of a kind that is not known */
export function parseHostCertificate(bytes: Uint8Array): HostCertificate {
  const reader = new SshReader(bytes);
  const type = reader.text();
  const keyType = type.endsWith(SUFFIX) ? type.slice(0, -SUFFIX.length) : '';
  const words = Object.hasOwn(keyWords, keyType) ? keyWords[keyType] : undefined;
  if (words === undefined) throw new SshFormatError(`no certificate of a known kind: ${type.slice(0, 60)}`);
  reader.string();
  const key = Buffer.concat([sshString(keyType), ...Array.from({ length: words }, () => sshString(reader.string()))]);
  reader.uint64();
  const isOfHost = reader.uint32() === HOST;
  const keyId = reader.text();
  const principals = list(reader.string());
  const validAfter = reader.uint64();
  const validBefore = reader.uint64();
  const criticalOptions = list(reader.string()).filter((_, index) => index % 2 === 0);
  reader.string();
  reader.string();
  const authority = reader.string();
  const signed = bytes.subarray(0, reader.position);
  const signature = reader.string();
  if (!reader.isAtEnd) throw new SshFormatError('there is more behind its end');
  return {
    keyType,
    key,
    isOfHost,
    keyId,
    principals,
    validAfter,
    validBefore,
    criticalOptions,
    authority,
    signature,
    signed,
  };
}

/** What a certificate has to be good for. */
export interface CertificateCheck {
  /** Keys of the authorities that are trusted for the host, as on the wire. */
  readonly authorities: readonly Uint8Array[];
  /** Name that it has to be for. */
  readonly host: string;
  /** Now, in seconds of the epoch. */
  readonly nowS: number;
}

/**
 * Checks a certificate as OpenSSH does.
 *
 * @returns what is wrong with it; null when it may be trusted
 */
export function certificateFault(
  certificate: HostCertificate,
  { authorities, host, nowS }: CertificateCheck,
): string | null {
  const { authority, signature, signed, principals, criticalOptions, validAfter, validBefore } = certificate;
  if (!authorities.some((each) => Buffer.compare(each, authority) === 0)) return 'it is signed by another authority';
  if (!isSignedBy(authority, signature, signed)) return 'its signature is wrong';
  if (!certificate.isOfHost) return 'it is no certificate of a host';
  const now = BigInt(Math.floor(nowS));
  if (now < validAfter) return `it is good from ${day(validAfter)}`;
  if (now >= validBefore) return `it ended on ${day(validBefore)}`;
  if (principals.length > 0 && !principals.includes(host)) return `it is for ${principals.join(', ')}`;
  if (criticalOptions.length > 0) return `it has conditions that are not known here: ${criticalOptions.join(', ')}`;
  return null;
}

function list(bytes: Uint8Array): string[] {
  const reader = new SshReader(bytes);
  const words: string[] = [];
  while (!reader.isAtEnd) {
    if (words.length >= MAX_PRINCIPALS) throw new SshFormatError('it has too many names');
    words.push(reader.text());
  }
  return words;
}

const hashes: Readonly<Record<string, { readonly keyType: string; readonly hash: string | null }>> = {
  'ssh-ed25519': { keyType: 'ssh-ed25519', hash: null },
  'ecdsa-sha2-nistp256': { keyType: 'ecdsa-sha2-nistp256', hash: 'sha256' },
  'ecdsa-sha2-nistp384': { keyType: 'ecdsa-sha2-nistp384', hash: 'sha384' },
  'ecdsa-sha2-nistp521': { keyType: 'ecdsa-sha2-nistp521', hash: 'sha512' },
  // Not with SHA-1, which is `ssh-rsa` itself.
  'rsa-sha2-256': { keyType: 'ssh-rsa', hash: 'sha256' },
  'rsa-sha2-512': { keyType: 'ssh-rsa', hash: 'sha512' },
};

function isSignedBy(authority: Uint8Array, signature: Uint8Array, signed: Uint8Array): boolean {
  try {
    const reader = new SshReader(signature);
    const type = reader.text();
    const way = Object.hasOwn(hashes, type) ? hashes[type] : undefined;
    if (way === undefined) return false;
    const key = publicKey(authority, way.keyType);
    const value = reader.string();
    if (key === null || !reader.isAtEnd) return false;
    if (!way.keyType.startsWith('ecdsa')) return verify(way.hash, signed, key, value);
    const size = coordinateBytes[way.keyType] ?? 0;
    const halves = new SshReader(value);
    const numbers = [halves.string(), halves.string()].map((half) => padded(half, size));
    return verify(way.hash, signed, { key, dsaEncoding: 'ieee-p1363' }, Buffer.concat(numbers));
  } catch {
    // Keys that are no points of their curve, numbers that are too long: nothing that anybody signed.
    return false;
  }
}

const coordinateBytes: Readonly<Record<string, number>> = {
  'ecdsa-sha2-nistp256': 32,
  'ecdsa-sha2-nistp384': 48,
  'ecdsa-sha2-nistp521': 66,
};

function publicKey(blob: Uint8Array, type: string): KeyObject | null {
  const reader = new SshReader(blob);
  if (reader.text() !== type) return null;
  const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url');
  const make = (jwk: JsonWebKey): KeyObject => createPublicKey({ key: jwk, format: 'jwk' });
  if (type === 'ssh-ed25519') return make({ kty: 'OKP', crv: 'Ed25519', x: base64(reader.string()) });
  if (type === 'ssh-rsa') {
    const [e, n] = [reader.string(), reader.string()].map(withoutZeros) as [Uint8Array, Uint8Array];
    const key = make({ kty: 'RSA', e: base64(e), n: base64(n) });
    return (key.asymmetricKeyDetails?.modulusLength ?? 0) < MIN_RSA_BITS ? null : key;
  }
  reader.string();
  const size = coordinateBytes[type] ?? 0;
  const point = reader.string();
  if (point[0] !== 4 || point.length !== 1 + 2 * size) return null;
  const crv = `P-${type.slice(-3)}`;
  return make({ kty: 'EC', crv, x: base64(point.subarray(1, 1 + size)), y: base64(point.subarray(1 + size)) });
}

function padded(number: Uint8Array, size: number): Uint8Array {
  const plain = withoutZeros(number);
  if (plain.length > size) throw new SshFormatError('a number is too long');
  return Buffer.concat([new Uint8Array(size - plain.length), plain]);
}

function day(seconds: bigint): string {
  const ms = Number(seconds) * 1000;
  return ms < 8.64e15 ? new Date(ms).toISOString().slice(0, 10) : 'no day';
}
