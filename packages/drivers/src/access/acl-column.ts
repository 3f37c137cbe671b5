// Reads the columns `acl` and `aclFilter` of procedures: which permission on which kind of object, and for which calls.
import type { Procedure } from '@virtwire/rpc';
import { permissions } from './permissions.ts';
import type { AccessKind } from './policy.ts';

/** One permission that a call needs. */
export interface AclRule {
  readonly kind: AccessKind;
  readonly permission: string;
  /** Whether it is needed for these arguments. */
  applies(args: Readonly<Record<string, unknown>>): boolean;
}

/** What the columns of a procedure say. */
export interface Acl {
  readonly rules: readonly AclRule[];
  /** What each object needs to be in the answer; null when nothing is left out. */
  readonly filter: AclRule | null;
}

/** Numbers of the constants in the column. */
export const aclConstants: Readonly<Record<string, number>> = {
  VIR_DOMAIN_AFFECT_LIVE: 1,
  VIR_DOMAIN_AFFECT_CONFIG: 2,
  VIR_NETWORK_UPDATE_AFFECT_LIVE: 1,
  VIR_NETWORK_UPDATE_AFFECT_CONFIG: 2,
  VIR_DOMAIN_XML_SECURE: 1,
  VIR_DOMAIN_XML_MIGRATABLE: 8,
  VIR_DOMAIN_SAVE_IMAGE_XML_SECURE: 1,
  VIR_DOMAIN_SNAPSHOT_XML_SECURE: 1,
  VIR_DOMAIN_SNAPSHOT_CREATE_QUIESCE: 64,
  VIR_DOMAIN_CHECKPOINT_XML_SECURE: 1,
  VIR_DOMAIN_CHECKPOINT_CREATE_QUIESCE: 2,
  VIR_DOMAIN_REBOOT_GUEST_AGENT: 2,
  VIR_DOMAIN_SHUTDOWN_GUEST_AGENT: 2,
  VIR_DOMAIN_VCPU_GUEST: 8,
  VIR_DOMAIN_INTERFACE_ADDRESSES_SRC_AGENT: 1,
};

// The column says nothing of the secrets inside a saved image, which libvirt shows to whoever may write. We ask for more.
const additional: Readonly<Record<string, readonly string[]>> = {
  domainSaveImageGetXmlDesc: ['domain:read_secure:VIR_DOMAIN_SAVE_IMAGE_XML_SECURE'],
};

const known = new WeakMap<Procedure, Acl | 'undeclared'>();

/**
 * The columns of a procedure.
 *
 * @returns null for a procedure whose row says nothing: nobody may call it
 */
export function aclOf(procedure: Procedure): Acl | null {
  let acl = known.get(procedure);
  if (acl === undefined) {
    acl = procedure.acl === undefined ? 'undeclared' : readAcl(procedure);
    known.set(procedure, acl);
  }
  return acl === 'undeclared' ? null : acl;
}

function readAcl({ name, acl = [], aclFilter = [] }: Procedure): Acl {
  const rules = [...acl, ...(additional[name] ?? [])].filter((text) => text !== 'none').map(parseAclRule);
  const [filter, ...more] = aclFilter.map(parseAclRule);
  if (more.length > 0) throw new Error(`${name}: one filter at most`);
  return { rules, filter: filter ?? null };
}

/**
 * Reads one rule: `kind:permission`, `kind:permission:FLAG|FLAG` (all of them set), `kind:permission:!FLAG|FLAG` (none
 * of them set) or `kind:permission::argument:VALUE`.
 *
 * @throws Error for a rule of another form, or with a word that is not known: a table of ours is wrong then
 */
export function parseAclRule(text: string): AclRule {
  const [kind = '', permission = '', flags, argument, value, ...rest] = text.split(':');
  if (!Object.hasOwn(permissions, kind) || !permissions[kind as AccessKind].includes(permission) || rest.length > 0) {
    throw new Error(`unknown rule '${text}'`);
  }
  const rule = { kind: kind as AccessKind, permission };
  if (argument !== undefined) {
    if (flags !== '' || value === undefined) throw new Error(`unknown rule '${text}'`);
    const wanted = constant(value);
    return { ...rule, applies: (args) => args[argument] === wanted };
  }
  if (flags === undefined) return { ...rule, applies: () => true };
  const unset = flags.startsWith('!');
  const mask = flags
    .slice(unset ? 1 : 0)
    .split('|')
    .reduce((bits, name) => bits | constant(name), 0);
  return unset
    ? { ...rule, applies: (args) => (flagsOf(args) & mask) === 0 }
    : { ...rule, applies: (args) => (flagsOf(args) & mask) === mask };
}

function flagsOf({ flags }: Readonly<Record<string, unknown>>): number {
  if (typeof flags !== 'number') throw new Error('a rule asks for flags of a call that has none');
  return flags;
}

function constant(name: string): number {
  const value = aclConstants[name];
  if (value === undefined) throw new Error(`unknown constant '${name}'`);
  return value;
}
