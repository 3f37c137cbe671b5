// The keys that SCRAM makes of a password, and the check of a password against whatever a server knows of its user.
import { createHash, createHmac, pbkdf2, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import type { SaslSecrets, ScramKeys } from './mechanism.ts';
import { saslprep } from './prepare.ts';

/** A hash that SCRAM is used with. */
export interface ScramHash {
  /** Name for node:crypto, and the key in `SaslSecrets.scram`. */
  readonly name: 'sha1' | 'sha256' | 'sha512';
  readonly bytes: number;
}

/** The hashes, by name. */
export const scramHashes: Readonly<Record<ScramHash['name'], ScramHash>> = {
  sha1: { name: 'sha1', bytes: 20 },
  sha256: { name: 'sha256', bytes: 32 },
  sha512: { name: 'sha512', bytes: 64 },
};

/**
 * Iterations for new keys: as many as Cyrus SASL uses, and as RFC 7677 demands at least. One number for all, so that it
 * does not tell which users exist.
 */
export const SCRAM_ITERATIONS = 4096;

const derive = promisify(pbkdf2);

/** The salted password. Runs beside the event loop. */
export async function saltedPassword(
  { name, bytes }: ScramHash,
  password: string,
  salt: Uint8Array,
  iterations: number,
): Promise<Uint8Array> {
  return derive(await saslprep(password), salt, iterations, bytes, name);
}

/** Derives the keys of a password. @throws LibvirtError `AuthFailed` when the password has characters that SASLprep forbids */
export async function scramKeys(
  hash: ScramHash,
  password: string,
  salt: Uint8Array,
  iterations: number = SCRAM_ITERATIONS,
): Promise<ScramKeys> {
  const salted = await saltedPassword(hash, password, salt, iterations);
  const clientKey = hmac(hash, salted, 'Client Key');
  return { salt, iterations, storedKey: digest(hash, clientKey), serverKey: hmac(hash, salted, 'Server Key') };
}

/** HMAC with the hash. */
export function hmac({ name }: ScramHash, key: Uint8Array, text: string): Uint8Array {
  return createHmac(name, key).update(text, 'utf8').digest();
}

/** The hash itself. */
export function digest({ name }: ScramHash, bytes: Uint8Array): Uint8Array {
  return createHash(name).update(bytes).digest();
}

/**
 * Tells whether a password is that of the user. Takes the same time for a wrong password, an unknown user, and each form
 * in which a password may be known.
 *
 * @param secrets null for an unknown user
 */
export async function passwordMatches(
  secrets: SaslSecrets | null,
  password: string,
  decoySecret: Uint8Array,
): Promise<boolean> {
  const stored = storedKeys(secrets) ?? decoyKeys(decoySecret);
  const [given, keys] = await Promise.all([saslprep(password), scramKeys(stored.hash, password, stored.keys.salt)]);
  const byKeys = timingSafeEqual(keys.storedKey, stored.keys.storedKey);
  const byPassword = equalText(secrets?.password ?? '', password) || equalText(secrets?.password ?? '', given);
  if (secrets?.password !== undefined) return byPassword;
  return secrets?.scram !== undefined && storedKeys(secrets) !== null && byKeys;
}

function storedKeys(secrets: SaslSecrets | null): { hash: ScramHash; keys: ScramKeys } | null {
  for (const hash of [scramHashes.sha256, scramHashes.sha512, scramHashes.sha1]) {
    const keys = secrets?.scram?.[hash.name];
    // Keys of another number of iterations would take another time.
    if (keys !== undefined && keys.iterations === SCRAM_ITERATIONS) return { hash, keys };
  }
  return null;
}

function decoyKeys(secret: Uint8Array): { hash: ScramHash; keys: ScramKeys } {
  const hash = scramHashes.sha256;
  const key = digest(hash, secret);
  return { hash, keys: { salt: key.subarray(0, 16), iterations: SCRAM_ITERATIONS, storedKey: key, serverKey: key } };
}

function equalText(one: string, two: string): boolean {
  const hashed = (text: string) => createHash('sha256').update(text, 'utf8').digest();
  return timingSafeEqual(hashed(one), hashed(two));
}
