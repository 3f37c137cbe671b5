// A domain of a connection: life cycle, state, saved state, snapshots, checkpoints; thin methods, one per libvirt call.
import { remote, typedParams } from '@virtwire/protocol';
import { DomainCheckpoint } from './checkpoint.ts';
import { DomainGuest } from './domain-guest.ts';
import type { TypedParameterInput } from './domain-resources.ts';
import type { CallOptions } from './session.ts';
import { DomainSnapshot } from './snapshot.ts';
import { textOfChars } from './text-of-chars.ts';
import { readTypedParameters, type TypedParameters } from './typed-parameters.ts';

/** State, memory and CPU use of a domain. */
export interface DomainInfo {
  /** A number of DomainState. */
  readonly state: number;
  readonly maxMemoryKiB: bigint;
  readonly memoryKiB: bigint;
  readonly vcpus: number;
  /** Nanoseconds since it was started; 0n when it is not running. */
  readonly cpuTimeNs: bigint;
}

/** State of a domain, and how it came to it. */
export interface DomainStateInfo {
  /** A number of DomainState. */
  readonly state: number;
  /** A number of the reason enumeration of that state, e.g. DomainRunningReason. */
  readonly reason: number;
}

/** State of the control interface of a domain. */
export interface DomainControlInfo {
  /** A number of DomainControlState. */
  readonly state: number;
  /** A number of DomainControlErrorReason. */
  readonly details: number;
  /** Milliseconds since it entered this state. */
  readonly stateTimeMs: bigint;
}

/** A job of a domain, e.g. a migration, as figures: times in milliseconds, sizes in bytes. */
export interface DomainJobInfo {
  /** A number of DomainJobType. */
  readonly type: number;
  readonly timeElapsed: bigint;
  readonly timeRemaining: bigint;
  readonly dataTotal: bigint;
  readonly dataProcessed: bigint;
  readonly dataRemaining: bigint;
  readonly memTotal: bigint;
  readonly memProcessed: bigint;
  readonly memRemaining: bigint;
  readonly fileTotal: bigint;
  readonly fileProcessed: bigint;
  readonly fileRemaining: bigint;
}

/** All that is known of a job of a domain. */
export interface DomainJobStats {
  /** A number of DomainJobType. */
  readonly type: number;
  readonly params: TypedParameters;
}

/** A guest. */
export class Domain extends DomainGuest {
  // --- life cycle

  /** Starts a defined domain. Afterwards {@link id} is its new id. @see virDomainCreate */
  async create(options?: CallOptions): Promise<void> {
    await this.session.call(remote.domainCreate, { dom: this.ref }, options);
    // The reply carries nothing; libvirt's own client asks for the new id the same way (remoteDomainCreate). It cannot be
    // given up: the domain has been started, and a rejection with the signal's reason would say that it was not.
    const { dom } = await this.session.call(remote.domainLookupByUuid, { uuid: this.uuid });
    this.currentId = dom.id;
  }

  /** Starts a defined domain. @param flags of DomainCreateFlags @see virDomainCreateWithFlags */
  async createWithFlags(flags: number, options?: CallOptions): Promise<void> {
    const { dom } = await this.session.call(remote.domainCreateWithFlags, { dom: this.ref, flags }, options);
    this.currentId = dom.id;
  }

  /** Asks the guest to shut down; it may take its time or refuse. @see virDomainShutdown */
  async shutdown(options?: CallOptions): Promise<void> {
    await this.session.call(remote.domainShutdown, { dom: this.ref }, options);
  }

  /** Asks the guest to shut down in a chosen way. @param flags of DomainShutdownFlags @see virDomainShutdownFlags */
  async shutdownFlags(flags: number, options?: CallOptions): Promise<void> {
    await this.session.call(remote.domainShutdownFlags, { dom: this.ref, flags }, options);
  }

  /** Stops the domain at once, as if its power were cut. @see virDomainDestroy */
  async destroy(options?: CallOptions): Promise<void> {
    await this.session.call(remote.domainDestroy, { dom: this.ref }, options);
    this.currentId = -1;
  }

  /** Stops the domain at once. @param flags of DomainDestroyFlags @see virDomainDestroyFlags */
  async destroyFlags(flags: number, options?: CallOptions): Promise<void> {
    await this.session.call(remote.domainDestroyFlags, { dom: this.ref, flags }, options);
    this.currentId = -1;
  }

  /** Asks the guest to reboot. @param flags of DomainRebootFlags @see virDomainReboot */
  async reboot(flags = 0, options?: CallOptions): Promise<void> {
    await this.session.call(remote.domainReboot, { dom: this.ref, flags }, options);
  }

