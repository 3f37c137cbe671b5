// A channel carries bytes both ways; whatever is under it (socket, pipe, memory, a SASL layer) looks the same from above.
import type { LibvirtError } from './error.ts';

/** Who gets what a channel receives. */
export interface ChannelSink {
  /**
   * Takes bytes.
   *
   * @param shared true when the memory is used again after the call returns: what is kept must be copied
   */
  data(chunk: Uint8Array, shared: boolean): void;
  /** Everything that was written has left; more may be written. */
  drain(): void;
  /** The channel has ended; called once, nothing follows. @param reason null when the peer closed in order */
  end(reason: LibvirtError | null): void;
}

/** Bytes both ways. */
export interface Channel {
  /**
   * Starts delivery. Called again, delivery goes to the new sink from then on: so a layer is put in between.
   */
  open(sink: ChannelSink): void;
  /**
   * Writes bytes.
   *
   * @returns true when they have left and their memory may be used again; false when the channel keeps them until
   *   `drain`: the memory then belongs to the channel
   */
  write(bytes: Uint8Array): boolean;
  /** Writes two pieces as one. @returns as {@link write} */
  writeBoth(head: Uint8Array, tail: Uint8Array): boolean;
  /**
   * Asks for chunks that are not shared, while streams carry data that is kept. A channel without such a choice leaves
   * it out.
   */
  keepChunks?(keep: boolean): void;
  /**
   * True once nothing leaves any more. True right after a write: nothing of that one has left. Left out, or false, where
   * that cannot be told.
   */
  readonly isBroken?: boolean;
  /** Bytes that were written and have not left yet. */
  readonly pendingBytes: number;
  /** As {@link pendingBytes}, falling while one large write leaves bit by bit; left out where that cannot be seen. */
  readonly unsentBytes?: number;
  /** Stops reading until {@link resume}; a chunk may still come. */
  pause(): void;
  resume(): void;
  /** Lets what was written leave, then ends the channel. `end` is called with the reason, or null. */
  close(reason?: LibvirtError): void;
  /** Ends the channel at once, dropping what has not left. `end` is called with the reason. */
  destroy(reason: LibvirtError): void;
}

// One end of a channel in memory. Delivery is in a microtask, so that both ends behave as over a socket.
class MemoryChannel implements Channel {
  peer!: MemoryChannel;
  pendingBytes = 0;
  private sink: ChannelSink | undefined;
  private queue: Uint8Array[] = [];
  private paused = false;
  private scheduled = false;
  private peerClosed = false;
  private ended = false;

  get isBroken(): boolean {
    return this.ended;
  }

  open(sink: ChannelSink): void {
    this.sink = sink;
    this.schedule();
  }

  write(bytes: Uint8Array): boolean {
    if (this.ended) return true;
    this.peer.queue.push(bytes.slice());
    this.pendingBytes += bytes.length;
    this.peer.schedule();
    return true;
  }

  writeBoth(head: Uint8Array, tail: Uint8Array): boolean {
    this.write(head);
    return this.write(tail);
  }

  pause(): void {
    this.paused = true;
  }

  resume(): void {
    this.paused = false;
    this.schedule();
  }

  close(reason?: LibvirtError): void {
    if (this.ended) return;
    this.peer.peerClosed = true;
    this.peer.schedule();
    this.finish(reason ?? null);
  }

  destroy(reason: LibvirtError): void {
    this.close(reason);
  }

  private schedule(): void {
    if (this.scheduled || this.sink === undefined) return;
    this.scheduled = true;
    queueMicrotask(() => this.deliver());
  }

  private deliver(): void {
    this.scheduled = false;
    while (!this.paused && !this.ended) {
      const chunk = this.queue.shift();
      if (chunk === undefined) break;
      this.peer.pendingBytes -= chunk.length;
      this.sink?.data(chunk, false);
      if (this.peer.pendingBytes === 0 && !this.peer.ended) this.peer.sink?.drain();
    }
    if (this.peerClosed && this.queue.length === 0) this.finish(null);
  }

  private finish(reason: LibvirtError | null): void {
    if (this.ended) return;
    this.ended = true;
    const sink = this.sink;
    if (sink !== undefined) queueMicrotask(() => sink.end(reason));
  }
}

/** Makes two channels that are joined in memory: what one writes, the other receives. */
export function memoryChannelPair(): [Channel, Channel] {
  const one = new MemoryChannel();
  const two = new MemoryChannel();
  one.peer = two;
  two.peer = one;
  return [one, two];
}
