// An open connection: what the host is and has, lookups, lists, definitions, events, and its end.
import {
  type Driver,
  domainEvents,
  type EventFilter,
  type EventType,
  networkEvents,
  nodeDeviceEvents,
  remote,
  secretEvents,
  storagePoolEvents,
} from '@virtwire/protocol';
import { ErrorCode, ErrorDomain, LibvirtError, toLibvirtError } from '@virtwire/rpc';
import { type ConnectionClosed, closedByClient, closedByLoss } from './closed.ts';
import { Domain } from './domain.ts';
import { type EventOptions, EventStream } from './event-stream.ts';
import {
  type DomainEvent,
  type NetworkEvent,
  type NodeDeviceEvent,
  readDomainEvent,
  readNetworkEvent,
  readNodeDeviceEvent,
  readSecretEvent,
  readStoragePoolEvent,
  type SecretEvent,
  type StoragePoolEvent,
} from './events.ts';
import { Interface } from './interface.ts';
import { Network } from './network.ts';
import { NodeDevice } from './node-device.ts';
import { Nwfilter } from './nwfilter.ts';
import { Secret } from './secret.ts';
import { type CallOptions, Session } from './session.ts';
import { StoragePool } from './storage-pool.ts';
import { StorageVolume } from './storage-volume.ts';
import { textOfChars } from './text-of-chars.ts';
import { readTypedParameters, type TypedParameters } from './typed-parameters.ts';

/** What is known of a connection from its opening. */
export interface ConnectionFacts {
  /** The URI that it was opened with, or that the server chose. */
  readonly uri: string;
  /** True when it was opened read-only. */
  readonly readOnly: boolean;
  /** True when the bytes travel encrypted. */
  readonly encrypted: boolean;
  /** True when nobody between can read the bytes: encrypted, or within the host. */
  readonly secure: boolean;
  /** True when keepalive watches the link. */
  readonly watched: boolean;
}

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

/** Statistics of one domain. */
export interface DomainStatsRecord {
  readonly domain: Domain;
  /** Names as `state.state`, `cpu.time`, `net.0.rx.bytes`. */
  readonly params: TypedParameters;
}

/** Which domain events to receive. */
export interface DomainEventOptions extends EventOptions {
  /** Only those of this domain. */
  readonly domain?: Domain;
}

/** Which network events to receive. */
export interface NetworkEventOptions extends EventOptions {
  /** Only those of this network. */
  readonly network?: Network;
}

/** Which storage pool events to receive. */
export interface StoragePoolEventOptions extends EventOptions {
  /** Only those of this pool. */
  readonly pool?: StoragePool;
}

/** Which node device events to receive. */
export interface NodeDeviceEventOptions extends EventOptions {
  /** Only those of this device. */
  readonly device?: NodeDevice;
}

/** Which secret events to receive. */
export interface SecretEventOptions extends EventOptions {
  /** Only those of this secret. */
  readonly secret?: Secret;
}

/** A connection to a hypervisor. Made by `connect()`; close it, or hold it by `await using`. */
export class Connection implements AsyncDisposable {
  readonly #driver: Driver;
  readonly #session: Session;
  readonly #facts: ConnectionFacts;
  readonly #lostListeners = new Set<(reason: LibvirtError | null) => void>();
  #settleClosed!: (end: ConnectionClosed) => void;
  #ended = false;
  #closing: Promise<void> | undefined;
  /** Resolves when the connection has ended, with the reason; never rejects. */
  readonly closed: Promise<ConnectionClosed>;

