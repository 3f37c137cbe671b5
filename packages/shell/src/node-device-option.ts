// The option that names a device of the host.
import { word } from './option.ts';
import { nodeDeviceNames } from './completers.ts';

/** Any device; an adapter may be named by its `wwnn,wwpn`. */
export const anyNodeDevice = word('name of the device, or wwnn,wwpn', { complete: nodeDeviceNames });
