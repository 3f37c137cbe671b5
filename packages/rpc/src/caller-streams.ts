// The streams of the client end of a connection, by the serial of the call that each belongs to.
import { fromWireError, wireError } from './error-wire.ts';
import type { LibvirtError } from './error.ts';
import type { PacketConnection } from './packet-connection.ts';
import { type PacketHeader, PacketStatus, PacketType } from './packet.ts';
import type { Procedure } from './program.ts';
import type { DriverStream } from './stream.ts';
import { WireCallStream } from './wire-call-stream.ts';
import { holeHeader, keptPiece } from './wire-stream.ts';
import { Reader } from './xdr.ts';

const reader = new Reader(new Uint8Array(0));

/** The streams of one connection. */
export class CallerStreams {
  /** True when the server sends pings of its own and leaves if they are not answered. */
  watched = false;
  private readonly connection: PacketConnection;
  private readonly callsWait: () => boolean;
  private readonly bySerial = new Map<number, WireCallStream>();

  /** @param callsWait true while a call waits for its answer */
  constructor(connection: PacketConnection, callsWait: () => boolean) {
    this.connection = connection;
    this.callsWait = callsWait;
  }

  /** Begins the stream of a call that is sent now. @param local the driver-facing end that came with the call */
  begin(procedure: Procedure, serial: number, local: DriverStream): WireCallStream {
    const stream = new WireCallStream(this.connection, procedure, serial, local, {
      wait: () => this.callsWait() || this.bySerial.values().some((other) => !other.isBehind),
      isWatched: () => this.watched,
      caughtUp: () => this.throttle(),
      forget: () => {
        this.bySerial.delete(serial);
        this.throttle();
      },
    });
    this.bySerial.set(serial, stream);
    return stream;
  }

  /** Reads on for streams whose readers are slow, or not, now that calls wait or none any more. */
  throttle(): void {
    if (this.bySerial.size === 0) return;
    for (const stream of this.bySerial.values()) stream.throttle();
  }

  /** The channel can take more. */
  drained(): void {
    for (const stream of this.bySerial.values()) stream.channelDrained();
  }

  /** Takes a packet of a stream. Late packets of one that was given up are no fault. */
  take(header: PacketHeader, bytes: Uint8Array, start: number, end: number, owned: boolean): void {
    const stream = this.bySerial.get(header.serial);
    if (stream === undefined) return;
    if (header.type === PacketType.StreamHole) {
      stream.hole(holeHeader.decode(reader.reset(bytes, start, end)).length);
    } else if (header.status === PacketStatus.Continue) {
      if (start === end) stream.ended();
      else stream.data(keptPiece(bytes, start, end, owned));
    } else if (header.status === PacketStatus.Ok) {
      stream.confirmed();
    } else {
      stream.failed(fromWireError(wireError.decode(reader.reset(bytes, start, end))));
    }
  }

  /** Takes an error that came as a reply: so libvirtd reports a write error that a hole caused. @returns false without such a stream */
  takeError(serial: number, bytes: Uint8Array, start: number, end: number): boolean {
    const stream = this.bySerial.get(serial);
    if (stream === undefined) return false;
    stream.failed(fromWireError(wireError.decode(reader.reset(bytes, start, end))));
    return true;
  }

  /** The connection is gone. */
  lost(error: LibvirtError): void {
    for (const stream of Array.from(this.bySerial.values())) stream.lost(error);
  }
}
