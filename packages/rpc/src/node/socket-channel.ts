// A channel over a Node socket, and the way to get one connected.
import { connect, type Socket } from 'node:net';
import type { Channel, ChannelSink } from '../channel.ts';
import { ErrorCode, ErrorDomain } from '../error-codes.ts';
import { LibvirtError } from '../error.ts';
import { ReadMemory } from './read-memory.ts';

/** Where a socket leads: a path (a Unix socket, or a named pipe on Windows), or a host and port. */
export type SocketTarget = { readonly path: string } | { readonly host: string; readonly port: number };

/** A channel over a socket; made by the functions of this folder only. */
export class SocketChannel implements Channel {
  private readonly socket: Socket;
  private sink: ChannelSink | undefined;
  private early: Uint8Array[] = [];
  private ended = false;
  private peerEnded = false;
  private reason: LibvirtError | null = null;
  private readonly memory: ReadMemory | null;
  private readonly encrypted: boolean;
  isBroken = false;

  /** @param memory what the socket's `onread` reads into; null for a socket without, whose chunks come as events */
  constructor(socket: Socket, memory: ReadMemory | null) {
    this.socket = socket;
    this.memory = memory;
    this.encrypted = 'encrypted' in socket;
    socket.setNoDelay(true);
    if (memory === null) socket.on('data', (chunk) => this.receive(chunk, false));
    socket.on('drain', () => {
      if (!this.ended) this.sink?.drain();
    });
    socket.on('end', () => {
      this.peerEnded = true;
      socket.destroy();
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      this.reason ??= socketError(error);
    });
    socket.on('close', () => this.finish());
    // It may have broken off while it waited to be served; then it tells nobody any more.
    if (socket.closed) this.ended = true;
  }

  open(sink: ChannelSink): void {
    this.sink = sink;
    if (this.ended) {
      queueMicrotask(() => sink.end(this.reason));
      return;
    }
    const { early } = this;
    this.early = [];
    for (const chunk of early) sink.data(chunk, false);
  }

  /** Takes what the socket has read. */
  receive(chunk: Uint8Array, shared: boolean): void {
    if (this.sink === undefined) this.early.push(shared ? chunk.slice() : chunk);
    else this.sink.data(chunk, shared);
  }

  write(bytes: Uint8Array): boolean {
    const { socket } = this;
    if (this.isOver()) return true;
    // When nothing waits, Node tries the system call at once. Encrypted bytes may leave in part before one fails.
    const tried = socket.writableLength === 0 && !this.encrypted;
    socket.write(bufferOf(bytes));
    if (socket.errored !== null && tried) this.isBroken = true;
    return socket.writableLength === 0;
  }

  writeBoth(head: Uint8Array, tail: Uint8Array): boolean {
    if (this.isOver()) return true;
    this.socket.cork();
    this.socket.write(head);
    this.socket.write(tail);
    this.socket.uncork();
    return this.socket.writableLength === 0;
  }

  private isOver(): boolean {
    const { socket } = this;
    if (socket.destroyed || socket.errored !== null) this.isBroken = true;
    return this.isBroken;
  }

  keepChunks(keep: boolean): void {
    this.memory?.keepChunks(keep);
  }

  get pendingBytes(): number {
    return this.socket.writableLength;
  }

  get unsentBytes(): number {
    // Not documented, but what Node itself asks before it takes a socket for idle; without it progress shows at the end
    // of a write only.
    const { _handle: handle } = this.socket as unknown as {
      readonly _handle?: { readonly writeQueueSize?: number } | null;
    };
    return handle?.writeQueueSize ?? this.socket.writableLength;
  }

  pause(): void {
    this.socket.pause();
  }

  resume(): void {
    this.socket.resume();
  }

  close(reason?: LibvirtError): void {
    if (reason !== undefined) this.reason ??= reason;
    this.socket.end(() => this.socket.destroy());
  }

  destroy(reason: LibvirtError): void {
    this.reason ??= reason;
    this.socket.destroy();
  }

  private finish(): void {
    if (this.ended) return;
    this.ended = true;
    if (this.peerEnded && this.reason === null) this.reason = null;
    this.sink?.end(this.reason);
  }
}

