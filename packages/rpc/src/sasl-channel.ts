// The security layer of SASL as a channel over a channel: what goes through is cut into protected frames.
import type { Channel, ChannelSink } from './channel.ts';
import { ErrorCode, ErrorDomain } from './error-codes.ts';
import { LibvirtError, toLibvirtError } from './error.ts';

/** A layer that protects what follows a successful exchange (integrity or encryption). */
export interface SecurityLayer {
  /** Strength in libvirt's and Cyrus's scale: 1 integrity only, 56 and more encryption. */
  readonly ssf: number;
  /** Most bytes that {@link wrap} takes at once. */
  readonly maxPlainBytes: number;
  /** Protects bytes. @returns the frame with its four-byte length */
  wrap(bytes: Uint8Array): Uint8Array;
  /**
   * Opens the body of a frame, which has no length word any more.
   *
   * @returns memory of its own
   * @throws LibvirtError `Rpc` when it was tampered with; the layer cannot be used any more
   */
  unwrap(body: Uint8Array): Uint8Array;
}

/** Most bytes of a frame without its length word: the buffer that we tell the peer about. */
export const MAX_SASL_FRAME_BYTES = 65_536;

/**
 * Puts a layer over a channel. Frames are `length(4) || protected`; neither their edges nor those of what arrives mean
 * anything to what is inside.
 *
 * @param inner may be open already: its delivery is taken over when the new channel is opened
 */
export function saslChannel(inner: Channel, layer: SecurityLayer): Channel {
  return new SaslChannel(inner, layer);
}

class SaslChannel implements Channel, ChannelSink {
  private readonly inner: Channel;
  private readonly layer: SecurityLayer;
  private sink: ChannelSink | undefined;
  private readonly head = new Uint8Array(4);
  private headBytes = 0;
  // The frame that is arriving, made once its length is known and allowed.
  private body: Uint8Array | null = null;
  private bodyBytes = 0;
  private broken = false;
  isBroken = false;

  constructor(inner: Channel, layer: SecurityLayer) {
    this.inner = inner;
    this.layer = layer;
  }

  open(sink: ChannelSink): void {
    this.sink = sink;
    this.inner.open(this);
  }

  write(bytes: Uint8Array): boolean {
    let left = true;
    const most = this.layer.maxPlainBytes;
    try {
      for (let at = 0; at < bytes.length; at += most) {
        const part = bytes.length <= most ? bytes : bytes.subarray(at, at + most);
        left = this.inner.write(this.layer.wrap(part));
        if (at === 0) this.isBroken = this.inner.isBroken === true;
      }
    } catch (thrown) {
      this.fail(toLibvirtError(thrown, ErrorDomain.Rpc));
    }
    return left;
  }

  writeBoth(head: Uint8Array, tail: Uint8Array): boolean {
    const both = new Uint8Array(head.length + tail.length);
    both.set(head);
    both.set(tail, head.length);
    return this.write(both);
  }

  get pendingBytes(): number {
    return this.inner.pendingBytes;
  }

  pause(): void {
    this.inner.pause();
  }

  resume(): void {
    this.inner.resume();
  }

  close(reason?: LibvirtError): void {
    this.inner.close(reason);
  }

  destroy(reason: LibvirtError): void {
    this.inner.destroy(reason);
  }

  data(chunk: Uint8Array): void {
    let at = 0;
    try {
      while (at < chunk.length && !this.broken) at = this.take(chunk, at);
    } catch (thrown) {
      this.fail(toLibvirtError(thrown, ErrorDomain.Rpc));
    }
  }

  drain(): void {
    this.sink?.drain();
  }

  end(reason: LibvirtError | null): void {
    this.broken = true;
    this.sink?.end(reason);
  }

  // Takes what belongs to one frame. Returns where the rest begins.
  private take(chunk: Uint8Array, from: number): number {
    let at = from;
    while (this.headBytes < 4) {
      if (at === chunk.length) return at;
      this.head[this.headBytes++] = chunk[at++] as number;
    }
    const length = new DataView(this.head.buffer).getUint32(0);
    if (length > MAX_SASL_FRAME_BYTES) throw tooLong(length);
    if (this.body === null && chunk.length - at >= length) {
      this.headBytes = 0;
      this.deliver(chunk.subarray(at, at + length));
      return at + length;
    }
    this.body ??= new Uint8Array(length);
    const part = chunk.subarray(at, at + length - this.bodyBytes);
    this.body.set(part, this.bodyBytes);
    this.bodyBytes += part.length;
    if (this.bodyBytes === length) {
      const { body } = this;
      this.body = null;
      this.bodyBytes = 0;
      this.headBytes = 0;
      this.deliver(body);
    }
    return at + part.length;
  }

  private deliver(body: Uint8Array): void {
    const plain = this.layer.unwrap(body);
    if (plain.length > 0) this.sink?.data(plain, false);
  }

  private fail(reason: LibvirtError): void {
    this.broken = true;
    this.inner.destroy(reason);
  }
}

function tooLong(length: number): LibvirtError {
  const text = `SASL data length ${length} too long, max ${MAX_SASL_FRAME_BYTES}`;
  return new LibvirtError(ErrorCode.InternalError, text, { domain: ErrorDomain.Rpc });
}
