// A virtual network of a connection: thin methods, one per libvirt call.
import { type EventFilter, remote } from '@virtwire/protocol';
import { NetworkPort } from './network-port.ts';
import type { CallOptions, Session } from './session.ts';

/** What names a network on the wire. */
export interface NetworkRef {
  readonly name: string;
  readonly uuid: string;
}

/** A DHCP lease that a network gave out. */
export interface DhcpLease {
  /** Network interface that it was given to. */
  readonly interfaceName: string;
  /** Seconds since the epoch. */
  readonly expiryTime: bigint;
  /** 0 is IPv4, 1 is IPv6 (virIPAddrType). */
  readonly type: number;
  readonly mac: string | null;
  readonly iaid: string | null;
  readonly ipAddress: string;
  /** Length of the network's prefix in bits. */
  readonly prefix: number;
  readonly hostname: string | null;
  readonly clientId: string | null;
}

/** A virtual network. */
export class Network {
  readonly #session: Session;
  /** Its name when the handle was made. */
  readonly name: string;
  /** Its UUID, canonical and in lower case. */
  readonly uuid: string;

  /** Made by the lookups, lists and definitions of a connection. */
  constructor(session: Session, ref: NetworkRef) {
    this.#session = session;
    this.name = ref.name;
    this.uuid = ref.uuid;
  }

  /** The wire form of the handle. */
  get ref(): NetworkRef {
    return { name: this.name, uuid: this.uuid };
  }

  /** Narrows a subscription to this network. */
  get filter(): EventFilter {
    return this.ref;
  }

  /** Starts a defined network. @see virNetworkCreate */
  async create(options?: CallOptions): Promise<void> {
    await this.#session.call(remote.networkCreate, { net: this.ref }, options);
  }

  /** Stops it; a transient one is gone then. @see virNetworkDestroy */
  async destroy(options?: CallOptions): Promise<void> {
    await this.#session.call(remote.networkDestroy, { net: this.ref }, options);
  }

  /** Removes the definition. @see virNetworkUndefine */
  async undefine(options?: CallOptions): Promise<void> {
    await this.#session.call(remote.networkUndefine, { net: this.ref }, options);
  }

  /** Gives its XML. @param flags of NetworkXmlFlags @see virNetworkGetXMLDesc */
  async getXmlDesc(flags = 0, options?: CallOptions): Promise<string> {
    return (await this.#session.call(remote.networkGetXmlDesc, { net: this.ref, flags }, options)).xml;
  }

  /** Tells whether it starts with the daemon. @see virNetworkGetAutostart */
  async getAutostart(options?: CallOptions): Promise<boolean> {
    return (await this.#session.call(remote.networkGetAutostart, { net: this.ref }, options)).autostart !== 0;
  }

  /** Says whether it starts with the daemon. @see virNetworkSetAutostart */
  async setAutostart(autostart: boolean, options?: CallOptions): Promise<void> {
    await this.#session.call(remote.networkSetAutostart, { net: this.ref, autostart: autostart ? 1 : 0 }, options);
  }

  /** Gives the name of its bridge device. @see virNetworkGetBridgeName */
  async getBridgeName(options?: CallOptions): Promise<string> {
    return (await this.#session.call(remote.networkGetBridgeName, { net: this.ref }, options)).name;
  }

  /** Tells whether it runs. @see virNetworkIsActive */
  async isActive(options?: CallOptions): Promise<boolean> {
    return (await this.#session.call(remote.networkIsActive, { net: this.ref }, options)).active === 1;
  }

  /** Tells whether it stays defined when it stops. @see virNetworkIsPersistent */
  async isPersistent(options?: CallOptions): Promise<boolean> {
    return (await this.#session.call(remote.networkIsPersistent, { net: this.ref }, options)).persistent === 1;
  }

  /**
   * Changes one part of the network.
   *
   * @param command of NetworkUpdateCommand
   * @param section of NetworkUpdateSection
   * @param parentIndex which parent element, -1 for any
   * @param flags of NetworkUpdateFlags
   * @see virNetworkUpdate
   */
  async update(
    command: number,
    section: number,
    parentIndex: number,
    xml: string,
    flags = 0,
    options?: CallOptions,
  ): Promise<void> {
    const args = { net: this.ref, command, section, parentIndex, xml, flags };
    await this.#session.call(remote.networkUpdate, args, options);
  }

  /**
   * Lists the leases of its DHCP server.
   *
   * @param mac only those of this address; null for all
   * @see virNetworkGetDHCPLeases
   */
  async getDhcpLeases(mac: string | null = null, flags = 0, options?: CallOptions): Promise<DhcpLease[]> {
    const args = { net: this.ref, mac, need_results: 1, flags };
    const { leases } = await this.#session.call(remote.networkGetDhcpLeases, args, options);
    return leases.map((lease) => ({
      interfaceName: lease.iface,
      expiryTime: lease.expirytime,
      type: lease.type,
      mac: lease.mac,
      iaid: lease.iaid,
      ipAddress: lease.ipaddr,
      prefix: lease.prefix,
      hostname: lease.hostname,
      clientId: lease.clientid,
    }));
  }

  /** Lists its ports. @see virNetworkListAllPorts */
  async listAllPorts(flags = 0, options?: CallOptions): Promise<NetworkPort[]> {
    const args = { network: this.ref, need_results: 1, flags };
    const { ports } = await this.#session.call(remote.networkListAllPorts, args, options);
    return ports.map((port) => new NetworkPort(this.#session, port));
  }

  /** Finds a port by its UUID. @throws LibvirtError `NoNetworkPort` @see virNetworkPortLookupByUUID */
  async lookupPortByUuid(uuid: string, options?: CallOptions): Promise<NetworkPort> {
    const { port } = await this.#session.call(remote.networkPortLookupByUuid, { network: this.ref, uuid }, options);
    return new NetworkPort(this.#session, port);
  }

  /** Makes a port. @param flags of NetworkPortCreateFlags @see virNetworkPortCreateXML */
  async createPortXml(xml: string, flags = 0, options?: CallOptions): Promise<NetworkPort> {
    const { port } = await this.#session.call(remote.networkPortCreateXml, { network: this.ref, xml, flags }, options);
    return new NetworkPort(this.#session, port);
  }
}