// Node makes a Buffer of whatever it writes. Replies of one length come in the same view of the same memory mostly.
let writtenBytes: Uint8Array = new Uint8Array(0);
let writtenBuffer: Buffer = Buffer.alloc(0);

function bufferOf(bytes: Uint8Array): Buffer {
  if (bytes === writtenBytes) return writtenBuffer;
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  // Large ones come once, and are not to be kept alive.
  if (bytes.length < SMALL_BYTES) {
    writtenBytes = bytes;
    writtenBuffer = buffer;
  }
  return buffer;
}

const SMALL_BYTES = 4096;

/** Makes a channel of a connected socket. The channel owns the socket from now on. */
export function socketChannel(socket: Socket): Channel {
  return new SocketChannel(socket, null);
}

/**
 * Connects a socket and makes a channel of it.
 *
 * @throws the socket's own error (with `code`, e.g. `ECONNREFUSED`) when it cannot be connected, or the signal's reason
 */
export function connectSocket(
  target: SocketTarget,
  options: { signal?: AbortSignal | undefined } = {},
): Promise<Channel> {
  const { signal } = options;
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      // oxlint-disable-next-line typescript/prefer-promise-reject-errors -- the reason is the caller's own, whatever it is.
      reject(signal.reason);
      return;
    }
    // oxlint-disable-next-line prefer-const -- reads may come before it is made.
    let channel: SocketChannel | undefined;
    const memory = new ReadMemory();
    const socket = connect({
      ...target,
      onread: memory.onread((chunk, shared) => channel?.receive(chunk, shared)),
    });
    const abort = () => {
      socket.destroy();
      // oxlint-disable-next-line typescript/prefer-promise-reject-errors -- as above.
      reject(signal?.reason);
    };
    const fail = (error: Error) => {
      signal?.removeEventListener('abort', abort);
      reject(error);
    };
    socket.once('error', fail);
    signal?.addEventListener('abort', abort, { once: true });
    socket.once('connect', () => {
      signal?.removeEventListener('abort', abort);
      socket.off('error', fail);
      resolve(channel as SocketChannel);
    });
    channel = new SocketChannel(socket, memory);
  });
}

// The texts that libvirt's client has for a link that breaks.
function socketError(error: NodeJS.ErrnoException): LibvirtError {
  const reading = error.syscall !== 'write';
  const text = systemErrorText(error);
  return new LibvirtError(ErrorCode.SystemError, `${reading ? 'Cannot recv data' : 'Cannot write data'}: ${text}`, {
    domain: ErrorDomain.Rpc,
    cause: error,
  });
}

/**
 * Gives the text that C's strerror has for a Node error, e.g. `Connection refused`.
 *
 * @returns Node's own text for an error that is not in the list
 */
export function systemErrorText(error: NodeJS.ErrnoException): string {
  return (error.code === undefined ? undefined : errnoTexts[error.code]) ?? error.message;
}

const errnoTexts: Readonly<Record<string, string>> = {
  EACCES: 'Permission denied',
  EADDRINUSE: 'Address already in use',
  EADDRNOTAVAIL: 'Cannot assign requested address',
  ECONNABORTED: 'Software caused connection abort',
  ECONNREFUSED: 'Connection refused',
  ECONNRESET: 'Connection reset by peer',
  EEXIST: 'File exists',
  EHOSTUNREACH: 'No route to host',
  EINVAL: 'Invalid argument',
  EIO: 'Input/output error',
  EISDIR: 'Is a directory',
  ELOOP: 'Too many levels of symbolic links',
  EMFILE: 'Too many open files',
  ENAMETOOLONG: 'File name too long',
  ENETUNREACH: 'Network is unreachable',
  ENOENT: 'No such file or directory',
  ENOSPC: 'No space left on device',
  ENOTDIR: 'Not a directory',
  ENOTEMPTY: 'Directory not empty',
  EPERM: 'Operation not permitted',
  EPIPE: 'Broken pipe',
  EROFS: 'Read-only file system',
  ETIMEDOUT: 'Connection timed out',
  ETXTBSY: 'Text file busy',
  EXDEV: 'Invalid cross-device link',
};
