// One connection to an ssh server: opened, checked and authenticated; it carries any number of channels.
import { spawn } from 'node:child_process';
import { connect } from 'node:net';
import { Duplex } from 'node:stream';
import { type Channel, ErrorCode, ErrorDomain, LibvirtError } from '@virtwire/rpc';
import { DuplexChannel, MAX_STDERR_BYTES, OutputTail, within } from '@virtwire/rpc/node';
import type { Client, ClientChannel, ServerHostKeyAlgorithm } from 'ssh2';
import type { CredentialSource } from '../credentials.ts';
import { hostFailure } from '../transport/host-failure.ts';
import { SshAuthentication, type SshIdentity } from './authentication.ts';
import type { SshFlavour } from './flavour.ts';
import { type CertifiedKey, checkHostKey, type HostKeyPolicy, readKnownHosts } from './host-key.ts';
import { authoritiesFor, type KnownHost, knownKeyTypes } from './known-hosts.ts';
import { SshReader } from './wire.ts';

/** A server to connect to. */
export interface SshTarget {
  readonly flavour: SshFlavour;
  /** Name or address to connect to. */
  readonly address: string;
  readonly port: number;
  /** Name by which its key is stored. */
  readonly keyName: string;
  /** Port by which its key is stored. */
  readonly keyPort: number;
  readonly identity: SshIdentity;
  readonly policy: HostKeyPolicy;
  /** Files of known host keys; a new one is written to the first. */
  readonly knownHosts: readonly [string | null, ...string[]];
  /** 4 or 6: only addresses of this family; 0 for both. */
  readonly addressFamily: 0 | 4 | 6;
  /** Address of this side; null for whichever fits. */
  readonly bindAddress: string | null;
  /** Seconds that connecting may take; null for as long as the system takes. */
  readonly connectTimeoutS: number | null;
  /** Server to go through; null for none. */
  readonly through: SshTarget | null;
  /** Program that makes the connection in our place; null for none. */
  readonly proxyCommand: string | null;
  readonly credentials: CredentialSource;
}

/** How a program on the other side ended: the `cause` of the channel's error. */
export interface RemoteEnd {
  readonly command: string;
  /** Null when a signal ended it, or nothing is known. */
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly stderr: string;
}

// Signatures with SHA-1 and DSA are not accepted from anybody.
const hostKeyAlgorithms: readonly ServerHostKeyAlgorithm[] = [
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'rsa-sha2-512',
  'rsa-sha2-256',
];

// A server that does not answer in this time shows no certificate.
const SCAN_MS = 10_000;

// The exit status comes behind the end of the output.
const EXIT_GRACE_MS = 1_000;

/** A connection to an ssh server. */
export class SshSession {
  private readonly client: Client;
  private readonly flavour: SshFlavour;
  private readonly below: readonly { dispose(): void }[];
  private failure: Error | null = null;
  /** Called once the connection is gone. */
  onGone: () => void = () => {};

  constructor(client: Client, flavour: SshFlavour, below: readonly { dispose(): void }[]) {
    this.client = client;
    this.flavour = flavour;
    this.below = below;
    client.on('error', (error) => {
      this.failure ??= error;
    });
    client.once('close', () => {
      for (const part of below) part.dispose();
      this.onGone();
    });
  }

  /** Opens a channel to a Unix socket of the other side. @throws Error when the server does not do that, or the socket is not there */
  async openSocket(path: string, release: () => void): Promise<Channel> {
    const stream = await new Promise<ClientChannel>((resolve, reject) => {
      this.client.openssh_forwardOutStreamLocal(path, (error, opened) => (error ? reject(error) : resolve(opened)));
    });
    return new DuplexChannel({
      readable: stream,
      writable: stream,
      explain: async (trouble) => this.lost(trouble),
      release: async () => {
        stream.destroy();
        release();
      },
    });
  }

