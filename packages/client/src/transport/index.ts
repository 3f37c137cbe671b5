// The map of transports: one row for each that libvirt knows.
import { ext } from './ext.ts';
import { libssh } from './libssh.ts';
import { libssh2 } from './libssh2.ts';
import { ssh } from './ssh.ts';
import { tcp } from './tcp.ts';
import { tls } from './tls.ts';
import type { Transport } from './transport.ts';
import { unix } from './unix.ts';

/** Names of libvirt's transports, in the order of its error text. */
export const transportNames: readonly string[] = ['tls', 'unix', 'ssh', 'ext', 'tcp', 'libssh2', 'libssh'];

/** The transports of Node. */
export const nodeTransports: ReadonlyMap<string, Transport> = new Map(
  [tls, unix, ssh, ext, tcp, libssh2, libssh].map((row) => [row.name, row]),
);
