// Private keys: made, read from any PEM form, written as PKCS #8, encrypted when there is a passphrase.
import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { failure } from './failure.ts';

/** Kinds of keys that can be made, and how. */
const kinds = {
  p256: () => generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  p384: () => generateKeyPairSync('ec', { namedCurve: 'P-384' }),
  rsa2048: () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
  rsa3072: () => generateKeyPairSync('rsa', { modulusLength: 3072 }),
  rsa4096: () => generateKeyPairSync('rsa', { modulusLength: 4096 }),
} as const;

/** Name of a kind of key. */
export type KeyKind = keyof typeof kinds;

/** All kinds, the usual one first. */
export const keyKinds = Object.keys(kinds) as readonly KeyKind[];

/** Makes a private key. */
export function makePrivateKey(kind: KeyKind): KeyObject {
  return kinds[kind]().privateKey;
}

/** Writes a key as PEM (PKCS #8). @param passphrase encrypts it */
export function privateKeyPem(key: KeyObject, passphrase?: string): string {
  const options =
    passphrase === undefined
      ? ({ type: 'pkcs8', format: 'pem' } as const)
      : ({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase } as const);
  return key.export(options) as string;
}

/** Tells whether a PEM text holds an encrypted key, of PKCS #8 or in OpenSSL's older form. */
export function isEncryptedKey(pem: string): boolean {
  return /-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: 4,ENCRYPTED/m.test(pem);
}

/**
 * Reads a key from PEM, in the forms of certtool, OpenSSL and ours.
 *
 * @param file for error texts
 * @throws LibvirtError when it is none, or the passphrase is missing or wrong
 */
export function readPrivateKey(pem: string, file: string, passphrase?: string): KeyObject {
  if (!/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(pem)) throw failure(`${file} holds no private key in PEM form`);
  if (isEncryptedKey(pem) && passphrase === undefined) {
    throw failure(`the key ${file} is encrypted: give its passphrase with --passphrase-file FILE`);
  }
  try {
    return createPrivateKey(passphrase === undefined ? pem : { key: pem, passphrase });
  } catch (cause) {
    throw failure(
      isEncryptedKey(pem) ? `the passphrase of the key ${file} is wrong` : `the private key ${file} is malformed`,
      cause,
    );
  }
}

/** Says what kind of key it is, for people. */
export function keyText(key: KeyObject): string {
  const { modulusLength, namedCurve } = key.asymmetricKeyDetails ?? {};
  if (modulusLength !== undefined) return `RSA ${modulusLength} bits`;
  const curves: Readonly<Record<string, string>> = { prime256v1: 'P-256', secp384r1: 'P-384', secp521r1: 'P-521' };
  if (namedCurve !== undefined) return `EC ${curves[namedCurve] ?? namedCurve}`;
  return key.asymmetricKeyType ?? 'unknown';
}

/** Says why a key is too weak to be signed for, or null when it is not. */
export function weakness(key: KeyObject): string | null {
  const { modulusLength } = key.asymmetricKeyDetails ?? {};
  if (modulusLength !== undefined && modulusLength < 2048) {
    return `RSA with ${modulusLength} bits is too weak, 2048 are the least`;
  }
  return key.asymmetricKeyType === 'dsa' ? 'DSA keys are not used in TLS any more' : null;
}
