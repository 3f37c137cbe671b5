// The words for types of storage volumes.

const TYPES = ['file', 'block', 'dir', 'network', 'netdir', 'ploop'];

/** Gives the word for a type (virStorageVolType). */
export function volumeTypeText(type: number): string {
  return TYPES[type] ?? 'unknown';
}
