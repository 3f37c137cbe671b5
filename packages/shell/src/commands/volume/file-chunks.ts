// Reads a file in large chunks, the next one while the last is sent, and finds its runs of zeros.
import type { FileHandle } from 'node:fs/promises';

// Four whole stream packets of the protocol.
const CHUNK_BYTES = 4 * 262_120;
// Shorter runs of zeros are cheaper sent than said.
const HOLE_BYTES = 65_536;

/** Gives the bytes of a file; with `sparse`, the length of each run of zeros instead of its bytes. */
export async function* fileChunks(file: FileHandle, sparse: boolean): AsyncGenerator<Uint8Array | bigint> {
  let zeros = 0n;
  let next = readChunk(file);
  for (;;) {
    const chunk = await next;
    if (chunk.length === 0) break;
    next = readChunk(file);
    // A reading that fails is heard of when its turn comes.
    next.catch(() => {});
    if (!sparse) {
      yield chunk;
      continue;
    }
    for (const part of splitZeros(chunk)) {
      if (typeof part === 'bigint') zeros += part;
      else {
        if (zeros > 0n) yield zeros;
        zeros = 0n;
        yield part;
      }
    }
  }
  if (zeros > 0n) yield zeros;
}

// Reads on from where the last reading ended: the file may be a pipe, which has no positions.
async function readChunk(file: FileHandle): Promise<Uint8Array> {
  const buffer = new Uint8Array(CHUNK_BYTES);
  const { bytesRead } = await file.read(buffer, 0, CHUNK_BYTES, null);
  return bytesRead === CHUNK_BYTES ? buffer : buffer.subarray(0, bytesRead);
}

/** Cuts a chunk into runs of zeros (their length) and other bytes; both in blocks of the size of a hole. */
export function splitZeros(chunk: Uint8Array): (Uint8Array | bigint)[] {
  const parts: (Uint8Array | bigint)[] = [];
  let dataStart = 0;
  for (let at = 0; at < chunk.length; at += HOLE_BYTES) {
    const end = Math.min(at + HOLE_BYTES, chunk.length);
    if (!isZero(chunk, at, end)) continue;
    if (dataStart < at) parts.push(chunk.subarray(dataStart, at));
    parts.push(BigInt(end - at));
    dataStart = end;
  }
  if (dataStart < chunk.length) parts.push(chunk.subarray(dataStart));
  return parts;
}

const ZEROS = new Uint8Array(HOLE_BYTES);

function isZero(chunk: Uint8Array, start: number, end: number): boolean {
  if (chunk[start] !== 0) return false;
  return Buffer.compare(chunk.subarray(start, end), ZEROS.subarray(0, end - start)) === 0;
}
