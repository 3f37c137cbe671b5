// The client's end of TLS: connects, checks the server, and hands out a channel once the server has accepted us.
import { isIP, type OnReadOpts } from 'node:net';
import {
  connect,
  type ConnectionOptions,
  type DetailedPeerCertificate,
  type PeerCertificate,
  type TLSSocket,
} from 'node:tls';
import type { Channel } from '../../channel.ts';
import { ErrorCode, ErrorDomain, LibvirtError } from '../../error-face.ts';
import { ReadMemory } from '../read-memory.ts';
import type { SocketChannel } from '../socket-channel.ts';
import type { CertificateFacts } from './certificate.ts';
import { handshakeError } from './handshake-text.ts';
import { hostNamesOf } from './host-name.ts';
import { checkPeer, type VerifiedPeer } from './peer-check.ts';
import { type TlsCredentials, tlsCredentials } from './tls-credentials.ts';
import type { TlsFiles } from './tls-files.ts';
import { PacketRecordChannel } from './tls-channel.ts';
import { DEFAULT_PRIORITY } from './tls-options.ts';

/** Where to connect and how. */
export interface TlsTarget {
  readonly host: string;
  readonly port: number;
  /** Name that the server's certificate must have; the host when left out. */
  readonly serverName?: string;
  readonly files: TlsFiles;
  /** GnuTLS priority string; NORMAL when left out. */
  readonly priority?: string;
  /** False to take any server, whatever its certificate; true when left out. */
  readonly verify?: boolean;
  /** False to use one's own certificates whatever is wrong with them; true when left out. */
  readonly sanity?: boolean;
  readonly signal?: AbortSignal | undefined;
  /** Told of what is not as it should be, in libvirt's words. */
  warn?(text: string): void;
}

/** What libvirt's server sends once it has accepted the client's certificate. */
const CONFIRMATION = 1;

// The last session with each server, for as long as the credentials are the same: resuming costs a quarter of a new
// handshake. What is kept is secret; it never leaves the process.
const sessions = new WeakMap<TlsCredentials, Map<string, Session>>();
const MAX_SESSIONS = 64;

// Failures that a session may be to blame for.
const unexplained = new WeakSet<LibvirtError>();

interface Session {
  readonly ticket: Buffer;
  /** Certificates of the server, which were found good. */
  readonly chain: readonly CertificateFacts[];
}

/**
 * Connects, makes the handshake, checks the server's certificate, and waits for the server to accept ours.
 *
 * @throws the socket's own error when no connection comes about; LibvirtError `AuthFailed` for a handshake that fails
 *   (stage `tls`) and for a server that is refused (stage `certificate`), `SystemError` for files that will not do and
 *   for a server that refuses us: it closes without a word, so the evidence has what we showed. `signal.reason`
 */
export async function connectTls(target: TlsTarget): Promise<Channel> {
  const { files, priority = DEFAULT_PRIORITY, sanity = true, signal } = target;
  signal?.throwIfAborted();
  const credentials = tlsCredentials({ side: 'client', files, priority, sanity });
  for (const warning of credentials.warnings) target.warn?.(warning);
  const known = sessionsOf(credentials);
  const key = `${target.host}:${target.port}:${target.serverName ?? ''}`;
  const session = known.get(key) ?? null;
  const attempt = { target, credentials, key, known };
  if (session === null) return dial(attempt, null);
  try {
    return await dial(attempt, session);
  } catch (error) {
    signal?.throwIfAborted();
    if (!unexplained.has(error as LibvirtError)) throw error;
    // The server may have forgotten what the session stood for; a full handshake tells.
    if (known.get(key) === session) known.delete(key);
    return dial(attempt, null);
  }
}

interface Attempt {
  readonly target: TlsTarget;
  readonly credentials: TlsCredentials;
  readonly key: string;
  readonly known: Map<string, Session>;
}

function dial({ target, credentials, key, known }: Attempt, session: Session | null): Promise<Channel> {
  const { host, port, serverName = host, signal } = target;
  return new Promise((resolve, reject) => {
    const memory = new ReadMemory();
    const reader: { channel?: SocketChannel; first?: (chunk: Uint8Array) => void } = {};
    const options: ConnectionOptions & { onread: OnReadOpts } = {
      host,
      port,
      servername: isIP(serverName) === 0 ? serverName : '',
      secureContext: credentials.context,
      ...(session === null ? {} : { session: session.ticket }),
      // Both are decided below, by libvirt's rules.
      rejectUnauthorized: false,
      checkServerIdentity: () => undefined,
      onread: memory.onread((chunk, shared) => {
        if (reader.channel !== undefined) reader.channel.receive(chunk, shared);
        else reader.first?.(chunk);
      }),
    };
    const socket = connect(options);
    socket.setNoDelay(true);
    // Node reads the whole chain for `checkServerIdentity`, which takes half a millisecond and decides nothing here.
    socket.getPeerCertificate = () => ({}) as PeerCertificate & DetailedPeerCertificate;
    let peer: VerifiedPeer | null = null;
    let connected = false;
    let secured = false;
    const finish = () => {
      signal?.removeEventListener('abort', abort);
      socket.off('error', failed);
      socket.off('end', ended);
      socket.off('close', ended);
    };
    const fail = (error: unknown) => {
      finish();
      socket.on('error', ignore);
      socket.destroy();
      // oxlint-disable-next-line typescript/prefer-promise-reject-errors -- the reason of a signal is the caller's own, whatever it is.
      reject(error);
    };
    const abort = () => fail(signal?.reason);
    const failed = (error: NodeJS.ErrnoException) => {
      if (!connected) fail(error);
      else
        fail(
          unexplainedError(secured ? notConfirmed(credentials, peer, error) : handshakeError(error, { host, port })),
        );
    };
    const ended = () => {
      if (secured) fail(unexplainedError(notConfirmed(credentials, peer)));
      else failed(Object.assign(new Error('Client network socket disconnected before TLS'), { code: 'ECONNRESET' }));
    };
    signal?.addEventListener('abort', abort, { once: true });
    socket.on('error', failed);
    socket.on('end', ended);
    socket.on('close', ended);
    socket.once('connect', () => {
      connected = true;
    });
    socket.on('session', (ticket) => {
      // A session has no certificates with it: without those that were verified nobody could be verified again.
      if (peer !== null) remember(known, key, { ticket, chain: peer.chain });
    });
    socket.once('secureConnect', () => {
      secured = true;
      try {
        peer = checkServer(socket, target, credentials, socket.isSessionReused() ? session : null);
      } catch (error) {
        fail(error);
      }
    });
    reader.first = (chunk) => {
      if (chunk[0] !== CONFIRMATION) {
        fail(refusedByServer(credentials, peer));
        return;
      }
      finish();
      const channel = new ClientTlsChannel(socket, memory);
      reader.channel = channel;
      // A server that speaks first would be heard all the same.
      if (chunk.length > 1) channel.receive(chunk.slice(1), false);
      resolve(channel);
    };
  });
}

