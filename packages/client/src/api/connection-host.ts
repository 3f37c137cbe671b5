// The host of a connection: what it is, what it has, what it can do; thin methods, one per libvirt call.
import { type Driver, remote, typedParams } from '@virtwire/protocol';
import type { TypedParameterInput } from './domain-resources.ts';
import { type CallOptions, Session } from './session.ts';
import { textOfChars } from './text-of-chars.ts';
import { readTypedParameters, STRING_OKAY, type TypedParameters } from './typed-parameters.ts';

/** The host. */
export interface NodeInfo {
  /** Kind of CPU, e.g. `x86_64`. */
  readonly model: string;
  readonly memoryKiB: bigint;
  /** Active CPUs. */
  readonly cpus: number;
  readonly mhz: number;
  /** NUMA nodes. */
  readonly nodes: number;
  /** Sockets in each node. */
  readonly sockets: number;
  /** Cores in each socket. */
  readonly cores: number;
  /** Threads in each core. */
  readonly threads: number;
}

/** The CPUs of the host. */
export interface CpuMap {
  /** How many there are. */
  readonly cpus: number;
  /** How many are online. */
  readonly online: number;
  /** One bit for each CPU that is online, lowest first. */
  readonly map: Uint8Array;
}

/** What a CPU is compared with or looked up by; null stands for the usual one. */
export interface HypervisorCpuChoice {
  readonly emulator?: string | null;
  readonly arch?: string | null;
  readonly machine?: string | null;
  readonly virtType?: string | null;
}

/** The part of {@link Connection} about its host. */
export class ConnectionHost {
  /** What its handles stand on. */
  protected readonly session: Session;

  /** @param driver answers all calls */
  constructor(driver: Driver) {
    this.session = new Session(driver);
  }

  /** Gives the name of the hypervisor, e.g. `QEMU`, `TEST`. @see virConnectGetType */
  async getType(options?: CallOptions): Promise<string> {
    return (await this.session.call(remote.connectGetType, {}, options)).type;
  }

  /** Gives the version of the hypervisor: major * 1,000,000 + minor * 1,000 + release. @see virConnectGetVersion */
  async getVersion(options?: CallOptions): Promise<bigint> {
    return (await this.session.call(remote.connectGetVersion, {}, options)).hv_ver;
  }

  /** Gives the version of libvirt on the other side, in the same form. @see virConnectGetLibVersion */
  async getLibVersion(options?: CallOptions): Promise<bigint> {
    return (await this.session.call(remote.connectGetLibVersion, {}, options)).lib_ver;
  }

  /** Gives the name of the host. @see virConnectGetHostname */
  async getHostname(options?: CallOptions): Promise<string> {
    return (await this.session.call(remote.connectGetHostname, {}, options)).hostname;
  }

  /** Gives the capabilities of host and hypervisor as XML. @see virConnectGetCapabilities */
  async getCapabilities(options?: CallOptions): Promise<string> {
    return (await this.session.call(remote.connectGetCapabilities, {}, options)).capabilities;
  }

  /** Gives what the host says about itself (SMBIOS) as XML. @see virConnectGetSysinfo */
  async getSysinfo(flags = 0, options?: CallOptions): Promise<string> {
    return (await this.session.call(remote.connectGetSysinfo, { flags }, options)).sysinfo;
  }

  /** Gives how many virtual CPUs a domain may have. @param type of domain, null for the usual one @see virConnectGetMaxVcpus */
  async getMaxVcpus(type: string | null = null, options?: CallOptions): Promise<number> {
    return (await this.session.call(remote.connectGetMaxVcpus, { type }, options)).max_vcpus;
  }

  /** Gives memory and CPUs of the host. @see virNodeGetInfo */
  async getNodeInfo(options?: CallOptions): Promise<NodeInfo> {
    const info = await this.session.call(remote.nodeGetInfo, {}, options);
    const { cpus, mhz, nodes, sockets, cores, threads } = info;
    const model = textOfChars(info.model);
    return { model, memoryKiB: info.memory, cpus, mhz, nodes, sockets, cores, threads };
  }

  /** Gives the CPUs of the host: how many, how many are online, and which. @see virNodeGetCPUMap */
  async getCpuMap(flags = 0, options?: CallOptions): Promise<CpuMap> {
    const args = { need_map: 1, need_online: 1, flags };
    const { cpumap: map, online, ret: cpus } = await this.session.call(remote.nodeGetCpuMap, args, options);
    return { cpus, online, map };
  }

