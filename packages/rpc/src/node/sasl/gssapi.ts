// GSSAPI (RFC 4752): Kerberos tickets, with a layer of integrity or encryption, by the system's own library.
import { ErrorCode, ErrorDomain } from '../../error-codes.ts';
import { LibvirtError } from '../../error.ts';
import { MAX_SASL_FRAME_BYTES } from '../../sasl-channel.ts';
import { type GssContext, GssError, GssFlag, loadGss } from './gssapi-library.ts';
import {
  decodeText,
  encodeText,
  SASL_SERVICE,
  type SaslClient,
  type SaslClientOptions,
  SaslFaultNumber,
  type SaslMechanism,
  type SaslServer,
  type SaslServerOptions,
  type SaslServerStep,
  type SecurityLayer,
  saslFailure,
  startFault,
  stepFault,
} from './mechanism.ts';

// Bits of the layers in the last messages.
const Layer = { None: 1, Integrity: 2, Encryption: 4 } as const;
const MAX_SSF = 256;
const MAX_TOKENS = 8;
/** A peer with a smaller buffer would have us make frames without end. */
const LEAST_PLAIN_BYTES = 512;

type Strength = { readonly minSsf: number; readonly maxSsf: number };

// What both the limits and the context allow.
function allowedLayers(context: GssContext, { minSsf, maxSsf }: Strength): number {
  const integrity = (context.flags & GssFlag.Integrity) !== 0;
  const encryption = (context.flags & GssFlag.Confidentiality) !== 0;
  return (
    (minSsf === 0 ? Layer.None : 0) |
    (integrity && minSsf <= 1 && maxSsf >= 1 ? Layer.Integrity : 0) |
    (encryption && maxSsf > 1 && context.ssf >= minSsf ? Layer.Encryption : 0)
  );
}

function layerMessage(layer: number, more: Uint8Array = new Uint8Array()): Uint8Array {
  const message = new Uint8Array(4 + more.length);
  new DataView(message.buffer).setUint32(0, layer === Layer.None ? 0 : MAX_SASL_FRAME_BYTES);
  message[0] = layer;
  message.set(more, 4);
  return message;
}

function layerOf(context: GssContext, layer: number, peerMaxBytes: number): SecurityLayer | null {
  if (layer === Layer.None) return null;
  const encrypt = layer === Layer.Encryption;
  const maxPlainBytes = context.maxPlainBytes(Math.min(peerMaxBytes, MAX_SASL_FRAME_BYTES), encrypt);
  if (maxPlainBytes < LEAST_PLAIN_BYTES) throw new GssError('the buffer of the other side is too small');
  return {
    ssf: encrypt ? context.ssf : 1,
    maxPlainBytes,
    wrap: (bytes) => {
      const token = context.wrap(bytes, encrypt);
      const frame = new Uint8Array(4 + token.length);
      new DataView(frame.buffer).setUint32(0, token.length);
      frame.set(token, 4);
      return frame;
    },
    unwrap: (body) => {
      let opened: ReturnType<GssContext['unwrap']>;
      try {
        opened = context.unwrap(body);
      } catch (cause) {
        throw tampered(cause);
      }
      if (encrypt && !opened.encrypted) throw tampered(new GssError('the frame is not encrypted'));
      return opened.bytes;
    },
  };
}

function tampered(cause: unknown): LibvirtError {
  const text = 'SASL message failed its integrity check';
  return new LibvirtError(ErrorCode.Rpc, text, { domain: ErrorDomain.Rpc, cause });
}

// Cyrus SASL's words around those of the library.
const gssText = (error: unknown) => `GSSAPI Error: ${error instanceof Error ? error.message : String(error)}`;

