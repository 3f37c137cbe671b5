// What all listeners over Node's sockets share: accepting without reading, and closing.
import { createServer, type Server, type Socket } from 'node:net';
import type { Identity } from '@virtwire/protocol';
import { type Answer, toLibvirtError } from '@virtwire/rpc';
import { acceptedChannel } from '@virtwire/rpc/node';
import type { Listener, Reception, Service } from './listener.ts';

/**
 * Makes a server whose connections go to the reception unread.
 *
 * @param addressOf where a connection comes from
 * @param identityOf who that is, where the system knows; a connection for which it throws is dropped
 */
export function receptionServer(
  service: Service,
  reception: Reception,
  addressOf: (socket: Socket) => string,
  identityOf?: (socket: Socket) => Answer<Identity>,
): Server {
  const admit = (socket: Socket, identity?: Identity) => {
    reception.admit({
      service,
      address: addressOf(socket),
      ...(identity === undefined ? {} : { identity }),
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

/** The listener of a server that listens. */
export function listenerOf(server: Server, service: Service, reception: Reception, address: string): Listener {
  server.on('error', (error) => reception.failed(service, error));
  return {
    service,
    address,
    // Connections that are open live on, so the callback of close() would come late; accepting ends at once.
    close: () => {
      server.close();
      return Promise.resolve();
    },
  };
}
