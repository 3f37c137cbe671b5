// The keepalive program: two messages without payload that either side may send.
import { event, program } from '@virtwire/rpc';

/**
 * The rows of the keepalive program: a `ping` is answered by a `pong` at once.
 *
 * @see src/rpc/virkeepaliveprotocol.x
 */
export const keepalive = program('keepalive', 0x6b656570, 1, {
  ping: event(1, () => [{}]),
  pong: event(2, () => [{}]),
});
