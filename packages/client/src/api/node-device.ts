// A device of the host: thin methods, one per libvirt call.
import { type EventFilter, remote } from '@virtwire/protocol';
import type { CallOptions, Session } from './session.ts';

/** A device of the host. */
export class NodeDevice {
  readonly #session: Session;
  /** Its name, unique on the host. */
  readonly name: string;

  /** Made by the lookups and lists of a connection. */
  constructor(session: Session, ref: { readonly name: string }) {
    this.#session = session;
    this.name = ref.name;
  }

  /** Narrows a subscription to this device. */
  get filter(): EventFilter {
    return { name: this.name, uuid: '' };
  }

  /** Gives its XML. @param flags of NodeDeviceXmlFlags @see virNodeDeviceGetXMLDesc */
  async getXmlDesc(flags = 0, options?: CallOptions): Promise<string> {
    return (await this.#session.call(remote.nodeDeviceGetXmlDesc, { name: this.name, flags }, options)).xml;
  }

  /** Gives the name of its parent, null for the root. @see virNodeDeviceGetParent */
  async getParent(options?: CallOptions): Promise<string | null> {
    return (await this.#session.call(remote.nodeDeviceGetParent, { name: this.name }, options)).parentName;
  }

  /** Counts what it can do. @see virNodeDeviceNumOfCaps */
  async numOfCaps(options?: CallOptions): Promise<number> {
    return (await this.#session.call(remote.nodeDeviceNumOfCaps, { name: this.name }, options)).num;
  }

  /** Lists what it can do. @param maxNames how many at most @see virNodeDeviceListCaps */
  async listCaps(maxNames: number, options?: CallOptions): Promise<readonly string[]> {
    const args = { name: this.name, maxnames: maxNames };
    return (await this.#session.call(remote.nodeDeviceListCaps, args, options)).names;
  }

  /** Takes it from its host driver. @param driverName which driver shall take it, null for the usual one @see virNodeDeviceDetachFlags */
  async detachFlags(driverName: string | null = null, flags = 0, options?: CallOptions): Promise<void> {
    await this.#session.call(remote.nodeDeviceDetachFlags, { name: this.name, driverName, flags }, options);
  }

  /** Takes it from its host driver. libvirt spells the call with two t. @see virNodeDeviceDettach */
  async detach(options?: CallOptions): Promise<void> {
    await this.#session.call(remote.nodeDeviceDettach, { name: this.name }, options);
  }

  /** Gives it back to its host driver. @see virNodeDeviceReAttach */
  async reAttach(options?: CallOptions): Promise<void> {
    await this.#session.call(remote.nodeDeviceReAttach, { name: this.name }, options);
  }

  /** Resets it. @see virNodeDeviceReset */
  async reset(options?: CallOptions): Promise<void> {
    await this.#session.call(remote.nodeDeviceReset, { name: this.name }, options);
  }

  /** Removes a virtual one (an NPIV adapter, a mediated device). @see virNodeDeviceDestroy */
  async destroy(options?: CallOptions): Promise<void> {
    await this.#session.call(remote.nodeDeviceDestroy, { name: this.name }, options);
  }

  /** Starts a defined one. @see virNodeDeviceCreate */
  async create(flags = 0, options?: CallOptions): Promise<void> {
    await this.#session.call(remote.nodeDeviceCreate, { name: this.name, flags }, options);
  }

  /** Removes the definition. @see virNodeDeviceUndefine */
  async undefine(flags = 0, options?: CallOptions): Promise<void> {
    await this.#session.call(remote.nodeDeviceUndefine, { name: this.name, flags }, options);
  }

  /** Tells whether it starts with the host. @see virNodeDeviceGetAutostart */
  async getAutostart(options?: CallOptions): Promise<boolean> {
    return (await this.#session.call(remote.nodeDeviceGetAutostart, { name: this.name }, options)).autostart !== 0;
  }

  /** Says whether it starts with the host. @see virNodeDeviceSetAutostart */
  async setAutostart(autostart: boolean, options?: CallOptions): Promise<void> {
    await this.#session.call(remote.nodeDeviceSetAutostart, { name: this.name, autostart: autostart ? 1 : 0 }, options);
  }

  /** Tells whether it exists. @see virNodeDeviceIsActive */
  async isActive(options?: CallOptions): Promise<boolean> {
    return (await this.#session.call(remote.nodeDeviceIsActive, { name: this.name }, options)).active === 1;
  }

  /** Tells whether it is defined. @see virNodeDeviceIsPersistent */
  async isPersistent(options?: CallOptions): Promise<boolean> {
    return (await this.#session.call(remote.nodeDeviceIsPersistent, { name: this.name }, options)).persistent === 1;
  }
}
