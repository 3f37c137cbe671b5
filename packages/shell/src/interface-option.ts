// The option that names a network interface of the host.
import { word } from './option.ts';
import { interfaceNames } from './completers.ts';

const help = 'name or MAC address of the interface';

// virConnectListAllInterfacesFlags
/** Any interface. */
export const anyInterface = word(help, { complete: interfaceNames() });
/** An interface that is up. */
export const activeInterface = word(help, { complete: interfaceNames(2) });
/** An interface that is down. */
export const inactiveInterface = word(help, { complete: interfaceNames(1) });
