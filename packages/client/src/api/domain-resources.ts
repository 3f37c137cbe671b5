// What a domain may use: memory, CPUs, time, bandwidth; thin methods, one per libvirt call.
import { remote, type TypedValue, typedParams } from '@virtwire/protocol';
import { DomainHandle } from './domain-handle.ts';
import type { CallOptions } from './session.ts';
import { readTypedParameters, STRING_OKAY, type TypedParameters } from './typed-parameters.ts';

/** One virtual CPU. */
export interface VcpuInfo {
  readonly number: number;
  /** A number of VcpuState. */
  readonly state: number;
  readonly cpuTimeNs: bigint;
  /** Physical CPU, or a negative number of VcpuHostCpuState. */
  readonly cpu: number;
  /** Bitmap of the physical CPUs it may run on: bit n of byte n / 8. */
  readonly cpuMap: Uint8Array;
}

/** Parameters to set, by name; each value says its type. Undefined ones are left out. */
export type TypedParameterInput = Readonly<Record<string, TypedValue | undefined>>;

/** The part of {@link Domain} about what it may use. */
export class DomainResources extends DomainHandle {
  /** Gives the memory that it may have at most, in KiB. @see virDomainGetMaxMemory */
  async getMaxMemory(options?: CallOptions): Promise<bigint> {
    return (await this.session.call(remote.domainGetMaxMemory, { dom: this.ref }, options)).memory;
  }

  /** Says how much memory it may have at most. @see virDomainSetMaxMemory */
  async setMaxMemory(memoryKiB: bigint, options?: CallOptions): Promise<void> {
    await this.session.call(remote.domainSetMaxMemory, { dom: this.ref, memory: memoryKiB }, options);
  }

  /** Changes the memory of the running domain. @see virDomainSetMemory */
  async setMemory(memoryKiB: bigint, options?: CallOptions): Promise<void> {
    await this.session.call(remote.domainSetMemory, { dom: this.ref, memory: memoryKiB }, options);
  }

  /** Changes its memory. @param flags of DomainMemoryModFlags @see virDomainSetMemoryFlags */
  async setMemoryFlags(memoryKiB: bigint, flags: number, options?: CallOptions): Promise<void> {
    await this.session.call(remote.domainSetMemoryFlags, { dom: this.ref, memory: memoryKiB, flags }, options);
  }

  /** Gives what is known of its memory use: KiB or counts by tag (DomainMemoryStatTags). @see virDomainMemoryStats */
  async memoryStats(flags = 0, options?: CallOptions): Promise<Map<number, bigint>> {
    const args = { dom: this.ref, maxStats: MAX_MEMORY_STATS, flags };
    const { stats } = await this.session.call(remote.domainMemoryStats, args, options);
    return new Map(stats.map(({ tag, val }) => [tag, val]));
  }

  /** Gives how many virtual CPUs it can have while it runs. @see virDomainGetMaxVcpus */
  async getMaxVcpus(options?: CallOptions): Promise<number> {
    return (await this.session.call(remote.domainGetMaxVcpus, { dom: this.ref }, options)).num;
  }

  /** Changes the number of virtual CPUs of the running domain. @see virDomainSetVcpus */
  async setVcpus(count: number, options?: CallOptions): Promise<void> {
    await this.session.call(remote.domainSetVcpus, { dom: this.ref, nvcpus: count }, options);
  }

  /** Changes its number of virtual CPUs. @param flags of DomainVcpuFlags @see virDomainSetVcpusFlags */
  async setVcpusFlags(count: number, flags: number, options?: CallOptions): Promise<void> {
    await this.session.call(remote.domainSetVcpusFlags, { dom: this.ref, nvcpus: count, flags }, options);
  }

  /** Gives its number of virtual CPUs. @param flags of DomainVcpuFlags @see virDomainGetVcpusFlags */
  async getVcpusFlags(flags: number, options?: CallOptions): Promise<number> {
    return (await this.session.call(remote.domainGetVcpusFlags, { dom: this.ref, flags }, options)).num;
  }