  /** Resets the domain at once, as by its reset button. @see virDomainReset */
  async reset(flags = 0, options?: CallOptions): Promise<void> {
    await this.session.call(remote.domainReset, { dom: this.ref, flags }, options);
  }

  /** Pauses its CPUs; it stays in memory. @see virDomainSuspend */
  async suspend(options?: CallOptions): Promise<void> {
    await this.session.call(remote.domainSuspend, { dom: this.ref }, options);
  }

  /** Lets it run again. @see virDomainResume */
  async resume(options?: CallOptions): Promise<void> {
    await this.session.call(remote.domainResume, { dom: this.ref }, options);
  }

  /** Removes the definition; a running one becomes transient. @see virDomainUndefine */
  async undefine(options?: CallOptions): Promise<void> {
    await this.session.call(remote.domainUndefine, { dom: this.ref }, options);
  }

  /** Removes the definition and what is named by the flags. @param flags of DomainUndefineFlags @see virDomainUndefineFlags */
  async undefineFlags(flags: number, options?: CallOptions): Promise<void> {
    await this.session.call(remote.domainUndefineFlags, { dom: this.ref, flags }, options);
  }

  /** Gives it another name; the handle keeps the old one. @see virDomainRename */
  async rename(newName: string, flags = 0, options?: CallOptions): Promise<void> {
    await this.session.call(remote.domainRename, { dom: this.ref, new_name: newName, flags }, options);
  }

  /** Says what happens when the guest shuts down, reboots or crashes. @param type of DomainLifecycle @param action of DomainLifecycleAction @see virDomainSetLifecycleAction */
  async setLifecycleAction(type: number, action: number, flags = 0, options?: CallOptions): Promise<void> {
    await this.session.call(remote.domainSetLifecycleAction, { dom: this.ref, type, action, flags }, options);
  }

  // --- what it is and does

  /**
   * Reads state, memory and CPU use of the domain in one call.
   *
   * @throws LibvirtError with code `NoDomain` if the domain is gone.
   * @see virDomainGetInfo
   */
  async getInfo(options?: CallOptions): Promise<DomainInfo> {
    const info = await this.session.call(remote.domainGetInfo, { dom: this.ref }, options);
    return {
      state: info.state,
      maxMemoryKiB: info.maxMem,
      memoryKiB: info.memory,
      vcpus: info.nrVirtCpu,
      cpuTimeNs: info.cpuTime,
    };
  }

  /** Gives the state and its reason. @see virDomainGetState */
  async getState(flags = 0, options?: CallOptions): Promise<DomainStateInfo> {
    const { state, reason } = await this.session.call(remote.domainGetState, { dom: this.ref, flags }, options);
    return { state, reason };
  }

  /** Gives the state of its control interface. @see virDomainGetControlInfo */
  async getControlInfo(flags = 0, options?: CallOptions): Promise<DomainControlInfo> {
    const info = await this.session.call(remote.domainGetControlInfo, { dom: this.ref, flags }, options);
    return { state: info.state, details: info.details, stateTimeMs: info.stateTime };
  }

  /** Gives its XML. @param flags of DomainXmlFlags @see virDomainGetXMLDesc */
  async getXmlDesc(flags = 0, options?: CallOptions): Promise<string> {
    return (await this.session.call(remote.domainGetXmlDesc, { dom: this.ref, flags }, options)).xml;
  }

  /** Gives its kind of operating system, e.g. `hvm`. @see virDomainGetOSType */
  async getOsType(options?: CallOptions): Promise<string> {
    return (await this.session.call(remote.domainGetOsType, { dom: this.ref }, options)).type;
  }

  /** Tells whether it is running. @see virDomainIsActive */
  async isActive(options?: CallOptions): Promise<boolean> {
    return (await this.session.call(remote.domainIsActive, { dom: this.ref }, options)).active === 1;
  }

  /** Tells whether it stays defined when it stops. @see virDomainIsPersistent */
  async isPersistent(options?: CallOptions): Promise<boolean> {
    return (await this.session.call(remote.domainIsPersistent, { dom: this.ref }, options)).persistent === 1;
  }

  /** Tells whether its definition was changed while it runs. @see virDomainIsUpdated */
  async isUpdated(options?: CallOptions): Promise<boolean> {
    return (await this.session.call(remote.domainIsUpdated, { dom: this.ref }, options)).updated === 1;
  }

  /** Tells whether it starts with the daemon. @see virDomainGetAutostart */
  async getAutostart(options?: CallOptions): Promise<boolean> {
    return (await this.session.call(remote.domainGetAutostart, { dom: this.ref }, options)).autostart !== 0;
  }

