// A mount namespace in which a daemon finds private copies of libvirt's system directories.

/** What `unshare` needs to make a mount namespace: anybody but the superuser needs a user namespace around it. */
export const NAMESPACE_OPTIONS: readonly string[] = [
  ...(process.getuid?.() === 0 ? [] : ['--user', '--map-root-user']),
  '--mount',
  '--propagation',
  'private',
];

// State, pid files and configuration of libvirtd live in private copies; networks that would start by themselves do not.
const ISOLATE = `
set -e
mkdir -p "$1/etc" "$1/lib" "$1/cache"
if [ -d /etc/libvirt ]; then cp -a /etc/libvirt/. "$1/etc"; fi
rm -rf "$1/etc/qemu/networks/autostart" "$1/etc/qemu/autostart" "$1/etc/storage"
for pair in etc:/etc/libvirt lib:/var/lib/libvirt cache:/var/cache/libvirt; do
  if mkdir -p "\${pair#*:}" 2> /dev/null; then mount --bind "$1/\${pair%%:*}" "\${pair#*:}"; fi
done
mount -t tmpfs tmpfs /run
shift
exec "$@"
`;

/** A command line that runs the given one with private /run, /etc/libvirt and /var/lib/libvirt. */
export function isolated(directory: string, command: readonly string[]): [string, ...string[]] {
  return ['unshare', ...NAMESPACE_OPTIONS, 'sh', '-c', ISOLATE, 'sh', directory, ...command];
}
