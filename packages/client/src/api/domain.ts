// A domain of a connection: thin methods, one per libvirt call.
import { type EventFilter, remote } from '@virtwire/protocol';
import { Download } from './byte-stream.ts';
import { type CallOptions, type Session } from './session.ts';
import { DomainSnapshot } from './snapshot.ts';
import { textOfChars } from './text-of-chars.ts';
import { readTypedParameters, type TypedParameters } from './typed-parameters.ts';

/** What names a domain on the wire. */
export interface DomainRef {
  readonly name: string;
  readonly uuid: string;
  /** -1 when it is not running. */
  readonly id: number;
}

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

/** Counters of a disk; -1n where the hypervisor has none. */
export interface BlockStats {
  readonly readRequests: bigint;
  readonly readBytes: bigint;
  readonly writeRequests: bigint;
  readonly writeBytes: bigint;
  readonly errors: bigint;
}

/** Counters of a network interface; -1n where the hypervisor has none. */
export interface InterfaceStats {
  readonly receivedBytes: bigint;
  readonly receivedPackets: bigint;
  readonly receiveErrors: bigint;
  readonly receiveDrops: bigint;
  readonly sentBytes: bigint;
  readonly sentPackets: bigint;
  readonly sendErrors: bigint;
  readonly sendDrops: bigint;
}

/** A network interface of a guest. */
export interface GuestInterface {
  readonly name: string;
  readonly mac: string | null;
  readonly addresses: readonly {
    /** 0 is IPv4, 1 is IPv6 (virIPAddrType). */
    readonly type: number;
    readonly address: string;
    /** Length of the network's prefix in bits. */
    readonly prefix: number;
  }[];
}

/** Sizes of a disk, in bytes. */
export interface BlockInfo {
  readonly capacity: bigint;
  readonly allocation: bigint;
  readonly physical: bigint;
}

/** A screenshot on its way. */
export interface Screenshot extends Download<Uint8Array> {
  /** Kind of the picture, e.g. `image/png`. */
  readonly mime: string;
}

/** A guest. */
export class Domain {
  readonly #session: Session;
  #id: number;
  /** Its name when the handle was made. */
  readonly name: string;
  /** Its UUID, canonical and in lower case. */
  readonly uuid: string;

  /** Made by the lookups, lists and definitions of a connection. */
  constructor(session: Session, ref: DomainRef) {
    this.#session = session;
    this.name = ref.name;
    this.uuid = ref.uuid;
    this.#id = ref.id;
  }

  /** Its id as this handle last saw it, -1 when it was not running. */
  get id(): number {
    return this.#id;
  }

