// auth.conf: stored names and passwords, by the service and host that they are for.
import { ErrorCode, ErrorDomain, LibvirtError } from '@virtwire/rpc';

/** What a file of credentials knows. */
export interface AuthFile {
  /**
   * Finds one value.
   *
   * @param service `libvirt` for the daemon itself, `ssh` for ssh transports
   * @param host name in the URI; `localhost` when it has none
   * @param name e.g. `authname`, `password`
   * @returns null when the file has nothing to say about it
   * @throws LibvirtError `ConfSyntax` when it refers to credentials that are not there
   */
  find(service: string, host: string, name: string): string | null;
}

/** The file that is not there. */
export const emptyAuthFile: AuthFile = { find: () => null };

/** Longest file that is read, in bytes. */
export const MAX_AUTH_FILE_BYTES = 1_048_576;

type Groups = ReadonlyMap<string, ReadonlyMap<string, string>>;

/**
 * Reads the text of a file.
 *
 * @param path for errors, which never show what stands in the file
 * @throws LibvirtError `ConfSyntax` with file, line and reason
 * @see virAuthConfigNew
 */
export function parseAuthFile(text: string, path: string): AuthFile {
  const groups = parseKeyFile(text, path);
  return {
    find: (service, host, name) => {
      const own = `auth-${service}-${host}`;
      const group = groups.has(own) ? own : `auth-${service}-default`;
      const found = groups.get(group);
      if (found === undefined) return null;
      const reference = found.get('credentials');
      if (reference === undefined) {
        throw wrong(`Missing item 'credentials' in group '${group}' in '${path}'`);
      }
      const credentials = groups.get(`credentials-${reference}`);
      if (credentials === undefined) {
        throw wrong(`Missing group 'credentials-${reference}' referenced from group '${group}' in '${path}'`);
      }
      return credentials.get(name) ?? null;
    },
  };
}

// Groups of the same name are one, and of two values of one name the last counts. Only lines that begin with # are
// comments, and quotes are letters like any other (virKeyFileParse).
function parseKeyFile(text: string, path: string): Groups {
  const groups = new Map<string, Map<string, string>>();
  let group: Map<string, string> | undefined;
  for (const [index, raw] of text.split('\n').entries()) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) continue;
    const refuse = (reason: string) => wrong(`${path}:${index + 1}: ${reason}`);
    if (line.startsWith('[')) {
      if (!line.endsWith(']') || line.indexOf(']') !== line.length - 1)
        throw refuse('expecting a group name in brackets');
      const name = line.slice(1, -1);
      if (name === '') throw refuse('the group has no name');
      group = groups.get(name) ?? new Map();
      groups.set(name, group);
      continue;
    }
    const at = line.indexOf('=');
    if (at < 0) throw refuse('expecting an assignment');
    const key = line.slice(0, at).trim();
    if (key === '' || /[[\]]/.test(key)) throw refuse('expecting a name before the =');
    if (group === undefined) throw refuse('a value stands outside of any group');
    group.set(key, line.slice(at + 1).trim());
  }
  return groups;
}

function wrong(detail: string): LibvirtError {
  return new LibvirtError(ErrorCode.ConfSyntax, detail, { domain: ErrorDomain.Auth });
}
