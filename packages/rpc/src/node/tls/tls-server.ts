// The server's end of TLS: handshakes with a limit and a deadline, checks clients, and hands out those that are accepted.
import type { Socket } from 'node:net';
import { createServer, type Server, type TLSSocket } from 'node:tls';
import type { Channel } from '../../channel.ts';
import { ErrorCode, ErrorDomain, LibvirtError } from '../../error-face.ts';
import { type CertificateFacts, certificateFacts } from './certificate.ts';
import { handshakeError } from './handshake-text.ts';
import { checkPeer, peerCertificate, type VerifiedPeer } from './peer-check.ts';
import { loadCredentials, stampOf, type TlsCredentials } from './tls-credentials.ts';
import type { TlsFiles } from './tls-files.ts';
import { PacketRecordChannel } from './tls-channel.ts';
import { DEFAULT_PRIORITY } from './tls-options.ts';

/** How to serve TLS. */
export interface TlsServerOptions {
  readonly files: TlsFiles;
  /** GnuTLS priority string; NORMAL when left out. */
  readonly priority?: string | null;
  /** False to use one's own certificates whatever is wrong with them; true when left out. */
  readonly sanity?: boolean;
  /** False to let in any client, whatever its certificate; true when left out. */
  readonly verify?: boolean;
  /** Patterns of the names that clients may have; null: any. */
  readonly allowedNames?: readonly string[] | null;
  /** Handshakes at once; further connections wait unread. */
  readonly maxHandshakes: number;
  /** Connections that may wait; further ones are dropped. */
  readonly maxWaiting: number;
  /** Time for a handshake, in milliseconds; 10 s when left out. */
  readonly handshakeMs?: number;
  /** Told of every connection that got as far as being judged, and of handshakes that failed. */
  judged?(verdict: TlsVerdict): void;
  log(level: 'info' | 'warning' | 'error', text: string): void;
}

/** What became of a connection. */
export interface TlsVerdict {
  /** Where it comes from, as ADDRESS:PORT. */
  readonly address: string;
  /** Name of its certificate in libvirt's spelling, also of one that was refused; null when it showed none. */
  readonly name: string | null;
  /** Why it was refused, null when it was not. */
  readonly refusal: string | null;
}

/** A client that has been accepted and waits to be told so. */
export interface TlsArrival {
  /** Name of its certificate, in libvirt's spelling; null when it has none that was verified. */
  readonly name: string | null;
  /** True when it went on with a session of before. */
  readonly resumed: boolean;
  /** Tells the client that it is accepted, and starts reading. */
  open(): Channel;
  drop(): void;
}

/** Makes TLS out of accepted sockets. */
export interface TlsListener {
  /**
   * Takes a socket that was accepted with `pauseOnConnect`.
   *
   * @param admit called when the client has been accepted; never for one that has not
   */
  accept(socket: Socket, admit: (arrival: TlsArrival) => void): void;
  /**
   * Reads the files again, or others; clients that are connected stay.
   *
   * @throws LibvirtError as at the start; what was read before then stays in use
   */
  reload(files?: TlsFiles): void;
  /** Drops whatever has not been accepted yet. */
  close(): void;
}

const CONFIRMATION = Uint8Array.of(1);
const HANDSHAKE_MS = 10_000;
/** After so long they are read again without a change, so that warnings of what ends soon come back, in milliseconds. */
const REREAD_MS = 86_400_000;
/** How often the files are looked at while clients come, in milliseconds. */
const RELOAD_CHECK_MS = 1000;
/** Clients with intermediate certificates that can resume a session. */
const MAX_CHAINS = 4096;

/**
 * Serves TLS with the given files, which are checked first.
 *
 * @throws LibvirtError `SystemError` in libvirt's words when they will not do
 */
export function tlsListener(options: TlsServerOptions): TlsListener {
  return new HandshakeRoom(options);
}

interface Guest {
  readonly socket: Socket;
  /** Asked for at once: a socket that has broken off does not know it any more. */
  readonly address: string;
  readonly admit: (arrival: TlsArrival) => void;
}

