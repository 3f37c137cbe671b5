// The file of a volume: made with exactly the owner and mode that were asked for, copied, resized, wiped, removed.
import { constants } from 'node:fs';
import { access, copyFile, type FileHandle, link, mkdir, open, rename, rmdir, stat, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { StoragePermissions, StorageVolumeDef } from '@virtwire/conf';
import { ErrorCode, ErrorDomain, LibvirtError } from '@virtwire/rpc';
import { syncDirectory, temporaryName } from './atomic-file.ts';
import { findProgram, run, runOrThrow } from './child.ts';
import { checkFlags, errnoFailure, errnoName, storageError, systemError } from './errors.ts';
import { PREALLOC_METADATA, type QemuImg } from './qemu-img.ts';

/** Flag of virStorageVolCreateXMLFrom: the copy shares its blocks with the original. */
export const REFLINK = 2;

const defaultMode = 0o600;
const copyBytes = 1024 * 1024;
const sparseBytes = 4096;

/** What a file is made with. */
export interface MakeOptions {
  readonly qemuImg: QemuImg;
  /** Flags of virStorageVolCreateXML or virStorageVolCreateXMLFrom. */
  readonly flags: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Makes the file of a volume. When it fails, no file is left.
 *
 * @param source the volume to copy, null for an empty one
 * @see virStorageBackendVolBuildLocal
 */
export async function makeVolumeFile(
  def: StorageVolumeDef,
  source: StorageVolumeDef | null,
  options: MakeOptions,
): Promise<void> {
  checkEncryption(def);
  if (def.target.format === 'dir') await makeDirectoryVolume(def);
  else if (def.target.format === 'ploop') {
    throw storageError(ErrorCode.InternalError, 'unable to find ploop, please install ploop tools');
  } else await makeUnderOtherName(def, (hidden) => makeFile(hidden, source, options));
}

// Whoever is killed meanwhile leaves nothing that looks like a volume; the next look at the pool removes it.
async function makeUnderOtherName(
  def: StorageVolumeDef,
  make: (hidden: StorageVolumeDef) => Promise<void>,
): Promise<void> {
  const path = def.target.path as string;
  const temporary = temporaryName(path);
  try {
    await make({ ...def, target: { ...def.target, path: temporary } });
    await giveName(temporary, path);
  } catch (thrown) {
    await unlink(temporary).catch(() => undefined);
    throw withPath(thrown, temporary, path);
  }
}

// Unlike renaming, linking replaces nothing that has come in between. Not every file system has links.
async function giveName(temporary: string, path: string): Promise<void> {
  try {
    await link(temporary, path);
  } catch (thrown) {
    if (!['EPERM', 'EOPNOTSUPP', 'ENOTSUP', 'ENOSYS', 'EMLINK'].includes(errnoName(thrown) ?? '')) {
      throw systemError(thrown, `Failed to create file '${path}'`);
    }
    await refuseExisting(path);
    await rename(temporary, path);
  }
  await unlink(temporary).catch((thrown: unknown) => {
    if (errnoName(thrown) !== 'ENOENT') throw systemError(thrown, `cannot unlink file '${temporary}'`);
  });
  await syncDirectory(dirname(path));
}

function withPath(thrown: unknown, temporary: string, path: string): unknown {
  if (!(thrown instanceof LibvirtError) || !thrown.message.includes(temporary)) return thrown;
  const { code, domain, level, int1, int2, cause } = thrown;
  const [str1, str2, str3] = [thrown.str1, thrown.str2, thrown.str3].map(
    (text) => text?.replaceAll(temporary, () => path) ?? null,
  );
  const message = thrown.message.replaceAll(temporary, () => path);
  return new LibvirtError(code, null, {
    domain,
    level,
    int1,
    int2,
    cause,
    message,
    str1: str1 ?? null,
    str2: str2 ?? null,
    str3: str3 ?? null,
  });
}

async function makeFile(def: StorageVolumeDef, source: StorageVolumeDef | null, options: MakeOptions): Promise<void> {
  const raw =
    def.target.format === 'raw' && (source === null || source.type !== 'file' || source.target.format === 'raw');
  if (raw) await makeRaw(def, source, options);
  else await makeImage(def, source, options);
}

/** Refuses to make a file where one is already. A link that leads nowhere is found out when the file is made. */
export async function refuseExisting(path: string): Promise<void> {
  try {
    await stat(path);
  } catch (thrown) {
    if (errnoName(thrown) === null) throw thrown;
    return;
  }
  throw storageError(ErrorCode.OperationInvalid, `volume target path '${path}' already exists`);
}

/** Changes the length of a raw file, and makes the disk hold all of it if asked to. */
export async function resizeRaw(path: string, capacity: bigint, allocate: boolean): Promise<void> {
  const file = await open(path, 'r+').catch((thrown: unknown) => {
    throw systemError(thrown, `Unable to open '${path}'`, ErrorDomain.None);
  });
  try {
    try {
      await truncate(file, capacity);
    } catch (thrown) {
      throw systemError(thrown, `Failed to truncate file '${path}'`, ErrorDomain.None);
    }
    if (allocate) {
      await allocateSpace(file, path, capacity).catch((thrown: unknown) => {
        throw systemError(thrown, `Failed to pre-allocate space for file '${path}'`, ErrorDomain.None);
      });
    }
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Removes the file of a volume; one that is gone already is no error. */
export async function removeVolumeFile(def: StorageVolumeDef): Promise<void> {
  const path = def.target.path as string;
  const isDirectory = def.type === 'dir';
  try {
    await (isDirectory ? rmdir(path) : unlink(path));
  } catch (thrown) {
    if (errnoName(thrown) === 'ENOENT') return;
    throw systemError(thrown, isDirectory ? `cannot remove directory '${path}'` : `cannot unlink file '${path}'`);
  }
}

// The patterns of virStorageVolWipeAlgorithm; zeros are ours, the rest is the scrub program's.
const wipePatterns = ['zero', 'nnsa', 'dod', 'bsi', 'gutmann', 'schneier', 'pfitzner7', 'pfitzner33', 'random', 'trim'];

/** Refuses an algorithm that does not exist. */
export function checkWipeAlgorithm(algorithm: number): void {
  if (algorithm >= wipePatterns.length) {
    throw storageError(ErrorCode.InvalidArg, `wiping algorithm ${algorithm} not supported`);
  }
}

/** Overwrites what the file of a volume has on the disk. @see virStorageBackendVolWipeLocal */
export async function wipeVolumeFile(def: StorageVolumeDef, algorithm: number, signal?: AbortSignal): Promise<void> {
  const path = def.target.path as string;
  const file = await open(path, 'r+').catch((thrown: unknown) => {
    throw systemError(thrown, `Failed to open storage volume with path '${path}'`);
  });
  try {
    const pattern = wipePatterns[algorithm] as string;
    if (pattern === 'trim') throw storageError(ErrorCode.ArgumentUnsupported, "'trim' algorithm not supported");
    if (pattern !== 'zero') {
      const scrub = findProgram('scrub');
      if (scrub === null) {
        throw new LibvirtError(ErrorCode.SystemError, "Cannot find 'scrub' in path: No such file or directory", {
          int1: 2,
        });
      }
      await runOrThrow(scrub, ['-f', '-p', pattern, path], { signal });
      return;
    }
    const { size, blocks } = await file.stat({ bigint: true });
    if (blocks < size / 512n) {
      await file.truncate(0);
      await truncate(file, size);
    } else {
      await writeZeros(file, 0n, def.allocation < size ? def.allocation : size, signal);
    }
    await file.datasync();
  } catch (thrown) {
    throw systemError(thrown, `Failed to wipe storage volume with path '${path}'`);
  } finally {
    await file.close();
  }
}

/** Writes zeros from `start` on. */
export async function writeZeros(file: FileHandle, start: bigint, length: bigint, signal?: AbortSignal): Promise<void> {
  const zeros = new Uint8Array(copyBytes);
  for (let at = start; at < start + length; ) {
    signal?.throwIfAborted();
    const left = start + length - at;
    const part = left < BigInt(copyBytes) ? zeros.subarray(0, Number(left)) : zeros;
    const { bytesWritten } = await file.write(part, 0, part.length, Number(at));
    at += BigInt(bytesWritten);
  }
}

/** Sets the length of a file; beyond what a file can have is an error of the system. */
export async function truncate(file: FileHandle, length: bigint): Promise<void> {
  if (length > (1n << 63n) - 1n) throw errnoFailure('EINVAL');
  // Larger numbers than Node takes are larger than any file system's files.
  if (length > BigInt(Number.MAX_SAFE_INTEGER)) throw errnoFailure('EFBIG');
  await file.truncate(Number(length));
}

// There is no driver for secrets: none can be found.
function checkEncryption(def: StorageVolumeDef): void {
  const { encryption } = def.target;
  if (encryption === null) return;
  const [secret, ...others] = encryption.secrets;
  if (secret === undefined || others.length > 0) {
    const detail = "A single <secret type='passphrase'...> element is expected in encryption description";
    throw storageError(ErrorCode.InvalidArg, detail);
  }
  const wanted = secret.uuid === null ? `usage '${secret.usage}'` : `uuid '${secret.uuid}'`;
  throw new LibvirtError(ErrorCode.NoSecret, `no secret with matching ${wanted}`, { domain: ErrorDomain.Secret });
}

async function makeRaw(def: StorageVolumeDef, source: StorageVolumeDef | null, options: MakeOptions): Promise<void> {
  const { flags, signal } = options;
  checkFlags(flags, PREALLOC_METADATA | REFLINK, 'virStorageBackendCreateRaw');
  if ((flags & PREALLOC_METADATA) !== 0) {
    throw storageError(ErrorCode.ConfigUnsupported, 'metadata preallocation is not supported for raw volumes');
  }
  if (def.backingStore !== null) {
    throw storageError(ErrorCode.NoSupport, 'backing storage not supported for raw volumes');
  }
  const path = def.target.path as string;
  if ((flags & REFLINK) !== 0 && source !== null) await cloneBlocks(source.target.path as string, path);
  const file = (flags & REFLINK) !== 0 && source !== null ? await open(path, 'r+') : await createFile(path);
  await removingOnFailure(file, path, async () => {
    await setOwner(file, path, def.target.permissions);
    if (def.nocow) {
      const detail = `unable to control COW flag on '${path}', not btrfs`;
      throw systemError(errnoFailure('ENOSYS'), detail, ErrorDomain.None);
    }
    try {
      await truncate(file, def.capacity);
    } catch (thrown) {
      throw systemError(thrown, `cannot extend file '${path}'`);
    }
    let full = false;
    if (def.allocation > 0n && (flags & REFLINK) === 0) {
      try {
        await allocateSpace(file, path, def.allocation, signal);
        full = true;
      } catch (thrown) {
        signal?.throwIfAborted();
        throw systemError(thrown, `cannot allocate ${def.allocation} bytes in file '${path}'`);
      }
    }
    // A directory has no content of its own: its copy is an empty file.
    if (source?.type === 'file' && (flags & REFLINK) === 0) await copyData(source, file, path, signal);
    try {
      await (full ? file.datasync() : file.sync());
    } catch (thrown) {
      throw systemError(thrown, `cannot sync data to file '${path}'`);
    }
  });
}

async function makeImage(def: StorageVolumeDef, source: StorageVolumeDef | null, options: MakeOptions): Promise<void> {
  const path = def.target.path as string;
  // Made by us first: qemu-img must not follow a link that somebody puts there, and its umask does not count.
  const file = await createFile(path);
  await removingOnFailure(file, path, async () => {
    await options.qemuImg.create(def, source, options.flags, options.signal);
    await setOwner(file, path, def.target.permissions);
  });
}

async function makeDirectoryVolume(def: StorageVolumeDef): Promise<void> {
  const path = def.target.path as string;
  try {
    await mkdir(path, { mode: defaultMode });
    const directory = await open(path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
    try {
      await setOwner(directory, path, def.target.permissions);
    } finally {
      await directory.close();
    }
  } catch (thrown) {
    throw systemError(thrown, `failed to create directory '${path}'`, ErrorDomain.None);
  }
}

async function createFile(path: string): Promise<FileHandle> {
  try {
    return await open(
      path,
      constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW,
      defaultMode,
    );
  } catch (thrown) {
    throw systemError(thrown, `Failed to create file '${path}'`);
  }
}

async function removingOnFailure(file: FileHandle, path: string, make: () => Promise<void>): Promise<void> {
  try {
    await make();
  } catch (thrown) {
    await unlink(path).catch(() => undefined);
    throw thrown;
  } finally {
    await file.close();
  }
}

async function setOwner(file: FileHandle, path: string, { mode, owner, group }: StoragePermissions): Promise<void> {
  try {
    if (owner !== null || group !== null) await file.chown(owner ?? -1, group ?? -1);
  } catch (thrown) {
    throw systemError(thrown, `unable to change owner of '${path}'`);
  }
  try {
    await file.chmod(mode ?? defaultMode);
  } catch (thrown) {
    throw systemError(thrown, `cannot set mode of '${path}' to ${(mode ?? defaultMode).toString(8).padStart(4, '0')}`);
  }
}

async function cloneBlocks(from: string, to: string): Promise<void> {
  try {
    await access(from, constants.R_OK);
    await copyFile(from, to, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE_FORCE);
  } catch (thrown) {
    if (errnoName(thrown) !== 'EEXIST') await unlink(to).catch(() => undefined);
    // Where the file system cannot, Node says either of two things.
    const cause = ['ENOTSUP', 'ENOSYS', 'EXDEV', 'EINVAL', 'ENOTTY'].includes(errnoName(thrown) ?? '')
      ? errnoFailure('EOPNOTSUPP')
      : thrown;
    throw systemError(cause, `failed to clone files from '${from}'`);
  }
}

// Node cannot reserve blocks; util-linux can. Without it, or on a file system that cannot, zeros are written.
async function allocateSpace(file: FileHandle, path: string, length: bigint, signal?: AbortSignal): Promise<void> {
  const program = findProgram('fallocate');
  if (program !== null) {
    const { status, stderr } = await run(program, ['-l', String(length), '--', path], { signal });
    if (status === 0) return;
    if (/No space left on device/.test(stderr)) throw errnoFailure('ENOSPC');
    if (/File too large/.test(stderr)) throw errnoFailure('EFBIG');
    if (/Disk quota exceeded/.test(stderr)) throw errnoFailure('EDQUOT');
  }
  // What has blocks already must keep its content.
  if ((await file.stat({ bigint: true })).blocks > 0n) throw errnoFailure('EOPNOTSUPP');
  await writeZeros(file, 0n, length, signal);
}

// Zeros are not written: what was reserved stays reserved, what was not stays a hole.
async function copyData(source: StorageVolumeDef, to: FileHandle, path: string, signal?: AbortSignal): Promise<void> {
  const from = source.target.path as string;
  const file = await open(from, 'r').catch((thrown: unknown) => {
    throw systemError(thrown, `could not open input path '${from}'`);
  });
  try {
    const buffer = new Uint8Array(copyBytes);
    for (let at = 0; ; ) {
      signal?.throwIfAborted();
      const { bytesRead } = await file.read(buffer, 0, buffer.length, at).catch((thrown: unknown) => {
        throw systemError(thrown, `failed reading from file '${from}'`);
      });
      if (bytesRead === 0) return;
      for (const [start, end] of dataRuns(buffer.subarray(0, bytesRead))) {
        await writeAll(to, buffer.subarray(start, end), at + start).catch((thrown: unknown) => {
          throw systemError(thrown, `failed writing to file '${path}'`);
        });
      }
      at += bytesRead;
    }
  } finally {
    await file.close();
  }
}

async function writeAll(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    done += (await file.write(bytes, done, bytes.length - done, position + done)).bytesWritten;
  }
}

// Stretches of blocks that hold anything but zeros.
function dataRuns(bytes: Uint8Array): [start: number, end: number][] {
  const runs: [number, number][] = [];
  for (let at = 0; at < bytes.length; at += sparseBytes) {
    const end = Math.min(at + sparseBytes, bytes.length);
    if (isZero(bytes.subarray(at, end))) continue;
    const last = runs.at(-1);
    if (last !== undefined && last[1] === at) last[1] = end;
    else runs.push([at, end]);
  }
  return runs;
}

const zeroBlock = Buffer.alloc(sparseBytes);

/** Says whether a block, at most 4096 bytes, is nothing but zeros. */
export function isZero(block: Uint8Array): boolean {
  return block[0] === 0 && Buffer.compare(block, zeroBlock.subarray(0, block.length)) === 0;
}
