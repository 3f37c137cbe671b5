// Typed parameters as users see them: a map from name to value that still knows each value's wire type.
import type { TypedParam } from '@virtwire/protocol';

/** What a typed parameter may hold: int, uint and double are numbers, llong and ullong are bigint. */
export type TypedParameterValue = number | bigint | boolean | string;

// Numbers of virTypedParameterType.
const BOOLEAN = 6;

/** Typed parameters in the order of the server. */
export class TypedParameters extends Map<string, TypedParameterValue> {
  readonly #types: ReadonlyMap<string, number>;

  /** @param types number of TypedParameterType by name */
  constructor(entries: Iterable<readonly [string, TypedParameterValue]>, types: ReadonlyMap<string, number>) {
    super(entries);
    this.#types = types;
  }

  /** Gives the type of a parameter, a number of TypedParameterType; undefined when there is no such parameter. */
  type(name: string): number | undefined {
    return this.#types.get(name);
  }
}

/** Makes the map from its wire form. */
export function readTypedParameters(params: readonly TypedParam[]): TypedParameters {
  return new TypedParameters(
    params.map(({ field, value }) => [field, value.type === BOOLEAN ? value.value !== 0 : value.value]),
    new Map(params.map(({ field, value }) => [field, value.type])),
  );
}

/** VIR_TYPED_PARAM_STRING_OKAY: without it servers leave out parameters that are strings. */
export const STRING_OKAY = 4;
