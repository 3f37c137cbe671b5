// What opening a connection has to know of the place where it runs; one implementation per kind of place.
import type { AuthFile } from './auth-file.ts';
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
  /**
   * Reads the file of credentials: that of $LIBVIRT_AUTH_FILE, else the given one, else the user's, else the system's;
   * an empty one where there is none.
   *
   * @throws LibvirtError `SystemError` when a file that was named cannot be read, `ConfSyntax`
   */
  readAuthFile(given: string | null): Promise<AuthFile>;
  /** Tells whether there is a file or socket of this name. */
  exists(path: string): Promise<boolean>;
}
