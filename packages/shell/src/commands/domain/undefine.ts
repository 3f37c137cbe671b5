// undefine: removes the definition of a domain and, when asked, what belongs to it.
import type { StorageVolume } from 'virtwire';
import { command } from '../../command.ts';
import { flag, text } from '../../option.ts';
import type { Shell } from '../../context.ts';
import { anyDomain } from '../../domain-option.ts';
import { attempt, CommandFailure, fail } from '../../failure.ts';
import { findDomain } from '../../lookup.ts';

// virDomainUndefineFlagsValues
const UndefineFlags = {
  ManagedSave: 1,
  SnapshotsMetadata: 2,
  Nvram: 4,
  KeepNvram: 8,
  CheckpointsMetadata: 16,
  Tpm: 32,
  KeepTpm: 64,
} as const;
// VIR_STORAGE_VOL_DELETE_WITH_SNAPSHOTS
const WITH_SNAPSHOTS = 2;

export const undefine = command({
  description: 'Removes the definition of a domain; one that runs goes on until it stops.',
  options: {
    domain: anyDomain,
    'managed-save': flag('remove its saved state too'),
    storage: text('remove these volumes too: targets or paths, joined by commas'),
    'remove-all-storage': flag('remove all of its volumes too'),
    'delete-storage-volume-snapshots': flag('remove snapshots of the volumes with them'),
    'wipe-storage': flag('overwrite the volumes before they are removed'),
    'snapshots-metadata': flag('forget its snapshots'),
    'checkpoints-metadata': flag('forget its checkpoints'),
    nvram: flag('remove its NVRAM file'),
    'keep-nvram': flag('keep its NVRAM file'),
    tpm: flag('remove the state of its TPM'),
    'keep-tpm': flag('keep the state of its TPM'),
  },
  optionAliases: { 'delete-snapshots': 'delete-storage-volume-snapshots' },
  async run(shell, args) {
    const flags =
      (args.flag('managed-save') ? UndefineFlags.ManagedSave : 0) |
      (args.flag('snapshots-metadata') ? UndefineFlags.SnapshotsMetadata : 0) |
      (args.flag('checkpoints-metadata') ? UndefineFlags.CheckpointsMetadata : 0) |
      (args.flag('nvram') ? UndefineFlags.Nvram : 0) |
      (args.flag('keep-nvram') ? UndefineFlags.KeepNvram : 0) |
      (args.flag('tpm') ? UndefineFlags.Tpm : 0) |
      (args.flag('keep-tpm') ? UndefineFlags.KeepTpm : 0);
    args.exclusive('nvram', 'keep-nvram');
    args.exclusive('tpm', 'keep-tpm');
    const storage = args.given('storage');
    const all = args.flag('remove-all-storage');
    const wipe = args.flag('wipe-storage');
    if (storage === undefined && !all && wipe) {
      fail("'--wipe-storage' requires '--storage <string>' or '--remove-all-storage'");
    }
    const domain = await findDomain(shell, args.text('domain'));
    let volumes: DiskVolume[] = [];
    if (storage !== undefined || all) {
      if (await domain.isActive()) fail('Storage volume deletion is supported only on stopped domains');
      if (storage !== undefined && all) fail('Specified both --storage and --remove-all-storage');
      const xml = await attempt(domain.getXmlDesc(0), null);
      volumes = await volumesOf(shell, xml, storage?.split(',') ?? null);
    }
    const call = flags === 0 ? domain.undefine() : domain.undefineFlags(flags);
    await attempt(call, `Failed to undefine domain '${domain.name}'`);
    shell.extra(`Domain '${domain.name}' has been undefined\n`);
    const deleteFlags = args.flag('delete-storage-volume-snapshots') ? WITH_SNAPSHOTS : 0;
    let failed = false;
    for (const volume of volumes) failed = !(await removeVolume(shell, volume, wipe, deleteFlags)) || failed;
    if (failed) throw new CommandFailure(null);
  },
});

interface DiskVolume {
  readonly target: string;
  readonly source: string;
  readonly volume: StorageVolume;
}

/** Finds the volumes of a domain's disks. @param wanted targets or sources, null for all */
async function volumesOf(shell: Shell, xml: string, wanted: readonly string[] | null): Promise<DiskVolume[]> {
  const { parseXml } = await import('@virtwire/conf');
  const disks = (await parseXml(xml)).child('devices')?.children('disk') ?? [];
  const missing = new Set(wanted);
  const volumes: DiskVolume[] = [];
  for (const disk of disks) {
    const target = disk.path('target/@dev') ?? '';
    const sourceElement = disk.child('source');
    const source =
      ['file', 'dir', 'name', 'dev', 'volume'].map((name) => sourceElement?.attribute(name)).find(Boolean) ?? '';
    if (target === '' && source === '') continue;
    if (wanted !== null) {
      const name = [target, source].find((name) => name !== '' && missing.has(name));
      if (name === undefined) continue;
      missing.delete(name);
    }
    const volume = await volumeOf(shell, sourceElement?.attribute('pool') ?? null, source, target);
    if (volume !== null) volumes.push({ target, source, volume });
  }
  if (missing.size > 0) {
    for (const name of missing) shell.error(`Volume '${name}' was not found in domain's definition.\n`);
    throw new CommandFailure(null);
  }
  return volumes;
}

async function volumeOf(
  shell: Shell,
  poolName: string | null,
  source: string,
  target: string,
): Promise<StorageVolume | null> {
  const { connection } = shell;
  try {
    if (poolName === null) return await connection.lookupStorageVolumeByPath(source);
    if (source === '') {
      shell.error(`Missing storage volume name for disk '${target}'`);
      return null;
    }
    const pool = await connection.lookupStoragePoolByName(poolName).catch(() => null);
    if (pool === null) {
      shell.error(`Storage pool '${poolName}' for volume '${target}' not found.`);
      return null;
    }
    return await pool.lookupVolumeByName(source);
  } catch {
    shell.error(`Storage volume '${target}'(${source}) is not managed by libvirt. Remove it manually.\n`);
    return null;
  }
}

async function removeVolume(shell: Shell, disk: DiskVolume, wipe: boolean, deleteFlags: number): Promise<boolean> {
  const { target, source, volume } = disk;
  if (wipe) {
    shell.extra(`Wiping volume '${target}'(${source}) ... `);
    try {
      await volume.wipe();
    } catch (thrown) {
      shell.report(new CommandFailure('Failed! Volume not removed.', thrown));
      return false;
    }
    shell.extra('Done.\n');
  }
  try {
    await volume.delete(deleteFlags);
  } catch (thrown) {
    shell.report(new CommandFailure(`Failed to remove storage volume '${target}'(${source})`, thrown));
    return false;
  }
  shell.extra(`Volume '${target}'(${source}) removed.\n`);
  return true;
}