  /** Says whether it starts with the daemon. @see virDomainSetAutostart */
  async setAutostart(autostart: boolean, options?: CallOptions): Promise<void> {
    await this.session.call(remote.domainSetAutostart, { dom: this.ref, autostart: autostart ? 1 : 0 }, options);
  }

  /** Gives the warnings that its driver keeps about it. @param flags of DomainMessageType @see virDomainGetMessages */
  async getMessages(flags = 0, options?: CallOptions): Promise<readonly string[]> {
    return (await this.session.call(remote.domainGetMessages, { dom: this.ref, flags }, options)).msgs;
  }

  /** Gives one piece of its metadata. @param type of DomainMetadataType @param uri of an element, else null @see virDomainGetMetadata */
  async getMetadata(type: number, uri: string | null, flags = 0, options?: CallOptions): Promise<string> {
    return (await this.session.call(remote.domainGetMetadata, { dom: this.ref, type, uri, flags }, options)).metadata;
  }

  /**
   * Replaces one piece of its metadata.
   *
   * @param type of DomainMetadataType
   * @param metadata null removes it
   * @param key prefix, and `uri` the name space, of an element; else null
   * @see virDomainSetMetadata
   */
  async setMetadata(
    type: number,
    metadata: string | null,
    { key = null, uri = null }: { readonly key?: string | null; readonly uri?: string | null } = {},
    flags = 0,
    options?: CallOptions,
  ): Promise<void> {
    await this.session.call(remote.domainSetMetadata, { dom: this.ref, type, metadata, key, uri, flags }, options);
  }

  /** Reads bytes of its memory. @param flags of DomainMemoryFlags @see virDomainMemoryPeek */
  async memoryPeek(offset: bigint, size: number, flags: number, options?: CallOptions): Promise<Uint8Array> {
    const args = { dom: this.ref, offset, size, flags };
    return (await this.session.call(remote.domainMemoryPeek, args, options)).buffer;
  }

  /** Gives the label that keeps it apart from others; empty when it has none. @see virDomainGetSecurityLabel */
  async getSecurityLabel(options?: CallOptions): Promise<{ readonly label: string; readonly enforcing: boolean }> {
    const { label, enforcing } = await this.session.call(remote.domainGetSecurityLabel, { dom: this.ref }, options);
    return { label: textOfChars(label), enforcing: enforcing !== 0 };
  }

  /** Begins to measure how fast it changes memory; the result is in its statistics. @param seconds from 1 to 60 @param flags of DomainDirtyRateCalcFlags @see virDomainStartDirtyRateCalc */
  async startDirtyRateCalc(seconds: number, flags = 0, options?: CallOptions): Promise<void> {
    await this.session.call(remote.domainStartDirtyRateCalc, { dom: this.ref, seconds, flags }, options);
  }

  // --- saved state and jobs

  /** Saves its memory to a file of the host and stops it. @see virDomainSave */
  async save(file: string, options?: CallOptions): Promise<void> {
    await this.session.call(remote.domainSave, { dom: this.ref, to: file }, options);
    this.currentId = -1;
  }

  /** Saves its memory to a file of the host and stops it. @param flags of DomainSaveRestoreFlags @see virDomainSaveFlags */
  async saveFlags(file: string, xml: string | null, flags: number, options?: CallOptions): Promise<void> {
    await this.session.call(remote.domainSaveFlags, { dom: this.ref, to: file, dxml: xml, flags }, options);
    this.currentId = -1;
  }

  /** Saves its memory where libvirt keeps it and stops it. @param flags of DomainSaveRestoreFlags @see virDomainManagedSave */
  async managedSave(flags = 0, options?: CallOptions): Promise<void> {
    await this.session.call(remote.domainManagedSave, { dom: this.ref, flags }, options);
    this.currentId = -1;
  }

  /** Tells whether libvirt keeps its saved memory. @see virDomainHasManagedSaveImage */
  async hasManagedSaveImage(flags = 0, options?: CallOptions): Promise<boolean> {
    return (await this.session.call(remote.domainHasManagedSaveImage, { dom: this.ref, flags }, options)).result === 1;
  }

  /** Throws its saved memory away. @see virDomainManagedSaveRemove */
  async managedSaveRemove(flags = 0, options?: CallOptions): Promise<void> {
    await this.session.call(remote.domainManagedSaveRemove, { dom: this.ref, flags }, options);
  }

  /** Writes its memory to a file of the host, for debugging. @param flags of DomainCoreDumpFlags @see virDomainCoreDump */
  async coreDump(file: string, flags = 0, options?: CallOptions): Promise<void> {
    await this.session.call(remote.domainCoreDump, { dom: this.ref, to: file, flags }, options);
  }

