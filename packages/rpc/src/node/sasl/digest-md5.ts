// DIGEST-MD5 (RFC 2831): obsolete, yet the one password mechanism of libvirt that encrypts plain TCP.
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { parseDirectives, quoted } from './digest-directives.ts';
import { type DigestCipher, digestCiphers, digestLayer, LEAST_BUFFER } from './digest-layer.ts';
import {
  checkName,
  encodeText,
  SASL_SERVICE,
  type SaslClient,
  type SaslClientOptions,
  type SaslMechanism,
  type SaslServer,
  type SaslServerOptions,
  type SaslServerStep,
  type SecurityLayer,
  SaslFaultNumber,
  saslFailure,
  stepFault,
} from './mechanism.ts';

/** Most bytes of a frame that we take; libvirt proposes the same. */
const MAX_BUFFER = 65_536;
// RFC 2831 ends the scale here.
const LARGEST_BUFFER = 0xff_ffff;
const NONCE_BYTES = 24;

type Quality = 'auth' | 'auth-int' | 'auth-conf';

type Directives = ReadonlyMap<string, readonly string[]>;

// A character for each byte: which charset the values are in is known only once they are read.
function read(message: Uint8Array | null): Directives | null {
  return message === null ? null : parseDirectives(Buffer.from(message).toString('latin1'));
}

// Cyrus leaves the charset out of its responses, which are UTF-8 nevertheless.
function decoded(value: string, directives: Directives): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.from(value, 'latin1'));
  } catch {
    return directives.has('charset') ? null : value;
  }
}

const words = (text: string | undefined) => (text ?? '').split(',').map((word) => word.trim());

// RFC 2831: each part is hashed in ISO 8859-1 when it fits, otherwise in UTF-8.
function hashedForm(text: string): Uint8Array {
  for (let at = 0; at < text.length; at++) if (text.charCodeAt(at) > 0xff) return Buffer.from(text, 'utf8');
  return Buffer.from(text, 'latin1');
}

function md5(...parts: (Uint8Array | string)[]): Buffer {
  const hash = createHash('md5');
  for (const part of parts) hash.update(part);
  return hash.digest();
}

interface Exchange {
  readonly username: string;
  readonly realm: string;
  readonly password: string;
  readonly nonce: string;
  readonly cnonce: string;
  readonly quality: Quality;
  readonly digestUri: string;
  readonly authzid: string | undefined;
}

function sessionKeyOf(exchange: Exchange): Buffer {
  const { username, realm, password, nonce, cnonce } = exchange;
  const secret = md5(hashedForm(username), ':', hashedForm(realm), ':', hashedForm(password));
  const authzid = exchange.authzid === undefined ? '' : `:${exchange.authzid}`;
  return md5(secret, `:${nonce}:${cnonce}${authzid}`);
}

function responseOf(exchange: Exchange, sessionKey: Buffer, method: 'AUTHENTICATE' | ''): string {
  const tail = exchange.quality === 'auth' ? '' : ':00000000000000000000000000000000';
  const a2 = md5(`${method}:${exchange.digestUri}${tail}`).toString('hex');
  const { nonce, cnonce, quality } = exchange;
  return md5(`${sessionKey.toString('hex')}:${nonce}:00000001:${cnonce}:${quality}:${a2}`).toString('hex');
}

function equalHex(one: string, two: string): boolean {
  return /^[0-9a-f]{32}$/.test(one) && timingSafeEqual(encodeText(one), encodeText(two));
}

// The size of the peer's buffer; null when it is none.
function bufferOf(text: string | undefined): number | null {
  if (text === undefined) return MAX_BUFFER;
  if (!/^[0-9]{1,8}$/.test(text)) return null;
  const bytes = Number(text);
  return bytes >= LEAST_BUFFER && bytes <= LARGEST_BUFFER ? bytes : null;
}

// The strongest quality and cipher that both sides have and the limits allow.
function choose(
  offered: readonly string[],
  ciphers: readonly string[],
  { minSsf, maxSsf }: { minSsf: number; maxSsf: number },
): { quality: Quality; cipher: DigestCipher | null } | null {
  if (offered.includes('auth-conf')) {
    const cipher = digestCiphers.find(({ name, ssf }) => ciphers.includes(name) && ssf >= minSsf && ssf <= maxSsf);
    if (cipher !== undefined) return { quality: 'auth-conf', cipher };
  }
  if (offered.includes('auth-int') && minSsf <= 1 && maxSsf >= 1) return { quality: 'auth-int', cipher: null };
  if (offered.includes('auth') && minSsf === 0) return { quality: 'auth', cipher: null };
  return null;
}

