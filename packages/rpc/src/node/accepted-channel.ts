// A channel over a socket that a server has accepted, reading into chosen memory like one that connects.
import { type Server, Socket } from 'node:net';
import type { Channel } from '../channel.ts';
import { ReadMemory } from './read-memory.ts';
import { SocketChannel } from './socket-channel.ts';

// Node offers `onread`, one buffer for all reads, to sockets that connect, not to those that a server accepts: these
// get a new 64 KiB slab for each read. The handle of an accepted socket in a new Socket has it; neither the handle nor
// the two fields below are documented, so whatever is missing leads back to the ordinary way.
interface Inner {
  _handle?: { useUserBuffer?: unknown; reading?: boolean } | null;
  _server?: Server | null;
  server?: Server | null;
}

/**
 * Makes a channel of a socket that a server accepted with `pauseOnConnect: true`. The channel owns the socket from now on.
 */
export function acceptedChannel(socket: Socket): Channel {
  const inner = socket as unknown as Inner;
  const handle = inner._handle;
  if (handle === null || typeof handle?.useUserBuffer !== 'function') {
    const channel = new SocketChannel(socket, null);
    socket.resume();
    return channel;
  }
  const memory = new ReadMemory();
  // oxlint-disable-next-line prefer-const -- reads may come before it is made.
  let channel: SocketChannel | undefined;
  const rewrapped = new Socket({
    handle,
    readable: true,
    writable: true,
    onread: memory.onread((chunk, shared) => channel?.receive(chunk, shared)),
  } as ConstructorParameters<typeof Socket>[0]);
  const next = rewrapped as unknown as Inner;
  next.server = inner.server ?? null;
  next._server = inner._server ?? null;
  inner._handle = null;
  inner._server = null;
  channel = new SocketChannel(rewrapped, memory);
  rewrapped.resume();
  return channel;
}
