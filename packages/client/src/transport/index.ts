// The map of transports: one row for each that libvirt knows, loaded when it is dialled.
import { tcp } from './tcp.ts';
import type { Transport } from './transport.ts';
import { unix } from './unix.ts';

/** Names of libvirt's transports, in the order of its error text. */
export const transportNames: readonly string[] = ['tls', 'unix', 'ssh', 'ext', 'tcp', 'libssh2', 'libssh'];

// What a row says of itself is known without loading it; a test compares it with the transport's own words.
const later = (facts: Omit<Transport, 'dial'>, load: () => Promise<Transport>): Transport => {
  let loaded: Transport | undefined;
  return {
    ...facts,
    dial: async (target, signal) => {
      // Importing what is there already takes Node a tenth of a millisecond.
      loaded ??= await load();
      return loaded.dial(target, signal);
    },
  };
};
const protectedBy = (name: string) => ({ name, encrypted: true, secure: true });

/** The transports of Node. */
export const nodeTransports: ReadonlyMap<string, Transport> = new Map(
  [
    later(protectedBy('tls'), async () => (await import('./tls.ts')).tls),
    unix,
    later(protectedBy('ssh'), async () => (await import('./ssh.ts')).ssh),
    later({ name: 'ext', encrypted: false, secure: false }, async () => (await import('./ext.ts')).ext),
    tcp,
    later(protectedBy('libssh2'), async () => (await import('./libssh2.ts')).libssh2),
    later(protectedBy('libssh'), async () => (await import('./libssh.ts')).libssh),
  ].map((row) => [row.name, row]),
);
