// Commands that read or set typed parameters of a domain: how they are printed, and how options become parameters.
import type { TypedParameterInput, TypedParameters, TypedParameterValue } from 'virtwire';

// VIR_TYPED_PARAM_DOUBLE
const DOUBLE = 5;

/** Writes a value as virsh does (vshGetTypedParamValue). @param type of the parameter */
export function parameterText(value: TypedParameterValue, type: number | undefined): string {
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value === 'number' && type === DOUBLE) return value.toFixed(6);
  return String(value);
}

/** Writes parameters, one line each: the name padded to a width, a colon, the value. */
export function parameterLines(params: TypedParameters, width = 15): string {
  return [...params]
    .map(([name, value]) => `${name.padEnd(width)}: ${parameterText(value, params.type(name))}\n`)
    .join('');
}

/** Tells whether there is anything to set. */
export function hasParameters(params: TypedParameterInput): boolean {
  return Object.values(params).some((value) => value !== undefined);
}
