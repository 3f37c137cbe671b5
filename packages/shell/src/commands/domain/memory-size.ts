// Sizes of memory, as the calls that change it want them.

/** Gives whole KiB, rounded up. */
export function kibibytes(bytes: bigint): bigint {
  return (bytes + 1023n) / 1024n;
}
