// ANONYMOUS (RFC 4505): no proof of anything, offered only where the administrator asks for it.
import { encodeText, type SaslMechanism, saslFailure } from './mechanism.ts';

// RFC 4505: at most 255 characters, of four bytes at most.
const MAX_TRACE_BYTES = 1020;

/** The ANONYMOUS mechanism; the user is `anonymous`. */
export const anonymous: SaslMechanism = {
  name: 'ANONYMOUS',
  maxSsf: 0,
  sendsPassword: false,
  anonymous: true,
  needs: [],
  client: ({ authname = 'anonymous' }) => {
    let complete = false;
    return {
      start: () => {
        complete = true;
        return encodeText(authname);
      },
      step: () => null,
      get complete() {
        return complete;
      },
      layer: null,
    };
  },
  server: () => {
    let user: string | null = null;
    const take = (message: Uint8Array | null) => {
      if (user !== null) throw saslFailure('the exchange is over');
      if (message === null) return { data: new Uint8Array(), complete: false };
      if (message.length > MAX_TRACE_BYTES) throw saslFailure('ANONYMOUS trace information is too long');
      user = 'anonymous';
      return { data: null, complete: true };
    };
    return {
      start: take,
      step: take,
      get user() {
        return user;
      },
      layer: null,
    };
  },
};
