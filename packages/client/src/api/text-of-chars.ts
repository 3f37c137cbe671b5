// Reads C's char arrays as they stand in wire messages.

/** Gives the text of a char array, up to its first NUL. */
export function textOfChars(chars: Uint8Array): string {
  const end = chars.indexOf(0);
  return new TextDecoder().decode(end < 0 ? chars : chars.subarray(0, end));
}
