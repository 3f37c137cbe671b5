// A network filter at a port: thin methods, one per libvirt call.
import { remote } from '@virtwire/protocol';
import type { CallOptions, Session } from './session.ts';

/** What names a binding on the wire. */
export interface NwfilterBindingRef {
  readonly portdev: string;
  readonly filtername: string;
}

/** A network filter that is bound to a port. */
export class NwfilterBinding {
  readonly #session: Session;
  /** The port, a network device of the host. */
  readonly portDev: string;
  /** Name of the filter. */
  readonly filterName: string;

  /** Made by the lookups, lists and definitions of a connection. */
  constructor(session: Session, ref: NwfilterBindingRef) {
    this.#session = session;
    this.portDev = ref.portdev;
    this.filterName = ref.filtername;
  }

  /** The wire form of the handle. */
  get ref(): NwfilterBindingRef {
    return { portdev: this.portDev, filtername: this.filterName };
  }

  /** Gives its XML. @see virNWFilterBindingGetXMLDesc */
  async getXmlDesc(flags = 0, options?: CallOptions): Promise<string> {
    return (await this.#session.call(remote.nwfilterBindingGetXmlDesc, { nwfilter: this.ref, flags }, options)).xml;
  }

  /** Takes the filter from the port. @see virNWFilterBindingDelete */
  async delete(options?: CallOptions): Promise<void> {
    await this.#session.call(remote.nwfilterBindingDelete, { nwfilter: this.ref }, options);
  }
}
