// What a SASL mechanism is, seen from the client and from the server, and what a security layer is.
import { ErrorCode, ErrorDomain, LibvirtError } from '../../error-face.ts';
import type { Answer } from '../../program.ts';
import type { SecurityLayer } from '../../sasl-channel.ts';

export type { SecurityLayer } from '../../sasl-channel.ts';

/** Name of the service in digest-uri and Kerberos principals when nothing else is said. */
export const SASL_SERVICE = 'libvirt';

/** What a client mechanism is given. */
export interface SaslClientOptions {
  /** Name of the service; {@link SASL_SERVICE} when left out. */
  readonly service?: string;
  /** Name of the server as the user gave it. */
  readonly host: string;
  readonly authname?: string;
  readonly password?: string;
  /** Identity to act as; left out = the one that authenticates. */
  readonly authzid?: string;
  /** Realm of the user; left out = the first that the server names. */
  readonly realm?: string;
  /** Least and most strength of a layer: both 0 over TLS and Unix sockets, at least 56 on plain TCP. */
  readonly minSsf: number;
  readonly maxSsf: number;
  /** For tests: the client's nonce. */
  readonly nonce?: string;
}

/** The client half of one exchange. */
export interface SaslClient {
  /** The first message, or null when the server speaks first. */
  start(): Answer<Uint8Array | null>;
  /**
   * Takes the server's message.
   *
   * @returns the answer, or null when there is none
   * @throws LibvirtError `AuthFailed` when the server breaks the rules, or could not prove what it must
   */
  step(challenge: Uint8Array | null): Answer<Uint8Array | null>;
  /** True when this side is content: the server has proven what it must. */
  readonly complete: boolean;
  /** The layer for what follows; null when none was agreed. */
  readonly layer: SecurityLayer | null;
}

/** A SCRAM credential. */
export interface ScramKeys {
  readonly salt: Uint8Array;
  readonly iterations: number;
  readonly storedKey: Uint8Array;
  readonly serverKey: Uint8Array;
}

/** What a server knows of a user; a mechanism whose form is absent cannot be used. */
export interface SaslSecrets {
  readonly password?: string;
  /** Keys by hash: `sha1`, `sha256`, `sha512`. */
  readonly scram?: Readonly<Record<string, ScramKeys>>;
}

/** What a server mechanism is given. */
export interface SaslServerOptions {
  /** Name of the service; {@link SASL_SERVICE} when left out. */
  readonly service?: string;
  /** The server's own name, for GSSAPI. */
  readonly host: string;
  /** Realm of users who name none. */
  readonly realm: string;
  readonly minSsf: number;
  readonly maxSsf: number;
  /** Finds a user. @returns null for one that does not exist; the exchange then fails as with a wrong password */
  lookup(user: string, realm: string): Answer<SaslSecrets | null>;
  /** Random bytes from which answers for users that do not exist are made, so that they stay the same. */
  readonly decoySecret: Uint8Array;
  /** Name that the transport has proven (certificate), for EXTERNAL. */
  readonly externalName?: string | undefined;
  /** Keytab of the server, for GSSAPI; left out = the system's. */
  readonly keytab?: string | undefined;
  /** For tests: the server's nonce. */
  readonly nonce?: string;
}

/** A step of the server. */
export interface SaslServerStep {
  /** What to send, null for nothing. */
  readonly data: Uint8Array | null;
  /** True when the client is authenticated. */
  readonly complete: boolean;
}

/** The server half of one exchange. */
export interface SaslServer {
  /** Takes the client's first message, null when it sent none. @throws LibvirtError `AuthFailed` */
  start(initial: Uint8Array | null): Answer<SaslServerStep>;
  /** Takes a further message. @throws LibvirtError `AuthFailed` */
  step(response: Uint8Array | null): Answer<SaslServerStep>;
  /** The user, once complete; `user@realm` when the realm is not the server's own. */
  readonly user: string | null;
  readonly layer: SecurityLayer | null;
}

/** Which credentials a client mechanism asks for. */
export type SaslNeed = 'authname' | 'password';

