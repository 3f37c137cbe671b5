// Lists of typed parameters: built from plain values, read into maps, with their types kept or dropped.
import { ErrorCode, ErrorDomain, LibvirtError } from '@virtwire/rpc';
import { TypedParameterType } from './constants/connection.ts';
import type { TypedParam, TypedParamValue } from './types.ts';

/** Longest name of a typed parameter in bytes (VIR_TYPED_PARAM_FIELD_LENGTH less the final NUL). */
export const TYPED_PARAM_NAME_MAX = 79;

/** A value that says which of the seven types it has; names as in virTypedParameterType. */
export type TypedValue =
  | { readonly int: number }
  | { readonly uint: number }
  | { readonly llong: bigint }
  | { readonly ullong: bigint }
  | { readonly double: number }
  | { readonly boolean: boolean }
  | { readonly string: string };

/** A value without its type: `int`, `uint` and `double` are numbers, `llong` and `ullong` bigints. */
export type PlainValue = number | bigint | boolean | string;

/** Name of a type: `int`, `uint`, `llong`, `ullong`, `double`, `boolean`, `string`. */
export type TypedParamKind = 'int' | 'uint' | 'llong' | 'ullong' | 'double' | 'boolean' | 'string';

const kinds: Readonly<Record<TypedParamValue['type'], TypedParamKind>> = {
  [TypedParameterType.Int]: 'int',
  [TypedParameterType.Uint]: 'uint',
  [TypedParameterType.Llong]: 'llong',
  [TypedParameterType.Ullong]: 'ullong',
  [TypedParameterType.Double]: 'double',
  [TypedParameterType.Boolean]: 'boolean',
  [TypedParameterType.String]: 'string',
};

/** The type of a parameter by name. */
export function typedParamKind(param: TypedParam): TypedParamKind {
  return kinds[param.value.type];
}

/** The value of a parameter; booleans are true or false, where the wire has 0 and 1. */
export function typedParamValue(param: TypedParam): PlainValue {
  const { type, value } = param.value;
  return type === TypedParameterType.Boolean ? value !== 0 : value;
}

/**
 * Makes a parameter.
 *
 * @throws LibvirtError `InternalError` when the name has more than 79 bytes, as libvirt does
 */
export function typedParam(field: string, value: TypedValue): TypedParam {
  // Three bytes are the most that one UTF-16 unit takes.
  if (field.length * 3 > TYPED_PARAM_NAME_MAX && new TextEncoder().encode(field).length > TYPED_PARAM_NAME_MAX) {
    throw new LibvirtError(ErrorCode.InternalError, `Field name '${field}' too long`, { domain: ErrorDomain.None });
  }
  return { field, value: wireValue(value) };
}

function wireValue(value: TypedValue): TypedParamValue {
  if ('int' in value) return { type: TypedParameterType.Int, value: value.int };
  if ('uint' in value) return { type: TypedParameterType.Uint, value: value.uint };
  if ('llong' in value) return { type: TypedParameterType.Llong, value: value.llong };
  if ('ullong' in value) return { type: TypedParameterType.Ullong, value: value.ullong };
  if ('double' in value) return { type: TypedParameterType.Double, value: value.double };
  if ('boolean' in value) return { type: TypedParameterType.Boolean, value: value.boolean ? 1 : 0 };
  return { type: TypedParameterType.String, value: value.string };
}

/**
 * Makes a list of parameters, in the order of the keys: `typedParams({ 'state.state': { int: 1 } })`.
 *
 * Undefined values are left out, so that optional ones need no condition around them.
 */
export function typedParams(values: Readonly<Record<string, TypedValue | undefined>>): TypedParam[] {
  const params: TypedParam[] = [];
  for (const [field, value] of Object.entries(values)) {
    if (value !== undefined) params.push(typedParam(field, value));
  }
  return params;
}

/** Gives the values by name. Of a name that comes twice (virDomainMigrateToURI3 has such) the first one counts, as for virTypedParamsGet. */
export function typedParamsToMap(params: readonly TypedParam[]): Map<string, PlainValue> {
  const values = new Map<string, PlainValue>();
  for (const param of params) {
    if (!values.has(param.field)) values.set(param.field, typedParamValue(param));
  }
  return values;
}

/** Gives all values of a name that may come more than once, e.g. `migrate_disks`. */
export function typedParamsFilter(params: readonly TypedParam[], field: string): PlainValue[] {
  return params.filter((param) => param.field === field).map(typedParamValue);
}
