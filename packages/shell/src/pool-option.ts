// The option that names a storage pool.
import { word } from './option.ts';
import { poolNames } from './completers.ts';

const help = 'name or UUID of the pool';

// virConnectListAllStoragePoolsFlags
/** Any pool. */
export const anyPool = word(help, { complete: poolNames() });
/** A pool that runs. */
export const activePool = word(help, { complete: poolNames(2) });
/** A pool that does not run. */
export const inactivePool = word(help, { complete: poolNames(1) });
/** A pool that is defined. */
export const definedPool = word(help, { complete: poolNames(4) });
