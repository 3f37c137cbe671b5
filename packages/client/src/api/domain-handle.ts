// The handle of a domain: what names it, and the way to its connection.
import type { EventFilter } from '@virtwire/protocol';
import type { Session } from './session.ts';

/** What names a domain on the wire. */
export interface DomainRef {
  readonly name: string;
  readonly uuid: string;
  /** -1 when it is not running. */
  readonly id: number;
}

/** What every part of {@link Domain} stands on. */
export class DomainHandle {
  /** The connection that it belongs to. */
  protected readonly session: Session;
  /** The id that was seen last. */
  protected currentId: number;
  /** Its name when the handle was made. */
  readonly name: string;
  /** Its UUID, canonical and in lower case. */
  readonly uuid: string;

  /** Made by the lookups, lists and definitions of a connection. */
  constructor(session: Session, ref: DomainRef) {
    this.session = session;
    this.name = ref.name;
    this.uuid = ref.uuid;
    this.currentId = ref.id;
  }

  /** Its id as this handle last saw it, -1 when it was not running. */
  get id(): number {
    return this.currentId;
  }

  /** The wire form of the handle. */
  get ref(): DomainRef {
    return { name: this.name, uuid: this.uuid, id: this.currentId };
  }

  /** Narrows a subscription to this domain. */
  get filter(): EventFilter {
    return { name: this.name, uuid: this.uuid };
  }
}
