// libvirt.conf of the client, and which URI is meant when the user gives an alias or nothing.
import { parseConfFile } from '@virtwire/conf/file';
import { ErrorCode, ErrorDomain, LibvirtError } from '@virtwire/rpc';

/** What libvirt.conf says. Each setting is read on demand: libvirt complains about a wrong one only when it needs it. */
export interface ClientConfig {
  /** URI, or alias, for those who give none; null when there is none. */
  uriDefault(): string | null;
  /** URI by alias. */
  uriAliases(): ReadonlyMap<string, string>;
  /** The word for those who give no `mode=`; null when there is none. */
  remoteMode(): string | null;
  /** The word for those who give no `proxy=`; null when there is none. */
  remoteProxy(): string | null;
  /** GnuTLS priority for those who give no `tls_priority=`; null when there is none. */
  tlsPriority(): string | null;
}

/** The configuration where there is no file. */
export const emptyConfig: ClientConfig = {
  uriDefault: () => null,
  uriAliases: () => new Map(),
  remoteMode: () => null,
  remoteProxy: () => null,
  tlsPriority: () => null,
};

/**
 * Reads a libvirt.conf.
 *
 * @param path for error texts
 * @throws LibvirtError `ConfSyntax` at once for wrong syntax, and by each getter for a wrong value
 */
export function parseClientConfig(content: string | Uint8Array, path: string): ClientConfig {
  const file = parseConfFile(content, { path });
  return {
    uriDefault: () => file.getString('uri_default'),
    uriAliases: () => readAliases(file.getStringList('uri_aliases') ?? []),
    remoteMode: () => file.getString('remote_mode'),
    remoteProxy: () => file.getString('remote_proxy'),
    tlsPriority: () => file.getString('tls_priority'),
  };
}

/** What the choice of a URI depends on. */
export interface UriChoice {
  /** What the user gave. */
  readonly given: string | null;
  /** False when aliases are not to be looked up. */
  readonly aliases: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly config: ClientConfig;
}

/**
 * Gives the URI that is meant: the given one, LIBVIRT_DEFAULT_URI, `uri_default`; aliases replaced.
 *
 * @returns null when nothing says which: the daemon is to choose
 * @see virConnectOpenInternal
 */
export function chooseUri({ given, aliases, env, config }: UriChoice): string | null {
  let name = given === null || given === '' ? null : given;
  if (name === null && env['LIBVIRT_DEFAULT_URI']) name = env['LIBVIRT_DEFAULT_URI'];
  name ??= config.uriDefault();
  if (name === null) return null;
  // The one name without a scheme that libvirt knows by itself.
  if (name.toLowerCase() === 'xen') name = 'xen:///system';
  return aliases ? (config.uriAliases().get(name) ?? name) : name;
}

function readAliases(entries: readonly string[]): Map<string, string> {
  const aliases = new Map<string, string>();
  for (const entry of entries) {
    const equals = entry.indexOf('=');
    if (equals < 0)
      throw malformed(`Malformed 'uri_aliases' config entry '${entry}', expected 'alias=uri://host/path'`);
    const name = entry.slice(0, equals);
    if (!/^[A-Za-z0-9_-]*$/.test(name)) {
      const rule = "aliases may only contain 'a-Z, 0-9, _, -'";
      throw malformed(`Malformed 'uri_aliases' config entry '${entry}', ${rule}`);
    }
    if (!aliases.has(name)) aliases.set(name, entry.slice(equals + 1));
  }
  return aliases;
}

function malformed(detail: string): LibvirtError {
  return new LibvirtError(ErrorCode.ConfSyntax, detail, { domain: ErrorDomain.Uri });
}
