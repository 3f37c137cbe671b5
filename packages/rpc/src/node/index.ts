// The Node side of how to talk.
export { acceptedChannel } from './accepted-channel.ts';
export { matchesGlob } from './glob.ts';
export { fromOpensslSpelling } from './openssl-name.ts';
export { DuplexChannel, type DuplexParts } from './duplex-channel.ts';
export {
  loadPeerCredentials,
  type PeerCredentials,
  type PeerCredentialsReader,
  type PeerHandle,
  peerHandle,
  processStartTime,
} from './peer-credentials.ts';
export { OutputTail, within } from './output-tail.ts';
export { MAX_STDERR_BYTES, processChannel, type ProcessCommand, type ProcessEnd } from './process-channel.ts';
export { connectSocket, type SocketTarget, socketChannel, systemErrorText } from './socket-channel.ts';
