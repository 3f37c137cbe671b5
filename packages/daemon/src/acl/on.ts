// What a rule is about: kinds of objects, and patterns for their names, UUIDs and tags.
import { type AccessKind, accessKinds, type AccessObject } from '@virtwire/drivers/access';
import type { Answer } from '@virtwire/rpc';
import { matchesGlob } from '@virtwire/rpc/node';

/** Says whether an object is meant. */
export interface ObjectPattern {
  /** Null for all kinds. */
  readonly kind: AccessKind | null;
  /** @param own what `$user` stands for; null when it stands for nobody, so that nothing with it fits */
  matches(object: AccessObject, own: string | null): Answer<boolean>;
}

const otherNames: Readonly<Record<string, AccessKind>> = { pool: 'storage_pool', volume: 'storage_vol' };

/** Words for kinds of objects in rules. */
export const kindWords: readonly string[] = [...accessKinds, ...Object.keys(otherNames)];

/** The kind that a word means; null when none does. */
export function kindNamed(word: string): AccessKind | null {
  if (Object.hasOwn(otherNames, word)) return otherNames[word] ?? null;
  return accessKinds.find((kind) => kind === word) ?? null;
}

/**
 * Reads `any`, `KIND`, `KIND NAME`, `KIND name=NAME`, `KIND uuid=UUID` or `KIND tag=TAG`, each with `*`, `?` and `$user`.
 * Names of volumes are `POOL/VOLUME`.
 *
 * @returns what is wrong, in words
 */
export function parseObjectPattern(text: string): ObjectPattern | string {
  const [, word = '', rest = ''] = /^(\S+)\s*(.*)$/s.exec(text.trim()) ?? [];
  if (word === 'any') return rest === '' ? { kind: null, matches: () => true } : `'${text}': nothing may follow "any"`;
  const kind = kindNamed(word);
  if (kind === null) return `'${word}' is not a kind of object; known are any, ${kindWords.join(', ')}`;
  if (rest === '') return { kind, matches: () => true };
  if (kind === 'connect') return `'${text}': the connection has no name`;
  const [, field = 'name', pattern = ''] = /^(?:(name|uuid|tag)=)?(.*)$/s.exec(rest) ?? [];
  if (pattern === '') return `'${text}' has an empty pattern`;
  const fits = (name: string, own: string | null): boolean => {
    if (!pattern.includes('$user')) return matchesGlob(pattern, name);
    return (
      own !== null &&
      matchesGlob(
        pattern.replaceAll('$user', () => own),
        name,
      )
    );
  };
  if (field === 'tag') {
    if (kind !== 'domain' && kind !== 'network') return `'${text}': only domains and networks have tags`;
    return {
      kind,
      matches: ({ tags }, own) => {
        const found = tags?.() ?? [];
        const any = (list: readonly string[]) => list.some((tag) => fits(tag, own));
        return found instanceof Promise ? found.then(any) : any(found);
      },
    };
  }
  if (field === 'uuid') return { kind, matches: ({ uuid }, own) => uuid !== '' && fits(uuid, own) };
  return { kind, matches: (object, own) => nameOf(object) !== '' && fits(nameOf(object), own) };
}

/** The name of an object in rules: that of a volume with its pool, that of a port of a network with its network. */
export function nameOf({ kind, name, uuid, parent }: AccessObject): string {
  if (kind === 'storage_vol') return `${parent?.name ?? ''}/${name}`;
  if (kind === 'network_port') return `${parent?.name ?? ''}/${uuid}`;
  return name;
}