  /** Runs a command on the other side; its standard input and output are the channel. @throws Error when no more are allowed */
  async exec(command: string, release: () => void): Promise<Channel> {
    const said = new OutputTail(MAX_STDERR_BYTES);
    let end: Pick<RemoteEnd, 'exitCode' | 'signal'> = { exitCode: null, signal: null };
    const { promise: closed, resolve: close } = Promise.withResolvers<void>();
    const stream = await new Promise<ClientChannel>((resolve, reject) => {
      this.client.exec(command, (error, opened) => {
        if (error) {
          reject(error);
          return;
        }
        // A command that ends at once is over in the packet that starts it: who listens later hears nothing.
        opened.stderr.on('data', (chunk: Uint8Array) => said.push(chunk));
        opened.once('exit', (code: number | null, signal?: string) => {
          end = { exitCode: code, signal: signal ?? null };
        });
        opened.once('close', close);
        resolve(opened);
      });
    });
    return new DuplexChannel({
      readable: stream,
      writable: stream,
      explain: async (trouble) => {
        await within(closed, EXIT_GRACE_MS);
        if (end.exitCode === 0) return null;
        if (end.exitCode === null && end.signal === null) return this.lost(trouble);
        return this.flavour.error(`Remote command terminated with non-zero code: ${end.exitCode ?? -1}`, {
          command,
          ...end,
          stderr: said.text(),
        } satisfies RemoteEnd);
      },
      release: async () => {
        stream.destroy();
        release();
      },
    });
  }

  /** Opens a connection from the other side to a further host. @throws LibvirtError in the words of the flavour */
  forward(host: string, port: number): Promise<Duplex> {
    return new Promise((resolve, reject) => {
      this.client.forwardOut('127.0.0.1', 0, host, port, (error, stream) => {
        if (error) reject(this.flavour.error(`failed to connect to '${host}:${port}': ${error.message}`, error));
        else resolve(stream);
      });
    });
  }

  /** Ends the connection with all its channels. */
  close(): void {
    this.client.end();
  }

  private lost(trouble: Error | null): LibvirtError | null {
    const cause = this.failure ?? trouble;
    return cause === null ? null : this.flavour.error(cause.message, cause);
  }
}

/**
 * Connects to a server, checks its key, authenticates.
 *
 * @throws LibvirtError in the words of the flavour; the signal's reason when it was given up
 */
export async function dialSsh(target: SshTarget, signal: AbortSignal | undefined): Promise<SshSession> {
  const { flavour, identity, policy, keyName: host, keyPort: port, knownHosts: files, credentials } = target;
  // Heavy, so only for those who ask for it.
  const { default: ssh2 } = await import('ssh2');
  const paths = policy === 'ignore' ? [] : files.filter((file) => file !== null);
  const known = (await Promise.all(paths.map(readKnownHosts))).flat();
  const certified = await askCertificate(target, known, signal);
  const { socket, below } = await connectTo(target, signal);
  const client = new ssh2.Client();
  let failure: Error | undefined;
  const giveUp = (reason: unknown): void => {
    failure ??= reason as Error;
    client.destroy();
  };
  const { parseKey } = ssh2.utils;
  const means = { flavour, credentials, signal, parseKey: parseKey as never, createAgent: ssh2.createAgent };
  const authentication = new SshAuthentication(identity, means, giveUp);
  const types = [...(certified?.key ? [typeOf(certified.key)] : []), ...knownKeyTypes(known, host, port)];
  const stored = algorithmsOf(types);
  const abort = (): void => giveUp(signal?.reason);
  signal?.addEventListener('abort', abort, { once: true });
  try {
    signal?.throwIfAborted();
    await new Promise<void>((resolve, reject) => {
      client.once('ready', resolve);
      client.on('error', (error: Error & { level?: string }) => {
        // The agent could not be used: the next way is tried.
        if (error.level === 'agent') return;
        reject(failure ?? handshakeFailed(flavour, error));
      });
      client.once('close', () => reject(failure ?? handshakeFailed(flavour, new Error('Connection closed'))));
      client.connect({
        sock: socket,
        username: identity.user,
        readyTimeout: 0,
        authHandler: authentication.handler,
        algorithms: {
          serverHostKey: [...stored, ...hostKeyAlgorithms.filter((each) => !stored.includes(each))],
        },
        hostVerifier: (key: Buffer, verified: (accepted: boolean) => void) => {
          checkHostKey(
            { flavour, host, port, policy, path: files[0], known, certified, credentials, signal },
            key,
          ).then(
            () => verified(true),
            (thrown: unknown) => {
              failure ??= withFault(thrown as Error, certified);
              verified(false);
            },
          );
        },
      });
    });
    return new SshSession(client, flavour, below);
  } catch (thrown) {
    // Errors of a connection that is given up already are of no use to anybody.
    client.on('error', () => {});
    client.destroy();
    for (const part of below) part.dispose();
    throw thrown;
  } finally {
    signal?.removeEventListener('abort', abort);
  }
}

