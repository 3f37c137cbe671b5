// What the file system tells of a volume: size, space taken, owner, times; and what its first bytes add.
import type { BigIntStats } from 'node:fs';
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { dirname, isAbsolute, join } from 'node:path';
import { plainTarget, storageFileFormats, type StorageTarget, type StorageVolumeDef } from '@virtwire/conf';
import { ErrorCode, type LibvirtError } from '@virtwire/rpc';
import { errnoName, storageError, systemError } from './errors.ts';
import { HEADER_BYTES, type ImageFacts, imageCapacity, probeImage } from './image-probe.ts';

/**
 * Looks at the file of a volume again, keeping the format that it is known to have.
 *
 * @throws LibvirtError `NoStorageVol` when the file is gone, `SystemError`
 * @see virStorageBackendVolRefreshLocal
 */
export async function refreshVolume(def: StorageVolumeDef): Promise<void> {
  const path = def.target.path ?? '';
  const seen = await look(path);
  if (seen === null) throw storageError(ErrorCode.NoStorageVol, `no storage vol with matching path '${path}'`);
  applyStat(def, seen.stat);
  if (def.type === 'file') {
    def.capacity = imageCapacity(seen.header, def.target.format ?? 'raw', def.physical) ?? def.capacity;
  }
  if (def.backingStore !== null) await refreshBacking(def.backingStore);
}

/**
 * Makes a volume of a file that lies in a pool.
 *
 * @returns null for what is no volume: sockets, pipes, devices, links that lead nowhere
 * @see virStorageBackendRefreshLocal
 */
export async function probeVolume(directory: string, name: string): Promise<StorageVolumeDef | null> {
  const path = `${directory}/${name}`;
  const seen = await look(path);
  if (seen === null) return null;
  const isDirectory = seen.stat.isDirectory();
  const def: StorageVolumeDef = {
    type: isDirectory ? 'dir' : 'file',
    name,
    key: path,
    extents: [],
    capacity: 0n,
    allocation: 0n,
    hasAllocation: true,
    physical: 0n,
    target: plainTarget(path, isDirectory ? 'dir' : 'raw'),
    backingStore: null,
    nocow: false,
  };
  applyStat(def, seen.stat);
  if (isDirectory) return def;
  const facts = probeImage(seen.header);
  def.capacity =
    facts.format === 'raw' ? (imageCapacity(seen.header, 'raw', def.physical) ?? 0n) : (facts.capacity ?? def.physical);
  applyFacts(def.target, facts);
  if (facts.backing !== null) def.backingStore = await backingStore(path, facts.backing);
  return def;
}

function applyFacts(target: StorageTarget, facts: ImageFacts): void {
  target.format = facts.format;
  target.compat = facts.compat;
  target.clusterSize = facts.clusterSize;
  target.features = facts.features;
  if (facts.encryption !== null) {
    target.encryption = { format: facts.encryption, engine: null, secrets: [], cipher: null, ivgen: null };
  }
}

// Directories take nothing and hold nothing; of a file, what is on the disk may be less, or more, than its length.
function applyStat(def: StorageVolumeDef, stat: BigIntStats): void {
  const isDirectory = stat.isDirectory();
  def.type = isDirectory ? 'dir' : def.type === 'dir' ? 'file' : def.type;
  def.allocation = isDirectory ? 0n : stat.blocks * 512n;
  def.physical = isDirectory ? 0n : stat.size;
  if (isDirectory) def.capacity = 0n;
  applyOwner(def.target, stat);
}

function applyOwner(target: StorageTarget, stat: BigIntStats): void {
  target.permissions = {
    mode: Number(stat.mode) & 0o777,
    owner: Number(stat.uid),
    group: Number(stat.gid),
    label: null,
  };
  // The time of birth is not told, as in libvirt.
  target.timestamps = { atime: stat.atimeNs, mtime: stat.mtimeNs, ctime: stat.ctimeNs, btime: 0n };
}

async function backingStore(path: string, backing: NonNullable<ImageFacts['backing']>): Promise<StorageTarget> {
  // Not a local file: its name stands for itself.
  if (/^[a-z0-9+.-]+:/i.test(backing.path) && !isAbsolute(backing.path)) return plainTarget(backing.path, 'raw');
  const place = isAbsolute(backing.path) ? backing.path : join(dirname(path), backing.path);
  const known = backing.format !== null && (storageFileFormats as readonly string[]).includes(backing.format);
  const store = plainTarget(place, known ? backing.format : null);
  await refreshBacking(store);
  return store;
}

// An image beneath that cannot be looked at keeps what its overlay says of it; it is never an error.
async function refreshBacking(store: StorageTarget): Promise<void> {
  const seen = store.path !== null && isAbsolute(store.path) ? await look(store.path).catch(() => null) : null;
  if (seen !== null) applyOwner(store, seen.stat);
  store.format ??= seen === null ? 'raw' : probeImage(seen.header).format;
}

interface Look {
  readonly stat: BigIntStats;
  readonly header: Uint8Array;
}

// Opening must not wait for the other end of a pipe, nor let a terminal become ours. Whoever put the link there decides
// where it leads: a pool may hold links to files elsewhere, as in libvirt.
async function look(path: string): Promise<Look | null> {
  let file: FileHandle;
  try {
    file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  } catch (thrown) {
    if (['ENOENT', 'ELOOP', 'ENXIO'].includes(errnoName(thrown) ?? '')) return null;
    throw cannotOpen(thrown, path);
  }
  try {
    const stat = await file.stat({ bigint: true });
    if (!stat.isFile() && !stat.isDirectory()) return null;
    return { stat, header: stat.isDirectory() ? new Uint8Array() : await readHeader(file, stat.size) };
  } catch (thrown) {
    throw systemError(thrown, `cannot read header '${path}'`);
  } finally {
    await file.close();
  }
}

async function readHeader(file: FileHandle, size: bigint): Promise<Uint8Array> {
  const bytes = new Uint8Array(size < BigInt(HEADER_BYTES) ? Number(size) : HEADER_BYTES);
  let filled = 0;
  while (filled < bytes.length) {
    const { bytesRead } = await file.read(bytes, filled, bytes.length - filled, filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return bytes.subarray(0, filled);
}

function cannotOpen(thrown: unknown, path: string): LibvirtError {
  return systemError(thrown, `cannot open volume '${path}'`);
}
