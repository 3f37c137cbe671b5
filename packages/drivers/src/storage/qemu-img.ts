// The command lines for images that are more than their bytes: made, copied, resized by qemu-img.
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { dirname, isAbsolute, join } from 'node:path';
import type { StorageVolumeDef } from '@virtwire/conf';
import { ErrorCode, ErrorDomain, LibvirtError } from '@virtwire/rpc';
import { findProgram, run, runOrThrow } from './child.ts';
import { checkFlags, storageError, systemError } from './errors.ts';

/** Flag of virStorageVolCreateXML: the tables of the image are made whole at once. */
export const PREALLOC_METADATA = 1;

/** Longest line of a map: a program that goes on for ever without ending one is not listened to. */
const MAX_LINE_CHARACTERS = 65_536;

/** Runs qemu-img. */
export class QemuImg {
  private readonly program: string;

  /** @param program its name or path */
  constructor(program: string) {
    this.program = program;
  }

  /**
   * Makes an image, empty or as a copy of another.
   *
   * @param source what to copy, null for nothing
   * @throws LibvirtError as libvirt does; `InternalError` with what qemu-img said
   * @see storageBackendCreateQemuImg
   */
  async create(
    def: StorageVolumeDef,
    source: StorageVolumeDef | null,
    flags: number,
    signal?: AbortSignal,
  ): Promise<void> {
    checkFlags(flags, PREALLOC_METADATA, 'storageBackendCreateQemuImg');
    const program = this.find();
    const format = outputFormat(def);
    const preallocate = (flags & PREALLOC_METADATA) !== 0;
    if (preallocate && format !== 'qcow2') {
      throw storageError(ErrorCode.ConfigUnsupported, 'metadata preallocation only available with qcow2');
    }
    if (preallocate && def.backingStore !== null) {
      throw storageError(ErrorCode.ConfigUnsupported, 'metadata preallocation conflicts with backing store');
    }
    await checkBacking(def, source);
    const options = imageOptions(def, format, preallocate, source !== null);
    const path = def.target.path as string;
    const kibibytes = `${(def.capacity + 1023n) / 1024n}K`;
    if (source === null) {
      const backing = def.backingStore === null ? [] : ['-b', def.backingStore.path as string];
      const size = def.backingStore !== null && def.capacity === 0n ? [] : [kibibytes];
      await runOrThrow(program, ['create', '-f', format, ...backing, ...options, path, ...size], { signal });
      return;
    }
    const from = source.target.format === 'iso' ? 'raw' : (source.target.format as string);
    await runOrThrow(program, ['convert', '-f', from, '-O', format, ...options, source.target.path as string, path], {
      signal,
    });
  }

  /** Changes the size that a guest sees, in bytes; odd sizes are made whole sectors. */
  async resize(def: StorageVolumeDef, capacity: bigint, shrink: boolean, signal?: AbortSignal): Promise<void> {
    const bytes = ((capacity + 511n) / 512n) * 512n;
    // The format is named: what a guest or an upload wrote must not choose it.
    const format = def.target.format === 'dir' ? [] : ['-f', outputFormat(def)];
    const args = ['resize', ...(shrink ? ['--shrink'] : []), ...format, def.target.path as string, String(bytes)];
    await runOrThrow(this.find(), args, { signal });
  }

  /**
   * Tells where a raw file has data and where it has holes.
   *
   * @param extent gets each stretch, in order, and may wait
   * @returns false when qemu-img is not there or will not say
   */
  async map(
    path: string,
    extent: (start: bigint, length: bigint, hole: boolean) => Promise<void>,
    signal: AbortSignal,
  ): Promise<boolean> {
    const program = findProgram(this.program);
    if (program === null) return false;
    let rest = '';
    let any = false;
    const decoder = new TextDecoder();
    const { status } = await run(program, ['map', '-U', '-f', 'raw', '--output=json', path], {
      signal,
      output: async (piece) => {
        const lines = (rest + decoder.decode(piece, { stream: true })).split('\n');
        rest = lines.pop() ?? '';
        if (rest.length > MAX_LINE_CHARACTERS) {
          throw storageError(
            ErrorCode.InternalError,
            `${program} map wrote a line of more than ${MAX_LINE_CHARACTERS}`,
          );
        }
        for (const line of lines) {
          const start = /"start": (\d+)/.exec(line)?.[1];
          const length = /"length": (\d+)/.exec(line)?.[1];
          if (start === undefined || length === undefined) continue;
          any = true;
          await extent(BigInt(start), BigInt(length), line.includes('"zero": true') && line.includes('"data": false'));
        }
      },
    });
    return status === 0 && any;
  }

  private find(): string {
    const program = findProgram(this.program);
    if (program !== null) return program;
    throw new LibvirtError(ErrorCode.SystemError, "Cannot find 'qemu-img' in path: No such file or directory", {
      int1: 2,
    });
  }
}

// qemu knows no iso: the bytes are what they are.
function outputFormat(def: StorageVolumeDef): string {
  return def.target.format === 'iso' ? 'raw' : (def.target.format as string);
}

async function checkBacking(def: StorageVolumeDef, source: StorageVolumeDef | null): Promise<void> {
  const path = def.backingStore?.path ?? null;
  if (path === null) return;
  const under = source?.backingStore?.path ?? null;
  if (under !== null && under !== path) {
    throw storageError(ErrorCode.InternalError, 'a different backing store cannot be specified.');
  }
  const place = isAbsolute(path) ? path : join(dirname(def.target.path as string), path);
  try {
    await access(place, constants.R_OK);
  } catch (thrown) {
    throw systemError(thrown, `inaccessible backing store volume ${path}`);
  }
}

function imageOptions(def: StorageVolumeDef, format: string, preallocate: boolean, convert: boolean): string[] {
  const { compat, clusterSize, features } = def.target;
  const options: string[] = [];
  // A copy stands on its own: libvirt lets it forget what it was based on.
  if (def.backingStore !== null && !convert) options.push(`backing_fmt=${def.backingStore.format ?? 'raw'}`);
  if (preallocate) options.push(`preallocation=${def.capacity > def.allocation ? 'metadata' : 'falloc'}`);
  if (def.nocow) options.push('nocow=on');
  if (compat !== null) options.push(`compat=${compat}`);
  else if (format === 'qcow2') options.push('compat=0.10');
  if (clusterSize > 0n) options.push(`cluster_size=${clusterSize}`);
  if (format === 'qcow2' && features?.includes('lazy_refcounts')) {
    if (compat === '0.10') {
      const detail = 'lazy_refcounts not supported with compat level 0.10';
      throw new LibvirtError(ErrorCode.ConfigUnsupported, detail, { domain: ErrorDomain.Storage });
    }
    options.push('lazy_refcounts');
  }
  return options.length === 0 ? [] : ['-o', options.join(',')];
}