  /** Gives how domains are kept apart; both texts are empty when nothing does. @see virNodeGetSecurityModel */
  async getSecurityModel(options?: CallOptions): Promise<{ readonly model: string; readonly doi: string }> {
    const { model, doi } = await this.session.call(remote.nodeGetSecurityModel, {}, options);
    return { model: textOfChars(model), doi: textOfChars(doi) };
  }

  /**
   * Counts free pages of NUMA cells.
   *
   * @param pageSizes in KiB
   * @returns for each cell the counts in the order of the sizes, all in one list
   * @see virNodeGetFreePages
   */
  async getFreePages(
    pageSizes: readonly number[],
    startCell: number,
    cellCount: number,
    flags = 0,
    options?: CallOptions,
  ): Promise<readonly bigint[]> {
    const args = { pages: [...pageSizes], startCell, cellCount, flags };
    return (await this.session.call(remote.nodeGetFreePages, args, options)).counts;
  }

  /** Gives the free memory of the host in bytes. @see virNodeGetFreeMemory */
  async getFreeMemory(options?: CallOptions): Promise<bigint> {
    return (await this.session.call(remote.nodeGetFreeMemory, {}, options)).freeMem;
  }

  /** Gives the free memory of NUMA cells in bytes. @see virNodeGetCellsFreeMemory */
  async getCellsFreeMemory(startCell: number, maxCells: number, options?: CallOptions): Promise<readonly bigint[]> {
    const args = { startCell, maxcells: maxCells };
    return (await this.session.call(remote.nodeGetCellsFreeMemory, args, options)).cells;
  }

  /** Gives what domains of a kind can have, as XML. Null stands for the usual one. @see virConnectGetDomainCapabilities */
  async getDomainCapabilities(
    which: {
      readonly emulator?: string | null;
      readonly arch?: string | null;
      readonly machine?: string | null;
      readonly virtType?: string | null;
    } = {},
    flags = 0,
    options?: CallOptions,
  ): Promise<string> {
    const { emulator: emulatorbin = null, arch = null, machine = null, virtType: virttype = null } = which;
    const args = { emulatorbin, arch, machine, virttype, flags };
    return (await this.session.call(remote.connectGetDomainCapabilities, args, options)).capabilities;
  }

  /** Gives which kinds of storage pools there can be, as XML. @see virConnectGetStoragePoolCapabilities */
  async getStoragePoolCapabilities(flags = 0, options?: CallOptions): Promise<string> {
    return (await this.session.call(remote.connectGetStoragePoolCapabilities, { flags }, options)).capabilities;
  }

  /** Compares the host's CPU with one. @returns a number of CpuCompareResult @see virConnectCompareCPU */
  async compareCpu(xml: string, flags = 0, options?: CallOptions): Promise<number> {
    return (await this.session.call(remote.connectCompareCpu, { xml, flags }, options)).result;
  }

  /** Gives the CPU that all of these can do, as XML. @see virConnectBaselineCPU */
  async baselineCpu(xmlCpus: readonly string[], flags = 0, options?: CallOptions): Promise<string> {
    return (await this.session.call(remote.connectBaselineCpu, { xmlCPUs: [...xmlCpus], flags }, options)).cpu;
  }

  /** Asks for a feature by its number; see the features of the wire. @see virConnectSupportsFeature */
  async supportsFeature(feature: number, options?: CallOptions): Promise<boolean> {
    return (await this.session.call(remote.connectSupportsFeature, { feature }, options)).supported !== 0;
  }

  /** Gives the models of CPUs that libvirt knows for an architecture. @see virConnectGetCPUModelNames */
  async getCpuModelNames(arch: string, flags = 0, options?: CallOptions): Promise<readonly string[]> {
    return (await this.session.call(remote.connectGetCpuModelNames, { arch, need_results: 1, flags }, options)).models;
  }

  /** Compares the CPU that the hypervisor can give with one. @returns a number of CpuCompareResult @see virConnectCompareHypervisorCPU */
  async compareHypervisorCpu(
    xml: string,
    choice: HypervisorCpuChoice = {},
    flags = 0,
    options?: CallOptions,
  ): Promise<number> {
    const args = { ...choiceArguments(choice), xmlCPU: xml, flags };
    return (await this.session.call(remote.connectCompareHypervisorCpu, args, options)).result;
  }

