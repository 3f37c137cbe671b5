// The object that a document of a client defines, read by the parser that the driver reads it with, and what it replaces.
import { parseUuid, parseXml, type XmlElement } from '@virtwire/conf';
import { remote } from '@virtwire/protocol';
import { type Answer, ErrorCode, LibvirtError } from '@virtwire/rpc';
import { attempt, chain, eachInTurn } from './chain.ts';
import { ask, objectOf, type ObjectFinder } from './objects.ts';
import type { AccessKind, AccessObject } from './policy.ts';
import { tagsOf } from './tags.ts';

/** What is known besides the document. */
export interface DefinitionOptions {
  /** Name that the call gives instead of that in the document. */
  readonly name?: string | null;
  /** The pool of a new volume, or the network of a new port. */
  readonly parent?: AccessObject;
}

/**
 * Reads the object that a document defines.
 *
 * @throws LibvirtError as parsing does
 */
export function definedObject(kind: AccessKind, xml: string, options: DefinitionOptions = {}): Answer<AccessObject> {
  const read = readers[kind];
  if (read === undefined) throw new LibvirtError(ErrorCode.InternalError, `no documents define a ${kind}`);
  return chain(parseXml(xml, { source: `(${sources[kind] ?? kind}_definition)` }) as Answer<XmlElement>, (root) => {
    const object = read(root, options);
    return options.name === null || options.name === undefined ? object : { ...object, name: options.name };
  });
}

/**
 * The objects that are there already and would be changed by defining this one: that of the same UUID and that of the
 * same name.
 */
export function replacedObjects(finder: ObjectFinder, defined: AccessObject): Answer<AccessObject[]> {
  const lookups = existing[defined.kind];
  if (lookups === undefined) return [];
  const wanted = [
    ...(defined.uuid === '' ? [] : [() => lookups.byUuid(finder, defined.uuid)]),
    ...(defined.name === '' || lookups.byName === undefined ? [] : [() => lookups.byName?.(finder, defined.name)]),
  ];
  return chain(
    eachInTurn(wanted, (look) => attempt(look, notFound)),
    (refs) => {
      const objects = new Map<string, AccessObject>();
      for (const ref of refs) {
        if (ref === null) continue;
        const object = objectOf(finder, defined.kind, ref);
        objects.set(`${object.uuid} ${object.name}`, object);
      }
      return [...objects.values()];
    },
  );
}

const notFoundCodes: ReadonlySet<number> = new Set([
  ErrorCode.NoDomain,
  ErrorCode.NoNetwork,
  ErrorCode.NoStoragePool,
  ErrorCode.NoInterface,
  ErrorCode.NoNwfilter,
  ErrorCode.NoSecret,
]);

function notFound(error: unknown): null {
  if (error instanceof LibvirtError && notFoundCodes.has(error.code)) return null;
  throw error;
}

interface Lookups {
  byUuid(finder: ObjectFinder, uuid: string): Answer<unknown>;
  byName?(finder: ObjectFinder, name: string): Answer<unknown>;
}

const existing: Readonly<Partial<Record<AccessKind, Lookups>>> = {
  domain: {
    byUuid: (finder, uuid) => chain(ask(finder, remote.domainLookupByUuid, { uuid }), ({ dom }) => dom),
    byName: (finder, name) => chain(ask(finder, remote.domainLookupByName, { name }), ({ dom }) => dom),
  },
  network: {
    byUuid: (finder, uuid) => chain(ask(finder, remote.networkLookupByUuid, { uuid }), ({ net }) => net),
    byName: (finder, name) => chain(ask(finder, remote.networkLookupByName, { name }), ({ net }) => net),
  },
  storage_pool: {
    byUuid: (finder, uuid) => chain(ask(finder, remote.storagePoolLookupByUuid, { uuid }), ({ pool }) => pool),
    byName: (finder, name) => chain(ask(finder, remote.storagePoolLookupByName, { name }), ({ pool }) => pool),
  },
  nwfilter: {
    byUuid: (finder, uuid) => chain(ask(finder, remote.nwfilterLookupByUuid, { uuid }), ({ nwfilter }) => nwfilter),
    byName: (finder, name) => chain(ask(finder, remote.nwfilterLookupByName, { name }), ({ nwfilter }) => nwfilter),
  },
  secret: {
    byUuid: (finder, uuid) => chain(ask(finder, remote.secretLookupByUuid, { uuid }), ({ secret }) => secret),
  },
};

type Read = (root: XmlElement, options: DefinitionOptions) => AccessObject;

const readers: Readonly<Partial<Record<AccessKind, Read>>> = {
  domain: (root) => ({ ...named('domain', root), tags: () => tagsOf(root) }),
  network: (root) => ({ ...named('network', root), tags: () => tagsOf(root) }),
  // A pool without a name is called as its source.
  storage_pool: (root) => {
    const object = named('storage_pool', root);
    return { ...object, name: object.name || (root.path('source/name') ?? '') };
  },
  storage_vol: (root, { parent }) => ({
    kind: 'storage_vol',
    name: root.childText('name') ?? '',
    uuid: '',
    key: '',
    ...(parent === undefined ? {} : { parent: { name: parent.name, uuid: parent.uuid } }),
  }),
  network_port: (root, { parent }) => ({
    kind: 'network_port',
    name: '',
    uuid: uuidIn(root),
    ...(parent === undefined ? {} : { parent: { name: parent.name, uuid: parent.uuid } }),
  }),
  interface: (root) => ({
    kind: 'interface',
    name: root.attribute('name') ?? '',
    uuid: '',
    mac: root.path('mac/@address') ?? '',
  }),
  // The driver makes the name; libvirt asks its rules about this one.
  node_device: () => ({ kind: 'node_device', name: 'new device', uuid: '' }),
  nwfilter: (root) => ({ kind: 'nwfilter', name: root.attribute('name') ?? '', uuid: uuidIn(root) }),
  nwfilter_binding: (root) => ({
    kind: 'nwfilter_binding',
    name: root.path('portdev/@name') ?? '',
    uuid: '',
    filter: root.path('filterref/@filter') ?? '',
  }),
  secret: (root) => ({ kind: 'secret', name: '', uuid: uuidIn(root), usage: usageIn(root) }),
};

// What stands before the line in errors of syntax.
const sources: Readonly<Partial<Record<AccessKind, string>>> = {
  storage_vol: 'storage_volume',
  network_port: 'networkport',
  nwfilter_binding: 'nwfilterbinding',
};

function named(kind: AccessKind, root: XmlElement): AccessObject {
  return { kind, name: root.childText('name') ?? '', uuid: uuidIn(root) };
}

function uuidIn(root: XmlElement): string {
  const text = root.childText('uuid');
  return text === null ? '' : (parseUuid(text) ?? '');
}

/** `virSecretUsageType` by the word of the document, with the element that names the thing. */
const usages: Readonly<Record<string, readonly [type: number, element: string]>> = {
  volume: [1, 'volume'],
  ceph: [2, 'name'],
  iscsi: [3, 'target'],
  tls: [4, 'name'],
  vtpm: [5, 'name'],
};

function usageIn(root: XmlElement): { readonly type: number; readonly id: string } {
  const usage = usages[root.path('usage/@type') ?? ''];
  return usage === undefined ? { type: 0, id: '' } : { type: usage[0], id: root.path(`usage/${usage[1]}`) ?? '' };
}
