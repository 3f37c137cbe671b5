// The face of access control: the guard in front of drivers, and the contract of policies.
export { driverNames } from './driver-names.ts';
export {
  accessDenied,
  guard,
  type GuardedDriver,
  type GuardOptions,
  MAX_DOCUMENT_CHARACTERS,
  permitOpen,
} from './guard.ts';
export { accessKinds, permissions, searchPermissions } from './permissions.ts';
export type {
  AccessCall,
  AccessDecision,
  AccessKind,
  AccessObject,
  AccessObserver,
  AccessPolicy,
  AccessPurpose,
  AccessRequest,
} from './policy.ts';
export { TAGS_NAMESPACE, tagsOf } from './tags.ts';
