// Which libvirt the shell speaks for, and what it calls itself.

/** The release of libvirt whose behaviour was measured and is followed; a copy of the library's, which need not be loaded for it. */
export const LIBVIRT_VERSION = '9.0.0';

/** The name of the command in prompts and usage texts; installed under virsh's name it calls itself so. */
export function commandName(argv1: string | undefined): string {
  const base = argv1?.split('/').at(-1);
  return base === 'virsh' ? base : 'virtwire';
}

/** Writes what `--version=long` tells: whose behaviour is followed, and what is built in. */
export function longVersionText(name: string): string {
  const title = `${name.charAt(0).toUpperCase()}${name.slice(1)}`;
  return `${title} command line tool, following libvirt ${LIBVIRT_VERSION}

Built in:
 Hypervisors: Test; all others through a daemon
 Transports: unix TCP
 Miscellaneous: Readline
`;
}
