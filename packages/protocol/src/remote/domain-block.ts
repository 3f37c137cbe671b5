// Procedures about the disks and file systems of a domain.
import { array, hyper, int, opaque, procedure, uhyper, uint } from '@virtwire/rpc';
import {
  DOMAIN_BLOCK_COPY_PARAMETERS_MAX,
  DOMAIN_BLOCK_IO_TUNE_PARAMETERS_MAX,
  DOMAIN_BLOCK_PEEK_BUFFER_MAX,
  DOMAIN_BLOCK_STATS_PARAMETERS_MAX,
  DOMAIN_DISK_ERRORS_MAX,
  DOMAIN_FSFREEZE_MOUNTPOINTS_MAX,
  DOMAIN_FSINFO_MAX,
} from '../limits.ts';
import { DomainDiskError, DomainFsinfo, NonnullDomain, optionalText, text, TypedParam } from '../types.ts';

// Changing the stored definition, alone or beside the running object, needs a permission of its own.
const writeAndSave = [
  'domain:write',
  'domain:save:!VIR_DOMAIN_AFFECT_CONFIG|VIR_DOMAIN_AFFECT_LIVE',
  'domain:save:VIR_DOMAIN_AFFECT_CONFIG',
];

/** Disks of domains: statistics, tuning, block jobs, backup, file systems in the guest. */
// biome-ignore format: a table reads better with a row in one to three lines.
export const domainBlockRows = {
  // Size and statistics
  /** Numbers that the hypervisor does not count are -1. */
  domainBlockStats: procedure(64, () => [{ dom: NonnullDomain, path: text },
    { rd_req: hyper, rd_bytes: hyper, wr_req: hyper, wr_bytes: hyper, errs: hyper },
    { acl: ['domain:read'], api: 'virDomainBlockStats' }]),
  /** `offset` and `size` in bytes. */
  domainBlockPeek: procedure(103, () => [{ dom: NonnullDomain, path: text, offset: uhyper, size: uint, flags: uint },
    { buffer: opaque(DOMAIN_BLOCK_PEEK_BUFFER_MAX) },
    { acl: ['domain:block_read'], needsWrite: 'always', api: 'virDomainBlockPeek' }]),
  /** All three in bytes. */
  domainGetBlockInfo: procedure(194, () => [{ dom: NonnullDomain, path: text, flags: uint },
    { allocation: uhyper, capacity: uhyper, physical: uhyper },
    { acl: ['domain:read'], api: 'virDomainGetBlockInfo' }]),
  domainBlockStatsFlags: procedure(243, () => [{ dom: NonnullDomain, path: text, nparams: int, flags: uint },
    { params: array(TypedParam, DOMAIN_BLOCK_STATS_PARAMETERS_MAX), nparams: int },
    { acl: ['domain:read'], api: 'virDomainBlockStatsFlags' }]),
  /** `size` in KiB, in bytes with the flag for bytes. */
  domainBlockResize: procedure(251, () => [{ dom: NonnullDomain, disk: text, size: uhyper, flags: uint }, {},
    { acl: ['domain:block_write'], needsWrite: 'always', api: 'virDomainBlockResize' }]),
  domainGetDiskErrors: procedure(263, () => [{ dom: NonnullDomain, maxerrors: uint, flags: uint },
    { errors: array(DomainDiskError, DOMAIN_DISK_ERRORS_MAX), nerrors: int },
    { acl: ['domain:read'], api: 'virDomainGetDiskErrors' }]),

  // Limits of throughput
  domainSetBlockIoTune: procedure(252,
    () => [{ dom: NonnullDomain, disk: text, params: array(TypedParam, DOMAIN_BLOCK_IO_TUNE_PARAMETERS_MAX), flags: uint }, {},
    { acl: writeAndSave, needsWrite: 'always', api: 'virDomainSetBlockIoTune' }]),
  domainGetBlockIoTune: procedure(253, () => [{ dom: NonnullDomain, disk: optionalText, nparams: int, flags: uint },
    { params: array(TypedParam, DOMAIN_BLOCK_IO_TUNE_PARAMETERS_MAX), nparams: int },
    { acl: ['domain:read'], api: 'virDomainGetBlockIoTune' }]),
  /** `threshold` in bytes written; `dev` may name an element of the chain, `vda[1]`. */
  domainSetBlockThreshold: procedure(386, () => [{ dom: NonnullDomain, dev: text, threshold: uhyper, flags: uint }, {},
    { acl: ['domain:write'], needsWrite: 'always', api: 'virDomainSetBlockThreshold' }]),
  /** Since libvirt 11.2. */
  domainSetThrottleGroup: procedure(451,
    () => [{ dom: NonnullDomain, group: text, params: array(TypedParam, DOMAIN_BLOCK_IO_TUNE_PARAMETERS_MAX), flags: uint },
    {},
    { acl: writeAndSave, needsWrite: 'always', api: 'virDomainSetThrottleGroup' }]),
  /** Since libvirt 11.2. */
  domainDelThrottleGroup: procedure(452, () => [{ dom: NonnullDomain, group: optionalText, flags: uint }, {},
    { acl: writeAndSave, needsWrite: 'always', api: 'virDomainDelThrottleGroup' }]),

  // Jobs
  domainBlockJobAbort: procedure(237, () => [{ dom: NonnullDomain, path: text, flags: uint }, {},
    { acl: ['domain:write'], needsWrite: 'always', api: 'virDomainBlockJobAbort' }]),
  domainGetBlockJobInfo: procedure(238, () => [{ dom: NonnullDomain, path: text, flags: uint },
    { found: int, type: int, bandwidth: uhyper, cur: uhyper, end: uhyper },
    { acl: ['domain:read'], api: 'virDomainGetBlockJobInfo' }]),
  /** `bandwidth` in MiB/s, in bytes/s with the flag for bytes; 0 = no limit. */
  domainBlockJobSetSpeed: procedure(239, () => [{ dom: NonnullDomain, path: text, bandwidth: uhyper, flags: uint }, {},
    { acl: ['domain:write'], needsWrite: 'always', api: 'virDomainBlockJobSetSpeed' }]),
  /** `bandwidth` in MiB/s, in bytes/s with the flag for bytes; 0 = no limit. */
  domainBlockPull: procedure(240, () => [{ dom: NonnullDomain, path: text, bandwidth: uhyper, flags: uint }, {},
    { acl: ['domain:block_write'], needsWrite: 'always', api: 'virDomainBlockPull' }]),
  /** `bandwidth` in MiB/s, in bytes/s with the flag for bytes; 0 = no limit. */
  domainBlockRebase: procedure(266,
    () => [{ dom: NonnullDomain, path: text, base: optionalText, bandwidth: uhyper, flags: uint }, {},
    { acl: ['domain:block_write'], needsWrite: 'always', api: 'virDomainBlockRebase' }]),
  /** `bandwidth` in MiB/s, in bytes/s with the flag for bytes; 0 = no limit. */
  domainBlockCommit: procedure(290,
    () => [{ dom: NonnullDomain, disk: text, base: optionalText, top: optionalText, bandwidth: uhyper, flags: uint }, {},
    { acl: ['domain:block_write'], needsWrite: 'always', api: 'virDomainBlockCommit' }]),
  domainBlockCopy: procedure(345,
    () => [{ dom: NonnullDomain, path: text, destxml: text, params: array(TypedParam, DOMAIN_BLOCK_COPY_PARAMETERS_MAX),
      flags: uint },
    {},
    { acl: ['domain:block_write'], needsWrite: 'always', api: 'virDomainBlockCopy' }]),
  domainBackupBegin: procedure(421, () => [{ dom: NonnullDomain, backup_xml: text, checkpoint_xml: optionalText, flags: uint },
    {},
    { acl: ['domain:checkpoint', 'domain:block_write'], needsWrite: 'always', api: 'virDomainBackupBegin' }]),
  domainBackupGetXmlDesc: procedure(422, () => [{ dom: NonnullDomain, flags: uint }, { xml: text },
    { acl: ['domain:read'], priority: 'high', api: 'virDomainBackupGetXMLDesc' }]),

  // File systems inside the guest (by the agent)
  /** `minimum` in bytes: free ranges below it are left alone. */
  domainFstrim: procedure(294, () => [{ dom: NonnullDomain, mountPoint: optionalText, minimum: uhyper, flags: uint }, {},
    { acl: ['domain:fs_trim'], needsWrite: 'always', api: 'virDomainFSTrim' }]),
  domainFsfreeze: procedure(335,
    () => [{ dom: NonnullDomain, mountpoints: array(text, DOMAIN_FSFREEZE_MOUNTPOINTS_MAX), flags: uint },
    { filesystems: int },
    { acl: ['domain:fs_freeze'], needsWrite: 'always', api: 'virDomainFSFreeze' }]),
  domainFsthaw: procedure(336,
    () => [{ dom: NonnullDomain, mountpoints: array(text, DOMAIN_FSFREEZE_MOUNTPOINTS_MAX), flags: uint },
    { filesystems: int },
    { acl: ['domain:fs_freeze'], needsWrite: 'always', api: 'virDomainFSThaw' }]),
  domainGetFsinfo: procedure(349, () => [{ dom: NonnullDomain, flags: uint },
    { info: array(DomainFsinfo, DOMAIN_FSINFO_MAX), ret: uint },
    { acl: ['domain:fs_freeze'], needsWrite: 'always', api: 'virDomainGetFSInfo' }]),
};
