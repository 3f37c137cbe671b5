// Calls that wait for their answers, by serial.
import type { Procedure } from './program.ts';
import type { DriverStream } from './stream.ts';
import type { WireCallStream } from './wire-call-stream.ts';

/** A call from the moment it is made until its reply has come. */
export interface PendingCall {
  readonly procedure: Procedure;
  readonly args: unknown;
  readonly resolve: (value: never) => void;
  readonly reject: (reason: unknown) => void;
  readonly stream: DriverStream | undefined;
  /** The wire's end of the stream. It is there when the call is sent, for a server may send data before its reply. */
  wireStream: WireCallStream | undefined;
  /** True when nothing behind its reply is to be read. */
  readonly pauses: boolean;
  /** True once its promise is settled; the reply to a call that was given up is dropped. */
  settled: boolean;
  /** Takes the abort listener away. */
  release: (() => void) | undefined;
  /** Its number on the wire; -1 until it is sent. */
  serial: number;
  /** The write that its packet leaves with. */
  write: number;
  /** When it was sent, in milliseconds of the clock. */
  sentAt: number;
}

const FIRST_SLOTS = 8;

/** Sent calls. A place in an array each: serials follow each other, and a Map would be made anew every few calls. */
export class PendingCalls {
  /** Calls without reply. */
  size = 0;
  private slots: (PendingCall | undefined)[] = Array.from({ length: FIRST_SLOTS });
  private next = 0;
  private first = 0;

  /** The serial of the next call; those whose place is still taken are left out. */
  freeSerial(): number {
    if (this.size * 2 >= this.slots.length) this.grow();
    const mask = this.slots.length - 1;
    while (this.slots[this.next & mask] !== undefined) this.next = (this.next + 1) >>> 0;
    return this.next;
  }

  /** Adds a call. @param serial of {@link freeSerial} */
  add(call: PendingCall, serial: number): void {
    if (this.size === 0) this.first = serial;
    call.serial = serial;
    this.slots[serial & (this.slots.length - 1)] = call;
    this.size++;
    this.next = (serial + 1) >>> 0;
  }

  /** Gives the call of a serial. */
  get(serial: number): PendingCall | undefined {
    const call = this.slots[serial & (this.slots.length - 1)];
    return call?.serial === serial ? call : undefined;
  }

  /** Takes a call out. */
  delete({ serial }: PendingCall): void {
    this.slots[serial & (this.slots.length - 1)] = undefined;
    this.size--;
    if (serial !== this.first || this.size === 0) return;
    while (this.get(this.first) === undefined) this.first = (this.first + 1) >>> 0;
  }

  /** The call that was sent first. */
  get oldest(): PendingCall | undefined {
    return this.size === 0 ? undefined : this.get(this.first);
  }

  /** Takes all calls out. @returns them in the order in which they were sent */
  clear(): PendingCall[] {
    const { first } = this;
    const calls = this.slots.filter((call) => call !== undefined);
    this.slots = Array.from({ length: FIRST_SLOTS });
    this.size = 0;
    return calls.sort((one, two) => ((one.serial - first) >>> 0) - ((two.serial - first) >>> 0));
  }

  private grow(): void {
    const old = this.slots;
    this.slots = Array.from({ length: old.length * 2 });
    for (const call of old) if (call !== undefined) this.slots[call.serial & (this.slots.length - 1)] = call;
  }
}