/** A mechanism: both halves and what they can do. */
export interface SaslMechanism {
  /** Registered name, e.g. `SCRAM-SHA-256`. */
  readonly name: string;
  /** Strongest layer it can give. */
  readonly maxSsf: number;
  /** True when the password itself crosses the wire: only under TLS or on a Unix socket. */
  readonly sendsPassword: boolean;
  /** True when it proves nothing about the client. */
  readonly anonymous: boolean;
  readonly needs: readonly SaslNeed[];
  /** Tells whether it can be used on this system at all; left out = always. */
  available?(): Promise<boolean>;
  /** Begins an exchange. @throws LibvirtError `AuthFailed` when it cannot even begin */
  client(options: SaslClientOptions): Answer<SaslClient>;
  server(options: SaslServerOptions): Answer<SaslServer>;
}

/** Longest message of an exchange, in bytes: what a packet of libvirt's may carry. */
export const MAX_SASL_MESSAGE_BYTES = 65_536;

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Text as UTF-8. */
export function encodeText(text: string): Uint8Array {
  return encoder.encode(text);
}

/** UTF-8 as text. @throws LibvirtError `AuthFailed` when it is not UTF-8 */
export function decodeText(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch (cause) {
    throw saslFailure('message is not UTF-8', { cause });
  }
}

/** Why an exchange failed, as the server's log says it. */
export class SaslFault extends Error {
  override readonly name = 'SaslFault';
  /** Cyrus's number of the fault, e.g. -13 for a wrong password. */
  readonly number: number;

  constructor(message: string, number: number, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.number = number;
  }
}

/** Cyrus's numbers of faults. */
export const SaslFaultNumber = { Fail: -1, NoMechanism: -4, BadProtocol: -5, BadAuth: -13, NoUser: -20 } as const;

/**
 * The server's error of an exchange that failed. Its text is all that the peer may learn; why is in its cause, a
 * {@link SaslFault}, for the log.
 */
export function saslFailure(why: string, options: { number?: number; cause?: unknown } = {}): LibvirtError {
  return new LibvirtError(ErrorCode.AuthFailed, 'authentication failed', {
    domain: ErrorDomain.Rpc,
    cause: new SaslFault(why, options.number ?? SaslFaultNumber.BadProtocol, options.cause),
  });
}

/** The client's error of an exchange that cannot begin. @see virNetSASLSessionClientStart */
export function startFault(why: string, number: number = SaslFaultNumber.Fail, cause?: unknown): LibvirtError {
  return clientFault('start', why, number, cause);
}

/** The client's error of a server that breaks the rules, or could not prove itself. @see virNetSASLSessionClientStep */
export function stepFault(why: string, number: number = SaslFaultNumber.Fail, cause?: unknown): LibvirtError {
  return clientFault('step', why, number, cause);
}

/** Refuses a name without a letter, in the words of Cyrus SASL. @param fault of the stage where the name is needed */
export function checkName(name: string | undefined, fault: (why: string) => LibvirtError): string {
  if (name === undefined || name.trim() === '') throw fault('All-whitespace username.');
  return name;
}

const faultTexts: Readonly<Record<number, string>> = {
  [SaslFaultNumber.Fail]: 'generic failure',
  [SaslFaultNumber.NoMechanism]: 'no mechanism available',
  [SaslFaultNumber.BadProtocol]: 'bad protocol / cancel',
  [SaslFaultNumber.BadAuth]: 'authentication failure',
  [SaslFaultNumber.NoUser]: 'user not found',
};

/** What Cyrus would print of a fault. It keeps from the detail that a user is not there. */
export function faultText(number: number, why: string): string {
  const shown = number === SaslFaultNumber.NoUser ? SaslFaultNumber.BadAuth : number;
  return `${number} (SASL(${shown}): ${faultTexts[number] ?? 'generic failure'}: ${why})`;
}

function clientFault(stage: string, why: string, number: number, cause: unknown): LibvirtError {
  return new LibvirtError(ErrorCode.AuthFailed, `Failed to ${stage} SASL negotiation: ${faultText(number, why)}`, {
    domain: ErrorDomain.Rpc,
    cause,
  });
}