async function gssClient(options: SaslClientOptions): Promise<SaslClient> {
  const library = await loadGss();
  const wanted = options.maxSsf > 1 ? GssFlag.Confidentiality : 0;
  const flags = GssFlag.Mutual | GssFlag.Replay | GssFlag.Sequence | GssFlag.Integrity | wanted;
  let context: GssContext;
  let first: Uint8Array;
  try {
    context = library.client(`${options.service ?? SASL_SERVICE}@${options.host}`, flags);
    first = await context.step(null);
  } catch (error) {
    throw startFault(gssText(error), SaslFaultNumber.Fail, error);
  }
  let layer: SecurityLayer | null = null;
  let complete = false;
  let tokens = 0;

  const chooseLayer = (message: Uint8Array): Uint8Array => {
    const offer = context.unwrap(message).bytes;
    if (offer.length !== 4) throw stepFault('the layers of the server cannot be understood');
    const shared = (offer[0] as number) & allowedLayers(context, options);
    const chosen = [Layer.Encryption, Layer.Integrity, Layer.None].find((bit) => (shared & bit) !== 0);
    if (chosen === undefined) throw stepFault('no protection that both sides have is strong enough');
    layer = layerOf(context, chosen, new DataView(offer.buffer, offer.byteOffset).getUint32(0) & 0xff_ffff);
    complete = true;
    return context.wrap(layerMessage(chosen, encodeText(options.authzid ?? '')), false);
  };

  return {
    start: () => first,
    step: async (message) => {
      try {
        if (complete) throw stepFault('the exchange is over');
        if (context.complete) return chooseLayer(message ?? new Uint8Array());
        if (++tokens > MAX_TOKENS) throw stepFault('the exchange has no end');
        const token = await context.step(message ?? new Uint8Array());
        if (context.complete && (context.flags & GssFlag.Mutual) === 0) {
          throw stepFault('the server could not prove who it is', SaslFaultNumber.BadAuth);
        }
        return token;
      } catch (error) {
        if (error instanceof LibvirtError) throw error;
        throw stepFault(gssText(error), SaslFaultNumber.Fail, error);
      }
    },
    get complete() {
      return complete;
    },
    get layer() {
      return layer;
    },
  };
}

function gssServer(options: SaslServerOptions): SaslServer {
  let context: GssContext | undefined;
  let offered: number | undefined;
  let over = false;
  let tokens = 0;
  let user: string | null = null;
  let layer: SecurityLayer | null = null;

  const offerLayers = (of: GssContext): SaslServerStep => {
    offered = allowedLayers(of, options);
    if (offered === 0) throw saslFailure('no protection that the context has is strong enough');
    const message = layerMessage(offered === Layer.None ? Layer.None : offered);
    return { data: of.wrap(message, false), complete: false };
  };

  const finish = (of: GssContext, message: Uint8Array): SaslServerStep => {
    over = true;
    const answer = of.unwrap(message).bytes;
    if (answer.length < 4) throw saslFailure('the layer of the client cannot be understood');
    const chosen = answer[0] as number;
    const isOne = [Layer.None, Layer.Integrity, Layer.Encryption].some((bit) => bit === chosen);
    if (!isOne || (chosen & (offered ?? 0)) === 0)
      throw saslFailure('protocol violation: client requested invalid layer');
    const name = of.clientName();
    const authzid = decodeText(answer.subarray(4));
    if (authzid !== '' && authzid !== name) throw saslFailure(`${name} may not act as ${authzid}`);
    layer = layerOf(of, chosen, new DataView(answer.buffer, answer.byteOffset).getUint32(0) & 0xff_ffff);
    user = name;
    return { data: null, complete: true };
  };

  const take = async (message: Uint8Array | null): Promise<SaslServerStep> => {
    if (over) throw saslFailure('the exchange is over');
    try {
      if (offered !== undefined && context !== undefined) return finish(context, message ?? new Uint8Array());
      if (context?.complete === true) {
        if (message !== null && message.length > 0) throw saslFailure('a token behind the last one');
        return offerLayers(context);
      }
      if (message === null || message.length === 0) {
        if (context !== undefined) throw saslFailure('a token is missing');
        return { data: new Uint8Array(), complete: false };
      }
      if (++tokens > MAX_TOKENS) throw saslFailure('the exchange has no end');
      context ??= (await loadGss()).server(options.service ?? SASL_SERVICE, options.keytab ?? null);
      const token = await context.step(message);
      return token.length === 0 && context.complete ? offerLayers(context) : { data: token, complete: false };
    } catch (error) {
      over = true;
      if (error instanceof LibvirtError) throw error;
      throw saslFailure(gssText(error), { number: SaslFaultNumber.BadAuth, cause: error });
    }
  };

  return {
    start: take,
    step: take,
    get user() {
      return user;
    },
    get layer() {
      return layer;
    },
  };
}

/** The GSSAPI mechanism; its user is the Kerberos principal, without its realm when that is the server's own. */
export const gssapi: SaslMechanism = {
  name: 'GSSAPI',
  maxSsf: MAX_SSF,
  sendsPassword: false,
  anonymous: false,
  needs: [],
  available: () =>
    loadGss().then(
      () => true,
      () => false,
    ),
  client: gssClient,
  server: gssServer,
};