class HandshakeRoom implements TlsListener {
  private readonly options: TlsServerOptions;
  private readonly server: Server;
  private files: TlsFiles;
  private credentials: TlsCredentials;
  private stamp: string;
  private loadedAt = performance.now();
  private checkedAt = 0;
  private readonly guests = new Map<Socket, Guest>();
  private readonly secured = new Set<TLSSocket>();
  private waiting: Guest[] = [];
  // The chains of clients by the certificate, for sessions that are resumed: those carry the certificate alone.
  private chains = new Map<string, readonly CertificateFacts[]>();
  private closed = false;

  constructor(options: TlsServerOptions) {
    this.options = options;
    this.files = options.files;
    this.stamp = stampOf(options.files);
    this.credentials = this.load(options.files);
    this.server = createServer({
      ...this.credentials.contextOptions,
      requestCert: true,
      rejectUnauthorized: false,
      handshakeTimeout: options.handshakeMs ?? HANDSHAKE_MS,
      noDelay: true,
    });
    this.server.on('secureConnection', (socket) => this.finished(socket));
    this.server.on('tlsClientError', (error, socket) => this.failed(error, socket));
  }

  accept(socket: Socket, admit: (arrival: TlsArrival) => void): void {
    const guest = { socket, address: addressOf(socket), admit };
    if (this.closed) socket.destroy();
    else if (this.guests.size < this.options.maxHandshakes) this.begin(guest);
    else if (this.waiting.length < this.options.maxWaiting) this.waiting.push(guest);
    else {
      this.options.log('warning', 'connection dropped: too many clients are in or before the TLS handshake');
      socket.destroy();
    }
  }

  reload(files: TlsFiles = this.files): void {
    const stamp = stampOf(files);
    const credentials = this.load(files);
    // Sessions of before end with their keys, so that nobody comes back by an authority that is no longer trusted.
    this.server.setSecureContext(credentials.contextOptions);
    this.files = files;
    this.credentials = credentials;
    this.stamp = stamp;
    this.loadedAt = performance.now();
    this.chains = new Map();
  }

  close(): void {
    this.closed = true;
    for (const { socket } of this.waiting.splice(0)) socket.destroy();
    for (const socket of this.guests.keys()) socket.destroy();
    for (const socket of this.secured) socket.destroy();
  }

  private load(files: TlsFiles): TlsCredentials {
    const { priority, sanity = true, log } = this.options;
    const credentials = loadCredentials({ side: 'server', files, priority: priority ?? DEFAULT_PRIORITY, sanity });
    for (const warning of credentials.warnings) log('warning', warning);
    return credentials;
  }

  private begin(guest: Guest): void {
    this.reloadIfChanged();
    const { socket } = guest;
    this.guests.set(socket, guest);
    socket.once('close', () => this.leave(socket));
    this.server.emit('connection', socket);
  }

  private leave(socket: Socket): Guest | undefined {
    const guest = this.guests.get(socket);
    if (!this.guests.delete(socket)) return undefined;
    while (this.guests.size < this.options.maxHandshakes) {
      const next = this.waiting.shift();
      if (next === undefined) break;
      if (!next.socket.destroyed) this.begin(next);
    }
    return guest;
  }

  private reloadIfChanged(): void {
    const now = performance.now();
    if (now - this.checkedAt < RELOAD_CHECK_MS) return;
    this.checkedAt = now;
    const stamp = stampOf(this.files);
    if (stamp === this.stamp && now - this.loadedAt < REREAD_MS) return;
    // A failure is told once; the next change tries again.
    this.stamp = stamp;
    this.loadedAt = now;
    try {
      this.reload();
      this.options.log('info', 'certificates have changed and were read again');
    } catch (error) {
      this.options.log('error', `certificates have changed and the old ones stay in use: ${(error as Error).message}`);
    }
  }

