// Sizes with unit suffixes, read as libvirt reads them.
import { ErrorCode, LibvirtError } from '@virtwire/rpc/error';

/** The largest unsigned 64-bit number. */
export const maxUint64 = 0xffff_ffff_ffff_ffffn;

const powers: Readonly<Record<string, number>> = { k: 1, m: 2, g: 3, t: 4, p: 5, e: 6 };

/**
 * Multiplies a number by its unit: `b`, `byte`, `bytes`, or `k`, `KiB` (1024), `KB` (1000) and so on up to `E`.
 *
 * @param suffix the unit in any case; null or empty for the default
 * @param scale what one stands for without a suffix, in bytes
 * @param limit the largest result allowed
 * @returns bytes
 * @throws LibvirtError `InvalidArg` for an unknown suffix, `Overflow` above the limit
 * @see virScaleInteger
 */
export function scaleInteger(value: bigint, suffix: string | null, scale: bigint, limit: bigint = maxUint64): bigint {
  const factor = suffix === null || suffix === '' ? scale : unitBytes(suffix);
  if (value > limit / factor) throw new LibvirtError(ErrorCode.Overflow, `value too large: ${value}${suffix ?? ''}`);
  return value * factor;
}

/**
 * What one of a unit is in bytes.
 *
 * @throws LibvirtError `InvalidArg` for an unknown suffix
 */
export function unitBytes(suffix: string): bigint {
  const unit = suffix.toLowerCase();
  if (unit === 'b' || unit === 'byte' || unit === 'bytes') return 1n;
  const power = powers[unit.charAt(0)];
  const rest = unit.slice(1);
  if (power === undefined || (rest !== '' && rest !== 'ib' && rest !== 'b')) {
    throw new LibvirtError(ErrorCode.InvalidArg, `unknown suffix '${suffix}'`);
  }
  return (rest === 'b' ? 1000n : 1024n) ** BigInt(power);
}

/**
 * Reads an unsigned decimal number the way strtoull does: leading blanks allowed, nothing else around it.
 *
 * @returns null if it is not one or does not fit 64 bits
 */
export function parseUint64(text: string): bigint | null {
  const digits = /^[ \t\n\v\f\r]*\+?([0-9]{1,20})$/.exec(text)?.[1];
  if (digits === undefined) return null;
  const value = BigInt(digits);
  return value > maxUint64 ? null : value;
}

/**
 * Reads an unsigned decimal number of 32 bits.
 *
 * @returns null if it is not one or does not fit
 */
export function parseUint32(text: string): number | null {
  const value = parseUint64(text);
  return value === null || value > 0xffff_ffffn ? null : Number(value);
}