  /** Gives the CPU that the hypervisor can give on all of these, as XML. @see virConnectBaselineHypervisorCPU */
  async baselineHypervisorCpu(
    xmlCpus: readonly string[],
    choice: HypervisorCpuChoice = {},
    flags = 0,
    options?: CallOptions,
  ): Promise<string> {
    const args = { ...choiceArguments(choice), xmlCPUs: [...xmlCpus], flags };
    return (await this.session.call(remote.connectBaselineHypervisorCpu, args, options)).cpu;
  }

  /** Gives how long CPUs of the host were busy with what, in nanoseconds by name. @param cpu its number, -1 for all @see virNodeGetCPUStats */
  async getCpuStats(cpu = -1, flags = 0, options?: CallOptions): Promise<Map<string, bigint>> {
    // Hypervisors of the host refuse any number but their own.
    const args = { cpuNum: cpu, nparams: 0, flags };
    const { nparams } = await this.session.call(remote.nodeGetCpuStats, args, options);
    if (nparams === 0) return new Map();
    const { params } = await this.session.call(remote.nodeGetCpuStats, { ...args, nparams }, options);
    return new Map(params.map(({ field, value }) => [field, value]));
  }

  /** Gives the memory of NUMA cells of the host, in KiB by name. @param cell its number, -1 for all @see virNodeGetMemoryStats */
  async getMemoryStats(cell = -1, flags = 0, options?: CallOptions): Promise<Map<string, bigint>> {
    const args = { nparams: 0, cellNum: cell, flags };
    const { nparams } = await this.session.call(remote.nodeGetMemoryStats, args, options);
    if (nparams === 0) return new Map();
    const { params } = await this.session.call(remote.nodeGetMemoryStats, { ...args, nparams }, options);
    return new Map(params.map(({ field, value }) => [field, value]));
  }

  /** Gives the settings of memory sharing. @see virNodeGetMemoryParameters */
  async getMemoryParameters(flags = 0, options?: CallOptions): Promise<TypedParameters> {
    const args = { nparams: MAX_NODE_MEMORY_PARAMETERS, flags: flags | STRING_OKAY };
    return readTypedParameters((await this.session.call(remote.nodeGetMemoryParameters, args, options)).params);
  }

  /** Changes the settings of memory sharing. @see virNodeSetMemoryParameters */
  async setMemoryParameters(params: TypedParameterInput, flags = 0, options?: CallOptions): Promise<void> {
    await this.session.call(remote.nodeSetMemoryParameters, { params: typedParams(params), flags }, options);
  }

  /** Gives what the host can do to protect the memory of domains. @see virNodeGetSEVInfo */
  async getSevInfo(flags = 0, options?: CallOptions): Promise<TypedParameters> {
    const args = { nparams: MAX_NODE_MEMORY_PARAMETERS, flags: flags | STRING_OKAY };
    return readTypedParameters((await this.session.call(remote.nodeGetSevInfo, args, options)).params);
  }

  /** Sends the host to sleep. @param target of NodeSuspendTarget @param durationS seconds, at least 60 @see virNodeSuspendForDuration */
  async suspendForDuration(target: number, durationS: bigint, flags = 0, options?: CallOptions): Promise<void> {
    await this.session.call(remote.nodeSuspendForDuration, { target, duration: durationS, flags }, options);
  }

  /**
   * Reserves pages of memory in NUMA cells.
   *
   * @param pages counts by size in KiB
   * @param flags of NodeAllocPagesFlags
   * @returns how many cells were changed
   * @see virNodeAllocPages
   */
  async allocPages(
    pages: ReadonlyMap<number, bigint>,
    startCell: number,
    cellCount: number,
    flags = 0,
    options?: CallOptions,
  ): Promise<number> {
    const args = { pageSizes: [...pages.keys()], pageCounts: [...pages.values()], startCell, cellCount, flags };
    return (await this.session.call(remote.nodeAllocPages, args, options)).ret;
  }
}

// REMOTE_NODE_{MEMORY_PARAMETERS,SEV_INFO}_MAX of the protocol.
const MAX_NODE_MEMORY_PARAMETERS = 64;

function choiceArguments({ emulator = null, arch = null, machine = null, virtType = null }: HypervisorCpuChoice) {
  return { emulator, arch, machine, virttype: virtType };
}
