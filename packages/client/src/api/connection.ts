// An open connection: its domains, its events, and its end.
import {
  type Driver,
  domainEvents,
  type EventFilter,
  type EventType,
  networkEvents,
  nodeDeviceEvents,
  qemu,
  remote,
  secretEvents,
  storagePoolEvents,
  typedParams,
} from '@virtwire/protocol';
import { ErrorCode, ErrorDomain, LibvirtError, toLibvirtError } from '@virtwire/rpc';
import { type ConnectionClosed, closedByClient, closedByLoss } from './closed.ts';
import { ConnectionObjects } from './connection-objects.ts';
import { Domain } from './domain.ts';
import type { TypedParameterInput } from './domain-resources.ts';
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
import type { Network } from './network.ts';
import type { NodeDevice } from './node-device.ts';
import type { Secret } from './secret.ts';
import type { CallOptions } from './session.ts';
import type { StoragePool } from './storage-pool.ts';
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
export class Connection extends ConnectionObjects implements AsyncDisposable {
  readonly #driver: Driver;
  readonly #facts: ConnectionFacts;
  readonly #lostListeners = new Set<(reason: LibvirtError | null) => void>();
  #settleClosed!: (end: ConnectionClosed) => void;
  #ended = false;
  #closing: Promise<void> | undefined;
  /** Resolves when the connection has ended, with the reason; never rejects. */
  readonly closed: Promise<ConnectionClosed>;

  /** @param driver answers all calls; closed together with the connection */
  constructor(driver: Driver, facts: ConnectionFacts) {
    super(driver);
    this.#driver = driver;
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
    const { secure } = await this.session.call(remote.connectIsSecure, {}, options);
    return this.#facts.secure && secure !== 0;
  }

  /** Gives the URI that it was opened with, or that the server chose. @see virConnectGetURI */
  async getUri(): Promise<string> {
    return this.#facts.uri;
  }

  // --- domains

  /** Lists domains. @param flags of ConnectListAllDomainsFlags, 0 for all @see virConnectListAllDomains */
  async listAllDomains(flags = 0, options?: CallOptions): Promise<Domain[]> {
    const { domains } = await this.session.call(remote.connectListAllDomains, { need_results: 1, flags }, options);
    return domains.map((dom) => new Domain(this.session, dom));
  }

  /** Counts running domains. @see virConnectNumOfDomains */
  async numOfDomains(options?: CallOptions): Promise<number> {
    return (await this.session.call(remote.connectNumOfDomains, {}, options)).num;
  }

  /** Lists the ids of running domains. @param maxIds how many at most @see virConnectListDomains */
  async listDomains(maxIds: number, options?: CallOptions): Promise<readonly number[]> {
    return (await this.session.call(remote.connectListDomains, { maxids: maxIds }, options)).ids;
  }

  /** Counts domains that do not run. @see virConnectNumOfDefinedDomains */
  async numOfDefinedDomains(options?: CallOptions): Promise<number> {
    return (await this.session.call(remote.connectNumOfDefinedDomains, {}, options)).num;
  }

  /** Lists the names of domains that do not run. @param maxNames how many at most @see virConnectListDefinedDomains */
  async listDefinedDomains(maxNames: number, options?: CallOptions): Promise<readonly string[]> {
    return (await this.session.call(remote.connectListDefinedDomains, { maxnames: maxNames }, options)).names;
  }

  /** Finds a running domain by its id. @throws LibvirtError `NoDomain` @see virDomainLookupByID */
  async lookupDomainById(id: number, options?: CallOptions): Promise<Domain> {
    return new Domain(this.session, (await this.session.call(remote.domainLookupById, { id }, options)).dom);
  }

  /** Finds a domain by its name. @throws LibvirtError `NoDomain` @see virDomainLookupByName */
  async lookupDomainByName(name: string, options?: CallOptions): Promise<Domain> {
    return new Domain(this.session, (await this.session.call(remote.domainLookupByName, { name }, options)).dom);
  }

  /** Finds a domain by its UUID. @throws LibvirtError `NoDomain` @see virDomainLookupByUUID */
  async lookupDomainByUuid(uuid: string, options?: CallOptions): Promise<Domain> {
    return new Domain(this.session, (await this.session.call(remote.domainLookupByUuid, { uuid }, options)).dom);
  }

  /** Defines a domain, or changes the definition. @see virDomainDefineXML */
  async defineDomainXml(xml: string, options?: CallOptions): Promise<Domain> {
    return new Domain(this.session, (await this.session.call(remote.domainDefineXml, { xml }, options)).dom);
  }

  /** Defines a domain, or changes the definition. @param flags of DomainDefineFlags @see virDomainDefineXMLFlags */
  async defineDomainXmlFlags(xml: string, flags: number, options?: CallOptions): Promise<Domain> {
    const { dom } = await this.session.call(remote.domainDefineXmlFlags, { xml, flags }, options);
    return new Domain(this.session, dom);
  }

  /** Makes and starts a transient domain. @param flags of DomainCreateFlags @see virDomainCreateXML */
  async createDomainXml(xml: string, flags = 0, options?: CallOptions): Promise<Domain> {
    const { dom } = await this.session.call(remote.domainCreateXml, { xml_desc: xml, flags }, options);
    return new Domain(this.session, dom);
  }

