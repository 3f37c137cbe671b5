// Reads whole numbers and sizes as libvirt does (virStrToLong_*, virScaleInteger).

const WHOLE = /^[ \t\n\v\f\r]*([+-]?)(\d+)(.*)$/s;

/** Reads a whole decimal number that fills the text. @returns null when it does not */
export function parseInteger(text: string): bigint | null {
  const match = WHOLE.exec(text);
  if (match === null || match[3] !== '') return null;
  const value = BigInt(match[2] as string);
  return match[1] === '-' ? -value : value;
}

const EXPONENTS = new Map('kmgtpe'.split('').map((letter, index) => [letter, BigInt(index + 1)]));

/** Gives the bytes of one unit by its suffix. @returns null when there is no such unit */
function unitBytes(suffix: string, scale: bigint): bigint | null {
  if (suffix === '') return scale;
  const lower = suffix.toLowerCase();
  if (lower === 'b' || lower === 'byte' || lower === 'bytes') return 1n;
  const exponent = EXPONENTS.get(lower.charAt(0));
  if (exponent === undefined) return null;
  const rest = lower.slice(1);
  if (rest === '' || rest === 'ib') return 1024n ** exponent;
  return rest === 'b' ? 1000n ** exponent : null;
}

/**
 * Reads a size with an optional unit: `k`, `KiB`, `M`, `MB` (powers of 1000), `b`, `bytes`, ...
 *
 * @param scale bytes of one when there is no unit
 * @param max the largest result
 * @returns bytes, null when it is no size or too large
 */
export function scaledInteger(text: string, scale: bigint, max: bigint): bigint | null {
  const match = WHOLE.exec(text);
  if (match === null || match[1] === '-') return null;
  const unit = unitBytes(match[3] as string, scale);
  if (unit === null) return null;
  const value = BigInt(match[2] as string) * unit;
  return value > max ? null : value;
}
