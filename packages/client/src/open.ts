// connect(): the one place that knows the order of opening.
import type { Driver, DriverFactory } from '@virtwire/protocol';
import { ErrorCode, LibvirtError } from '@virtwire/rpc';
import type { Connection } from './api/connection.ts';

/** When the other side is taken for dead. */
export interface KeepaliveOptions {
  /** Seconds of silence before it is asked for a sign of life. */
  readonly intervalS: number;
  /** Questions without answer before the connection is given up. */
  readonly count: number;
}

/** How to open a connection. */
export interface ConnectOptions {
  /** Opens read-only: every call that changes something is refused with code `OperationDenied`. */
  readonly readOnly?: boolean;
  /** Drivers that run in this process, e.g. the test driver; tried first, for URIs without transport and host. */
  readonly drivers?: readonly DriverFactory[];
  /** Puts a guard before a local driver; needed for `readOnly` with one of {@link drivers}. */
  readonly gate?: (driver: Driver, access: { readonly readOnly: boolean }) => Driver;
  /** Watches the link; false switches it off. 5 s and 5 when left out. Parameters of the URI win. */
  readonly keepalive?: KeepaliveOptions | false;
  /** False when the URI is not to be looked up among the aliases of libvirt.conf. */
  readonly aliases?: boolean;
  /** Gives up opening. */
  readonly signal?: AbortSignal;
  /** Environment that decides on defaults; the one of the process when left out. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/**
 * Opens a connection.
 *
 * @param uri e.g. `qemu:///system`, `test+tcp://host/default`; null or empty for the default one
 * @throws LibvirtError as libvirt words it: `SystemError` when the daemon cannot be reached, `AuthFailed`, `NoConnect`, ...
 * @see virConnectOpen
 */
export async function connect(_uri?: string | null, _options: ConnectOptions = {}): Promise<Connection> {
  throw new LibvirtError(ErrorCode.NoSupport, 'connect');
}
