// SCRAM (RFC 5802, RFC 7677): both sides prove that they know the password, which never crosses the wire.
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import {
  checkName,
  decodeText,
  encodeText,
  type SaslClient,
  type SaslClientOptions,
  type SaslMechanism,
  type SaslServer,
  type SaslServerOptions,
  type SaslServerStep,
  type ScramKeys,
  SaslFaultNumber,
  saslFailure,
  startFault,
  stepFault,
} from './mechanism.ts';
import { saslprep } from './prepare.ts';
import { digest, hmac, type ScramHash, saltedPassword, scramHashes, scramKeys } from './scram-keys.ts';

// A server may ask for this many iterations at most; more is an attempt to keep the client busy.
const MAX_ITERATIONS = 1_000_000;
const NONCE_BYTES = 24;
const SALT_BYTES = 16;

function xor(one: Uint8Array, two: Uint8Array): Uint8Array {
  return Uint8Array.from(one, (byte, index) => byte ^ (two[index] as number));
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}

// Strict: what does not encode back to itself is refused.
function fromBase64(text: string): Uint8Array | null {
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? bytes : null;
}

const escapeName = (name: string) => name.replaceAll('=', '=3D').replaceAll(',', '=2C');

function unescapeName(name: string): string {
  if (/=(?!2C|3D)/.test(name)) throw saslFailure('SCRAM name is not escaped rightly');
  return name.replaceAll('=2C', ',').replaceAll('=3D', '=');
}

// The attributes of a message by their letter; a repeated letter or a missing `=` is refused.
function attributes(message: string): Map<string, string> | null {
  const found = new Map<string, string>();
  for (const part of message.split(',')) {
    const letter = part.charAt(0);
    if (part[1] !== '=' || found.has(letter)) return null;
    found.set(letter, part.slice(2));
  }
  return found;
}

// One to ten digits without a leading zero (posit-number).
function positiveNumber(text: string | undefined): number {
  return text !== undefined && /^[1-9][0-9]{0,9}$/.test(text) ? Number(text) : Number.NaN;
}

async function scramClient(hash: ScramHash, options: SaslClientOptions): Promise<SaslClient> {
  const nonce = options.nonce ?? base64(randomBytes(NONCE_BYTES));
  const user = await saslprep(checkName(options.authname, startFault));
  const gs2 = options.authzid === undefined ? 'n,,' : `n,a=${escapeName(await saslprep(options.authzid))},`;
  const firstBare = `n=${escapeName(user)},r=${nonce}`;
  let serverSignature: Uint8Array | undefined;
  let complete = false;

  const answerChallenge = async (challenge: string): Promise<Uint8Array> => {
    const found = attributes(challenge);
    const serverNonce = found?.get('r') ?? '';
    const salt = fromBase64(found?.get('s') ?? '');
    const iterations = positiveNumber(found?.get('i'));
    if (found === null || found.has('m')) throw stepFault('the challenge of the server cannot be understood');
    if (!serverNonce.startsWith(nonce) || serverNonce === nonce) throw stepFault("the server's nonce is not ours");
    if (salt === null || salt.length === 0) throw stepFault('the salt is missing');
    if (!(iterations <= MAX_ITERATIONS)) {
      throw stepFault(`the server asks for ${found.get('i') ?? 'no'} iterations, which is out of range`);
    }
    const salted = await saltedPassword(hash, options.password ?? '', salt, iterations);
    const clientKey = hmac(hash, salted, 'Client Key');
    const finalBare = `c=${base64(encodeText(gs2))},r=${serverNonce}`;
    const authMessage = `${firstBare},${challenge},${finalBare}`;
    const signature = hmac(hash, digest(hash, clientKey), authMessage);
    serverSignature = hmac(hash, hmac(hash, salted, 'Server Key'), authMessage);
    return encodeText(`${finalBare},p=${base64(xor(clientKey, signature))}`);
  };

  return {
    start: () => encodeText(gs2 + firstBare),
    step: (message) => {
      if (complete) throw stepFault('the exchange is over');
      const text = message === null ? '' : decodeText(message);
      if (serverSignature === undefined) return answerChallenge(text);
      const found = attributes(text);
      const refusal = found?.get('e');
      if (refusal !== undefined) throw stepFault(`the server says ${refusal}`, SaslFaultNumber.BadAuth);
      const proof = fromBase64(found?.get('v') ?? '');
      if (proof === null || proof.length !== serverSignature.length || !timingSafeEqual(proof, serverSignature)) {
        throw stepFault('the server could not prove that it knows the password', SaslFaultNumber.BadAuth);
      }
      complete = true;
      return null;
    },
    get complete() {
      return complete;
    },
    layer: null,
  };
}

interface ServerState {
  readonly gs2: string;
  readonly firstBare: string;
  readonly nonce: string;
  readonly challenge: string;
  readonly keys: ScramKeys;
  /** Unknown users, and those whose keys are of another hash, go through the same steps. */
  readonly known: boolean;
  readonly user: string;
}

