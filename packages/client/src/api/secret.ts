// A secret that the host keeps: thin methods, one per libvirt call.
import { type EventFilter, remote } from '@virtwire/protocol';
import type { CallOptions, Session } from './session.ts';

/** What names a secret on the wire. */
export interface SecretRef {
  readonly uuid: string;
  /** A number of SecretUsageType. */
  readonly usageType: number;
  readonly usageID: string;
}

/** A secret that the host keeps. */
export class Secret {
  readonly #session: Session;
  /** Its UUID, canonical and in lower case. */
  readonly uuid: string;
  /** A number of SecretUsageType. */
  readonly usageType: number;
  /** What it is for, e.g. the path of a volume. */
  readonly usageId: string;

  /** Made by the lookups, lists and definitions of a connection. */
  constructor(session: Session, ref: SecretRef) {
    this.#session = session;
    this.uuid = ref.uuid;
    this.usageType = ref.usageType;
    this.usageId = ref.usageID;
  }

  /** The wire form of the handle. */
  get ref(): SecretRef {
    return { uuid: this.uuid, usageType: this.usageType, usageID: this.usageId };
  }

  /** Narrows a subscription to this secret. */
  get filter(): EventFilter {
    return { name: '', uuid: this.uuid };
  }

  /** Gives its XML, never its value. @see virSecretGetXMLDesc */
  async getXmlDesc(flags = 0, options?: CallOptions): Promise<string> {
    return (await this.#session.call(remote.secretGetXmlDesc, { secret: this.ref, flags }, options)).xml;
  }

  /** Gives its value. @throws LibvirtError `InvalidSecret` when it is private @see virSecretGetValue */
  async getValue(flags = 0, options?: CallOptions): Promise<Uint8Array> {
    return (await this.#session.call(remote.secretGetValue, { secret: this.ref, flags }, options)).value;
  }

  /** Sets its value. @see virSecretSetValue */
  async setValue(value: Uint8Array, flags = 0, options?: CallOptions): Promise<void> {
    await this.#session.call(remote.secretSetValue, { secret: this.ref, value, flags }, options);
  }

  /** Removes it and its value. @see virSecretUndefine */
  async undefine(options?: CallOptions): Promise<void> {
    await this.#session.call(remote.secretUndefine, { secret: this.ref }, options);
  }
}
