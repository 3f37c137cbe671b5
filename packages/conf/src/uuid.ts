// UUIDs: canonical text, bytes, and fresh ones.

/**
 * Reads a UUID as libvirt does: hex pairs, dashes and spaces anywhere between them, blanks around.
 *
 * @returns the canonical lower-case text, or null if it is not a UUID
 * @see virUUIDParse
 */
export function parseUuid(text: string): string | null {
  const compact = text.replace(/^[ \t\n\v\f\r]+|[ \t\n\v\f\r]+$/g, '');
  if (!/^[- ]*(?:[0-9a-fA-F]{2}[- ]*){15}[0-9a-fA-F]{2}$/.test(compact)) return null;
  return dashed(compact.replace(/[- ]/g, '').toLowerCase());
}

/** The canonical text of 16 bytes. */
export function formatUuid(bytes: Uint8Array): string {
  let hex = '';
  for (const byte of bytes.subarray(0, 16)) hex += byte.toString(16).padStart(2, '0');
  return dashed(hex.padEnd(32, '0'));
}

/** A fresh random UUID (version 4). */
export function randomUuid(): string {
  return crypto.randomUUID();
}

function dashed(hex: string): string {
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
