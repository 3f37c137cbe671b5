// A network filter: thin methods, one per libvirt call.
import { remote } from '@virtwire/protocol';
import type { CallOptions, Session } from './session.ts';

/** What names a network filter on the wire. */
export interface NwfilterRef {
  readonly name: string;
  readonly uuid: string;
}

/** A network filter. */
export class Nwfilter {
  readonly #session: Session;
  readonly name: string;
  /** Its UUID, canonical and in lower case. */
  readonly uuid: string;

  /** Made by the lookups, lists and definitions of a connection. */
  constructor(session: Session, ref: NwfilterRef) {
    this.#session = session;
    this.name = ref.name;
    this.uuid = ref.uuid;
  }

  /** The wire form of the handle. */
  get ref(): NwfilterRef {
    return { name: this.name, uuid: this.uuid };
  }

  /** Gives its XML. @see virNWFilterGetXMLDesc */
  async getXmlDesc(flags = 0, options?: CallOptions): Promise<string> {
    return (await this.#session.call(remote.nwfilterGetXmlDesc, { nwfilter: this.ref, flags }, options)).xml;
  }

  /** Removes the definition. @see virNWFilterUndefine */
  async undefine(options?: CallOptions): Promise<void> {
    await this.#session.call(remote.nwfilterUndefine, { nwfilter: this.ref }, options);
  }
}
