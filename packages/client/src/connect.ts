// connect() for Node: the means of this process, then open().
import type { Connection } from './api/connection.ts';
import { nodeHost } from './node/host.ts';
import { type ConnectOptions, open } from './open.ts';
import { nodeTransports, transportNames } from './transport/index.ts';

/**
 * Opens a connection.
 *
 * @param uri e.g. `qemu:///system`, `test+tcp://host/default`, an alias of libvirt.conf; null or empty for the default one
 * @throws LibvirtError as libvirt words it: `SystemError` when the daemon cannot be reached, `AuthFailed`, `NoConnect`, ...
 * @see virConnectOpenAuth
 */
export function connect(uri: string | null = null, options: ConnectOptions = {}): Promise<Connection> {
  return open(uri, options, { host: nodeHost(options.env), transports: nodeTransports, transportNames });
}