  /** Starts a domain from a file of the host that `save` wrote. @see virDomainRestore */
  async restoreDomain(file: string, options?: CallOptions): Promise<void> {
    await this.session.call(remote.domainRestore, { from: file }, options);
  }

  /** Starts a domain from a file of the host. @param xml changes it, null keeps it @param flags of DomainSaveRestoreFlags @see virDomainRestoreFlags */
  async restoreDomainFlags(file: string, xml: string | null, flags: number, options?: CallOptions): Promise<void> {
    await this.session.call(remote.domainRestoreFlags, { from: file, dxml: xml, flags }, options);
  }

  /** Gives the XML inside a file of the host that `save` wrote. @see virDomainSaveImageGetXMLDesc */
  async getDomainSaveImageXmlDesc(file: string, flags = 0, options?: CallOptions): Promise<string> {
    return (await this.session.call(remote.domainSaveImageGetXmlDesc, { file, flags }, options)).xml;
  }

  /** Changes the XML inside a file of the host that `save` wrote. @see virDomainSaveImageDefineXML */
  async defineDomainSaveImageXml(file: string, xml: string, flags = 0, options?: CallOptions): Promise<void> {
    await this.session.call(remote.domainSaveImageDefineXml, { file, dxml: xml, flags }, options);
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
    return (await this.session.call(remote.connectDomainXmlFromNative, args, options)).domainXml;
  }

  /** Translates domain XML into a native configuration. @see virConnectDomainXMLToNative */
  async domainXmlToNative(format: string, xml: string, flags = 0, options?: CallOptions): Promise<string> {
    const args = { nativeFormat: format, domainXml: xml, flags };
    return (await this.session.call(remote.connectDomainXmlToNative, args, options)).nativeConfig;
  }

  /** Restores a domain with parameters, such as the file. @param flags of DomainSaveRestoreFlags @see virDomainRestoreParams */
  async restoreDomainParams(params: TypedParameterInput, flags = 0, options?: CallOptions): Promise<void> {
    await this.session.call(remote.domainRestoreParams, { params: typedParams(params), flags }, options);
  }

  /** Takes over a process of QEMU that runs without libvirt. @see virDomainQemuAttach */
  async qemuAttach(pid: number, flags = 0, options?: CallOptions): Promise<Domain> {
    return new Domain(
      this.session,
      (await this.session.call(qemu.domainAttach, { pid_value: pid, flags }, options)).dom,
    );
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
    return this.#events(domainEvents[kind], filter, (payload) => readDomainEvent<K>(this.session, payload), options);
  }

  /** Network events of one kind. @see virConnectNetworkEventRegisterAny */
  networkEvents<K extends keyof typeof networkEvents>(
    kind: K,
    options: NetworkEventOptions = {},
  ): EventStream<NetworkEvent<K>> {
    const filter = options.network?.filter ?? null;
    return this.#events(networkEvents[kind], filter, (payload) => readNetworkEvent<K>(this.session, payload), options);
  }

  /** Storage pool events of one kind. @see virConnectStoragePoolEventRegisterAny */
  storagePoolEvents<K extends keyof typeof storagePoolEvents>(
    kind: K,
    options: StoragePoolEventOptions = {},
  ): EventStream<StoragePoolEvent<K>> {
    const filter = options.pool?.filter ?? null;
    const read = (payload: unknown) => readStoragePoolEvent<K>(this.session, payload);
    return this.#events(storagePoolEvents[kind], filter, read, options);
  }

  /** Node device events of one kind. @see virConnectNodeDeviceEventRegisterAny */
  nodeDeviceEvents<K extends keyof typeof nodeDeviceEvents>(
    kind: K,
    options: NodeDeviceEventOptions = {},
  ): EventStream<NodeDeviceEvent<K>> {
    const filter = options.device?.filter ?? null;
    const read = (payload: unknown) => readNodeDeviceEvent<K>(this.session, payload);
    return this.#events(nodeDeviceEvents[kind], filter, read, options);
  }

  /** Secret events of one kind. @see virConnectSecretEventRegisterAny */
  secretEvents<K extends keyof typeof secretEvents>(
    kind: K,
    options: SecretEventOptions = {},
  ): EventStream<SecretEvent<K>> {
    const filter = options.secret?.filter ?? null;
    return this.#events(secretEvents[kind], filter, (payload) => readSecretEvent<K>(this.session, payload), options);
  }

  #events<T>(
    type: EventType,
    filter: EventFilter | null,
    read: (payload: unknown) => T,
    options: EventOptions,
  ): EventStream<T> {
    return new EventStream<T>(
      (listener) => this.session.subscribe(type, filter, (payload) => listener(read(payload)), options.signal),
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
    const { retStats } = await this.session.call(remote.connectGetAllDomainStats, args, options);
    return retStats.map(({ dom, params }) => ({
      domain: new Domain(this.session, dom),
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
    this.session.end(() => loss ?? closedAlready());
    for (const listener of Array.from(this.#lostListeners)) listener(loss);
    this.#settleClosed(end);
  }
}

function closedAlready(): LibvirtError {
  return new LibvirtError(ErrorCode.InvalidConn, null, { message: 'the connection is closed' });
}
