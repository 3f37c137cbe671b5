// What all listeners over Node's sockets share: accepting without reading, and closing.
import { createServer, type Server, type Socket } from 'node:net';
import type { Identity } from '@virtwire/protocol';
import { type Answer, type Channel, toLibvirtError } from '@virtwire/rpc';
import { acceptedChannel, peerHandle } from '@virtwire/rpc/node';
import type { Listener, Reception, Service } from './listener.ts';

/** Stands between accepting and the reception, which hears only of those whom it lets through. */
export interface Protection {
  /** Takes a socket that has not been read. */
  accept(socket: Socket, admit: (guest: ProtectedGuest) => void): void;
  /** Ends whatever has not been let through yet. */
  close(): void;
}

/** A connection that was let through. */
export interface ProtectedGuest {
  /** Name of its certificate, null when it has none that was verified. */
  readonly name: string | null;
  open(): Channel;
  drop(): void;
}

/** What a listener knows besides its sockets. */
export interface ReceptionRules {
  /** Where a connection comes from. */
  addressOf(socket: Socket): string;
  /** Who that is, where the system knows; a connection for which it throws is dropped. */
  readonly identityOf?: ((socket: Socket) => Answer<Identity>) | undefined;
  readonly protection?: Protection | undefined;
}

/** Makes a server whose connections go to the reception unread. */
export function receptionServer(
  service: Service,
  reception: Reception,
  { addressOf, identityOf, protection }: ReceptionRules,
): Server {
  const admit = (socket: Socket, identity?: Identity) => {
    reception.admit({
      service,
      address: addressOf(socket),
      ...(identity === undefined ? {} : { identity }),
      ...(socket.remoteAddress === undefined ? { peer: peerHandle(socket) } : {}),
      open: () => {
        socket.off('error', ignoreWhileWaiting);
        return acceptedChannel(socket);
      },
      drop: () => socket.destroy(),
    });
  };
  return createServer({ pauseOnConnect: true }, (socket) => {
    // While a connection waits nobody reads it, and its breaking off tells nobody anything.
    socket.on('error', ignoreWhileWaiting);
    if (protection !== undefined) {
      // The socket will not know any more once it has broken off.
      const address = addressOf(socket);
      protection.accept(socket, ({ name, open, drop }) => {
        const identity = { address, ...(name === null ? {} : { x509Name: name }) };
        reception.admit({ service, address, identity, open, drop });
      });
      return;
    }
    if (identityOf === undefined) {
      admit(socket);
      return;
    }
    const refuse = (error: unknown) => {
      socket.destroy();
      reception.failed(service, toLibvirtError(error));
    };
    try {
      const identity = identityOf(socket);
      if (identity instanceof Promise) identity.then((found) => admit(socket, found)).catch(refuse);
      else admit(socket, identity);
    } catch (error) {
      refuse(error);
    }
  });
}

function ignoreWhileWaiting(): void {}

/** Where a TCP connection comes from, for logs. */
export function addressOf({ remoteAddress, remotePort }: Socket): string {
  return remoteAddress === undefined ? 'tcp' : authority(remoteAddress, remotePort ?? 0);
}

/** Address and port as one text. */
export function authority(address: string, port: number): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

/** Where a server shall listen. */
export type ListenPlace =
  | { readonly path: string }
  | { readonly address: string; readonly port: number; readonly family: 4 | 6 };

// UV_TCP_IPV6ONLY of libuv.
const IPV6_ONLY = 1;

/**
 * Tells a server to listen; the socket is made in this very tick.
 *
 * Node's listen() loads its resolver and its cluster first, which takes longer than all that a daemon does with its
 * sockets, for an address that is known and a process that is alone. What it calls in the end is not documented, so
 * where that is missing the ordinary way is taken.
 */
export function listenAt(server: Server, place: ListenPlace, backlog: number): void {
  const { _listen2: listen } = server as unknown as Partial<UndocumentedServer>;
  if (typeof listen !== 'function') {
    if ('path' in place) server.listen({ path: place.path, backlog });
    else {
      const { address: host, port, family } = place;
      server.listen({ host, port, backlog, ipv6Only: family === 6 });
    }
  } else if ('path' in place) listen.call(server, place.path, -1, -1, backlog, undefined, 0);
  else {
    const { address, port, family } = place;
    listen.call(server, address, port, family, backlog, undefined, family === 6 ? IPV6_ONLY : 0);
  }
}

interface UndocumentedServer {
  _listen2(
    this: Server,
    address: string,
    port: number,
    family: 4 | 6 | -1,
    backlog: number,
    fd: undefined,
    flags: number,
  ): void;
}

/** Waits until a server that was told to listen does so; rejects with the system's error. */
export function listening(server: Server): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.once('listening', () => {
      server.off('error', reject);
      resolve();
    });
  });
}

/** What a listener serves, and where. */
export interface ListenerPlace {
  readonly service: Service;
  readonly address: string;
  readonly protection?: Protection | undefined;
}

/** The listener of a server that listens. */
export function listenerOf(
  server: Server,
  reception: Reception,
  { service, address, protection }: ListenerPlace,
): Listener {
  server.on('error', (error) => reception.failed(service, error));
  const bound = server.address();
  return {
    service,
    address,
    port: typeof bound === 'object' && bound !== null ? bound.port : null,
    // Connections that are open live on, so the callback of close() would come late; accepting ends at once.
    close: () => {
      server.close();
      protection?.close();
      return Promise.resolve();
    },
  };
}
