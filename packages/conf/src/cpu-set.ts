// Sets of CPU (or node) numbers in text, `0-3,^2,8`.
import { ErrorCode, LibvirtError } from '@virtwire/rpc/error';

/** libvirt keeps such sets in bitmaps of at most this many bits (VIR_DOMAIN_CPUMASK_LEN). */
const maxBits = 16384;

/**
 * Reads a set.
 *
 * @throws LibvirtError `InvalidArg` if the text is not one
 * @see virBitmapParse
 */
export function parseCpuSet(text: string): Set<number> {
  const failed = (): LibvirtError => new LibvirtError(ErrorCode.InvalidArg, `Failed to parse bitmap '${text}'`);
  const members = new Set<number>();
  if (text.length > 100_000) throw failed();
  for (const part of text.trim().split(',')) {
    const match = /^\s*(\^?)(\d{1,6})(?:-(\d{1,6}))?\s*$/.exec(part);
    if (match === null) throw failed();
    const first = Number(match[2]);
    const last = match[3] === undefined ? first : Number(match[3]);
    if (last < first || last >= maxBits || (match[1] === '^' && match[3] !== undefined)) throw failed();
    for (let member = first; member <= last; member++) {
      if (match[1] === '^') members.delete(member);
      else members.add(member);
    }
  }
  return members;
}

/**
 * Prints a set as libvirt does: ascending, neighbours as ranges, `0-1,3`.
 *
 * @see virBitmapFormat
 */
export function formatCpuSet(members: Iterable<number>): string {
  const sorted = [...members].sort((a, b) => a - b);
  const parts: string[] = [];
  for (let i = 0; i < sorted.length; ) {
    let end = i;
    while (end + 1 < sorted.length && sorted[end + 1] === (sorted[end] as number) + 1) end++;
    parts.push(end === i ? String(sorted[i]) : `${sorted[i]}-${sorted[end]}`);
    i = end + 1;
  }
  return parts.join(',');
}
