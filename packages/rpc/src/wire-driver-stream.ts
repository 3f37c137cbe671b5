// The server's end of a stream on the wire: what a driver gets as the stream of a call.
import { ErrorCode, ErrorDomain } from './error-codes.ts';
import { LibvirtError, toLibvirtError } from './error.ts';
import { releasePart } from './kept-memory.ts';
import type { PacketConnection } from './packet-connection.ts';
import { PacketStatus } from './packet.ts';
import type { Procedure } from './program.ts';
import { type DriverSink, type DriverStream, itemWeight, STREAM_HIGH_WATER } from './stream.ts';
import { WireStream } from './wire-stream.ts';

type Incoming = Uint8Array | bigint | 'finish';

/** The server's end: what a driver gets as the stream of a call. */
export class WireDriverStream extends WireStream implements DriverStream {
  private readonly allowHoles: boolean;
  private sink: DriverSink | undefined;
  private paused = false;
  private started = false;
  // What the handler wrote before its reply left.
  private early: (Uint8Array | bigint | 'end' | LibvirtError)[] = [];
  private incoming: Incoming[] = [];
  private incomingBytes = 0;
  private finished = false;
  // Why the caller is gone, for a driver that does not listen yet.
  private left: LibvirtError | undefined;
  private drainWaiters: (() => void)[] = [];

  constructor(
    connection: PacketConnection,
    procedure: Procedure,
    serial: number,
    allowHoles: boolean,
    forget: () => void,
  ) {
    super(connection, procedure, serial, forget);
    this.allowHoles = allowHoles;
  }

  write(chunk: Uint8Array): boolean {
    if (this.over || chunk.length === 0) return true;
    if (!this.started) {
      this.early.push(chunk);
      return false;
    }
    return this.sendData(chunk);
  }

  hole(length: bigint): boolean {
    if (this.over) return true;
    if (!this.started) {
      this.early.push(length);
      return false;
    }
    return this.sendHole(length);
  }

  drained(): Promise<void> {
    if (this.over || (this.started && this.hasRoom)) return Promise.resolve();
    return new Promise((resolve) => this.drainWaiters.push(resolve));
  }

  end(): void {
    if (this.over) return;
    if (this.started) this.sendStatus(PacketStatus.Continue);
    else this.early.push('end');
  }

  fail(error: LibvirtError): void {
    if (this.over) return;
    if (!this.started) {
      this.early.push(error);
      return;
    }
    this.sendError(error);
    this.stop();
  }

  receive(sink: DriverSink): void {
    this.sink = sink;
    if (this.left !== undefined) sink.abort(this.left);
  }

  release(chunk: Uint8Array): void {
    releasePart(chunk);
  }

  pause(): void {
    this.paused = true;
  }

  resume(): void {
    this.paused = false;
    this.deliver();
  }

  /** The reply has been sent: what was held back may follow. */
  start(): void {
    this.started = true;
    const { early } = this;
    this.early = [];
    for (const item of early) {
      if (item === 'end') this.end();
      else if (item instanceof LibvirtError) this.fail(item);
      else if (typeof item === 'bigint') this.hole(item);
      else this.write(item);
    }
    this.channelDrained();
    this.deliver();
  }

  /** The call failed: the stream never was. */
  drop(): void {
    this.leave(new LibvirtError(ErrorCode.Rpc, 'the call of the stream failed', { domain: ErrorDomain.Rpc }));
  }

  /** The channel can take more. */
  channelDrained(): void {
    const waiters = this.drainWaiters;
    if (waiters.length === 0) return;
    this.drainWaiters = [];
    for (const resolve of waiters) resolve();
  }

  /** A packet of the client for this stream. @throws LibvirtError `Rpc` when the connection must end */
  data(chunk: Uint8Array): void {
    this.push(chunk);
  }

  /** A hole of the client. */
  holeFromCaller(length: bigint): void {
    if (!this.allowHoles || length <= 0n) {
      throw new LibvirtError(ErrorCode.Rpc, 'Unexpected stream hole', { domain: ErrorDomain.Rpc });
    }
    this.push(length);
  }

  /** The client is done. */
  finish(): void {
    this.push('finish');
  }

  /** The client gave up. */
  abort(): void {
    if (this.over) return;
    this.sendStatus(PacketStatus.Ok);
    this.leave(new LibvirtError(ErrorCode.Rpc, 'stream aborted at client request', { domain: ErrorDomain.Rpc }));
  }

  /** The connection is gone. */
  lost(reason: LibvirtError): void {
    this.leave(reason);
  }

  private leave(reason: LibvirtError): void {
    if (this.over) return;
    this.stop();
    this.left = reason;
    this.sink?.abort(reason);
  }

  private push(item: Incoming): void {
    // Nothing follows the end.
    if (this.over || this.finished) return;
    this.finished = item === 'finish';
    if (this.started && !this.paused && this.incoming.length === 0) {
      this.hand(item);
      return;
    }
    this.incoming.push(item);
    this.incomingBytes += itemWeight(item);
    if (this.incomingBytes >= STREAM_HIGH_WATER) this.connection.hold(this);
  }

  private deliver(): void {
    while (this.started && !this.paused && !this.over) {
      const item = this.incoming.shift();
      if (item === undefined) break;
      this.incomingBytes -= itemWeight(item);
      this.hand(item);
    }
    if (this.incomingBytes < STREAM_HIGH_WATER) this.connection.unhold(this);
  }

  private hand(item: Incoming): void {
    try {
      if (item instanceof Uint8Array) this.sink?.data(item);
      else if (typeof item === 'bigint') this.sink?.hole(item);
      else this.confirm(this.sink?.finish());
    } catch (thrown) {
      this.fail(toLibvirtError(thrown));
    }
  }

  private confirm(done: void | Promise<void>): void {
    if (done === undefined) {
      this.confirmNow();
      return;
    }
    done.then(
      () => this.confirmNow(),
      (thrown) => this.fail(toLibvirtError(thrown)),
    );
  }

  private confirmNow(): void {
    if (this.over) return;
    this.sendStatus(PacketStatus.Ok);
    this.stop();
  }

  private stop(): void {
    this.incoming = [];
    this.incomingBytes = 0;
    this.early = [];
    this.finishHere();
    this.channelDrained();
  }
}