  /**
   * Gives its virtual CPUs.
   *
   * @param maxVcpus how many at most
   * @param mapBytes length of each bitmap: physical CPUs / 8, rounded up
   * @see virDomainGetVcpus
   */
  async getVcpus(maxVcpus: number, mapBytes: number, options?: CallOptions): Promise<VcpuInfo[]> {
    const args = { dom: this.ref, maxinfo: maxVcpus, maplen: mapBytes };
    const { info, cpumaps } = await this.session.call(remote.domainGetVcpus, args, options);
    return info.map(({ number, state, cpu_time: cpuTimeNs, cpu }, index) => {
      const cpuMap = cpumaps.subarray(index * mapBytes, (index + 1) * mapBytes);
      return { number, state, cpuTimeNs, cpu, cpuMap };
    });
  }

  /**
   * Tells on which physical CPUs each virtual one may run.
   *
   * @param mapBytes length of each bitmap: a bit for each CPU of the host
   * @param flags of DomainModificationImpact
   * @see virDomainGetVcpuPinInfo
   */
  async getVcpuPinInfo(
    maxVcpus: number,
    mapBytes: number,
    flags = 0,
    options?: CallOptions,
  ): Promise<readonly Uint8Array[]> {
    const args = { dom: this.ref, ncpumaps: maxVcpus, maplen: mapBytes, flags };
    const { cpumaps, num } = await this.session.call(remote.domainGetVcpuPinInfo, args, options);
    return Array.from({ length: num }, (_, index) => cpumaps.subarray(index * mapBytes, (index + 1) * mapBytes));
  }

  /** Says on which physical CPUs a virtual one may run. @param cpuMap bitmap @see virDomainPinVcpu */
  async pinVcpu(vcpu: number, cpuMap: Uint8Array, options?: CallOptions): Promise<void> {
    await this.session.call(remote.domainPinVcpu, { dom: this.ref, vcpu, cpumap: cpuMap }, options);
  }

  /** Says on which physical CPUs a virtual one may run. @param flags of DomainModificationImpact @see virDomainPinVcpuFlags */
  async pinVcpuFlags(vcpu: number, cpuMap: Uint8Array, flags: number, options?: CallOptions): Promise<void> {
    await this.session.call(remote.domainPinVcpuFlags, { dom: this.ref, vcpu, cpumap: cpuMap, flags }, options);
  }

  /** Gives the name of its scheduler. @see virDomainGetSchedulerType */
  async getSchedulerType(options?: CallOptions): Promise<{ readonly type: string; readonly parameterCount: number }> {
    const { type, nparams } = await this.session.call(remote.domainGetSchedulerType, { dom: this.ref }, options);
    return { type, parameterCount: nparams };
  }

  /** Gives the parameters of its scheduler. @param count how many at most @see virDomainGetSchedulerParametersFlags */
  async getSchedulerParametersFlags(count: number, flags = 0, options?: CallOptions): Promise<TypedParameters> {
    const args = { dom: this.ref, nparams: count, flags: flags | STRING_OKAY };
    return readTypedParameters(
      (await this.session.call(remote.domainGetSchedulerParametersFlags, args, options)).params,
    );
  }

  /** Gives the parameters of its scheduler, as older servers know it. @param count how many at most @see virDomainGetSchedulerParameters */
  async getSchedulerParameters(count: number, options?: CallOptions): Promise<TypedParameters> {
    const args = { dom: this.ref, nparams: count };
    return readTypedParameters((await this.session.call(remote.domainGetSchedulerParameters, args, options)).params);
  }

  /** Changes the parameters of its scheduler, as older servers know it. @see virDomainSetSchedulerParameters */
  async setSchedulerParameters(params: TypedParameterInput, options?: CallOptions): Promise<void> {
    const args = { dom: this.ref, params: typedParams(params) };
    await this.session.call(remote.domainSetSchedulerParameters, args, options);
  }

  /** Changes the parameters of its scheduler. @param flags of DomainModificationImpact @see virDomainSetSchedulerParametersFlags */
  async setSchedulerParametersFlags(params: TypedParameterInput, flags = 0, options?: CallOptions): Promise<void> {
    const args = { dom: this.ref, params: typedParams(params), flags };
    await this.session.call(remote.domainSetSchedulerParametersFlags, args, options);
  }

