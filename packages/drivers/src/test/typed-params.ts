// Checks typed parameters against what a call knows.
import {
  type PlainValue,
  typedParamKind,
  type TypedParam,
  type TypedParamKind,
  typedParamValue,
} from '@virtwire/protocol';
import { ErrorCode, LibvirtError } from '@virtwire/rpc';

/** Names and types that a call knows. */
export type KnownParams = Readonly<Record<string, TypedParamKind>>;

/**
 * Gives the values by name.
 *
 * @throws LibvirtError `ArgumentUnsupported` for an unknown name, `InvalidArg` for a wrong type or a name that comes twice
 * @see virTypedParamsValidate
 */
export function checkParams(params: readonly TypedParam[], known: KnownParams): Map<string, PlainValue> {
  const values = new Map<string, PlainValue>();
  for (const param of params) {
    const expected = Object.hasOwn(known, param.field) ? known[param.field] : undefined;
    if (expected === undefined) {
      throw new LibvirtError(ErrorCode.ArgumentUnsupported, `parameter '${param.field}' not supported`);
    }
    const kind = typedParamKind(param);
    if (kind !== expected) {
      throw new LibvirtError(
        ErrorCode.InvalidArg,
        `invalid type '${kind}' for parameter '${param.field}', expected '${expected}'`,
      );
    }
    if (values.has(param.field)) {
      throw new LibvirtError(ErrorCode.InvalidArg, `parameter '${param.field}' occurs multiple times`);
    }
    values.set(param.field, typedParamValue(param));
  }
  return values;
}

/**
 * What a getter of parameters answers: their number when the caller asks for none, else as many as it has room for.
 *
 * Texts are left out for callers that do not say that they take them (VIR_TYPED_PARAM_STRING_OKAY, 4).
 */
export function answerParams(
  params: TypedParam[],
  nparams: number,
  flags: number,
): { params: TypedParam[]; nparams: number } {
  if (nparams === 0) return { params: [], nparams: params.length };
  const room = params.slice(0, nparams);
  return { params: (flags & 4) !== 0 ? room : room.filter((param) => typedParamKind(param) !== 'string'), nparams: 0 };
}
