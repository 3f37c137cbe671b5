// Typed parameters of the admin program: reading those that a caller may set, with libvirt's refusals.
import { type TypedParam, typedParamKind } from '@virtwire/protocol';
import { ErrorCode, ErrorDomain, LibvirtError } from '@virtwire/rpc';

/**
 * Reads parameters that are all unsigned numbers, each at most once.
 *
 * @param known names that may be set
 * @throws LibvirtError `InvalidArg`, `ArgumentUnsupported` in libvirt's words. @see virTypedParamsValidate
 */
export function readUnsigned<N extends string>(
  params: readonly TypedParam[],
  known: readonly N[],
): Partial<Record<N, number>> {
  const values: Partial<Record<N, number>> = {};
  const names = params.map(({ field }) => field).toSorted();
  for (const [index, name] of names.entries()) {
    if (name === names[index + 1]) {
      throw new LibvirtError(ErrorCode.InvalidArg, `parameter '${name}' occurs multiple times`);
    }
  }
  for (const param of params) {
    const name = known.find((candidate) => candidate === param.field);
    if (name === undefined) {
      throw new LibvirtError(ErrorCode.ArgumentUnsupported, `parameter '${param.field}' not supported`);
    }
    const kind = typedParamKind(param);
    if (kind !== 'uint') {
      throw new LibvirtError(ErrorCode.InvalidArg, `invalid type '${kind}' for parameter '${name}', expected 'uint'`);
    }
    values[name] = param.value.value as number;
  }
  return values;
}

/**
 * Refuses flags that a function does not know.
 *
 * @param name the C function of libvirtd, which the text names
 * @throws LibvirtError `InvalidArg`. @see virCheckFlags
 */
export function checkFlags(flags: number, name: string, allowed = 0): void {
  const unknown = (flags & ~allowed) >>> 0;
  if (unknown === 0) return;
  throw new LibvirtError(ErrorCode.InvalidArg, null, {
    domain: ErrorDomain.Admin,
    message: `unsupported flags (0x${unknown.toString(16)}) in function ${name}`,
    str1: name,
    str2: 'flags',
    int1: 0,
    int2: 0,
  });
}
