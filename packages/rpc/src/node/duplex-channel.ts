// A channel over a pair of Node streams, which may be one and the same: a child's pipes, a channel inside ssh.
import type { Readable, Writable } from 'node:stream';
import type { Channel, ChannelSink } from '../channel.ts';
import type { LibvirtError } from '../error.ts';

/** What a {@link DuplexChannel} runs over. */
export interface DuplexParts {
  readonly readable: Readable;
  readonly writable: Writable;
  /**
   * The bytes are over without our doing: gathers why. What can still be read is delivered until it resolves.
   *
   * @param trouble what a stream said; null when the peer just ended
   */
  explain(trouble: NodeJS.ErrnoException | null): Promise<LibvirtError | null>;
  /** Frees what is behind the streams. Called once. @param inOrder true when all that was written has left */
  release(inOrder: boolean): Promise<void>;
}

/** Bytes both ways over Node streams. */
export class DuplexChannel implements Channel {
  private readonly parts: DuplexParts;
  private sink: ChannelSink | undefined;
  private ending = false;
  private over = false;
  private reason: LibvirtError | null = null;
  private keeps = false;
  private paused = false;
  isBroken = false;

  constructor(parts: DuplexParts) {
    this.parts = parts;
    const { readable, writable } = parts;
    readable.once('end', () => void this.lost(null));
    readable.once('close', () => void this.lost(null));
    readable.on('error', (error) => void this.lost(error));
    writable.on('error', (error) => void this.lost(error));
  }

  open(sink: ChannelSink): void {
    const first = this.sink === undefined;
    this.sink = sink;
    if (this.over) {
      queueMicrotask(() => sink.end(this.reason));
      return;
    }
    if (!first) return;
    this.parts.readable.on('data', (chunk: Uint8Array) => {
      if (!this.over) this.sink?.data(chunk, false);
    });
    if (this.paused) this.parts.readable.pause();
  }

  write(bytes: Uint8Array): boolean {
    const { writable } = this.parts;
    if (this.isOver()) return true;
    writable.write(bytes, () => this.left());
    return this.keptNothing();
  }

  writeBoth(head: Uint8Array, tail: Uint8Array): boolean {
    const { writable } = this.parts;
    if (this.isOver()) return true;
    writable.cork();
    writable.write(head);
    writable.write(tail, () => this.left());
    writable.uncork();
    return this.keptNothing();
  }

  get pendingBytes(): number {
    return this.parts.writable.writableLength;
  }

  pause(): void {
    this.paused = true;
    this.parts.readable.pause();
  }

  resume(): void {
    this.paused = false;
    if (this.sink !== undefined) this.parts.readable.resume();
  }

  close(reason?: LibvirtError): void {
    if (this.ending) return;
    this.ending = true;
    const { writable } = this.parts;
    const left = () => void this.finish(reason ?? null, true);
    if (writable.destroyed || writable.writableFinished) left();
    else writable.end(left);
  }

  destroy(reason: LibvirtError): void {
    if (this.over) return;
    this.ending = true;
    void this.finish(reason, false);
  }

  private async lost(trouble: NodeJS.ErrnoException | null): Promise<void> {
    if (this.ending) return;
    this.ending = true;
    await this.finish(await this.parts.explain(trouble), false);
  }

  private async finish(reason: LibvirtError | null, inOrder: boolean): Promise<void> {
    if (this.over) return;
    this.over = true;
    this.reason = reason;
    await this.parts.release(inOrder);
    this.sink?.end(reason);
  }

  private isOver(): boolean {
    this.isBroken = this.ending || this.parts.writable.destroyed;
    return this.isBroken;
  }

  private keptNothing(): boolean {
    this.keeps = this.parts.writable.writableLength > 0;
    return !this.keeps;
  }

  // Node's own drain event comes only after its high-water mark was passed.
  private left(): void {
    if (!this.keeps || this.ending || this.parts.writable.writableLength > 0) return;
    this.keeps = false;
    this.sink?.drain();
  }
}
