// Procedures and events of secrets.
import { array, event, int, opaque, optional, procedure, uint, uuid } from '@virtwire/rpc';
import { SECRET_LIST_MAX, SECRET_VALUE_MAX } from '../limits.ts';
import { NonnullSecret, text } from '../types.ts';

/** Secrets, their values and events. */
// biome-ignore format: a table reads better with a row in one to three lines.
export const secretRows = {
  connectNumOfSecrets: procedure(139, () => [{}, { num: int },
    { acl: ['connect:search_secrets'], aclFilter: ['secret:getattr'], priority: 'high',
      api: 'virConnectNumOfSecrets' }]),
  connectListSecrets: procedure(140, () => [{ maxuuids: int }, { uuids: array(text, SECRET_LIST_MAX) },
    { acl: ['connect:search_secrets'], aclFilter: ['secret:getattr'], priority: 'high', api: 'virConnectListSecrets' }]),
  secretLookupByUuid: procedure(141, () => [{ uuid }, { secret: NonnullSecret },
    { acl: ['secret:getattr'], priority: 'high', api: 'virSecretLookupByUUID' }]),
  secretDefineXml: procedure(142, () => [{ xml: text, flags: uint }, { secret: NonnullSecret },
    { acl: ['secret:write', 'secret:save'], needsWrite: 'always', priority: 'high', api: 'virSecretDefineXML' }]),
  secretGetXmlDesc: procedure(143, () => [{ secret: NonnullSecret, flags: uint }, { xml: text },
    { acl: ['secret:read'], priority: 'high', api: 'virSecretGetXMLDesc' }]),
  secretSetValue: procedure(144, () => [{ secret: NonnullSecret, value: opaque(SECRET_VALUE_MAX), flags: uint }, {},
    { acl: ['secret:write'], needsWrite: 'always', priority: 'high', api: 'virSecretSetValue' }]),
  /** Refused for secrets that are private. */
  secretGetValue: procedure(145, () => [{ secret: NonnullSecret, flags: uint }, { value: opaque(SECRET_VALUE_MAX) },
    { acl: ['secret:read_secure'], needsWrite: 'always', priority: 'high', api: 'virSecretGetValue' }]),
  secretUndefine: procedure(146, () => [{ secret: NonnullSecret }, {},
    { acl: ['secret:delete'], needsWrite: 'always', priority: 'high', api: 'virSecretUndefine' }]),
  secretLookupByUsage: procedure(147, () => [{ usageType: int, usageID: text }, { secret: NonnullSecret },
    { acl: ['secret:getattr'], priority: 'high', api: 'virSecretLookupByUsage' }]),
  connectListAllSecrets: procedure(287, () => [{ need_results: int, flags: uint },
    { secrets: array(NonnullSecret, SECRET_LIST_MAX), ret: uint },
    { acl: ['connect:search_secrets'], aclFilter: ['secret:getattr'], priority: 'high',
      api: 'virConnectListAllSecrets' }]),
  connectSecretEventRegisterAny: procedure(380, () => [{ eventID: int, secret: optional(NonnullSecret) }, { callbackID: int },
    { acl: ['connect:search_secrets'], aclFilter: ['secret:getattr'], priority: 'high',
      api: 'virConnectSecretEventRegisterAny' }]),
  connectSecretEventDeregisterAny: procedure(381, () => [{ callbackID: int }, {},
    { acl: ['connect:read'], priority: 'high', api: 'virConnectSecretEventDeregisterAny' }]),
  secretEventLifecycle: event(382, () => [{ callbackID: int, secret: NonnullSecret, event: int, detail: int }]),
  secretEventValueChanged: event(383, () => [{ callbackID: int, secret: NonnullSecret }]),
};
