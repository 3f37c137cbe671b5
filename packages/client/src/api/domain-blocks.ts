// The disks of a domain: counters, sizes, jobs, limits; thin methods, one per libvirt call.
import { remote, typedParams } from '@virtwire/protocol';
import { DomainResources, type TypedParameterInput } from './domain-resources.ts';
import type { CallOptions } from './session.ts';
import { readTypedParameters, STRING_OKAY, type TypedParameters } from './typed-parameters.ts';

/** Counters of a disk; -1n where the hypervisor has none. */
export interface BlockStats {
  readonly readRequests: bigint;
  readonly readBytes: bigint;
  readonly writeRequests: bigint;
  readonly writeBytes: bigint;
  readonly errors: bigint;
}

/** Sizes of a disk, in bytes. */
export interface BlockInfo {
  readonly capacity: bigint;
  readonly allocation: bigint;
  readonly physical: bigint;
}

/** A job that runs on a disk. */
export interface BlockJobInfo {
  /** A number of DomainBlockJobType. */
  readonly type: number;
  /** MiB/s, or bytes/s with the flag for it; 0n when it is not limited. */
  readonly bandwidth: bigint;
  /** How far it is, up to `end`. */
  readonly current: bigint;
  readonly end: bigint;
}

/** The part of {@link Domain} about its disks. */
export class DomainBlocks extends DomainResources {
  /** Gives the counters of a disk. @param disk its target or path @see virDomainBlockStats */
  async blockStats(disk: string, options?: CallOptions): Promise<BlockStats> {
    const stats = await this.session.call(remote.domainBlockStats, { dom: this.ref, path: disk }, options);
    return {
      readRequests: stats.rd_req,
      readBytes: stats.rd_bytes,
      writeRequests: stats.wr_req,
      writeBytes: stats.wr_bytes,
      errors: stats.errs,
    };
  }

  /** Gives the sizes of a disk. @param disk its target or path @see virDomainGetBlockInfo */
  async getBlockInfo(disk: string, flags = 0, options?: CallOptions): Promise<BlockInfo> {
    const info = await this.session.call(remote.domainGetBlockInfo, { dom: this.ref, path: disk, flags }, options);
    return { capacity: info.capacity, allocation: info.allocation, physical: info.physical };
  }

  /** Changes the size of a disk. @param size KiB, or bytes with the flag for it @param flags of DomainBlockResizeFlags @see virDomainBlockResize */
  async blockResize(disk: string, size: bigint, flags = 0, options?: CallOptions): Promise<void> {
    await this.session.call(remote.domainBlockResize, { dom: this.ref, disk, size, flags }, options);
  }

  /** Reads bytes of a disk. @see virDomainBlockPeek */
  async blockPeek(disk: string, offset: bigint, size: number, flags = 0, options?: CallOptions): Promise<Uint8Array> {
    const args = { dom: this.ref, path: disk, offset, size, flags };
    return (await this.session.call(remote.domainBlockPeek, args, options)).buffer;
  }

  /** Gives what went wrong with disks: numbers of DomainDiskErrorCode by target. @see virDomainGetDiskErrors */
  async getDiskErrors(maxErrors: number, flags = 0, options?: CallOptions): Promise<Map<string, number>> {
    const args = { dom: this.ref, maxerrors: maxErrors, flags };
    const { errors } = await this.session.call(remote.domainGetDiskErrors, args, options);
    return new Map(errors.map(({ disk, error }) => [disk, error]));
  }

  /** Gives all counters of a disk, by name. @param disk its target or path; empty for all disks together @see virDomainBlockStatsFlags */
  async blockStatsFlags(disk: string, flags = 0, options?: CallOptions): Promise<TypedParameters> {
    const args = { dom: this.ref, path: disk, nparams: MAX_BLOCK_STATS, flags: flags | STRING_OKAY };
    return readTypedParameters((await this.session.call(remote.domainBlockStatsFlags, args, options)).params);
  }

  /** Gives the limits of a disk. @param flags of DomainModificationImpact @see virDomainGetBlockIoTune */
  async getBlockIoTune(disk: string | null, flags = 0, options?: CallOptions): Promise<TypedParameters> {
    const args = { dom: this.ref, disk, nparams: MAX_IO_TUNE, flags: flags | STRING_OKAY };
    return readTypedParameters((await this.session.call(remote.domainGetBlockIoTune, args, options)).params);
  }

  /** Changes the limits of a disk. @param flags of DomainModificationImpact @see virDomainSetBlockIoTune */
  async setBlockIoTune(disk: string, params: TypedParameterInput, flags = 0, options?: CallOptions): Promise<void> {
    const args = { dom: this.ref, disk, params: typedParams(params), flags };
    await this.session.call(remote.domainSetBlockIoTune, args, options);
  }