  /** Gives its limits of memory, in KiB. @param flags of DomainModificationImpact @see virDomainGetMemoryParameters */
  async getMemoryParameters(flags = 0, options?: CallOptions): Promise<TypedParameters> {
    const args = { dom: this.ref, nparams: MAX_PARAMETERS, flags: flags | STRING_OKAY };
    return readTypedParameters((await this.session.call(remote.domainGetMemoryParameters, args, options)).params);
  }

  /** Changes its limits of memory, in KiB. @param flags of DomainModificationImpact @see virDomainSetMemoryParameters */
  async setMemoryParameters(params: TypedParameterInput, flags = 0, options?: CallOptions): Promise<void> {
    const args = { dom: this.ref, params: typedParams(params), flags };
    await this.session.call(remote.domainSetMemoryParameters, args, options);
  }

  /** Gives its weights and limits for disks of the host. @param flags of DomainModificationImpact @see virDomainGetBlkioParameters */
  async getBlkioParameters(flags = 0, options?: CallOptions): Promise<TypedParameters> {
    const args = { dom: this.ref, nparams: MAX_PARAMETERS, flags: flags | STRING_OKAY };
    return readTypedParameters((await this.session.call(remote.domainGetBlkioParameters, args, options)).params);
  }

  /** Changes its weights and limits for disks of the host. @param flags of DomainModificationImpact @see virDomainSetBlkioParameters */
  async setBlkioParameters(params: TypedParameterInput, flags = 0, options?: CallOptions): Promise<void> {
    const args = { dom: this.ref, params: typedParams(params), flags };
    await this.session.call(remote.domainSetBlkioParameters, args, options);
  }

  /** Gives from which NUMA nodes of the host its memory comes. @param flags of DomainModificationImpact @see virDomainGetNumaParameters */
  async getNumaParameters(flags = 0, options?: CallOptions): Promise<TypedParameters> {
    const args = { dom: this.ref, nparams: MAX_PARAMETERS, flags: flags | STRING_OKAY };
    return readTypedParameters((await this.session.call(remote.domainGetNumaParameters, args, options)).params);
  }

  /** Says from which NUMA nodes of the host its memory comes. @param flags of DomainModificationImpact @see virDomainSetNumaParameters */
  async setNumaParameters(params: TypedParameterInput, flags = 0, options?: CallOptions): Promise<void> {
    const args = { dom: this.ref, params: typedParams(params), flags };
    await this.session.call(remote.domainSetNumaParameters, args, options);
  }

  /** Gives which performance events are counted, booleans by name. @param flags of DomainModificationImpact @see virDomainGetPerfEvents */
  async getPerfEvents(flags = 0, options?: CallOptions): Promise<TypedParameters> {
    const args = { dom: this.ref, flags };
    return readTypedParameters((await this.session.call(remote.domainGetPerfEvents, args, options)).params);
  }

  /** Says which performance events are counted. @param flags of DomainModificationImpact @see virDomainSetPerfEvents */
  async setPerfEvents(params: TypedParameterInput, flags = 0, options?: CallOptions): Promise<void> {
    const args = { dom: this.ref, params: typedParams(params), flags };
    await this.session.call(remote.domainSetPerfEvents, args, options);
  }

  /** Tells on which physical CPUs the emulator may run. @param mapBytes length of the bitmap @param flags of DomainModificationImpact @see virDomainGetEmulatorPinInfo */
  async getEmulatorPinInfo(mapBytes: number, flags = 0, options?: CallOptions): Promise<Uint8Array> {
    const args = { dom: this.ref, maplen: mapBytes, flags };
    return (await this.session.call(remote.domainGetEmulatorPinInfo, args, options)).cpumaps;
  }

  /** Says on which physical CPUs the emulator may run. @param cpuMap bitmap @param flags of DomainModificationImpact @see virDomainPinEmulator */
  async pinEmulator(cpuMap: Uint8Array, flags = 0, options?: CallOptions): Promise<void> {
    await this.session.call(remote.domainPinEmulator, { dom: this.ref, cpumap: cpuMap, flags }, options);
  }