  private failed(error: Error & NodeJS.ErrnoException, socket: TLSSocket): void {
    const { message } = handshakeError(error);
    this.options.log('error', message);
    const raw = [...this.guests.keys()].find((each) => rawSocketOf(socket) === each);
    const guest = raw === undefined ? undefined : this.leave(raw);
    if (guest !== undefined) this.judge(guest, null, message);
    socket.destroy();
  }

  private finished(socket: TLSSocket): void {
    const raw = rawSocketOf(socket);
    const guest = raw === undefined ? undefined : this.leave(raw);
    const ignore = () => {};
    socket.on('error', ignore);
    if (guest === undefined) {
      socket.destroy();
      return;
    }
    let name: string | null = null;
    try {
      name = this.check(socket);
    } catch (error) {
      this.refuse(socket, error as LibvirtError);
      this.judge(guest, shownName(socket), (error as LibvirtError).message);
      return;
    }
    this.judge(guest, name, null);
    this.secured.add(socket);
    socket.once('close', () => this.secured.delete(socket));
    guest.admit({
      name,
      resumed: socket.isSessionReused(),
      open: () => {
        this.secured.delete(socket);
        socket.off('error', ignore);
        socket.write(CONFIRMATION);
        const channel = new PacketRecordChannel(socket, null);
        return channel;
      },
      drop: () => socket.destroy(),
    });
  }

  /** Gives the verified name, null when there is none and nobody insists. */
  private check(socket: TLSSocket): string | null {
    const { verify = true, allowedNames = null, log } = this.options;
    const id = peerCertificate(socket)?.fingerprint256;
    const known = id === undefined || !socket.isSessionReused() ? null : (this.chains.get(id) ?? null);
    let peer: VerifiedPeer;
    try {
      peer = checkPeer(socket, this.credentials, { role: 'client', hostName: null, allowedNames }, known);
    } catch (error) {
      const { message } = error as LibvirtError;
      log('error', message);
      log('warning', `Certificate check failed ${message}`);
      if (verify) throw error;
      log('info', 'Ignoring bad certificate at user request');
      return null;
    }
    for (const warning of peer.warnings) log('warning', warning);
    if (id !== undefined && peer.chain.length > 1) {
      this.chains.delete(id);
      this.chains.set(id, peer.chain);
      for (const oldest of this.chains.keys()) {
        if (this.chains.size <= MAX_CHAINS) break;
        this.chains.delete(oldest);
      }
    }
    return peer.name;
  }

  // libvirtd leaves open whom it has refused; who looks into the log wants to know just that.
  private judge({ address }: Guest, name: string | null, refusal: string | null): void {
    const { log, judged } = this.options;
    const who = `client ${address}${name === null ? '' : ` with the certificate '${name}'`}`;
    if (refusal === null) log('info', `${who} accepted`);
    else log('warning', `${who} refused: ${refusal}`);
    judged?.({ address, name, refusal });
  }

  // As libvirtd: the connection ends without a word, not even that of TLS, and clients have a text for just that.
  private refuse(socket: TLSSocket, cause: LibvirtError): void {
    const error = new LibvirtError(ErrorCode.AuthFailed, "Failed to verify peer's certificate", {
      domain: ErrorDomain.Rpc,
      cause,
    });
    this.options.log('error', error.message);
    socket.destroy();
  }
}

// Of a certificate that may be anything: its name is told only, and no one is let in by it.
function shownName(socket: TLSSocket): string | null {
  const x509 = peerCertificate(socket);
  if (x509 === undefined) return null;
  try {
    return certificateFacts(x509).subject;
  } catch {
    return null;
  }
}

function addressOf({ remoteAddress = 'unknown', remotePort = 0 }: Socket): string {
  return remoteAddress.includes(':') ? `[${remoteAddress}]:${remotePort}` : `${remoteAddress}:${remotePort}`;
}

// Node keeps the socket under a TLS socket in this field.
// oxlint-disable-next-line no-underscore-dangle -- the field is Node's.
const rawSocketOf = (socket: TLSSocket): Socket | undefined => (socket as unknown as { _parent?: Socket })._parent;
