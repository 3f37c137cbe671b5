// The memory that sockets read into: one buffer for all while chunks are handled at once, own pages while they are kept.
import type { OnReadOpts } from 'node:net';
import { PAGE_BYTES, pageFull, pagesWanted, takePage } from '../kept-memory.ts';

// A chunk is handled before the next read starts, so one buffer serves all sockets. On Windows reads are begun ahead
// of time, so there each socket gets its own.
const SHARED_BYTES = 1_048_576;
const WINDOWS_BYTES = 65_536;
const canShare = process.platform !== 'win32';
let sharedBuffer: Uint8Array | undefined;

// Calls come in the same few lengths: whoever looks at a chunk by its identity finds the view that was made before.
const KEPT_VIEWS = 1024;
const views: (Uint8Array | undefined)[] = Array.from({ length: KEPT_VIEWS });

function chunkOf(bytes: Uint8Array, length: number): Uint8Array {
  if (length < KEPT_VIEWS && bytes === sharedBuffer) return (views[length] ??= bytes.subarray(0, length));
  return length === bytes.length ? bytes : bytes.subarray(0, length);
}

// While chunks are kept, reads fill pages one after the other; what is left below the least is given up.
const LEAST_BYTES = 262_144;

// Not a Buffer, whose `slice` would not copy: what is kept of a page without its being counted must be a copy.
function newPage(): Uint8Array {
  return new Uint8Array(Buffer.allocUnsafeSlow(PAGE_BYTES).buffer);
}

/** Decides what a socket reads into. */
export class ReadMemory {
  private readonly base: Uint8Array;
  private current: Uint8Array | null = null;
  private page: Uint8Array | null = null;
  private used = 0;
  private keeping = false;

  constructor() {
    if (canShare) {
      sharedBuffer ??= new Uint8Array(SHARED_BYTES);
      this.base = sharedBuffer;
    } else {
      this.base = new Uint8Array(WINDOWS_BYTES);
    }
  }

  /** Asks for chunks whose memory is not used again before it is given back, as the data of streams is. */
  keepChunks(keep: boolean): void {
    if (keep !== this.keeping) pagesWanted(keep);
    this.keeping = keep;
  }

  /**
   * The `onread` option of a socket.
   *
   * @param receive takes each chunk; `shared` is true when its memory is used again
   */
  onread(receive: (chunk: Uint8Array, shared: boolean) => void): OnReadOpts {
    // Node accepts a function here and asks it after each read; undefined means "the same again".
    const buffer = (() => this.next()) as unknown as Uint8Array;
    return {
      buffer,
      callback: (length, bytes) => {
        const kept = this.page !== null;
        if (kept) this.used += length;
        receive(chunkOf(bytes, length), !kept);
        return true;
      },
    };
  }

  private next(): Uint8Array | undefined {
    if (!this.keeping) {
      this.leavePage();
      if (this.current === this.base) return undefined;
      this.current = this.base;
      return this.base;
    }
    if (this.page === null || this.page.length - this.used < LEAST_BYTES) {
      this.leavePage();
      this.page = takePage(newPage);
      this.used = 0;
    }
    this.current = this.used === 0 ? this.page : this.page.subarray(this.used);
    return this.current;
  }

  private leavePage(): void {
    const { page } = this;
    this.page = null;
    if (page !== null) pageFull(page);
  }
}