  /** The wire form of the handle. */
  get ref(): DomainRef {
    return { name: this.name, uuid: this.uuid, id: this.#id };
  }

  /** Narrows a subscription to this domain. */
  get filter(): EventFilter {
    return { name: this.name, uuid: this.uuid };
  }

  // --- life cycle

  /** Starts a defined domain. Afterwards {@link id} is its new id. @see virDomainCreate */
  async create(options?: CallOptions): Promise<void> {
    await this.#session.call(remote.domainCreate, { dom: this.ref }, options);
    // The reply carries nothing; libvirt's own client asks for the new id the same way (remoteDomainCreate). It cannot be
    // given up: the domain has been started, and a rejection with the signal's reason would say that it was not.
    const { dom } = await this.#session.call(remote.domainLookupByUuid, { uuid: this.uuid });
    this.#id = dom.id;
  }

  /** Starts a defined domain. @param flags of DomainCreateFlags @see virDomainCreateWithFlags */
  async createWithFlags(flags: number, options?: CallOptions): Promise<void> {
    const { dom } = await this.#session.call(remote.domainCreateWithFlags, { dom: this.ref, flags }, options);
    this.#id = dom.id;
  }

  /** Asks the guest to shut down; it may take its time or refuse. @see virDomainShutdown */
  async shutdown(options?: CallOptions): Promise<void> {
    await this.#session.call(remote.domainShutdown, { dom: this.ref }, options);
  }

  /** Asks the guest to shut down in a chosen way. @param flags of DomainShutdownFlags @see virDomainShutdownFlags */
  async shutdownFlags(flags: number, options?: CallOptions): Promise<void> {
    await this.#session.call(remote.domainShutdownFlags, { dom: this.ref, flags }, options);
  }

  /** Stops the domain at once, as if its power were cut. @see virDomainDestroy */
  async destroy(options?: CallOptions): Promise<void> {
    await this.#session.call(remote.domainDestroy, { dom: this.ref }, options);
    this.#id = -1;
  }

  /** Stops the domain at once. @param flags of DomainDestroyFlags @see virDomainDestroyFlags */
  async destroyFlags(flags: number, options?: CallOptions): Promise<void> {
    await this.#session.call(remote.domainDestroyFlags, { dom: this.ref, flags }, options);
    this.#id = -1;
  }

  /** Asks the guest to reboot. @param flags of DomainRebootFlags @see virDomainReboot */
  async reboot(flags = 0, options?: CallOptions): Promise<void> {
    await this.#session.call(remote.domainReboot, { dom: this.ref, flags }, options);
  }

  /** Resets the domain at once, as by its reset button. @see virDomainReset */
  async reset(flags = 0, options?: CallOptions): Promise<void> {
    await this.#session.call(remote.domainReset, { dom: this.ref, flags }, options);
  }

  /** Pauses its CPUs; it stays in memory. @see virDomainSuspend */
  async suspend(options?: CallOptions): Promise<void> {
    await this.#session.call(remote.domainSuspend, { dom: this.ref }, options);
  }

  /** Lets it run again. @see virDomainResume */
  async resume(options?: CallOptions): Promise<void> {
    await this.#session.call(remote.domainResume, { dom: this.ref }, options);
  }

  /** Removes the definition; a running one becomes transient. @see virDomainUndefine */
  async undefine(options?: CallOptions): Promise<void> {
    await this.#session.call(remote.domainUndefine, { dom: this.ref }, options);
  }

  /** Removes the definition and what is named by the flags. @param flags of DomainUndefineFlags @see virDomainUndefineFlags */
  async undefineFlags(flags: number, options?: CallOptions): Promise<void> {
    await this.#session.call(remote.domainUndefineFlags, { dom: this.ref, flags }, options);
  }

  /** Gives it another name; the handle keeps the old one. @see virDomainRename */
  async rename(newName: string, flags = 0, options?: CallOptions): Promise<void> {
    await this.#session.call(remote.domainRename, { dom: this.ref, new_name: newName, flags }, options);
  }

  /** Sends a non-maskable interrupt. @see virDomainInjectNMI */
  async injectNmi(flags = 0, options?: CallOptions): Promise<void> {
    await this.#session.call(remote.domainInjectNmi, { dom: this.ref, flags }, options);
  }

  /**
   * Presses keys, all at once.
   *
   * @param codeset of KeycodeSet
   * @param holdTimeMs how long they are held
   * @see virDomainSendKey
   */
  async sendKey(
    codeset: number,
    holdTimeMs: number,
    keycodes: readonly number[],
    flags = 0,
    options?: CallOptions,
  ): Promise<void> {
    const args = { dom: this.ref, codeset, holdtime: holdTimeMs, keycodes: [...keycodes], flags };
    await this.#session.call(remote.domainSendKey, args, options);
  }

  // --- what it is and does

  /**
   * Reads state, memory and CPU use of the domain in one call.
   *
   * @throws LibvirtError with code `NoDomain` if the domain is gone.
   * @see virDomainGetInfo
   */
  async getInfo(options?: CallOptions): Promise<DomainInfo> {
    const info = await this.#session.call(remote.domainGetInfo, { dom: this.ref }, options);
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
    const { state, reason } = await this.#session.call(remote.domainGetState, { dom: this.ref, flags }, options);
    return { state, reason };
  }

  /** Gives the state of its control interface. @see virDomainGetControlInfo */
  async getControlInfo(flags = 0, options?: CallOptions): Promise<DomainControlInfo> {
    const info = await this.#session.call(remote.domainGetControlInfo, { dom: this.ref, flags }, options);
    return { state: info.state, details: info.details, stateTimeMs: info.stateTime };
  }

  /** Gives its XML. @param flags of DomainXmlFlags @see virDomainGetXMLDesc */
  async getXmlDesc(flags = 0, options?: CallOptions): Promise<string> {
    return (await this.#session.call(remote.domainGetXmlDesc, { dom: this.ref, flags }, options)).xml;
  }

  /** Gives its kind of operating system, e.g. `hvm`. @see virDomainGetOSType */
  async getOsType(options?: CallOptions): Promise<string> {
    return (await this.#session.call(remote.domainGetOsType, { dom: this.ref }, options)).type;
  }

  /** Gives the host name that the guest tells. @param flags of DomainGetHostnameFlags @see virDomainGetHostname */
  async getHostname(flags = 0, options?: CallOptions): Promise<string> {
    return (await this.#session.call(remote.domainGetHostname, { dom: this.ref, flags }, options)).hostname;
  }

  /** Tells whether it is running. @see virDomainIsActive */
  async isActive(options?: CallOptions): Promise<boolean> {
    return (await this.#session.call(remote.domainIsActive, { dom: this.ref }, options)).active === 1;
  }

  /** Tells whether it stays defined when it stops. @see virDomainIsPersistent */
  async isPersistent(options?: CallOptions): Promise<boolean> {
    return (await this.#session.call(remote.domainIsPersistent, { dom: this.ref }, options)).persistent === 1;
  }

  /** Tells whether its definition was changed while it runs. @see virDomainIsUpdated */
  async isUpdated(options?: CallOptions): Promise<boolean> {
    return (await this.#session.call(remote.domainIsUpdated, { dom: this.ref }, options)).updated === 1;
  }

  /** Tells whether it starts with the daemon. @see virDomainGetAutostart */
  async getAutostart(options?: CallOptions): Promise<boolean> {
    return (await this.#session.call(remote.domainGetAutostart, { dom: this.ref }, options)).autostart !== 0;
  }

  /** Says whether it starts with the daemon. @see virDomainSetAutostart */
  async setAutostart(autostart: boolean, options?: CallOptions): Promise<void> {
    await this.#session.call(remote.domainSetAutostart, { dom: this.ref, autostart: autostart ? 1 : 0 }, options);
  }

  /** Gives the warnings that its driver keeps about it. @param flags of DomainMessageType @see virDomainGetMessages */
  async getMessages(flags = 0, options?: CallOptions): Promise<readonly string[]> {
    return (await this.#session.call(remote.domainGetMessages, { dom: this.ref, flags }, options)).msgs;
  }

  /** Gives one piece of its metadata. @param type of DomainMetadataType @param uri of an element, else null @see virDomainGetMetadata */
  async getMetadata(type: number, uri: string | null, flags = 0, options?: CallOptions): Promise<string> {
    return (await this.#session.call(remote.domainGetMetadata, { dom: this.ref, type, uri, flags }, options)).metadata;
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
    await this.#session.call(remote.domainSetMetadata, { dom: this.ref, type, metadata, key, uri, flags }, options);
  }

  // --- memory and CPUs

  /** Gives the memory that it may have at most, in KiB. @see virDomainGetMaxMemory */
  async getMaxMemory(options?: CallOptions): Promise<bigint> {
    return (await this.#session.call(remote.domainGetMaxMemory, { dom: this.ref }, options)).memory;
  }

  /** Says how much memory it may have at most. @see virDomainSetMaxMemory */
  async setMaxMemory(memoryKiB: bigint, options?: CallOptions): Promise<void> {
    await this.#session.call(remote.domainSetMaxMemory, { dom: this.ref, memory: memoryKiB }, options);
  }

  /** Changes the memory of the running domain. @see virDomainSetMemory */
  async setMemory(memoryKiB: bigint, options?: CallOptions): Promise<void> {
    await this.#session.call(remote.domainSetMemory, { dom: this.ref, memory: memoryKiB }, options);
  }

  /** Changes its memory. @param flags of DomainMemoryModFlags @see virDomainSetMemoryFlags */
  async setMemoryFlags(memoryKiB: bigint, flags: number, options?: CallOptions): Promise<void> {
    await this.#session.call(remote.domainSetMemoryFlags, { dom: this.ref, memory: memoryKiB, flags }, options);
  }

  /** Gives what is known of its memory use: KiB or counts by tag (DomainMemoryStatTags). @see virDomainMemoryStats */
  async memoryStats(flags = 0, options?: CallOptions): Promise<Map<number, bigint>> {
    const args = { dom: this.ref, maxStats: MAX_MEMORY_STATS, flags };
    const { stats } = await this.#session.call(remote.domainMemoryStats, args, options);
    return new Map(stats.map(({ tag, val }) => [tag, val]));
  }

  /** Gives how many virtual CPUs it can have while it runs. @see virDomainGetMaxVcpus */
  async getMaxVcpus(options?: CallOptions): Promise<number> {
    return (await this.#session.call(remote.domainGetMaxVcpus, { dom: this.ref }, options)).num;
  }

  /** Changes the number of virtual CPUs of the running domain. @see virDomainSetVcpus */
  async setVcpus(count: number, options?: CallOptions): Promise<void> {
    await this.#session.call(remote.domainSetVcpus, { dom: this.ref, nvcpus: count }, options);
  }

  /** Changes its number of virtual CPUs. @param flags of DomainVcpuFlags @see virDomainSetVcpusFlags */
  async setVcpusFlags(count: number, flags: number, options?: CallOptions): Promise<void> {
    await this.#session.call(remote.domainSetVcpusFlags, { dom: this.ref, nvcpus: count, flags }, options);
  }

  /** Gives its number of virtual CPUs. @param flags of DomainVcpuFlags @see virDomainGetVcpusFlags */
  async getVcpusFlags(flags: number, options?: CallOptions): Promise<number> {
    return (await this.#session.call(remote.domainGetVcpusFlags, { dom: this.ref, flags }, options)).num;
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
    const { info, cpumaps } = await this.#session.call(remote.domainGetVcpus, args, options);
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
    const { cpumaps, num } = await this.#session.call(remote.domainGetVcpuPinInfo, args, options);
    return Array.from({ length: num }, (_, index) => cpumaps.subarray(index * mapBytes, (index + 1) * mapBytes));
  }

  /** Says on which physical CPUs a virtual one may run. @param cpuMap bitmap @see virDomainPinVcpu */
  async pinVcpu(vcpu: number, cpuMap: Uint8Array, options?: CallOptions): Promise<void> {
    await this.#session.call(remote.domainPinVcpu, { dom: this.ref, vcpu, cpumap: cpuMap }, options);
  }

  /** Says on which physical CPUs a virtual one may run. @param flags of DomainModificationImpact @see virDomainPinVcpuFlags */
  async pinVcpuFlags(vcpu: number, cpuMap: Uint8Array, flags: number, options?: CallOptions): Promise<void> {
    await this.#session.call(remote.domainPinVcpuFlags, { dom: this.ref, vcpu, cpumap: cpuMap, flags }, options);
  }

  /** Gives the name of its scheduler. @see virDomainGetSchedulerType */
  async getSchedulerType(options?: CallOptions): Promise<{ readonly type: string; readonly parameterCount: number }> {
    const { type, nparams } = await this.#session.call(remote.domainGetSchedulerType, { dom: this.ref }, options);
    return { type, parameterCount: nparams };
  }

  /** Gives the parameters of its scheduler. @param count how many at most @see virDomainGetSchedulerParametersFlags */
  async getSchedulerParametersFlags(count: number, flags = 0, options?: CallOptions): Promise<TypedParameters> {
    const args = { dom: this.ref, nparams: count, flags: flags | STRING_OKAY };
    return readTypedParameters(
      (await this.#session.call(remote.domainGetSchedulerParametersFlags, args, options)).params,
    );
  }

  // --- devices

  /** Adds a device to the running domain. @see virDomainAttachDevice */
  async attachDevice(xml: string, options?: CallOptions): Promise<void> {
    await this.#session.call(remote.domainAttachDevice, { dom: this.ref, xml }, options);
  }

  /** Adds a device. @param flags of DomainDeviceModifyFlags @see virDomainAttachDeviceFlags */
  async attachDeviceFlags(xml: string, flags: number, options?: CallOptions): Promise<void> {
    await this.#session.call(remote.domainAttachDeviceFlags, { dom: this.ref, xml, flags }, options);
  }

  /** Takes a device from the running domain. @see virDomainDetachDevice */
  async detachDevice(xml: string, options?: CallOptions): Promise<void> {
    await this.#session.call(remote.domainDetachDevice, { dom: this.ref, xml }, options);
  }

  /** Takes a device away. @param flags of DomainDeviceModifyFlags @see virDomainDetachDeviceFlags */
  async detachDeviceFlags(xml: string, flags: number, options?: CallOptions): Promise<void> {
    await this.#session.call(remote.domainDetachDeviceFlags, { dom: this.ref, xml, flags }, options);
  }

  /** Takes the device of this alias away. @param flags of DomainDeviceModifyFlags @see virDomainDetachDeviceAlias */
  async detachDeviceAlias(alias: string, flags = 0, options?: CallOptions): Promise<void> {
    await this.#session.call(remote.domainDetachDeviceAlias, { dom: this.ref, alias, flags }, options);
  }

  /** Changes a device. @param flags of DomainDeviceModifyFlags @see virDomainUpdateDeviceFlags */
  async updateDeviceFlags(xml: string, flags = 0, options?: CallOptions): Promise<void> {
    await this.#session.call(remote.domainUpdateDeviceFlags, { dom: this.ref, xml, flags }, options);
  }

  /** Gives the label that keeps it apart from others; empty when it has none. @see virDomainGetSecurityLabel */
  async getSecurityLabel(options?: CallOptions): Promise<{ readonly label: string; readonly enforcing: boolean }> {
    const { label, enforcing } = await this.#session.call(remote.domainGetSecurityLabel, { dom: this.ref }, options);
    return { label: textOfChars(label), enforcing: enforcing !== 0 };
  }

  /** Gives the time of the guest in seconds and nanoseconds since the epoch. @see virDomainGetTime */
  async getTime(flags = 0, options?: CallOptions): Promise<{ readonly seconds: bigint; readonly nanoseconds: number }> {
    const time = await this.#session.call(remote.domainGetTime, { dom: this.ref, flags }, options);
    return { seconds: time.seconds, nanoseconds: time.nseconds };
  }

  /** Sets the time of the guest. @param flags of DomainSetTimeFlags; with Sync the time is ignored @see virDomainSetTime */
  async setTime(seconds: bigint, nanoseconds: number, flags = 0, options?: CallOptions): Promise<void> {
    const args = { dom: this.ref, seconds, nseconds: nanoseconds, flags };
    await this.#session.call(remote.domainSetTime, args, options);
  }

  /** Gives what went wrong with disks: numbers of DomainDiskErrorCode by target. @see virDomainGetDiskErrors */
  async getDiskErrors(maxErrors: number, flags = 0, options?: CallOptions): Promise<Map<string, number>> {
    const args = { dom: this.ref, maxerrors: maxErrors, flags };
    const { errors } = await this.#session.call(remote.domainGetDiskErrors, args, options);
    return new Map(errors.map(({ disk, error }) => [disk, error]));
  }

  /** Gives its network interfaces with their addresses. @param source of DomainInterfaceAddressesSource @see virDomainInterfaceAddresses */
  async interfaceAddresses(source: number, flags = 0, options?: CallOptions): Promise<readonly GuestInterface[]> {
    const args = { dom: this.ref, source, flags };
    const { ifaces } = await this.#session.call(remote.domainInterfaceAddresses, args, options);
    return ifaces.map(({ name, hwaddr: mac, addrs }) => ({
      name,
      mac,
      addresses: addrs.map(({ type, addr: address, prefix }) => ({ type, address, prefix })),
    }));
  }

  /** Gives the counters of a disk. @param disk its target or path @see virDomainBlockStats */
  async blockStats(disk: string, options?: CallOptions): Promise<BlockStats> {
    const stats = await this.#session.call(remote.domainBlockStats, { dom: this.ref, path: disk }, options);
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
    const info = await this.#session.call(remote.domainGetBlockInfo, { dom: this.ref, path: disk, flags }, options);
    return { capacity: info.capacity, allocation: info.allocation, physical: info.physical };
  }

  /** Changes the size of a disk. @param size KiB, or bytes with the flag for it @param flags of DomainBlockResizeFlags @see virDomainBlockResize */
  async blockResize(disk: string, size: bigint, flags = 0, options?: CallOptions): Promise<void> {
    await this.#session.call(remote.domainBlockResize, { dom: this.ref, disk, size, flags }, options);
  }

  /** Reads bytes of a disk. @see virDomainBlockPeek */
  async blockPeek(disk: string, offset: bigint, size: number, flags = 0, options?: CallOptions): Promise<Uint8Array> {
    const args = { dom: this.ref, path: disk, offset, size, flags };
    return (await this.#session.call(remote.domainBlockPeek, args, options)).buffer;
  }

  /** Reads bytes of its memory. @param flags of DomainMemoryFlags @see virDomainMemoryPeek */
  async memoryPeek(offset: bigint, size: number, flags: number, options?: CallOptions): Promise<Uint8Array> {
    const args = { dom: this.ref, offset, size, flags };
    return (await this.#session.call(remote.domainMemoryPeek, args, options)).buffer;
  }

  /** Gives the counters of a network interface. @param device its target or MAC address @see virDomainInterfaceStats */
  async interfaceStats(device: string, options?: CallOptions): Promise<InterfaceStats> {
    const stats = await this.#session.call(remote.domainInterfaceStats, { dom: this.ref, device }, options);
    return {
      receivedBytes: stats.rx_bytes,
      receivedPackets: stats.rx_packets,
      receiveErrors: stats.rx_errs,
      receiveDrops: stats.rx_drop,
      sentBytes: stats.tx_bytes,
      sentPackets: stats.tx_packets,
      sendErrors: stats.tx_errs,
      sendDrops: stats.tx_drop,
    };
  }

  /** Takes a picture of a screen. @param screen which one, from 0 @see virDomainScreenshot */
  async screenshot(screen = 0, flags = 0, options?: CallOptions): Promise<Screenshot> {
    const args = { dom: this.ref, screen, flags };
    const { download, reply } = await Download.open(
      (stream) => this.#session.call(remote.domainScreenshot, args, options, stream),
      options?.signal,
    );
    return Object.assign(download as Download<Uint8Array>, { mime: reply.mime ?? '' });
  }

  // --- saved state

  /** Saves its memory to a file of the host and stops it. @see virDomainSave */
  async save(file: string, options?: CallOptions): Promise<void> {
    await this.#session.call(remote.domainSave, { dom: this.ref, to: file }, options);
    this.#id = -1;
  }

  /** Saves its memory to a file of the host and stops it. @param flags of DomainSaveRestoreFlags @see virDomainSaveFlags */
  async saveFlags(file: string, xml: string | null, flags: number, options?: CallOptions): Promise<void> {
    await this.#session.call(remote.domainSaveFlags, { dom: this.ref, to: file, dxml: xml, flags }, options);
    this.#id = -1;
  }

  /** Saves its memory where libvirt keeps it and stops it. @param flags of DomainSaveRestoreFlags @see virDomainManagedSave */
  async managedSave(flags = 0, options?: CallOptions): Promise<void> {
    await this.#session.call(remote.domainManagedSave, { dom: this.ref, flags }, options);
    this.#id = -1;
  }

  /** Tells whether libvirt keeps its saved memory. @see virDomainHasManagedSaveImage */
  async hasManagedSaveImage(flags = 0, options?: CallOptions): Promise<boolean> {
    return (await this.#session.call(remote.domainHasManagedSaveImage, { dom: this.ref, flags }, options)).result === 1;
  }

  /** Throws its saved memory away. @see virDomainManagedSaveRemove */
  async managedSaveRemove(flags = 0, options?: CallOptions): Promise<void> {
    await this.#session.call(remote.domainManagedSaveRemove, { dom: this.ref, flags }, options);
  }

  /** Writes its memory to a file of the host, for debugging. @param flags of DomainCoreDumpFlags @see virDomainCoreDump */
  async coreDump(file: string, flags = 0, options?: CallOptions): Promise<void> {
    await this.#session.call(remote.domainCoreDump, { dom: this.ref, to: file, flags }, options);
  }

  /** Stops the job that runs on it. @see virDomainAbortJob */
  async abortJob(options?: CallOptions): Promise<void> {
    await this.#session.call(remote.domainAbortJob, { dom: this.ref }, options);
  }

  // --- snapshots

  /** Takes a snapshot. @param flags of DomainSnapshotCreateFlags @see virDomainSnapshotCreateXML */
  async createSnapshotXml(xml: string, flags = 0, options?: CallOptions): Promise<DomainSnapshot> {
    const args = { dom: this.ref, xml_desc: xml, flags };
    const { snap } = await this.#session.call(remote.domainSnapshotCreateXml, args, options);
    return new DomainSnapshot(this.#session, snap);
  }

  /** Lists its snapshots. @param flags of DomainSnapshotListFlags @see virDomainListAllSnapshots */
  async listAllSnapshots(flags = 0, options?: CallOptions): Promise<DomainSnapshot[]> {
    const args = { dom: this.ref, need_results: 1, flags };
    const { snapshots } = await this.#session.call(remote.domainListAllSnapshots, args, options);
    return snapshots.map((snap) => new DomainSnapshot(this.#session, snap));
  }

  /** Counts its snapshots. @param flags of DomainSnapshotListFlags @see virDomainSnapshotNum */
  async numOfSnapshots(flags = 0, options?: CallOptions): Promise<number> {
    return (await this.#session.call(remote.domainSnapshotNum, { dom: this.ref, flags }, options)).num;
  }

  /** Finds a snapshot by its name. @throws LibvirtError `NoDomainSnapshot` @see virDomainSnapshotLookupByName */
  async lookupSnapshotByName(name: string, flags = 0, options?: CallOptions): Promise<DomainSnapshot> {
    const args = { dom: this.ref, name, flags };
    const { snap } = await this.#session.call(remote.domainSnapshotLookupByName, args, options);
    return new DomainSnapshot(this.#session, snap);
  }

  /** Tells whether it has a current snapshot. @see virDomainHasCurrentSnapshot */
  async hasCurrentSnapshot(flags = 0, options?: CallOptions): Promise<boolean> {
    return (await this.#session.call(remote.domainHasCurrentSnapshot, { dom: this.ref, flags }, options)).result === 1;
  }

  /** Gives the current snapshot. @see virDomainSnapshotCurrent */
  async currentSnapshot(flags = 0, options?: CallOptions): Promise<DomainSnapshot> {
    const { snap } = await this.#session.call(remote.domainSnapshotCurrent, { dom: this.ref, flags }, options);
    return new DomainSnapshot(this.#session, snap);
  }
}

// VIR_TYPED_PARAM_STRING_OKAY: without it servers leave out parameters that are strings.
const STRING_OKAY = 4;
// REMOTE_DOMAIN_MEMORY_STATS_MAX of the protocol.
const MAX_MEMORY_STATS = 1024;
