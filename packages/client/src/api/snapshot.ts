// A snapshot of a domain: thin methods, one per libvirt call.
import { remote } from '@virtwire/protocol';
import type { DomainRef } from './domain-handle.ts';
import type { CallOptions, Session } from './session.ts';

/** What names a snapshot on the wire. */
export interface DomainSnapshotRef {
  readonly name: string;
  readonly dom: DomainRef;
}

/** A snapshot of a domain. */
export class DomainSnapshot {
  readonly #session: Session;
  /** Its name within the domain. */
  readonly name: string;
  /** The domain that it belongs to. */
  readonly domainRef: DomainRef;

  /** Made by the lookups and lists of a domain. */
  constructor(session: Session, ref: DomainSnapshotRef) {
    this.#session = session;
    this.name = ref.name;
    this.domainRef = ref.dom;
  }

  /** The wire form of the handle. */
  get ref(): DomainSnapshotRef {
    return { name: this.name, dom: this.domainRef };
  }

  /** Gives its XML. @param flags of DomainSnapshotXmlFlags @see virDomainSnapshotGetXMLDesc */
  async getXmlDesc(flags = 0, options?: CallOptions): Promise<string> {
    return (await this.#session.call(remote.domainSnapshotGetXmlDesc, { snap: this.ref, flags }, options)).xml;
  }

  /** Tells whether it is the current one. @see virDomainSnapshotIsCurrent */
  async isCurrent(flags = 0, options?: CallOptions): Promise<boolean> {
    return (await this.#session.call(remote.domainSnapshotIsCurrent, { snap: this.ref, flags }, options)).current === 1;
  }

  /** Tells whether libvirt keeps metadata about it. @see virDomainSnapshotHasMetadata */
  async hasMetadata(flags = 0, options?: CallOptions): Promise<boolean> {
    return (
      (await this.#session.call(remote.domainSnapshotHasMetadata, { snap: this.ref, flags }, options)).metadata === 1
    );
  }

  /** Gives the snapshot that it was taken after. @throws LibvirtError `NoDomainSnapshot` when it is a root @see virDomainSnapshotGetParent */
  async getParent(flags = 0, options?: CallOptions): Promise<DomainSnapshot> {
    const { snap } = await this.#session.call(remote.domainSnapshotGetParent, { snap: this.ref, flags }, options);
    return new DomainSnapshot(this.#session, snap);
  }

  /** Counts its children. @param flags of DomainSnapshotListFlags @see virDomainSnapshotNumChildren */
  async numOfChildren(flags = 0, options?: CallOptions): Promise<number> {
    return (await this.#session.call(remote.domainSnapshotNumChildren, { snap: this.ref, flags }, options)).num;
  }

  /** Lists its children. @param flags of DomainSnapshotListFlags @see virDomainSnapshotListAllChildren */
  async listAllChildren(flags = 0, options?: CallOptions): Promise<DomainSnapshot[]> {
    const args = { snapshot: this.ref, need_results: 1, flags };
    const { snapshots } = await this.#session.call(remote.domainSnapshotListAllChildren, args, options);
    return snapshots.map((snap) => new DomainSnapshot(this.#session, snap));
  }

  /** Brings the domain back to it. @param flags of DomainSnapshotRevertFlags @see virDomainRevertToSnapshot */
  async revert(flags = 0, options?: CallOptions): Promise<void> {
    await this.#session.call(remote.domainRevertToSnapshot, { snap: this.ref, flags }, options);
  }

  /** Deletes it. @param flags of DomainSnapshotDeleteFlags @see virDomainSnapshotDelete */
  async delete(flags = 0, options?: CallOptions): Promise<void> {
    await this.#session.call(remote.domainSnapshotDelete, { snap: this.ref, flags }, options);
  }
}
