// The Node side of how to talk.
export { connectSocket, type SocketTarget, socketChannel, systemErrorText } from './socket-channel.ts';