function digestClient(options: SaslClientOptions): SaslClient {
  let layer: SecurityLayer | null = null;
  let expected: { proof: string; makeLayer: () => SecurityLayer | null } | undefined;
  let complete = false;

  const answer = (message: Uint8Array | null): Uint8Array => {
    const found = read(message);
    const nonce = found?.get('nonce')?.[0];
    const once = ['nonce', 'algorithm', 'maxbuf', 'charset', 'qop', 'cipher'];
    if (
      found === null ||
      nonce === undefined ||
      found.get('algorithm')?.[0]?.toLowerCase() !== 'md5-sess' ||
      once.some((name) => (found.get(name)?.length ?? 0) > 1)
    ) {
      throw stepFault('the challenge of the server cannot be understood');
    }
    const chosen = choose(words(found.get('qop')?.[0] ?? 'auth'), words(found.get('cipher')?.[0]), options);
    if (chosen === null) throw stepFault('no protection that both sides have is strong enough');
    const { quality, cipher } = chosen;
    const peerMaxBytes = bufferOf(found.get('maxbuf')?.[0]);
    if (peerMaxBytes === null) throw stepFault("the server's buffer is of an impossible size");
    const utf8 = found.get('charset')?.[0]?.toLowerCase() === 'utf-8';
    const offered = found.get('realm')?.[0];
    const offeredRealm = offered === undefined ? undefined : decoded(offered, found);
    if (offeredRealm === null) throw stepFault("the server's realm is not UTF-8");
    const realm = options.realm ?? offeredRealm;
    const cnonce = options.nonce ?? randomBytes(NONCE_BYTES).toString('base64');
    const exchange: Exchange = {
      username: checkName(options.authname, stepFault),
      realm: realm ?? '',
      password: options.password ?? '',
      nonce,
      cnonce,
      quality,
      digestUri: `${options.service ?? SASL_SERVICE}/${options.host}`,
      authzid: options.authzid,
    };
    const sessionKey = sessionKeyOf(exchange);
    expected = {
      proof: responseOf(exchange, sessionKey, ''),
      makeLayer: () => (quality === 'auth' ? null : digestLayer({ sessionKey, cipher, side: 'client', peerMaxBytes })),
    };
    const parts = [
      ...(utf8 ? ['charset=utf-8'] : []),
      `username=${quoted(exchange.username)}`,
      ...(realm === undefined ? [] : [`realm=${quoted(realm)}`]),
      `nonce=${quoted(nonce)}`,
      `cnonce=${quoted(cnonce)}`,
      'nc=00000001',
      `qop=${quality}`,
      ...(cipher === null ? [] : [`cipher=${cipher.name}`]),
      `maxbuf=${MAX_BUFFER}`,
      `digest-uri=${quoted(exchange.digestUri)}`,
      ...(exchange.authzid === undefined ? [] : [`authzid=${quoted(exchange.authzid)}`]),
      `response=${responseOf(exchange, sessionKey, 'AUTHENTICATE')}`,
    ];
    const text = parts.join(',');
    return utf8 ? encodeText(text) : Buffer.from(text, 'latin1');
  };

  return {
    start: () => null,
    step: (message) => {
      if (complete) throw stepFault('the exchange is over');
      if (expected === undefined) return answer(message);
      if (!equalHex(read(message)?.get('rspauth')?.[0] ?? '', expected.proof)) {
        throw stepFault('the server could not prove that it knows the password', SaslFaultNumber.BadAuth);
      }
      layer = expected.makeLayer();
      complete = true;
      return null;
    },
    get complete() {
      return complete;
    },
    get layer() {
      return layer;
    },
  };
}