  /** Asks for an event when a disk is written beyond a place. @param threshold in bytes @see virDomainSetBlockThreshold */
  async setBlockThreshold(device: string, threshold: bigint, flags = 0, options?: CallOptions): Promise<void> {
    await this.session.call(remote.domainSetBlockThreshold, { dom: this.ref, dev: device, threshold, flags }, options);
  }

  /** Gives the job that runs on a disk, null when none does. @param flags of DomainBlockJobInfoFlags @see virDomainGetBlockJobInfo */
  async getBlockJobInfo(disk: string, flags = 0, options?: CallOptions): Promise<BlockJobInfo | null> {
    const args = { dom: this.ref, path: disk, flags };
    const { found, type, bandwidth, cur, end } = await this.session.call(remote.domainGetBlockJobInfo, args, options);
    return found === 0 ? null : { type, bandwidth, current: cur, end };
  }

  /** Ends the job of a disk. @param flags of DomainBlockJobAbortFlags @see virDomainBlockJobAbort */
  async blockJobAbort(disk: string, flags = 0, options?: CallOptions): Promise<void> {
    await this.session.call(remote.domainBlockJobAbort, { dom: this.ref, path: disk, flags }, options);
  }

  /** Limits the job of a disk. @param bandwidth MiB/s, or bytes/s with the flag for it @see virDomainBlockJobSetSpeed */
  async blockJobSetSpeed(disk: string, bandwidth: bigint, flags = 0, options?: CallOptions): Promise<void> {
    await this.session.call(remote.domainBlockJobSetSpeed, { dom: this.ref, path: disk, bandwidth, flags }, options);
  }

  /** Fills a disk from its backing file. @param flags of DomainBlockPullFlags @see virDomainBlockPull */
  async blockPull(disk: string, bandwidth = 0n, flags = 0, options?: CallOptions): Promise<void> {
    await this.session.call(remote.domainBlockPull, { dom: this.ref, path: disk, bandwidth, flags }, options);
  }

  /** Fills a disk from the files between it and a base. @param flags of DomainBlockRebaseFlags @see virDomainBlockRebase */
  async blockRebase(
    disk: string,
    base: string | null,
    bandwidth = 0n,
    flags = 0,
    options?: CallOptions,
  ): Promise<void> {
    await this.session.call(remote.domainBlockRebase, { dom: this.ref, path: disk, base, bandwidth, flags }, options);
  }

  /** Writes the files between top and base into base. @param flags of DomainBlockCommitFlags @see virDomainBlockCommit */
  async blockCommit(
    disk: string,
    range: { readonly base?: string | null; readonly top?: string | null; readonly bandwidth?: bigint } = {},
    flags = 0,
    options?: CallOptions,
  ): Promise<void> {
    const { base = null, top = null, bandwidth = 0n } = range;
    await this.session.call(remote.domainBlockCommit, { dom: this.ref, disk, base, top, bandwidth, flags }, options);
  }

  /** Copies a disk to another place and keeps the copy up to date. @param flags of DomainBlockCopyFlags @see virDomainBlockCopy */
  async blockCopy(
    disk: string,
    destinationXml: string,
    params: TypedParameterInput = {},
    flags = 0,
    options?: CallOptions,
  ): Promise<void> {
    const args = { dom: this.ref, path: disk, destxml: destinationXml, params: typedParams(params), flags };
    await this.session.call(remote.domainBlockCopy, args, options);
  }

  /** Begins a backup of its disks. @param checkpointXml makes a checkpoint at the same moment @see virDomainBackupBegin */
  async backupBegin(
    backupXml: string,
    checkpointXml: string | null = null,
    flags = 0,
    options?: CallOptions,
  ): Promise<void> {
    const args = { dom: this.ref, backup_xml: backupXml, checkpoint_xml: checkpointXml, flags };
    await this.session.call(remote.domainBackupBegin, args, options);
  }

  /** Gives the backup that runs, as XML. @see virDomainBackupGetXMLDesc */
  async backupGetXmlDesc(flags = 0, options?: CallOptions): Promise<string> {
    return (await this.session.call(remote.domainBackupGetXmlDesc, { dom: this.ref, flags }, options)).xml;
  }
}

// REMOTE_DOMAIN_BLOCK_STATS_PARAMETERS_MAX and REMOTE_DOMAIN_BLOCK_IO_TUNE_PARAMETERS_MAX of the protocol.
const MAX_BLOCK_STATS = 16;
const MAX_IO_TUNE = 32;