  /** Stops the job that runs on it. @see virDomainAbortJob */
  async abortJob(options?: CallOptions): Promise<void> {
    await this.session.call(remote.domainAbortJob, { dom: this.ref }, options);
  }

  /** Saves its memory with parameters, such as the file. @param flags of DomainSaveRestoreFlags @see virDomainSaveParams */
  async saveParams(params: TypedParameterInput, flags = 0, options?: CallOptions): Promise<void> {
    await this.session.call(remote.domainSaveParams, { dom: this.ref, params: typedParams(params), flags }, options);
    this.currentId = -1;
  }

  /** Gives the definition in its saved memory. @param flags of DomainSaveImageXmlFlags @see virDomainManagedSaveGetXMLDesc */
  async managedSaveGetXmlDesc(flags = 0, options?: CallOptions): Promise<string> {
    return (await this.session.call(remote.domainManagedSaveGetXmlDesc, { dom: this.ref, flags }, options)).xml;
  }

  /** Replaces the definition in its saved memory. @param flags of DomainSaveRestoreFlags @see virDomainManagedSaveDefineXML */
  async managedSaveDefineXml(xml: string, flags = 0, options?: CallOptions): Promise<void> {
    await this.session.call(remote.domainManagedSaveDefineXml, { dom: this.ref, dxml: xml, flags }, options);
  }

  /** Writes its memory to a file of the host in a chosen form. @param format of DomainCoreDumpFormat @see virDomainCoreDumpWithFormat */
  async coreDumpWithFormat(file: string, format: number, flags = 0, options?: CallOptions): Promise<void> {
    const args = { dom: this.ref, to: file, dumpformat: format, flags };
    await this.session.call(remote.domainCoreDumpWithFormat, args, options);
  }

  /** Stops the job that runs on it. @param flags of DomainAbortJobFlags @see virDomainAbortJobFlags */
  async abortJobFlags(flags: number, options?: CallOptions): Promise<void> {
    await this.session.call(remote.domainAbortJobFlags, { dom: this.ref, flags }, options);
  }

  /** Gives the job that runs on it; its type is 0 when none does. @see virDomainGetJobInfo */
  async getJobInfo(options?: CallOptions): Promise<DomainJobInfo> {
    return this.session.call(remote.domainGetJobInfo, { dom: this.ref }, options);
  }

  /** Gives all that is known of its job. @param flags of DomainGetJobStatsFlags @see virDomainGetJobStats */
  async getJobStats(flags = 0, options?: CallOptions): Promise<DomainJobStats> {
    const { type, params } = await this.session.call(remote.domainGetJobStats, { dom: this.ref, flags }, options);
    return { type, params: readTypedParameters(params) };
  }

  /** Says how long it may stand still at the end of a migration, in milliseconds. @see virDomainMigrateSetMaxDowntime */
  async migrateSetMaxDowntime(downtimeMs: bigint, flags = 0, options?: CallOptions): Promise<void> {
    await this.session.call(
      remote.domainMigrateSetMaxDowntime,
      { dom: this.ref, downtime: downtimeMs, flags },
      options,
    );
  }

  /** Gives how long it may stand still at the end of a migration, in milliseconds. @see virDomainMigrateGetMaxDowntime */
  async migrateGetMaxDowntime(flags = 0, options?: CallOptions): Promise<bigint> {
    return (await this.session.call(remote.domainMigrateGetMaxDowntime, { dom: this.ref, flags }, options)).downtime;
  }

  /** Gives the cache of a compressed migration, in bytes. @see virDomainMigrateGetCompressionCache */
  async migrateGetCompressionCache(flags = 0, options?: CallOptions): Promise<bigint> {
    const args = { dom: this.ref, flags };
    return (await this.session.call(remote.domainMigrateGetCompressionCache, args, options)).cacheSize;
  }

  /** Changes the cache of a compressed migration, in bytes. @see virDomainMigrateSetCompressionCache */
  async migrateSetCompressionCache(cacheSize: bigint, flags = 0, options?: CallOptions): Promise<void> {
    await this.session.call(remote.domainMigrateSetCompressionCache, { dom: this.ref, cacheSize, flags }, options);
  }

  /** Limits the bandwidth of migrations, in MiB/s. @param flags of DomainMigrateMaxSpeedFlags @see virDomainMigrateSetMaxSpeed */
  async migrateSetMaxSpeed(bandwidth: bigint, flags = 0, options?: CallOptions): Promise<void> {
    await this.session.call(remote.domainMigrateSetMaxSpeed, { dom: this.ref, bandwidth, flags }, options);
  }

