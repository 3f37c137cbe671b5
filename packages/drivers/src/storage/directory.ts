// The directory of a pool: made, looked through, removed.
import { chmod, chown, lstat, mkdir, opendir, rmdir, stat, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { StoragePoolBuildFlags as BuildFlags } from '@virtwire/protocol/constants';
import { ErrorCode, ErrorDomain, LibvirtError } from '@virtwire/rpc';
import { leftover, removeFile } from './atomic-file.ts';
import {
  argumentError,
  checkFlags,
  errnoFailure,
  errnoName,
  operationInvalid,
  storageError,
  systemError,
} from './errors.ts';
import type { StorageLog } from './options.ts';
import { type StoragePool, StorageVolume } from './storage-objects.ts';
import { probeVolume } from './volume-info.ts';

const defaultMode = 0o711;

/**
 * Makes the directory of a pool. One that is there already keeps its mode unless the pool names one.
 *
 * @see virStorageBackendBuildLocal
 */
export async function buildDirectory(pool: StoragePool, flags: number): Promise<void> {
  const name = 'virStorageBackendFileSystemBuild';
  checkFlags(flags, BuildFlags.Overwrite | BuildFlags.NoOverwrite, name);
  if ((flags & BuildFlags.Overwrite) !== 0 && (flags & BuildFlags.NoOverwrite) !== 0) {
    const flag = 'VIR_STORAGE_POOL_BUILD_';
    throw argumentError(name, 'ctl', `Flags '${flag}OVERWRITE' and '${flag}NO_OVERWRITE' are mutually exclusive`);
  }
  const path = pool.def.targetPath ?? '';
  const { mode, owner, group } = pool.def.targetPermissions;
  const existed = await exists(path);
  try {
    await mkdir(dirname(path), { recursive: true });
  } catch (thrown) {
    const cause = errnoName(thrown) === 'EEXIST' ? errnoFailure('ENOTDIR') : thrown;
    throw systemError(cause, `cannot create path '${dirname(path)}'`);
  }
  try {
    if (!existed) await mkdir(path, { mode: 0o700 });
  } catch (thrown) {
    throw systemError(thrown, `failed to create directory '${path}'`, ErrorDomain.None);
  }
  try {
    if (owner !== null || group !== null) await chown(path, owner ?? -1, group ?? -1);
  } catch (thrown) {
    throw systemError(thrown, `cannot chown '${path}' to (${owner ?? -1}, ${group ?? -1})`, ErrorDomain.None);
  }
  try {
    const wanted = mode ?? (existed ? null : defaultMode);
    if (wanted !== null) await chmod(path, wanted);
  } catch (thrown) {
    throw systemError(thrown, `cannot set mode of '${path}' to ${(mode ?? 0).toString(8)}`, ErrorDomain.None);
  }
  if (flags !== 0) throw operationInvalid(`No source device specified when formatting pool '${pool.name}'`);
}

/** Removes the directory of a pool, which must be empty. @see virStorageBackendDeleteLocal */
export async function removeDirectory(pool: StoragePool, flags: number): Promise<void> {
  checkFlags(flags, 0, 'virStorageBackendDeleteLocal');
  const path = pool.def.targetPath ?? '';
  try {
    await rmdir(path);
  } catch (thrown) {
    throw systemError(thrown, `failed to remove pool '${path}'`);
  }
}

/** Says whether the directory of a pool is there: libvirt takes such pools for running when it starts. */
export function directoryIsThere(pool: StoragePool): Promise<boolean> {
  return exists(pool.def.targetPath ?? '');
}

/**
 * Looks through the directory of a pool: its volumes, how much fits, who owns it.
 *
 * Nothing of the pool is changed unless all went well.
 *
 * @see virStorageBackendRefreshLocal
 */
export async function refreshDirectory(pool: StoragePool, log: StorageLog): Promise<void> {
  const path = pool.def.targetPath ?? '';
  const volumes: StorageVolume[] = [];
  // A volume that is being made has no file to be found by yet, or half a one: it stays as it is.
  const building = [...pool.volumes.values()].some((volume) => volume.building);
  for (const name of await listDirectory(path, log)) {
    if (leftover.test(name)) {
      // Whoever began to make this volume is not there any more.
      if (!building) await removeFile(`${path}/${name}`);
      continue;
    }
    const def = await probeVolume(path, name);
    if (def === null) log.warn(`ignoring '${path}/${name}'`);
    else volumes.push(new StorageVolume(pool, def));
  }
  let facts: Awaited<ReturnType<typeof lookAt>>;
  try {
    facts = await lookAt(path);
  } catch (thrown) {
    throw systemError(thrown, `cannot statvfs path '${path}'`);
  }
  pool.def.capacity = facts.capacity;
  pool.def.available = facts.available;
  pool.def.allocation = facts.capacity - facts.available;
  pool.def.targetPermissions = facts.permissions;
  const busy = [...pool.volumes.values()].filter((volume) => volume.building || volume.inUse > 0);
  pool.volumes.clear();
  for (const volume of [...volumes, ...busy]) pool.volumes.set(volume.def.name, volume);
}

/** Puts a file name through the rules that libvirt has for the volumes of a directory. */
export function checkVolumeName(name: string): void {
  if (name.includes('/')) throw operationInvalid(`volume name '${name}' cannot contain '/'`);
  // Stricter than libvirt, which makes them: a line break in a name lets lists and logs lie.
  // oxlint-disable-next-line no-control-regex -- they are what is looked for
  if (/[\x00-\x1f\x7f]/.test(name))
    throw storageError(ErrorCode.InvalidArg, `volume name '${name}' has control characters`);
}

async function listDirectory(path: string, log: StorageLog): Promise<string[]> {
  const names: string[] = [];
  try {
    for await (const entry of await opendir(path)) {
      if (hasControlCharacters(entry.name)) log.warn(`Ignoring file with control characters under '${path}'`);
      else if (entry.name.includes('\ufffd')) log.warn(`Ignoring file whose name is not UTF-8 under '${path}'`);
      else names.push(entry.name);
    }
  } catch (thrown) {
    const name = errnoName(thrown);
    if (name === null) throw new LibvirtError(ErrorCode.InternalError, String(thrown), { cause: thrown });
    throw systemError(thrown, `cannot open directory '${path}'`, ErrorDomain.None);
  }
  return names.sort();
}

async function lookAt(path: string) {
  const [space, entry] = await Promise.all([statfs(path, { bigint: true }), stat(path)]);
  return {
    capacity: space.blocks * space.bsize,
    available: space.bfree * space.bsize,
    permissions: { mode: entry.mode & 0o777, owner: entry.uid, group: entry.gid, label: null },
  };
}

async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return (await stat(path)) !== null;
  } catch (thrown) {
    if (errnoName(thrown) === null) throw thrown;
    return false;
  }
}

/** Tabs and line breaks do not count. @see virStringHasControlChars */
function hasControlCharacters(name: string): boolean {
  // oxlint-disable-next-line no-control-regex -- they are what is looked for
  return /[\x01-\x08\x0b\x0c\x0e-\x1f]/.test(name);
}
