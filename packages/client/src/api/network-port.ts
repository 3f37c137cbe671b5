// A port of a network: thin methods, one per libvirt call.
import { remote, typedParams } from '@virtwire/protocol';
import type { TypedParameterInput } from './domain-resources.ts';
import type { CallOptions, Session } from './session.ts';
import { readTypedParameters, STRING_OKAY, type TypedParameters } from './typed-parameters.ts';

/** What names a port on the wire. */
export interface NetworkPortRef {
  readonly net: { readonly name: string; readonly uuid: string };
  readonly uuid: string;
}

/** A port of a network. */
export class NetworkPort {
  readonly #session: Session;
  /** Its UUID, canonical and in lower case. */
  readonly uuid: string;
  /** The network that it belongs to. */
  readonly networkRef: NetworkPortRef['net'];

  /** Made by the lookups, lists and definitions of a network. */
  constructor(session: Session, ref: NetworkPortRef) {
    this.#session = session;
    this.uuid = ref.uuid;
    this.networkRef = ref.net;
  }

  /** The wire form of the handle. */
  get ref(): NetworkPortRef {
    return { net: this.networkRef, uuid: this.uuid };
  }

  /** Gives its XML. @see virNetworkPortGetXMLDesc */
  async getXmlDesc(flags = 0, options?: CallOptions): Promise<string> {
    return (await this.#session.call(remote.networkPortGetXmlDesc, { port: this.ref, flags }, options)).xml;
  }

  /** Gives its bandwidth. @see virNetworkPortGetParameters */
  async getParameters(flags = 0, options?: CallOptions): Promise<TypedParameters> {
    const args = { port: this.ref, nparams: MAX_PARAMETERS, flags: flags | STRING_OKAY };
    return readTypedParameters((await this.#session.call(remote.networkPortGetParameters, args, options)).params);
  }

  /** Changes its bandwidth. @see virNetworkPortSetParameters */
  async setParameters(params: TypedParameterInput, flags = 0, options?: CallOptions): Promise<void> {
    const args = { port: this.ref, params: typedParams(params), flags };
    await this.#session.call(remote.networkPortSetParameters, args, options);
  }

  /** Removes it. @see virNetworkPortDelete */
  async delete(flags = 0, options?: CallOptions): Promise<void> {
    await this.#session.call(remote.networkPortDelete, { port: this.ref, flags }, options);
  }
}

// REMOTE_NETWORK_PORT_PARAMETERS_MAX of the protocol.
const MAX_PARAMETERS = 16;
