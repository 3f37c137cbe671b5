// The option that names a network.
import { word } from './option.ts';
import { networkNames } from './completers.ts';

const help = 'name or UUID of the network';

// virConnectListAllNetworksFlags
/** Any network. */
export const anyNetwork = word(help, { complete: networkNames() });
/** A network that runs. */
export const activeNetwork = word(help, { complete: networkNames(2) });
/** A network that does not run. */
export const inactiveNetwork = word(help, { complete: networkNames(1) });
/** A network that is defined. */
export const definedNetwork = word(help, { complete: networkNames(4) });
