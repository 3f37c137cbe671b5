// What opening a connection has to know of the place where it runs; one implementation per kind of place.
import type { ClientConfig } from './config.ts';

/** The place where the client runs. */
export interface Host {
  /** Environment variables. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Effective user id; null where there is no such thing. */
  readonly uid: number | null;
  /** Folder of the user's sockets: $XDG_RUNTIME_DIR/libvirt, or ~/.cache/libvirt. */
  readonly runtimeFolder: string;
  /** Reads libvirt.conf; an empty one where there is none. @throws LibvirtError `ConfSyntax` */
  readConfig(): Promise<ClientConfig>;
  /** Tells whether there is a file or socket of this name. */
  exists(path: string): Promise<boolean>;
}
