// A checkpoint of a domain's disks: thin methods, one per libvirt call.
import { remote } from '@virtwire/protocol';
import type { DomainRef } from './domain-handle.ts';
import type { CallOptions, Session } from './session.ts';

/** What names a checkpoint on the wire. */
export interface DomainCheckpointRef {
  readonly name: string;
  readonly dom: DomainRef;
}

/** A checkpoint of a domain: from here on libvirt knows what its disks have changed. */
export class DomainCheckpoint {
  readonly #session: Session;
  /** Its name within the domain. */
  readonly name: string;
  /** The domain that it belongs to. */
  readonly domainRef: DomainRef;

  /** Made by the lookups and lists of a domain. */
  constructor(session: Session, ref: DomainCheckpointRef) {
    this.#session = session;
    this.name = ref.name;
    this.domainRef = ref.dom;
  }

  /** The wire form of the handle. */
  get ref(): DomainCheckpointRef {
    return { name: this.name, dom: this.domainRef };
  }

  /** Gives its XML. @param flags of DomainCheckpointXmlFlags @see virDomainCheckpointGetXMLDesc */
  async getXmlDesc(flags = 0, options?: CallOptions): Promise<string> {
    return (await this.#session.call(remote.domainCheckpointGetXmlDesc, { checkpoint: this.ref, flags }, options)).xml;
  }

  /** Gives the checkpoint before it. @throws LibvirtError `NoDomainCheckpoint` when it is the first @see virDomainCheckpointGetParent */
  async getParent(flags = 0, options?: CallOptions): Promise<DomainCheckpoint> {
    const args = { checkpoint: this.ref, flags };
    const { parent } = await this.#session.call(remote.domainCheckpointGetParent, args, options);
    return new DomainCheckpoint(this.#session, parent);
  }

  /** Lists those after it. @param flags of DomainCheckpointListFlags @see virDomainCheckpointListAllChildren */
  async listAllChildren(flags = 0, options?: CallOptions): Promise<DomainCheckpoint[]> {
    const args = { checkpoint: this.ref, need_results: 1, flags };
    const { checkpoints } = await this.#session.call(remote.domainCheckpointListAllChildren, args, options);
    return checkpoints.map((checkpoint) => new DomainCheckpoint(this.#session, checkpoint));
  }

  /** Deletes it. @param flags of DomainCheckpointDeleteFlags @see virDomainCheckpointDelete */
  async delete(flags = 0, options?: CallOptions): Promise<void> {
    await this.#session.call(remote.domainCheckpointDelete, { checkpoint: this.ref, flags }, options);
  }
}
