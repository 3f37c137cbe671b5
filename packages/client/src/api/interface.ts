// A network interface of the host: thin methods, one per libvirt call.
import { remote } from '@virtwire/protocol';
import type { CallOptions, Session } from './session.ts';

/** What names an interface on the wire. */
export interface InterfaceRef {
  readonly name: string;
  readonly mac: string;
}

/** A network interface of the host. */
export class Interface {
  readonly #session: Session;
  readonly name: string;
  /** Its MAC address; empty when it has none. */
  readonly mac: string;

  /** Made by the lookups, lists and definitions of a connection. */
  constructor(session: Session, ref: InterfaceRef) {
    this.#session = session;
    this.name = ref.name;
    this.mac = ref.mac;
  }

  /** The wire form of the handle. */
  get ref(): InterfaceRef {
    return { name: this.name, mac: this.mac };
  }

  /** Gives its XML. @param flags of InterfaceXmlFlags @see virInterfaceGetXMLDesc */
  async getXmlDesc(flags = 0, options?: CallOptions): Promise<string> {
    return (await this.#session.call(remote.interfaceGetXmlDesc, { iface: this.ref, flags }, options)).xml;
  }

  /** Starts it. @see virInterfaceCreate */
  async create(flags = 0, options?: CallOptions): Promise<void> {
    await this.#session.call(remote.interfaceCreate, { iface: this.ref, flags }, options);
  }

  /** Stops it. @see virInterfaceDestroy */
  async destroy(flags = 0, options?: CallOptions): Promise<void> {
    await this.#session.call(remote.interfaceDestroy, { iface: this.ref, flags }, options);
  }

  /** Removes the definition. @see virInterfaceUndefine */
  async undefine(options?: CallOptions): Promise<void> {
    await this.#session.call(remote.interfaceUndefine, { iface: this.ref }, options);
  }

  /** Tells whether it is up. @see virInterfaceIsActive */
  async isActive(options?: CallOptions): Promise<boolean> {
    return (await this.#session.call(remote.interfaceIsActive, { iface: this.ref }, options)).active === 1;
  }
}