  /** @param driver answers all calls; closed together with the connection */
  constructor(driver: Driver, facts: ConnectionFacts) {
    this.#driver = driver;
    this.#session = new Session(driver);
    this.#facts = facts;
    this.closed = new Promise((resolve) => {
      this.#settleClosed = resolve;
    });
    driver.onLost?.((reason) => this.#lost(toLibvirtError(reason, ErrorDomain.Rpc)));
  }

  /** The URI that it was opened with, or that the server chose. */
  get uri(): string {
    return this.#facts.uri;
  }

  /** True when it was opened read-only. */
  get readOnly(): boolean {
    return this.#facts.readOnly;
  }

  /**
   * True when keepalive watches the link; false for local drivers, servers that cannot, and when it was switched off.
   *
   * @see virConnectSetKeepAlive
   */
  get watched(): boolean {
    return this.#facts.watched;
  }

  // --- its end

  /** Closes the connection; calls under way are rejected. May be called again. @see virConnectClose */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** Closes the connection. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /**
   * Calls back once when the connection ends; at once when it has ended.
   *
   * @see virConnectRegisterCloseCallback
   */
  onClose(listener: (end: ConnectionClosed) => void): void {
    void this.closed.then(listener);
  }

  /** Tells whether the connection still stands, as far as this side knows. @see virConnectIsAlive */
  isAlive(): boolean {
    return !this.#ended;
  }

  /** Tells whether the bytes travel encrypted. @see virConnectIsEncrypted */
  isEncrypted(): boolean {
    return this.#facts.encrypted;
  }

  /** Tells whether nobody between can read the bytes, up to the hypervisor. @see virConnectIsSecure */
  async isSecure(options?: CallOptions): Promise<boolean> {
    const { secure } = await this.#session.call(remote.connectIsSecure, {}, options);
    return this.#facts.secure && secure !== 0;
  }

  // --- the host

  /** Gives the URI that it was opened with, or that the server chose. @see virConnectGetURI */
  async getUri(): Promise<string> {
    return this.#facts.uri;
  }

  /** Gives the name of the hypervisor, e.g. `QEMU`, `TEST`. @see virConnectGetType */
  async getType(options?: CallOptions): Promise<string> {
    return (await this.#session.call(remote.connectGetType, {}, options)).type;
  }

  /** Gives the version of the hypervisor: major * 1,000,000 + minor * 1,000 + release. @see virConnectGetVersion */
  async getVersion(options?: CallOptions): Promise<bigint> {
    return (await this.#session.call(remote.connectGetVersion, {}, options)).hv_ver;
  }

  /** Gives the version of libvirt on the other side, in the same form. @see virConnectGetLibVersion */
  async getLibVersion(options?: CallOptions): Promise<bigint> {
    return (await this.#session.call(remote.connectGetLibVersion, {}, options)).lib_ver;
  }

  /** Gives the name of the host. @see virConnectGetHostname */
  async getHostname(options?: CallOptions): Promise<string> {
    return (await this.#session.call(remote.connectGetHostname, {}, options)).hostname;
  }

  /** Gives the capabilities of host and hypervisor as XML. @see virConnectGetCapabilities */
  async getCapabilities(options?: CallOptions): Promise<string> {
    return (await this.#session.call(remote.connectGetCapabilities, {}, options)).capabilities;
  }

  /** Gives what the host says about itself (SMBIOS) as XML. @see virConnectGetSysinfo */
  async getSysinfo(flags = 0, options?: CallOptions): Promise<string> {
    return (await this.#session.call(remote.connectGetSysinfo, { flags }, options)).sysinfo;
  }

  /** Gives how many virtual CPUs a domain may have. @param type of domain, null for the usual one @see virConnectGetMaxVcpus */
  async getMaxVcpus(type: string | null = null, options?: CallOptions): Promise<number> {
    return (await this.#session.call(remote.connectGetMaxVcpus, { type }, options)).max_vcpus;
  }

  /** Gives memory and CPUs of the host. @see virNodeGetInfo */
  async getNodeInfo(options?: CallOptions): Promise<NodeInfo> {
    const info = await this.#session.call(remote.nodeGetInfo, {}, options);
    const { cpus, mhz, nodes, sockets, cores, threads } = info;
    const model = textOfChars(info.model);
    return { model, memoryKiB: info.memory, cpus, mhz, nodes, sockets, cores, threads };
  }

  /** Gives the CPUs of the host: how many, how many are online, and which. @see virNodeGetCPUMap */
  async getCpuMap(flags = 0, options?: CallOptions): Promise<CpuMap> {
    const args = { need_map: 1, need_online: 1, flags };
    const { cpumap: map, online, ret: cpus } = await this.#session.call(remote.nodeGetCpuMap, args, options);
    return { cpus, online, map };
  }

  /** Gives how domains are kept apart; both texts are empty when nothing does. @see virNodeGetSecurityModel */
  async getSecurityModel(options?: CallOptions): Promise<{ readonly model: string; readonly doi: string }> {
    const { model, doi } = await this.#session.call(remote.nodeGetSecurityModel, {}, options);
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
    return (await this.#session.call(remote.nodeGetFreePages, args, options)).counts;
  }

  /** Gives the free memory of the host in bytes. @see virNodeGetFreeMemory */
  async getFreeMemory(options?: CallOptions): Promise<bigint> {
    return (await this.#session.call(remote.nodeGetFreeMemory, {}, options)).freeMem;
  }

  /** Gives the free memory of NUMA cells in bytes. @see virNodeGetCellsFreeMemory */
  async getCellsFreeMemory(startCell: number, maxCells: number, options?: CallOptions): Promise<readonly bigint[]> {
    const args = { startCell, maxcells: maxCells };
    return (await this.#session.call(remote.nodeGetCellsFreeMemory, args, options)).cells;
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
    return (await this.#session.call(remote.connectGetDomainCapabilities, args, options)).capabilities;
  }

  /** Gives which kinds of storage pools there can be, as XML. @see virConnectGetStoragePoolCapabilities */
  async getStoragePoolCapabilities(flags = 0, options?: CallOptions): Promise<string> {
    return (await this.#session.call(remote.connectGetStoragePoolCapabilities, { flags }, options)).capabilities;
  }

  /** Compares the host's CPU with one. @returns a number of CpuCompareResult @see virConnectCompareCPU */
  async compareCpu(xml: string, flags = 0, options?: CallOptions): Promise<number> {
    return (await this.#session.call(remote.connectCompareCpu, { xml, flags }, options)).result;
  }

  /** Gives the CPU that all of these can do, as XML. @see virConnectBaselineCPU */
  async baselineCpu(xmlCpus: readonly string[], flags = 0, options?: CallOptions): Promise<string> {
    return (await this.#session.call(remote.connectBaselineCpu, { xmlCPUs: [...xmlCpus], flags }, options)).cpu;
  }

  /** Asks for a feature by its number; see the features of the wire. @see virConnectSupportsFeature */
  async supportsFeature(feature: number, options?: CallOptions): Promise<boolean> {
    return (await this.#session.call(remote.connectSupportsFeature, { feature }, options)).supported !== 0;
  }

  // --- domains

  /** Lists domains. @param flags of ConnectListAllDomainsFlags, 0 for all @see virConnectListAllDomains */
  async listAllDomains(flags = 0, options?: CallOptions): Promise<Domain[]> {
    const { domains } = await this.#session.call(remote.connectListAllDomains, { need_results: 1, flags }, options);
    return domains.map((dom) => new Domain(this.#session, dom));
  }

  /** Counts running domains. @see virConnectNumOfDomains */
  async numOfDomains(options?: CallOptions): Promise<number> {
    return (await this.#session.call(remote.connectNumOfDomains, {}, options)).num;
  }

  /** Lists the ids of running domains. @param maxIds how many at most @see virConnectListDomains */
  async listDomains(maxIds: number, options?: CallOptions): Promise<readonly number[]> {
    return (await this.#session.call(remote.connectListDomains, { maxids: maxIds }, options)).ids;
  }

  /** Counts domains that do not run. @see virConnectNumOfDefinedDomains */
  async numOfDefinedDomains(options?: CallOptions): Promise<number> {
    return (await this.#session.call(remote.connectNumOfDefinedDomains, {}, options)).num;
  }

  /** Lists the names of domains that do not run. @param maxNames how many at most @see virConnectListDefinedDomains */
  async listDefinedDomains(maxNames: number, options?: CallOptions): Promise<readonly string[]> {
    return (await this.#session.call(remote.connectListDefinedDomains, { maxnames: maxNames }, options)).names;
  }

  /** Finds a running domain by its id. @throws LibvirtError `NoDomain` @see virDomainLookupByID */
  async lookupDomainById(id: number, options?: CallOptions): Promise<Domain> {
    return new Domain(this.#session, (await this.#session.call(remote.domainLookupById, { id }, options)).dom);
  }

  /** Finds a domain by its name. @throws LibvirtError `NoDomain` @see virDomainLookupByName */
  async lookupDomainByName(name: string, options?: CallOptions): Promise<Domain> {
    return new Domain(this.#session, (await this.#session.call(remote.domainLookupByName, { name }, options)).dom);
  }

  /** Finds a domain by its UUID. @throws LibvirtError `NoDomain` @see virDomainLookupByUUID */
  async lookupDomainByUuid(uuid: string, options?: CallOptions): Promise<Domain> {
    return new Domain(this.#session, (await this.#session.call(remote.domainLookupByUuid, { uuid }, options)).dom);
  }

  /** Defines a domain, or changes the definition. @see virDomainDefineXML */
  async defineDomainXml(xml: string, options?: CallOptions): Promise<Domain> {
    return new Domain(this.#session, (await this.#session.call(remote.domainDefineXml, { xml }, options)).dom);
  }

  /** Defines a domain, or changes the definition. @param flags of DomainDefineFlags @see virDomainDefineXMLFlags */
  async defineDomainXmlFlags(xml: string, flags: number, options?: CallOptions): Promise<Domain> {
    const { dom } = await this.#session.call(remote.domainDefineXmlFlags, { xml, flags }, options);
    return new Domain(this.#session, dom);
  }

  /** Makes and starts a transient domain. @param flags of DomainCreateFlags @see virDomainCreateXML */
  async createDomainXml(xml: string, flags = 0, options?: CallOptions): Promise<Domain> {
    const { dom } = await this.#session.call(remote.domainCreateXml, { xml_desc: xml, flags }, options);
    return new Domain(this.#session, dom);
  }

  /** Starts a domain from a file of the host that `save` wrote. @see virDomainRestore */
  async restoreDomain(file: string, options?: CallOptions): Promise<void> {
    await this.#session.call(remote.domainRestore, { from: file }, options);
  }

  /** Starts a domain from a file of the host. @param xml changes it, null keeps it @param flags of DomainSaveRestoreFlags @see virDomainRestoreFlags */
  async restoreDomainFlags(file: string, xml: string | null, flags: number, options?: CallOptions): Promise<void> {
    await this.#session.call(remote.domainRestoreFlags, { from: file, dxml: xml, flags }, options);
  }

  /** Gives the XML inside a file of the host that `save` wrote. @see virDomainSaveImageGetXMLDesc */
  async getDomainSaveImageXmlDesc(file: string, flags = 0, options?: CallOptions): Promise<string> {
    return (await this.#session.call(remote.domainSaveImageGetXmlDesc, { file, flags }, options)).xml;
  }

  /** Changes the XML inside a file of the host that `save` wrote. @see virDomainSaveImageDefineXML */
  async defineDomainSaveImageXml(file: string, xml: string, flags = 0, options?: CallOptions): Promise<void> {
    await this.#session.call(remote.domainSaveImageDefineXml, { file, dxml: xml, flags }, options);
  }

  /**
   * Gives statistics of domains.
   *
   * @param stats of DomainStatsTypes, 0 for all that there are
   * @param flags of ConnectGetAllDomainStatsFlags
   * @see virConnectGetAllDomainStats
   */
  async getAllDomainStats(stats = 0, flags = 0, options?: CallOptions): Promise<DomainStatsRecord[]> {
    return this.#domainStats([], stats, flags, options);
  }

  /** Gives statistics of these domains. @see virDomainListGetStats */
  async getDomainListStats(
    domains: readonly Domain[],
    stats = 0,
    flags = 0,
    options?: CallOptions,
  ): Promise<DomainStatsRecord[]> {
    // An empty list means all domains on the wire; virDomainListGetStats refuses it.
    if (domains.length === 0) {
      throw new LibvirtError(
        ErrorCode.InvalidArg,
        'doms array in virDomainListGetStats must contain at least one domain',
        {
          domain: ErrorDomain.Domain,
        },
      );
    }
    return this.#domainStats(domains, stats, flags, options);
  }

  /** Translates a native configuration into domain XML. @see virConnectDomainXMLFromNative */
  async domainXmlFromNative(format: string, config: string, flags = 0, options?: CallOptions): Promise<string> {
    const args = { nativeFormat: format, nativeConfig: config, flags };
    return (await this.#session.call(remote.connectDomainXmlFromNative, args, options)).domainXml;
  }

  /** Translates domain XML into a native configuration. @see virConnectDomainXMLToNative */
  async domainXmlToNative(format: string, xml: string, flags = 0, options?: CallOptions): Promise<string> {
    const args = { nativeFormat: format, domainXml: xml, flags };
    return (await this.#session.call(remote.connectDomainXmlToNative, args, options)).nativeConfig;
  }

  // --- networks

  /** Lists networks. @param flags of ConnectListAllNetworksFlags, 0 for all @see virConnectListAllNetworks */
  async listAllNetworks(flags = 0, options?: CallOptions): Promise<Network[]> {
    const { nets } = await this.#session.call(remote.connectListAllNetworks, { need_results: 1, flags }, options);
    return nets.map((net) => new Network(this.#session, net));
  }

  /** Counts running networks. @see virConnectNumOfNetworks */
  async numOfNetworks(options?: CallOptions): Promise<number> {
    return (await this.#session.call(remote.connectNumOfNetworks, {}, options)).num;
  }

  /** Lists the names of running networks. @param maxNames how many at most @see virConnectListNetworks */
  async listNetworks(maxNames: number, options?: CallOptions): Promise<readonly string[]> {
    return (await this.#session.call(remote.connectListNetworks, { maxnames: maxNames }, options)).names;
  }

  /** Counts networks that do not run. @see virConnectNumOfDefinedNetworks */
  async numOfDefinedNetworks(options?: CallOptions): Promise<number> {
    return (await this.#session.call(remote.connectNumOfDefinedNetworks, {}, options)).num;
  }

  /** Lists the names of networks that do not run. @param maxNames how many at most @see virConnectListDefinedNetworks */
  async listDefinedNetworks(maxNames: number, options?: CallOptions): Promise<readonly string[]> {
    return (await this.#session.call(remote.connectListDefinedNetworks, { maxnames: maxNames }, options)).names;
  }

  /** Finds a network by its name. @throws LibvirtError `NoNetwork` @see virNetworkLookupByName */
  async lookupNetworkByName(name: string, options?: CallOptions): Promise<Network> {
    return new Network(this.#session, (await this.#session.call(remote.networkLookupByName, { name }, options)).net);
  }

  /** Finds a network by its UUID. @throws LibvirtError `NoNetwork` @see virNetworkLookupByUUID */
  async lookupNetworkByUuid(uuid: string, options?: CallOptions): Promise<Network> {
    return new Network(this.#session, (await this.#session.call(remote.networkLookupByUuid, { uuid }, options)).net);
  }

  /** Defines a network, or changes the definition. @see virNetworkDefineXML */
  async defineNetworkXml(xml: string, options?: CallOptions): Promise<Network> {
    return new Network(this.#session, (await this.#session.call(remote.networkDefineXml, { xml }, options)).net);
  }

  /** Defines a network, or changes the definition. @param flags of NetworkDefineFlags @see virNetworkDefineXMLFlags */
  async defineNetworkXmlFlags(xml: string, flags: number, options?: CallOptions): Promise<Network> {
    const { net } = await this.#session.call(remote.networkDefineXmlFlags, { xml, flags }, options);
    return new Network(this.#session, net);
  }

  /** Makes and starts a transient network. @see virNetworkCreateXML */
  async createNetworkXml(xml: string, options?: CallOptions): Promise<Network> {
    return new Network(this.#session, (await this.#session.call(remote.networkCreateXml, { xml }, options)).net);
  }

  /** Makes and starts a transient network. @param flags of NetworkCreateFlags @see virNetworkCreateXMLFlags */
  async createNetworkXmlFlags(xml: string, flags: number, options?: CallOptions): Promise<Network> {
    const { net } = await this.#session.call(remote.networkCreateXmlFlags, { xml, flags }, options);
    return new Network(this.#session, net);
  }

  // --- storage

  /** Lists storage pools. @param flags of ConnectListAllStoragePoolsFlags, 0 for all @see virConnectListAllStoragePools */
  async listAllStoragePools(flags = 0, options?: CallOptions): Promise<StoragePool[]> {
    const { pools } = await this.#session.call(remote.connectListAllStoragePools, { need_results: 1, flags }, options);
    return pools.map((pool) => new StoragePool(this.#session, pool));
  }

  /** Counts running pools. @see virConnectNumOfStoragePools */
  async numOfStoragePools(options?: CallOptions): Promise<number> {
    return (await this.#session.call(remote.connectNumOfStoragePools, {}, options)).num;
  }

  /** Lists the names of running pools. @param maxNames how many at most @see virConnectListStoragePools */
  async listStoragePools(maxNames: number, options?: CallOptions): Promise<readonly string[]> {
    return (await this.#session.call(remote.connectListStoragePools, { maxnames: maxNames }, options)).names;
  }

  /** Counts pools that do not run. @see virConnectNumOfDefinedStoragePools */
  async numOfDefinedStoragePools(options?: CallOptions): Promise<number> {
    return (await this.#session.call(remote.connectNumOfDefinedStoragePools, {}, options)).num;
  }

  /** Lists the names of pools that do not run. @param maxNames how many at most @see virConnectListDefinedStoragePools */
  async listDefinedStoragePools(maxNames: number, options?: CallOptions): Promise<readonly string[]> {
    return (await this.#session.call(remote.connectListDefinedStoragePools, { maxnames: maxNames }, options)).names;
  }

  /** Finds a pool by its name. @throws LibvirtError `NoStoragePool` @see virStoragePoolLookupByName */
  async lookupStoragePoolByName(name: string, options?: CallOptions): Promise<StoragePool> {
    const { pool } = await this.#session.call(remote.storagePoolLookupByName, { name }, options);
    return new StoragePool(this.#session, pool);
  }

  /** Finds a pool by its UUID. @throws LibvirtError `NoStoragePool` @see virStoragePoolLookupByUUID */
  async lookupStoragePoolByUuid(uuid: string, options?: CallOptions): Promise<StoragePool> {
    const { pool } = await this.#session.call(remote.storagePoolLookupByUuid, { uuid }, options);
    return new StoragePool(this.#session, pool);
  }

  /** Finds the pool of a volume. @throws LibvirtError `NoStoragePool` @see virStoragePoolLookupByVolume */
  async lookupStoragePoolByVolume(volume: StorageVolume, options?: CallOptions): Promise<StoragePool> {
    const { pool } = await this.#session.call(remote.storagePoolLookupByVolume, { vol: volume.ref }, options);
    return new StoragePool(this.#session, pool);
  }

  /** Finds a pool by where it shows on the host. @throws LibvirtError `NoStoragePool` @see virStoragePoolLookupByTargetPath */
  async lookupStoragePoolByTargetPath(path: string, options?: CallOptions): Promise<StoragePool> {
    const { pool } = await this.#session.call(remote.storagePoolLookupByTargetPath, { path }, options);
    return new StoragePool(this.#session, pool);
  }

  /** Defines a pool, or changes the definition. @param flags of StoragePoolDefineFlags @see virStoragePoolDefineXML */
  async defineStoragePoolXml(xml: string, flags = 0, options?: CallOptions): Promise<StoragePool> {
    const { pool } = await this.#session.call(remote.storagePoolDefineXml, { xml, flags }, options);
    return new StoragePool(this.#session, pool);
  }

  /** Makes and starts a transient pool. @param flags of StoragePoolCreateFlags @see virStoragePoolCreateXML */
  async createStoragePoolXml(xml: string, flags = 0, options?: CallOptions): Promise<StoragePool> {
    const { pool } = await this.#session.call(remote.storagePoolCreateXml, { xml, flags }, options);
    return new StoragePool(this.#session, pool);
  }

  /** Gives what could become pools of a type, as XML. @param sourceSpec XML or null @see virConnectFindStoragePoolSources */
  async findStoragePoolSources(
    type: string,
    sourceSpec: string | null = null,
    flags = 0,
    options?: CallOptions,
  ): Promise<string> {
    const args = { type, srcSpec: sourceSpec, flags };
    return (await this.#session.call(remote.connectFindStoragePoolSources, args, options)).xml;
  }

  /** Finds a volume by its key. @throws LibvirtError `NoStorageVol` @see virStorageVolLookupByKey */
  async lookupStorageVolumeByKey(key: string, options?: CallOptions): Promise<StorageVolume> {
    const { vol } = await this.#session.call(remote.storageVolLookupByKey, { key }, options);
    return new StorageVolume(this.#session, vol);
  }

  /** Finds a volume by its path on the host. @throws LibvirtError `NoStorageVol` @see virStorageVolLookupByPath */
  async lookupStorageVolumeByPath(path: string, options?: CallOptions): Promise<StorageVolume> {
    const { vol } = await this.#session.call(remote.storageVolLookupByPath, { path }, options);
    return new StorageVolume(this.#session, vol);
  }

  // --- devices and interfaces of the host

  /** Lists devices. @param flags of ConnectListAllNodeDeviceFlags, 0 for all @see virConnectListAllNodeDevices */
  async listAllNodeDevices(flags = 0, options?: CallOptions): Promise<NodeDevice[]> {
    const { devices } = await this.#session.call(remote.connectListAllNodeDevices, { need_results: 1, flags }, options);
    return devices.map((device) => new NodeDevice(this.#session, device));
  }

  /** Finds a device by its name. @throws LibvirtError `NoNodeDevice` @see virNodeDeviceLookupByName */
  async lookupNodeDeviceByName(name: string, options?: CallOptions): Promise<NodeDevice> {
    const { dev } = await this.#session.call(remote.nodeDeviceLookupByName, { name }, options);
    return new NodeDevice(this.#session, dev);
  }

  /** Finds a SCSI adapter by its world wide names. @throws LibvirtError `NoNodeDevice` @see virNodeDeviceLookupSCSIHostByWWN */
  async lookupScsiHostByWwn(wwnn: string, wwpn: string, flags = 0, options?: CallOptions): Promise<NodeDevice> {
    const { dev } = await this.#session.call(remote.nodeDeviceLookupScsiHostByWwn, { wwnn, wwpn, flags }, options);
    return new NodeDevice(this.#session, dev);
  }

  /** Makes a virtual device. @see virNodeDeviceCreateXML */
  async createNodeDeviceXml(xml: string, flags = 0, options?: CallOptions): Promise<NodeDevice> {
    const { dev } = await this.#session.call(remote.nodeDeviceCreateXml, { xml_desc: xml, flags }, options);
    return new NodeDevice(this.#session, dev);
  }

  /** Defines a virtual device. @see virNodeDeviceDefineXML */
  async defineNodeDeviceXml(xml: string, flags = 0, options?: CallOptions): Promise<NodeDevice> {
    const { dev } = await this.#session.call(remote.nodeDeviceDefineXml, { xml_desc: xml, flags }, options);
    return new NodeDevice(this.#session, dev);
  }

  /** Lists interfaces. @param flags of ConnectListAllInterfacesFlags, 0 for all @see virConnectListAllInterfaces */
  async listAllInterfaces(flags = 0, options?: CallOptions): Promise<Interface[]> {
    const { ifaces } = await this.#session.call(remote.connectListAllInterfaces, { need_results: 1, flags }, options);
    return ifaces.map((iface) => new Interface(this.#session, iface));
  }

  /** Finds an interface by its name. @throws LibvirtError `NoInterface` @see virInterfaceLookupByName */
  async lookupInterfaceByName(name: string, options?: CallOptions): Promise<Interface> {
    const { iface } = await this.#session.call(remote.interfaceLookupByName, { name }, options);
    return new Interface(this.#session, iface);
  }

  /** Finds an interface by its MAC address. @throws LibvirtError `NoInterface` @see virInterfaceLookupByMACString */
  async lookupInterfaceByMacString(mac: string, options?: CallOptions): Promise<Interface> {
    const { iface } = await this.#session.call(remote.interfaceLookupByMacString, { mac }, options);
    return new Interface(this.#session, iface);
  }

  /** Defines an interface, or changes the definition. @see virInterfaceDefineXML */
  async defineInterfaceXml(xml: string, flags = 0, options?: CallOptions): Promise<Interface> {
    const { iface } = await this.#session.call(remote.interfaceDefineXml, { xml, flags }, options);
    return new Interface(this.#session, iface);
  }

  /** Keeps the interfaces as they are now, to come back to them. @see virInterfaceChangeBegin */
  async beginInterfaceChange(flags = 0, options?: CallOptions): Promise<void> {
    await this.#session.call(remote.interfaceChangeBegin, { flags }, options);
  }

  /** Makes the changes since the beginning final. @see virInterfaceChangeCommit */
  async commitInterfaceChange(flags = 0, options?: CallOptions): Promise<void> {
    await this.#session.call(remote.interfaceChangeCommit, { flags }, options);
  }

  /** Takes the changes since the beginning back. @see virInterfaceChangeRollback */
  async rollbackInterfaceChange(flags = 0, options?: CallOptions): Promise<void> {
    await this.#session.call(remote.interfaceChangeRollback, { flags }, options);
  }

  // --- secrets and network filters

  /** Lists secrets. @param flags of ConnectListAllSecretsFlags, 0 for all @see virConnectListAllSecrets */
  async listAllSecrets(flags = 0, options?: CallOptions): Promise<Secret[]> {
    const { secrets } = await this.#session.call(remote.connectListAllSecrets, { need_results: 1, flags }, options);
    return secrets.map((secret) => new Secret(this.#session, secret));
  }

  /** Finds a secret by its UUID. @throws LibvirtError `NoSecret` @see virSecretLookupByUUID */
  async lookupSecretByUuid(uuid: string, options?: CallOptions): Promise<Secret> {
    return new Secret(this.#session, (await this.#session.call(remote.secretLookupByUuid, { uuid }, options)).secret);
  }

  /** Finds a secret by what it is for. @param usageType of SecretUsageType @see virSecretLookupByUsage */
  async lookupSecretByUsage(usageType: number, usageId: string, options?: CallOptions): Promise<Secret> {
    const args = { usageType, usageID: usageId };
    return new Secret(this.#session, (await this.#session.call(remote.secretLookupByUsage, args, options)).secret);
  }

  /** Defines a secret, or changes the definition. @param flags of SecretDefineFlags @see virSecretDefineXML */
  async defineSecretXml(xml: string, flags = 0, options?: CallOptions): Promise<Secret> {
    return new Secret(
      this.#session,
      (await this.#session.call(remote.secretDefineXml, { xml, flags }, options)).secret,
    );
  }

  /** Lists network filters. @see virConnectListAllNWFilters */
  async listAllNwfilters(flags = 0, options?: CallOptions): Promise<Nwfilter[]> {
    const { filters } = await this.#session.call(remote.connectListAllNwfilters, { need_results: 1, flags }, options);
    return filters.map((nwfilter) => new Nwfilter(this.#session, nwfilter));
  }

  /** Finds a network filter by its name. @throws LibvirtError `NoNwfilter` @see virNWFilterLookupByName */
  async lookupNwfilterByName(name: string, options?: CallOptions): Promise<Nwfilter> {
    const { nwfilter } = await this.#session.call(remote.nwfilterLookupByName, { name }, options);
    return new Nwfilter(this.#session, nwfilter);
  }

  /** Finds a network filter by its UUID. @throws LibvirtError `NoNwfilter` @see virNWFilterLookupByUUID */
  async lookupNwfilterByUuid(uuid: string, options?: CallOptions): Promise<Nwfilter> {
    const { nwfilter } = await this.#session.call(remote.nwfilterLookupByUuid, { uuid }, options);
    return new Nwfilter(this.#session, nwfilter);
  }

  /** Defines a network filter, or changes the definition. @see virNWFilterDefineXML */
  async defineNwfilterXml(xml: string, options?: CallOptions): Promise<Nwfilter> {
    const { nwfilter } = await this.#session.call(remote.nwfilterDefineXml, { xml }, options);
    return new Nwfilter(this.#session, nwfilter);
  }

  // --- events

  /**
   * Domain events of one kind. Registered at once; await `ready` to be sure that nothing later is missed.
   *
   * @see virConnectDomainEventRegisterAny
   */
  domainEvents<K extends keyof typeof domainEvents>(
    kind: K,
    options: DomainEventOptions = {},
  ): EventStream<DomainEvent<K>> {
    const filter = options.domain?.filter ?? null;
    return this.#events(domainEvents[kind], filter, (payload) => readDomainEvent<K>(this.#session, payload), options);
  }

  /** Network events of one kind. @see virConnectNetworkEventRegisterAny */
  networkEvents<K extends keyof typeof networkEvents>(
    kind: K,
    options: NetworkEventOptions = {},
  ): EventStream<NetworkEvent<K>> {
    const filter = options.network?.filter ?? null;
    return this.#events(networkEvents[kind], filter, (payload) => readNetworkEvent<K>(this.#session, payload), options);
  }

  /** Storage pool events of one kind. @see virConnectStoragePoolEventRegisterAny */
  storagePoolEvents<K extends keyof typeof storagePoolEvents>(
    kind: K,
    options: StoragePoolEventOptions = {},
  ): EventStream<StoragePoolEvent<K>> {
    const filter = options.pool?.filter ?? null;
    const read = (payload: unknown) => readStoragePoolEvent<K>(this.#session, payload);
    return this.#events(storagePoolEvents[kind], filter, read, options);
  }

  /** Node device events of one kind. @see virConnectNodeDeviceEventRegisterAny */
  nodeDeviceEvents<K extends keyof typeof nodeDeviceEvents>(
    kind: K,
    options: NodeDeviceEventOptions = {},
  ): EventStream<NodeDeviceEvent<K>> {
    const filter = options.device?.filter ?? null;
    const read = (payload: unknown) => readNodeDeviceEvent<K>(this.#session, payload);
    return this.#events(nodeDeviceEvents[kind], filter, read, options);
  }

  /** Secret events of one kind. @see virConnectSecretEventRegisterAny */
  secretEvents<K extends keyof typeof secretEvents>(
    kind: K,
    options: SecretEventOptions = {},
  ): EventStream<SecretEvent<K>> {
    const filter = options.secret?.filter ?? null;
    return this.#events(secretEvents[kind], filter, (payload) => readSecretEvent<K>(this.#session, payload), options);
  }

  #events<T>(
    type: EventType,
    filter: EventFilter | null,
    read: (payload: unknown) => T,
    options: EventOptions,
  ): EventStream<T> {
    return new EventStream<T>(
      (listener) => this.#session.subscribe(type, filter, (payload) => listener(read(payload)), options.signal),
      (listener) => {
        this.#lostListeners.add(listener);
        return () => this.#lostListeners.delete(listener);
      },
      options,
    );
  }

  async #domainStats(
    domains: readonly Domain[],
    stats: number,
    flags: number,
    options: CallOptions | undefined,
  ): Promise<DomainStatsRecord[]> {
    const args = { doms: domains.map((domain) => domain.ref), stats, flags };
    const { retStats } = await this.#session.call(remote.connectGetAllDomainStats, args, options);
    return retStats.map(({ dom, params }) => ({
      domain: new Domain(this.#session, dom),
      params: readTypedParameters(params),
    }));
  }

  async #close(): Promise<void> {
    if (!this.#ended) this.#finish(closedByClient(), null);
    await this.#driver.close();
  }

  #lost(reason: LibvirtError): void {
    if (!this.#ended) this.#finish(closedByLoss(reason), reason);
  }

  #finish(end: ConnectionClosed, loss: LibvirtError | null): void {
    this.#ended = true;
    this.#session.end(loss ?? new LibvirtError(ErrorCode.InvalidConn, null, { message: 'the connection is closed' }));
    for (const listener of Array.from(this.#lostListeners)) listener(loss);
    this.#settleClosed(end);
  }
}
