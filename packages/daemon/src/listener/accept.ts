// What all listeners over Node's sockets share: accepting without reading, and closing.
import { createServer, type Server, type Socket } from 'node:net';
import { acceptedChannel } from '@virtwire/rpc/node';
import type { Listener, Reception, Service } from './listener.ts';

/** Makes a server whose connections go to the reception unread. */
export function receptionServer(service: Service, reception: Reception, addressOf: (socket: Socket) => string): Server {
  const server = createServer({ pauseOnConnect: true }, (socket) => {
    // While a connection waits nobody reads it, and its breaking off tells nobody anything.
    socket.on('error', ignoreWhileWaiting);
    reception.admit({
      service,
      address: addressOf(socket),
      open: () => {
        socket.off('error', ignoreWhileWaiting);
        return acceptedChannel(socket);
      },
      drop: () => socket.destroy(),
    });
  });
  return server;
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
