// The wire form of an error: eleven fields, the same in every program (virNetMessageError).
import { type Codec, type Infer, int, optional, string, struct, uuid } from './codec.ts';
import { LibvirtError } from './error.ts';
import type { Writer } from './xdr.ts';

const text = optional(string());

/** An error as it travels: `virNetMessageError`, which has the layout of `remote_error`. */
export const wireError = struct({
  code: int,
  domain: int,
  message: text,
  level: int,
  dom: optional(struct({ name: string(), uuid, id: int })),
  str1: text,
  str2: text,
  str3: text,
  int1: int,
  int2: int,
  net: optional(struct({ name: string(), uuid })),
}) satisfies Codec<unknown>;

/** The fields of {@link wireError}. */
export type WireError = Infer<typeof wireError>;

/** Gives the fields to send for an error. The stack and the cause stay here. */
export function toWireError(error: LibvirtError): WireError {
  const { code, domain, message, level, str1, str2, str3, int1, int2 } = error;
  return { code, domain, message, level, dom: null, str1, str2, str3, int1, int2, net: null };
}

/** Makes the error that a peer sent; it has `remote: true`. */
export function fromWireError(wire: WireError): LibvirtError {
  const { code, domain, level, str1, str2, str3, int1, int2 } = wire;
  const options = { domain, level, str1, str2, str3, int1, int2, remote: true };
  return wire.message === null
    ? new LibvirtError(code, null, options)
    : new LibvirtError(code, null, { ...options, message: wire.message });
}

/** Writes an error, or what fits of it: one whose texts are too long for the protocol goes without them. */
export function encodeError(writer: Writer, error: LibvirtError): void {
  const at = writer.position;
  try {
    wireError.encode(writer, toWireError(error));
  } catch {
    writer.position = at;
    wireError.encode(writer, toWireError(new LibvirtError(error.code, null, { domain: error.domain })));
  }
}
