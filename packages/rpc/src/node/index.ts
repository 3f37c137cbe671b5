// The Node side of how to talk.
export { acceptedChannel } from './accepted-channel.ts';
export { matchesGlob } from './glob.ts';
export { connectSocket, type SocketTarget, socketChannel, systemErrorText } from './socket-channel.ts';
