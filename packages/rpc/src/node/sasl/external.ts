// EXTERNAL (RFC 4422, appendix A): the transport has already proven who the client is.
import { decodeText, encodeText, type SaslMechanism, saslFailure } from './mechanism.ts';

/** The EXTERNAL mechanism; the user is the name that the transport has proven. */
export const external: SaslMechanism = {
  name: 'EXTERNAL',
  maxSsf: 0,
  sendsPassword: false,
  anonymous: false,
  needs: [],
  client: ({ authzid = '' }) => {
    let complete = false;
    return {
      start: () => {
        complete = true;
        return encodeText(authzid);
      },
      step: () => null,
      get complete() {
        return complete;
      },
      layer: null,
    };
  },
  server: ({ externalName }) => {
    let user: string | null = null;
    const take = (message: Uint8Array | null) => {
      if (user !== null) throw saslFailure('the exchange is over');
      if (message === null) return { data: new Uint8Array(), complete: false };
      const wanted = decodeText(message);
      if (externalName === undefined || externalName === '') throw saslFailure('the transport proves no name');
      if (wanted !== '' && wanted !== externalName) throw saslFailure(`${externalName} may not act as ${wanted}`);
      user = externalName;
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