function scramServer(hash: ScramHash, options: SaslServerOptions): SaslServer {
  let state: ServerState | undefined;
  let user: string | null = null;

  const keysOf = async (name: string): Promise<{ keys: ScramKeys; known: boolean }> => {
    const secrets = await options.lookup(name, options.realm);
    // The salt of a name stays the same, whether the name exists or not, and the work is done in any case: neither the
    // answer nor its time tells which it is.
    const salt = createHmac('sha256', options.decoySecret).update(`${hash.name}\0${name}`).digest();
    const password = secrets?.password ?? base64(salt);
    const made = await scramKeys(hash, password, salt.subarray(0, SALT_BYTES));
    const stored = secrets?.scram?.[hash.name];
    return { keys: stored ?? made, known: stored !== undefined || secrets?.password !== undefined };
  };

  const first = async (message: Uint8Array): Promise<SaslServerStep> => {
    const text = decodeText(message);
    const match = /^(n|y|p=[A-Za-z0-9.-]+),(?:a=([^,]*))?,(.*)$/s.exec(text);
    if (match === null) throw saslFailure('SCRAM first message cannot be understood');
    const [, binding = '', authzid, firstBare = ''] = match;
    if (binding.startsWith('p')) throw saslFailure('channel binding is not offered');
    const found = attributes(firstBare);
    const escaped = found?.get('n');
    const clientNonce = found?.get('r');
    if (found === null || found.has('m') || !escaped || !clientNonce) {
      throw saslFailure('SCRAM first message is incomplete');
    }
    const name = await saslprep(unescapeName(escaped));
    if (authzid !== undefined && authzid !== '' && (await saslprep(unescapeName(authzid))) !== name) {
      throw saslFailure(`${name} may not act as ${authzid}`);
    }
    const { keys, known } = await keysOf(name);
    const nonce = clientNonce + (options.nonce ?? base64(randomBytes(NONCE_BYTES)));
    const challenge = `r=${nonce},s=${base64(keys.salt)},i=${keys.iterations}`;
    const gs2 = text.slice(0, text.length - firstBare.length);
    state = { gs2, firstBare, nonce, challenge, keys, known, user: name };
    return { data: encodeText(challenge), complete: false };
  };

  const final = (message: Uint8Array, exchange: ServerState): SaslServerStep => {
    const text = decodeText(message);
    const found = attributes(text);
    const encoded = found?.get('p') ?? '';
    const proof = fromBase64(encoded);
    const tail = `,p=${encoded}`;
    if (found === null || !text.endsWith(tail) || proof === null || proof.length !== hash.bytes) {
      throw saslFailure('SCRAM final message cannot be understood');
    }
    if (found.get('r') !== exchange.nonce) throw saslFailure('SCRAM nonce differs');
    if (found.get('c') !== base64(encodeText(exchange.gs2))) throw saslFailure('SCRAM channel binding differs');
    const authMessage = `${exchange.firstBare},${exchange.challenge},${text.slice(0, -tail.length)}`;
    const signature = hmac(hash, exchange.keys.storedKey, authMessage);
    const matches = timingSafeEqual(digest(hash, xor(proof, signature)), exchange.keys.storedKey);
    const serverSignature = hmac(hash, exchange.keys.serverKey, authMessage);
    if (!exchange.known) {
      throw saslFailure('unable to canonify user and get auxprops', { number: SaslFaultNumber.NoUser });
    }
    if (!matches) throw saslFailure('StoredKey mismatch', { number: SaslFaultNumber.BadAuth });
    user = exchange.user;
    return { data: encodeText(`v=${base64(serverSignature)}`), complete: true };
  };

  // Only one message at a time: the state of the first must be there before the second is looked at.
  let busy = false;
  let over = false;
  const take = async (message: Uint8Array | null): Promise<SaslServerStep> => {
    if (over || busy) throw saslFailure('the exchange is over');
    if (message === null || message.length === 0) {
      if (state !== undefined) throw saslFailure('SCRAM final message is missing');
      return { data: new Uint8Array(), complete: false };
    }
    if (state !== undefined) {
      over = true;
      return final(message, state);
    }
    busy = true;
    const answer = await first(message);
    busy = false;
    return answer;
  };

  return {
    start: take,
    step: take,
    get user() {
      return user;
    },
    layer: null,
  };
}

function scram(name: string, hash: ScramHash): SaslMechanism {
  return {
    name,
    maxSsf: 0,
    sendsPassword: false,
    anonymous: false,
    needs: ['authname', 'password'],
    client: (options) => scramClient(hash, options),
    server: (options) => scramServer(hash, options),
  };
}

/** SCRAM with SHA-1. */
export const scramSha1 = scram('SCRAM-SHA-1', scramHashes.sha1);
/** SCRAM with SHA-256. */
export const scramSha256 = scram('SCRAM-SHA-256', scramHashes.sha256);
/** SCRAM with SHA-512. */
export const scramSha512 = scram('SCRAM-SHA-512', scramHashes.sha512);
