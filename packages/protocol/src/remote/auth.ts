// Procedures that prove who the client is.
import { array, chars, int, procedure } from '@virtwire/rpc';
import { AUTH_SASL_DATA_MAX, AUTH_TYPE_LIST_MAX } from '../limits.ts';
import { authType, text } from '../types.ts';

/** Authentication: all that a server answers before it knows the client. */
// biome-ignore format: a table reads better with a row in one to three lines.
export const authRows = {
  /** The ways that the server accepts, best first. */
  authList: procedure(66, () => [{}, { types: array(authType, AUTH_TYPE_LIST_MAX) },
    { acl: ['none'], priority: 'high', preAuth: true }]),
  /** `mechlist` is separated by commas. */
  authSaslInit: procedure(67, () => [{}, { mechlist: text }, { acl: ['none'], priority: 'high', preAuth: true }]),
  /** `nil` 1 = no data at all, which is not the same as empty data. */
  authSaslStart: procedure(68, () => [{ mech: text, nil: int, data: chars(AUTH_SASL_DATA_MAX) },
    { complete: int, nil: int, data: chars(AUTH_SASL_DATA_MAX) },
    { acl: ['none'], priority: 'high', preAuth: true }]),
  /** `nil` 1 = no data at all, which is not the same as empty data. */
  authSaslStep: procedure(69, () => [{ nil: int, data: chars(AUTH_SASL_DATA_MAX) },
    { complete: int, nil: int, data: chars(AUTH_SASL_DATA_MAX) },
    { acl: ['none'], priority: 'high', preAuth: true }]),
  /** The server asks polkit about the process at the other end of the socket. */
  authPolkit: procedure(70, () => [{}, { complete: int }, { acl: ['none'], priority: 'high', preAuth: true }]),
};