  /** Gives its I/O threads with the physical CPUs that they may run on. @param flags of DomainModificationImpact @see virDomainGetIOThreadInfo */
  async getIothreadInfo(flags = 0, options?: CallOptions): Promise<readonly IothreadInfo[]> {
    const { info } = await this.session.call(remote.domainGetIothreadInfo, { dom: this.ref, flags }, options);
    return info.map(({ iothread_id: id, cpumap: cpuMap }) => ({ id, cpuMap }));
  }

  /** Says on which physical CPUs an I/O thread may run. @param flags of DomainModificationImpact @see virDomainPinIOThread */
  async pinIothread(id: number, cpuMap: Uint8Array, flags = 0, options?: CallOptions): Promise<void> {
    const args = { dom: this.ref, iothreads_id: id, cpumap: cpuMap, flags };
    await this.session.call(remote.domainPinIothread, args, options);
  }

  /** Adds an I/O thread. @param flags of DomainModificationImpact @see virDomainAddIOThread */
  async addIothread(id: number, flags = 0, options?: CallOptions): Promise<void> {
    await this.session.call(remote.domainAddIothread, { dom: this.ref, iothread_id: id, flags }, options);
  }

  /** Takes an I/O thread away. @param flags of DomainModificationImpact @see virDomainDelIOThread */
  async delIothread(id: number, flags = 0, options?: CallOptions): Promise<void> {
    await this.session.call(remote.domainDelIothread, { dom: this.ref, iothread_id: id, flags }, options);
  }

  /** Changes how an I/O thread polls. @param flags of DomainModificationImpact @see virDomainSetIOThreadParams */
  async setIothreadParams(id: number, params: TypedParameterInput, flags = 0, options?: CallOptions): Promise<void> {
    const args = { dom: this.ref, iothread_id: id, params: typedParams(params), flags };
    await this.session.call(remote.domainSetIothreadParams, args, options);
  }

  /** Adds or removes single virtual CPUs. @param cpuList as `0,2-3` @param flags of DomainModificationImpact @see virDomainSetVcpu */
  async setVcpu(cpuList: string, on: boolean, flags = 0, options?: CallOptions): Promise<void> {
    await this.session.call(
      remote.domainSetVcpu,
      { dom: this.ref, cpumap: cpuList, state: on ? 1 : 0, flags },
      options,
    );
  }

  /** Says how often its memory statistics are gathered, in seconds; 0 stops it. @param flags of DomainModificationImpact @see virDomainSetMemoryStatsPeriod */
  async setMemoryStatsPeriod(periodS: number, flags = 0, options?: CallOptions): Promise<void> {
    await this.session.call(remote.domainSetMemoryStatsPeriod, { dom: this.ref, period: periodS, flags }, options);
  }

  /**
   * Gives its use of physical CPUs.
   *
   * @param startCpu the first one, -1 for all together
   * @param cpuCount how many, at most 128; 0 asks how many there are
   * @param parameterCount figures for each CPU; 0 asks how many there are
   * @returns the figures of each CPU, and the number that was asked for
   * @see virDomainGetCPUStats
   */
  async getCpuStats(
    startCpu: number,
    cpuCount: number,
    parameterCount: number,
    flags = 0,
    options?: CallOptions,
  ): Promise<{ readonly cpus: readonly TypedParameters[]; readonly count: number }> {
    const args = { dom: this.ref, nparams: parameterCount, start_cpu: startCpu, ncpus: cpuCount, flags };
    const { params, nparams } = await this.session.call(remote.domainGetCpuStats, args, options);
    // `nparams` for each CPU, of which there may be fewer than were asked for.
    const full = nparams > 0 ? Math.floor(params.length / nparams) : 0;
    const cpus = Array.from({ length: full }, (_, cpu) =>
      readTypedParameters(params.slice(cpu * nparams, (cpu + 1) * nparams)),
    );
    return { cpus, count: nparams };
  }
}

/** An I/O thread. */
export interface IothreadInfo {
  readonly id: number;
  /** Bitmap of the physical CPUs it may run on: bit n of byte n / 8. */
  readonly cpuMap: Uint8Array;
}

// REMOTE_DOMAIN_MEMORY_STATS_MAX of the protocol.
const MAX_MEMORY_STATS = 1024;
// REMOTE_DOMAIN_{MEMORY,BLKIO,NUMA}_PARAMETERS_MAX: servers give as many as they have.
const MAX_PARAMETERS = 16;
