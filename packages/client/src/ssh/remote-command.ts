// What runs on the other side of ssh to reach the daemon's socket: libvirt's command lines, quoted for two shells.
import type { RemoteProxy } from '../uri-parameters.ts';

/** What the command line is made for. */
export interface RemoteCommandFacts {
  readonly proxy: RemoteProxy;
  /** Name or path of netcat; null: not chosen by the user. */
  readonly netcat: string | null;
  /** Path of the daemon's socket on the other side. */
  readonly socket: string;
  /** URI that the helper opens. */
  readonly uri: string;
  readonly readOnly: boolean;
}

/**
 * Gives the line that the login shell of the other side gets.
 *
 * @see virNetClientSSHHelperCommand
 */
export function remoteCommand({ proxy, netcat, socket, uri, readOnly }: RemoteCommandFacts): string {
  const nc = inQuotes(netcat ?? 'nc');
  // `-q0` makes those versions of nc end with their input that would wait for the other side.
  const byNetcat =
    `if ${nc} -q 2>&1 | grep "requires an argument" >/dev/null 2>&1; then ARG=-q0;else ARG=;fi;` +
    `${nc} $ARG -U ${socketWord(socket)}`;
  const byHelper = `virt-ssh-helper ${readOnly ? '-r ' : ''}${inQuotes(uri)}`;
  if (proxy === 'native') return `sh -c '${byHelper}'`;
  if (proxy === 'netcat' || netcat !== null) return `sh -c '${byNetcat}'`;
  return `sh -c 'which virt-ssh-helper 1>/dev/null 2>&1; if test $? = 0; then     ${byHelper}; else    ${byNetcat}; fi'`;
}

// The line stands in single quotes for the login shell, and is read again by the `sh` in it: a word leaves the quotes
// and is escaped for both.
function inQuotes(word: string): string {
  return `'${escapeShell(escapeShell(word))}'`;
}

// libvirt puts the path there as it is; so do we while no shell could take it for something else.
function socketWord(path: string): string {
  const word = path.startsWith('-') ? `./${path}` : path;
  return /^[\w@%+=:,./-]+$/.test(word) ? word : inQuotes(word);
}

// virBufferEscapeShell.
function escapeShell(word: string): string {
  if (word === '') return "''";
  return /[\r\t\n !"#$&'()*;<>?[\\\]^`{|}~]/.test(word) ? `'${word.replaceAll("'", "'\\''")}'` : word;
}
