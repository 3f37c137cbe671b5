// Names for sets of permissions in access rules, by what people do: look, run, use a screen, manage.
import { type AccessKind, accessKinds, permissions } from '@virtwire/drivers/access';

/** Permissions as `kind:permission`. */
export type PermissionSet = ReadonlySet<string>;

const viewed = /^(getattr|read|search_.*)$/;

const operated: Readonly<Partial<Record<AccessKind, readonly string[]>>> = {
  domain: ['start', 'stop', 'reset', 'suspend', 'hibernate', 'init_control', 'pm_control', 'inject_nmi'],
  interface: ['start', 'stop'],
  network: ['start', 'stop'],
  node_device: ['start', 'stop'],
  storage_pool: ['start', 'stop', 'refresh'],
};

const console: Readonly<Partial<Record<AccessKind, readonly string[]>>> = {
  domain: ['open_device', 'open_graphics', 'screenshot', 'send_input'],
};

/** What a group is for, for people; and its permissions. */
export const permissionGroups: Readonly<Record<string, { readonly doc: string; readonly permissions: PermissionSet }>> =
  {
    view: { doc: 'see objects, their state and their definitions without secrets', permissions: setOf(isViewed) },
    operate: {
      doc: 'view, and start, stop, restart, suspend and save to disk what is defined already',
      permissions: setOf((kind, name) => isViewed(kind, name) || (operated[kind] ?? []).includes(name)),
    },
    console: {
      doc: 'view, and use the screen, the keyboard and the serial console of domains',
      permissions: setOf((kind, name) => isViewed(kind, name) || (console[kind] ?? []).includes(name)),
    },
    manage: { doc: 'everything', permissions: setOf(() => true) },
  };

function isViewed(_kind: AccessKind, name: string): boolean {
  return viewed.test(name);
}

function setOf(holds: (kind: AccessKind, name: string) => boolean): PermissionSet {
  return new Set(
    accessKinds.flatMap((kind) =>
      permissions[kind].filter((name) => holds(kind, name)).map((name) => `${kind}:${name}`),
    ),
  );
}

/**
 * The permissions that a word of the rules means: a group, `kind:permission`, or a permission for all kinds that have it.
 *
 * @returns null for a word that is not known
 */
export function permissionsNamed(word: string): PermissionSet | null {
  const group = Object.hasOwn(permissionGroups, word) ? permissionGroups[word] : undefined;
  if (group !== undefined) return group.permissions;
  const [kind, name, ...rest] = word.includes(':') ? word.split(':') : [null, word];
  if (name === undefined || rest.length > 0) return null;
  const kinds = accessKinds.filter((known) => (kind === null || known === kind) && permissions[known].includes(name));
  return kinds.length === 0 ? null : new Set(kinds.map((known) => `${known}:${name}`));
}

/** All words that {@link permissionsNamed} knows without a kind in front. */
export const permissionWords: readonly string[] = [
  ...Object.keys(permissionGroups),
  ...new Set(Object.values(permissions).flat()),
];