function digestServer(options: SaslServerOptions): SaslServer {
  const nonce = options.nonce ?? randomBytes(NONCE_BYTES).toString('base64');
  let user: string | null = null;
  let layer: SecurityLayer | null = null;
  let asked = false;
  let over = false;
  const { minSsf, maxSsf } = options;
  const ciphers = digestCiphers.filter(({ ssf }) => ssf >= minSsf && ssf <= maxSsf).map(({ name }) => name);
  const qualities = [
    ...(minSsf === 0 ? ['auth'] : []),
    ...(minSsf <= 1 && maxSsf >= 1 ? ['auth-int'] : []),
    ...(ciphers.length > 0 ? ['auth-conf'] : []),
  ];

  const challenge = (): SaslServerStep => {
    asked = true;
    const parts = [
      `nonce=${quoted(nonce)}`,
      `realm=${quoted(options.realm)}`,
      `qop=${quoted(qualities.join(','))}`,
      ...(ciphers.length > 0 ? [`cipher=${quoted(ciphers.toReversed().join(','))}`] : []),
      `maxbuf=${MAX_BUFFER}`,
      'charset=utf-8',
      'algorithm=md5-sess',
    ];
    return { data: encodeText(parts.join(',')), complete: false };
  };

  const verify = async (message: Uint8Array): Promise<SaslServerStep> => {
    over = true;
    const found = read(message);
    if (found === null) throw saslFailure('DIGEST-MD5 response cannot be understood');
    const one = (name: string): string | undefined => {
      const values = found.get(name);
      if (values !== undefined && values.length > 1) throw saslFailure(`DIGEST-MD5 response repeats ${name}`);
      const value = values?.[0];
      const text = value === undefined ? undefined : decoded(value, found);
      if (text === null) throw saslFailure(`${name} in the DIGEST-MD5 response is not UTF-8`);
      return text;
    };
    const quality = qualities.find((each) => each === (one('qop') ?? 'auth')) as Quality | undefined;
    const username = one('username') ?? '';
    const realm = one('realm') ?? '';
    const cnonce = one('cnonce') ?? '';
    const digestUri = one('digest-uri') ?? '';
    if (username === '' || cnonce === '' || one('nonce') !== nonce || one('nc') !== '00000001') {
      throw saslFailure('DIGEST-MD5 response is incomplete or old');
    }
    if (quality === undefined) throw saslFailure(`protection '${one('qop')}' was not offered`);
    if (!digestUri.startsWith(`${options.service ?? SASL_SERVICE}/`))
      throw saslFailure(`digest-uri '${digestUri}' is not ours`);
    const authzid = one('authzid');
    if (authzid !== undefined && authzid !== '' && authzid !== username) {
      throw saslFailure(`${username} may not act as ${authzid}`);
    }
    const cipher =
      quality === 'auth-conf'
        ? digestCiphers.find(({ name }) => name === one('cipher') && ciphers.includes(name))
        : null;
    if (cipher === undefined) throw saslFailure(`cipher '${one('cipher')}' was not offered`);
    const peerMaxBytes = bufferOf(one('maxbuf'));
    if (peerMaxBytes === null) throw saslFailure("the client's buffer is of an impossible size");
    const secrets = await options.lookup(username, realm);
    const password = secrets?.password ?? Buffer.from(options.decoySecret).toString('base64');
    const exchange: Exchange = { username, realm, password, nonce, cnonce, quality, digestUri, authzid };
    const sessionKey = sessionKeyOf(exchange);
    const matches = equalHex(one('response') ?? '', responseOf(exchange, sessionKey, 'AUTHENTICATE'));
    if (secrets?.password === undefined) {
      throw saslFailure('unable to canonify user and get auxprops', { number: SaslFaultNumber.NoUser });
    }
    if (!matches) {
      const why = "client response doesn't match what we generated (tried bogus)";
      throw saslFailure(why, { number: SaslFaultNumber.BadAuth });
    }
    if (quality !== 'auth') layer = digestLayer({ sessionKey, cipher, side: 'server', peerMaxBytes });
    user = realm === '' || realm === options.realm ? username : `${username}@${realm}`;
    return { data: encodeText(`rspauth=${responseOf(exchange, sessionKey, '')}`), complete: true };
  };

  return {
    start: () => {
      if (asked) throw saslFailure('the exchange has begun');
      // A client that was here before may try its old nonce (RFC 2831, 2.2). Nothing is remembered: it has to start anew.
      return challenge();
    },
    step: (message) => {
      if (over) throw saslFailure('the exchange is over');
      if (!asked || message === null) throw saslFailure('DIGEST-MD5 response is missing');
      return verify(message);
    },
    get user() {
      return user;
    },
    get layer() {
      return layer;
    },
  };
}

/** The DIGEST-MD5 mechanism with its integrity and encryption layers. */
export const digestMd5: SaslMechanism = {
  name: 'DIGEST-MD5',
  maxSsf: 128,
  sendsPassword: false,
  anonymous: false,
  needs: ['authname', 'password'],
  client: digestClient,
  server: digestServer,
};