// As libvirt's client, it says no goodbye in TLS: that of the protocol is behind it, and the server has hung up by then.
class ClientTlsChannel extends PacketRecordChannel {
  override close(reason?: LibvirtError): void {
    if (this.pendingBytes > 0 || reason === undefined) super.close(reason);
    else this.destroy(reason);
  }
}

function checkServer(
  socket: TLSSocket,
  target: TlsTarget,
  credentials: TlsCredentials,
  session: Session | null,
): VerifiedPeer | null {
  const { host, serverName = host, verify = true, warn } = target;
  try {
    const rules = { role: 'server', hostName: serverName, allowedNames: null } as const;
    const peer = checkPeer(socket, credentials, rules, session?.chain ?? null);
    for (const warning of peer.warnings) warn?.(warning);
    return peer;
  } catch (thrown) {
    const error = thrown as LibvirtError;
    warn?.(`Certificate check failed ${error.message}`);
    if (!verify) return null;
    throw new LibvirtError(ErrorCode.AuthFailed, "Failed to verify peer's certificate", {
      domain: ErrorDomain.Rpc,
      cause: error,
      stage: 'certificate',
      evidence: { ...error.evidence, reason: error.message, host: serverName },
    });
  }
}

function unexplainedError(error: LibvirtError): LibvirtError {
  unexplained.add(error);
  return error;
}

// The server closes without saying why: its log has the reason.
function notConfirmed(credentials: TlsCredentials, server: VerifiedPeer | null, cause?: unknown): LibvirtError {
  return new LibvirtError(ErrorCode.SystemError, null, {
    message: 'Unable to read TLS confirmation: Input/output error',
    domain: ErrorDomain.Rpc,
    cause,
    stage: 'certificate',
    evidence: shown(credentials, server),
    hint: 'the server refused our certificate, or that we have none; its log says why',
  });
}

function refusedByServer(credentials: TlsCredentials, server: VerifiedPeer | null): LibvirtError {
  return new LibvirtError(ErrorCode.Rpc, 'server verification (of our certificate or IP address) failed', {
    domain: ErrorDomain.Rpc,
    stage: 'certificate',
    evidence: shown(credentials, server),
  });
}

// What the server could see of us, and who it is.
function shown(
  { chain, files, authorities, revocations }: TlsCredentials,
  server: VerifiedPeer | null,
): Readonly<Record<string, unknown>> {
  const [own] = chain;
  return {
    sent: own === undefined ? null : own.subject,
    sentFile: own === undefined ? null : files.cert,
    sentIssuer: own?.issuer ?? null,
    sentIssuers: chain.map(({ issuer }) => issuer),
    sentSerial: own?.serial ?? null,
    sentNotBefore: own?.notBefore.toISOString() ?? null,
    sentNotAfter: own?.notAfter.toISOString() ?? null,
    sentNames: own === undefined ? [] : hostNamesOf(own),
    authorities: authorities.map(({ subject }) => subject),
    // Null when it was not verified.
    serverIssuer: server?.chain[0]?.issuer ?? null,
    // What the authority says of our certificate, as far as its list is here.
    revoked: own === undefined ? null : isRevoked(own, revocations),
    expectedFiles: { cert: files.cert, key: files.key },
  };
}

// Null: there is no list of its authority.
function isRevoked(
  { issuerDer, serial }: CertificateFacts,
  revocations: TlsCredentials['revocations'],
): boolean | null {
  const lists = revocations.filter((list) => list.issuerDer === issuerDer);
  return lists.length === 0 ? null : lists.some(({ serials }) => serials.has(serial));
}

function sessionsOf(credentials: TlsCredentials): Map<string, Session> {
  let found = sessions.get(credentials);
  if (found === undefined) {
    found = new Map();
    sessions.set(credentials, found);
  }
  return found;
}

function remember(known: Map<string, Session>, key: string, session: Session): void {
  known.delete(key);
  known.set(key, session);
  for (const oldest of known.keys()) {
    if (known.size <= MAX_SESSIONS) break;
    known.delete(oldest);
  }
}

function ignore(): void {}
