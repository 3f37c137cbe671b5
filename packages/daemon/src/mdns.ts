// Advertises the daemon in the local network (_libvirt._tcp), for programs that list hosts.
import { hostname } from 'node:os';
import type { Log } from './log.ts';

/** What to advertise. */
export interface Advertisement {
  /** Null: `Virtualization Host` and the name of the host. */
  readonly name: string | null;
  readonly port: number;
  readonly log: Log;
}

/** Longest name of a service, in bytes (RFC 6763). */
const MAX_NAME_BYTES = 63;

/** Time for the goodbye to leave, in milliseconds. */
const GOODBYE_MS = 500;

/** Starts to advertise. @returns how to stop; what was advertised is taken back then */
export async function advertise({ name, port, log }: Advertisement): Promise<() => Promise<void>> {
  // By its default export: in the bundled program it has no other.
  const { default: bonjourService } = await import('bonjour-service');
  // It tells of faults of its socket: a host without a network that takes multicast is no reason to end.
  const bonjour = new bonjourService.Bonjour(undefined, (error: unknown) => {
    log.warning('mdns', `advertising: ${error instanceof Error ? error.message : String(error)}`);
  });
  const host = hostname().replace(/\.local$/, '');
  bonjour.publish({ name: shortened(name ?? `Virtualization Host ${host}`), type: 'libvirt', protocol: 'tcp', port });
  return () =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, GOODBYE_MS);
      bonjour.unpublishAll(() => {
        bonjour.destroy();
        clearTimeout(timer);
        resolve();
      });
    });
}

function shortened(name: string): string {
  let text = name;
  while (new TextEncoder().encode(text).length > MAX_NAME_BYTES) text = Array.from(text).slice(0, -1).join('');
  return text;
}