// The key that an authority vouches for, where known_hosts has authorities for this host.
async function askCertificate(
  target: SshTarget,
  known: readonly KnownHost[],
  signal: AbortSignal | undefined,
): Promise<CertifiedKey | null> {
  const { keyName: host, keyPort: port } = target;
  const authorities = authoritiesFor(known, host, port);
  if (authorities.length === 0) return null;
  const [{ scanCertificate }, { certificateFault, parseHostCertificate }] = await Promise.all([
    import('./certificate-scan.ts'),
    import('./host-certificate.ts'),
  ]);
  const { socket, below } = await connectTo(target, signal);
  const stop = (): void => void socket.destroy();
  const late = setTimeout(stop, SCAN_MS);
  signal?.addEventListener('abort', stop, { once: true });
  try {
    const bytes = await scanCertificate(socket);
    if (bytes === null) return { key: null, fault: 'the server has none' };
    const certificate = parseHostCertificate(bytes);
    const fault = certificateFault(certificate, { authorities, host: host.toLowerCase(), nowS: Date.now() / 1000 });
    return { key: fault === null ? certificate.key : null, fault };
  } catch (thrown) {
    signal?.throwIfAborted();
    // Without a certificate the host is as good as without an authority.
    return { key: null, fault: (thrown as Error).message };
  } finally {
    clearTimeout(late);
    signal?.removeEventListener('abort', stop);
    for (const part of below) part.dispose();
  }
}

function withFault(error: Error, certified: CertifiedKey | null): Error {
  const fault = certified?.fault ?? null;
  if (!(error instanceof LibvirtError) || fault === null) return error;
  const { code, message, domain, cause } = error;
  const evidence = { hostCertificate: fault };
  return new LibvirtError(code, null, { message, domain, cause, evidence });
}

function typeOf(key: Uint8Array): string {
  return new SshReader(key).text();
}

interface Below {
  readonly socket: Duplex;
  /** What has to be freed with the connection. */
  readonly below: readonly { dispose(): void }[];
}

async function connectTo(target: SshTarget, signal: AbortSignal | undefined): Promise<Below> {
  const { through, proxyCommand, address, port } = target;
  if (through !== null) {
    const session = await dialSsh(through, signal);
    try {
      return { socket: await session.forward(address, port), below: [{ dispose: () => session.close() }] };
    } catch (thrown) {
      session.close();
      throw thrown;
    }
  }
  if (proxyCommand !== null) {
    const child = spawn('/bin/sh', ['-c', `exec ${proxyCommand}`], { stdio: ['pipe', 'pipe', 'ignore'] });
    child.on('error', () => child.stdout.destroy());
    const socket = Duplex.from({ readable: child.stdout, writable: child.stdin });
    return { socket, below: [{ dispose: () => void child.kill() }] };
  }
  return { socket: await connectTcp(target, signal), below: [] };
}

function connectTcp(target: SshTarget, signal: AbortSignal | undefined): Promise<Duplex> {
  const { address: host, port, addressFamily: family, bindAddress, connectTimeoutS } = target;
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const local = bindAddress === null ? {} : { localAddress: bindAddress };
    const socket = connect({ host, port: port & 0xffff, noDelay: true, family, ...local });
    const late = (): void => {
      socket.destroy(Object.assign(new Error('connecting took too long'), { code: 'ETIMEDOUT', syscall: 'connect' }));
    };
    const timer = connectTimeoutS === null ? undefined : setTimeout(late, connectTimeoutS * 1000);
    const abort = (): void => {
      clearTimeout(timer);
      socket.destroy();
      reject(signal?.reason as Error);
    };
    signal?.addEventListener('abort', abort, { once: true });
    const settled = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
      socket.removeAllListeners();
    };
    socket.once('connect', () => {
      settled();
      resolve(socket);
    });
    socket.once('error', (error) => {
      settled();
      reject(
        new LibvirtError(ErrorCode.SystemError, null, {
          message: hostFailure(host, port, error),
          domain: ErrorDomain.Rpc,
          cause: error,
        }),
      );
    });
  });
}

function handshakeFailed(flavour: SshFlavour, error: Error): LibvirtError {
  const text = flavour.name === 'libssh' ? 'failed to connect' : 'SSH session handshake failed';
  return flavour.error(`${text}: ${error.message}`, error);
}

function algorithmsOf(types: readonly string[]): ServerHostKeyAlgorithm[] {
  const names = types.flatMap((type) => (type === 'ssh-rsa' ? ['rsa-sha2-512', 'rsa-sha2-256'] : [type]));
  return hostKeyAlgorithms.filter((each) => names.includes(each));
}