  /** Gives the bandwidth of migrations, in MiB/s. @param flags of DomainMigrateMaxSpeedFlags @see virDomainMigrateGetMaxSpeed */
  async migrateGetMaxSpeed(flags = 0, options?: CallOptions): Promise<bigint> {
    return (await this.session.call(remote.domainMigrateGetMaxSpeed, { dom: this.ref, flags }, options)).bandwidth;
  }

  /** Lets a migration go over to copying what is asked for. @see virDomainMigrateStartPostCopy */
  async migrateStartPostCopy(flags = 0, options?: CallOptions): Promise<void> {
    await this.session.call(remote.domainMigrateStartPostCopy, { dom: this.ref, flags }, options);
  }

  // --- snapshots and checkpoints

  /** Takes a snapshot. @param flags of DomainSnapshotCreateFlags @see virDomainSnapshotCreateXML */
  async createSnapshotXml(xml: string, flags = 0, options?: CallOptions): Promise<DomainSnapshot> {
    const args = { dom: this.ref, xml_desc: xml, flags };
    const { snap } = await this.session.call(remote.domainSnapshotCreateXml, args, options);
    return new DomainSnapshot(this.session, snap);
  }

  /** Lists its snapshots. @param flags of DomainSnapshotListFlags @see virDomainListAllSnapshots */
  async listAllSnapshots(flags = 0, options?: CallOptions): Promise<DomainSnapshot[]> {
    const args = { dom: this.ref, need_results: 1, flags };
    const { snapshots } = await this.session.call(remote.domainListAllSnapshots, args, options);
    return snapshots.map((snap) => new DomainSnapshot(this.session, snap));
  }

  /** Counts its snapshots. @param flags of DomainSnapshotListFlags @see virDomainSnapshotNum */
  async numOfSnapshots(flags = 0, options?: CallOptions): Promise<number> {
    return (await this.session.call(remote.domainSnapshotNum, { dom: this.ref, flags }, options)).num;
  }

  /** Finds a snapshot by its name. @throws LibvirtError `NoDomainSnapshot` @see virDomainSnapshotLookupByName */
  async lookupSnapshotByName(name: string, flags = 0, options?: CallOptions): Promise<DomainSnapshot> {
    const args = { dom: this.ref, name, flags };
    const { snap } = await this.session.call(remote.domainSnapshotLookupByName, args, options);
    return new DomainSnapshot(this.session, snap);
  }

  /** Tells whether it has a current snapshot. @see virDomainHasCurrentSnapshot */
  async hasCurrentSnapshot(flags = 0, options?: CallOptions): Promise<boolean> {
    return (await this.session.call(remote.domainHasCurrentSnapshot, { dom: this.ref, flags }, options)).result === 1;
  }

  /** Gives the current snapshot. @see virDomainSnapshotCurrent */
  async currentSnapshot(flags = 0, options?: CallOptions): Promise<DomainSnapshot> {
    const { snap } = await this.session.call(remote.domainSnapshotCurrent, { dom: this.ref, flags }, options);
    return new DomainSnapshot(this.session, snap);
  }

  /** Makes a checkpoint. @param flags of DomainCheckpointCreateFlags @see virDomainCheckpointCreateXML */
  async createCheckpointXml(xml: string, flags = 0, options?: CallOptions): Promise<DomainCheckpoint> {
    const args = { dom: this.ref, xml_desc: xml, flags };
    const { checkpoint } = await this.session.call(remote.domainCheckpointCreateXml, args, options);
    return new DomainCheckpoint(this.session, checkpoint);
  }

  /** Lists its checkpoints. @param flags of DomainCheckpointListFlags @see virDomainListAllCheckpoints */
  async listAllCheckpoints(flags = 0, options?: CallOptions): Promise<DomainCheckpoint[]> {
    const args = { dom: this.ref, need_results: 1, flags };
    const { checkpoints } = await this.session.call(remote.domainListAllCheckpoints, args, options);
    return checkpoints.map((checkpoint) => new DomainCheckpoint(this.session, checkpoint));
  }

  /** Finds a checkpoint by its name. @throws LibvirtError `NoDomainCheckpoint` @see virDomainCheckpointLookupByName */
  async lookupCheckpointByName(name: string, flags = 0, options?: CallOptions): Promise<DomainCheckpoint> {
    const args = { dom: this.ref, name, flags };
    const { checkpoint } = await this.session.call(remote.domainCheckpointLookupByName, args, options);
    return new DomainCheckpoint(this.session, checkpoint);
  }
}
