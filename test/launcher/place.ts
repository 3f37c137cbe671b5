// A place of its own for hosts that talk over the network: namespaces with loopback only, and private system directories.
import { mkdir, readFile } from 'node:fs/promises';
import { NAMESPACE_OPTIONS } from './isolated.ts';
import { type Finished, type Running, type RunOptions, run, start } from './process.ts';
import { temporaryDirectory } from './temporary.ts';

/** Namespaces in which default ports and default paths are free. */
export interface Place extends AsyncDisposable {
  /** A directory that the place shares with the test. */
  readonly directory: string;
  /** What stands at /etc/pki there. */
  readonly pki: string;
  /** Runs a program there to its end. */
  run(command: string, args: readonly string[], options?: RunOptions): Promise<Finished>;
  /** Tells whether somebody listens on a TCP port there. */
  listens(port: number): Promise<boolean>;
  /** Starts a program there. */
  start(command: string, args: readonly string[], options?: RunOptions): Running;
}

const SETUP = `
set -e
ip link set lo up
mkdir -p "$1/pki" "$1/etc" "$1/lib" "$1/cache" /etc/pki
if [ -d /etc/libvirt ]; then cp -a /etc/libvirt/. "$1/etc"; fi
rm -rf "$1/etc/qemu/networks/autostart" "$1/etc/qemu/autostart" "$1/etc/storage"
mount --bind "$1/pki" /etc/pki
for pair in etc:/etc/libvirt lib:/var/lib/libvirt cache:/var/cache/libvirt; do
  if mkdir -p "\${pair#*:}" 2> /dev/null; then mount --bind "$1/\${pair%%:*}" "\${pair#*:}"; fi
done
mount -t tmpfs tmpfs /run
mkdir -p /run/lock
echo ready
exec cat
`;

/** Makes a place; it lasts until it is disposed. */
export async function startPlace(): Promise<Place> {
  const directory = await temporaryDirectory();
  const pki = `${directory.path}/pki`;
  await mkdir(pki, { recursive: true });
  const holder = start('unshare', [...NAMESPACE_OPTIONS, '--net', 'sh', '-c', SETUP, 'sh', directory.path]);
  await holder.output((text) => text.includes('ready'));
  const enter = (command: string, args: readonly string[]): [string, ...string[]] => [
    'nsenter',
    '--target',
    String(holder.pid),
    '--mount',
    '--net',
    ...(process.getuid?.() === 0 ? [] : ['--user', '--preserve-credentials']),
    command,
    ...args,
  ];
  return {
    directory: directory.path,
    pki,
    run: (command, args, options) => {
      const [program, ...all] = enter(command, args);
      return run(program, all, options);
    },
    listens: async (port) => {
      const tables = await Promise.all(
        ['tcp', 'tcp6'].map((name) => readFile(`/proc/${holder.pid}/net/${name}`, 'utf8')),
      );
      const local = port.toString(16).toUpperCase().padStart(4, '0');
      // The fourth column is the state; 0A listens.
      return tables.some((table) => new RegExp(`^ *\\d+: [0-9A-F]+:${local} [0-9A-F:]+ 0A `, 'm').test(table));
    },
    start: (command, args, options) => {
      const [program, ...all] = enter(command, args);
      return start(program, all, options);
    },
    async [Symbol.asyncDispose]() {
      await holder[Symbol.asyncDispose]();
      await directory[Symbol.asyncDispose]();
    },
  };
}
