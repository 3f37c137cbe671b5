// PLAIN (RFC 4616): name and password as they are. Only where the transport is protected.
import {
  checkName,
  decodeText,
  encodeText,
  type SaslMechanism,
  saslFailure,
  SaslFaultNumber,
  startFault,
} from './mechanism.ts';
import { saslprep } from './prepare.ts';
import { passwordMatches } from './scram-keys.ts';

// RFC 4616 allows 255 octets for each part.
const MAX_PART_CHARACTERS = 1024;

/** The PLAIN mechanism. */
export const plain: SaslMechanism = {
  name: 'PLAIN',
  maxSsf: 0,
  sendsPassword: true,
  anonymous: false,
  needs: ['authname', 'password'],
  client: ({ authname, password = '', authzid = '' }) => {
    const name = checkName(authname, startFault);
    let complete = false;
    return {
      start: () => {
        complete = true;
        return encodeText(`${authzid}\0${name}\0${password}`);
      },
      step: () => null,
      get complete() {
        return complete;
      },
      layer: null,
    };
  },
  server: (options) => {
    const { realm, decoySecret } = options;
    let user: string | null = null;
    const check = async (message: Uint8Array | null) => {
      if (user !== null) throw saslFailure('the exchange is over');
      // A client without an initial response gets an empty challenge first.
      if (message === null) return { data: new Uint8Array(), complete: false };
      const parts = decodeText(message).split('\0');
      if (parts.length !== 3) throw saslFailure('PLAIN message has not three parts');
      const [authzid, given, password] = parts as [string, string, string];
      if (given === '' || password === '') throw saslFailure('PLAIN message without name or password');
      if (parts.some(({ length }) => length > MAX_PART_CHARACTERS)) throw saslFailure('PLAIN message is too long');
      const authname = await saslprep(given);
      if (authzid !== '' && (await saslprep(authzid)) !== authname) {
        throw saslFailure(`${authname} may not act as ${authzid}`);
      }
      const secrets = await options.lookup(authname, realm);
      const matches = await passwordMatches(secrets, password, decoySecret);
      if (secrets === null) throw saslFailure('checkpass failed', { number: SaslFaultNumber.NoUser });
      if (!matches) throw saslFailure('Password verification failed', { number: SaslFaultNumber.BadAuth });
      user = authname;
      return { data: null, complete: true };
    };
    return {
      start: check,
      step: check,
      get user() {
        return user;
      },
      layer: null,
    };
  },
};
