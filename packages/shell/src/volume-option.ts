// The options that name a storage volume.
import { text, word } from './option.ts';
import { poolNames, volumeNames } from './completers.ts';

/** The volume. */
export const anyVolume = word('name, key or path of the volume', { complete: volumeNames });
/** Its pool; needed when the volume is named by its name. */
export const volumePool = text('name or UUID of its pool', { complete: poolNames(2) });
