// The real objects behind what calls name: looked up in the driver, so that a client cannot borrow another one's name.
import { parseXml, type XmlElement } from '@virtwire/conf';
import {
  type CallContext,
  type Driver,
  type NonnullDomain,
  type NonnullInterface,
  type NonnullNetwork,
  type NonnullNetworkPort,
  type NonnullNwfilter,
  type NonnullNwfilterBinding,
  type NonnullSecret,
  type NonnullStoragePool,
  type NonnullStorageVol,
  remote,
} from '@virtwire/protocol';
import { type Answer, ErrorCode, LibvirtError, type Procedure } from '@virtwire/rpc';
import { attempt, chain } from './chain.ts';
import type { AccessKind, AccessObject } from './policy.ts';
import { tagsOf } from './tags.ts';

/** The connection itself. */
export const connection: AccessObject = { kind: 'connect', name: '', uuid: '' };

/** An object of the driver, in the shape of the wire and as policies see it. */
export interface Found<R = unknown> {
  readonly ref: R;
  readonly object: AccessObject;
}

/** Finds objects in a driver. */
export interface ObjectFinder {
  readonly driver: Driver;
  readonly context: CallContext;
}

/**
 * Finds the object that a reference of the wire means, by that part of it which the driver knows it by.
 *
 * @throws LibvirtError as the driver does when there is none
 */
export function findObject(finder: ObjectFinder, kind: AccessKind, ref: unknown): Answer<Found> {
  const find = finders[kind];
  if (find === undefined) throw new LibvirtError(ErrorCode.InternalError, `objects of kind ${kind} are not looked up`);
  return find(finder, ref);
}

/** As policies see a reference that the driver itself gave. @param parent the pool of a volume, where it is known */
export function objectOf(finder: ObjectFinder, kind: AccessKind, ref: unknown, parent?: AccessObject): AccessObject {
  const describe = describers[kind];
  if (describe === undefined) throw new LibvirtError(ErrorCode.InternalError, `objects of kind ${kind} have no name`);
  return describe(ref, finder, parent);
}

type Describe = (ref: unknown, finder: ObjectFinder, parent?: AccessObject) => AccessObject;

const describers: Readonly<Partial<Record<AccessKind, Describe>>> = {
  domain: (ref, finder) => {
    const dom = ref as NonnullDomain;
    return {
      kind: 'domain',
      name: dom.name,
      uuid: dom.uuid,
      tags: once(() =>
        readTags(finder, ({ driver, context }) => driver.call(remote.domainGetXmlDesc, { dom, flags: 0 }, context)),
      ),
    };
  },
  network: (ref, finder) => {
    const net = ref as NonnullNetwork;
    return {
      kind: 'network',
      name: net.name,
      uuid: net.uuid,
      tags: once(() =>
        readTags(finder, ({ driver, context }) => driver.call(remote.networkGetXmlDesc, { net, flags: 0 }, context)),
      ),
    };
  },
  network_port: (ref) => {
    const { net, uuid } = ref as NonnullNetworkPort;
    return { kind: 'network_port', name: '', uuid, parent: { name: net.name, uuid: net.uuid } };
  },
  interface: (ref) => {
    const { name, mac } = ref as NonnullInterface;
    return { kind: 'interface', name, uuid: '', mac };
  },
  node_device: (ref) => ({ kind: 'node_device', name: (ref as { readonly name: string }).name, uuid: '' }),
  nwfilter: (ref) => {
    const { name, uuid } = ref as NonnullNwfilter;
    return { kind: 'nwfilter', name, uuid };
  },
  nwfilter_binding: (ref) => {
    const { portdev, filtername } = ref as NonnullNwfilterBinding;
    return { kind: 'nwfilter_binding', name: portdev, uuid: '', filter: filtername };
  },
  secret: (ref) => {
    const { uuid, usageType, usageID } = ref as NonnullSecret;
    return { kind: 'secret', name: '', uuid, usage: { type: usageType, id: usageID } };
  },
  storage_pool: (ref) => {
    const { name, uuid } = ref as NonnullStoragePool;
    return { kind: 'storage_pool', name, uuid };
  },
  storage_vol: (ref, _finder, pool) => {
    const { pool: poolName, name, key } = ref as NonnullStorageVol;
    return { kind: 'storage_vol', name, uuid: '', key, parent: { name: poolName, uuid: pool?.uuid ?? '' } };
  },
};

type Find = (finder: ObjectFinder, ref: unknown) => Answer<Found>;

const finders: Readonly<Partial<Record<AccessKind, Find>>> = {
  domain: (finder, ref) => {
    const { uuid } = ref as NonnullDomain;
    return chain(ask(finder, remote.domainLookupByUuid, { uuid }), ({ dom }) => found(finder, 'domain', dom));
  },
  network: (finder, ref) => {
    const { uuid } = ref as NonnullNetwork;
    return chain(ask(finder, remote.networkLookupByUuid, { uuid }), ({ net }) => found(finder, 'network', net));
  },
  network_port: (finder, ref) => {
    const { net, uuid } = ref as NonnullNetworkPort;
    return chain(ask(finder, remote.networkLookupByUuid, { uuid: net.uuid }), ({ net: network }) =>
      chain(ask(finder, remote.networkPortLookupByUuid, { network, uuid }), ({ port }) =>
        found(finder, 'network_port', { ...port, net: network }),
      ),
    );
  },
  interface: (finder, ref) => {
    const { name } = ref as NonnullInterface;
    return chain(ask(finder, remote.interfaceLookupByName, { name }), ({ iface }) => found(finder, 'interface', iface));
  },
  // The name is all that a reference to one holds, and all that drivers know it by.
  node_device: (finder, ref) => found(finder, 'node_device', ref),
  nwfilter: (finder, ref) => {
    const { uuid } = ref as NonnullNwfilter;
    return chain(ask(finder, remote.nwfilterLookupByUuid, { uuid }), ({ nwfilter }) =>
      found(finder, 'nwfilter', nwfilter),
    );
  },
  nwfilter_binding: (finder, ref) => {
    const { portdev } = ref as NonnullNwfilterBinding;
    return chain(ask(finder, remote.nwfilterBindingLookupByPortDev, { name: portdev }), ({ nwfilter }) =>
      found(finder, 'nwfilter_binding', nwfilter),
    );
  },
  secret: (finder, ref) => {
    const { uuid } = ref as NonnullSecret;
    return chain(ask(finder, remote.secretLookupByUuid, { uuid }), ({ secret }) => found(finder, 'secret', secret));
  },
  storage_pool: (finder, ref) => {
    const { uuid } = ref as NonnullStoragePool;
    return chain(ask(finder, remote.storagePoolLookupByUuid, { uuid }), ({ pool }) =>
      found(finder, 'storage_pool', pool),
    );
  },
  storage_vol: (finder, ref) => {
    const { pool: poolName, name } = ref as NonnullStorageVol;
    return chain(poolNamed(finder, poolName), (pool) =>
      chain(ask(finder, remote.storageVolLookupByName, { pool: pool.ref, name }), ({ vol }) => ({
        ref: vol,
        object: objectOf(finder, 'storage_vol', vol, pool.object),
      })),
    );
  },
};

/** The pool of that name. @throws LibvirtError as the driver does */
export function poolNamed(finder: ObjectFinder, name: string): Answer<Found<NonnullStoragePool>> {
  return chain(ask(finder, remote.storagePoolLookupByName, { name }), ({ pool }) => ({
    ref: pool,
    object: objectOf(finder, 'storage_pool', pool),
  }));
}

function found(finder: ObjectFinder, kind: AccessKind, ref: unknown): Found {
  return { ref, object: objectOf(finder, kind, ref) };
}

/** Asks the driver itself, on behalf of a check. */
export function ask<A, R>({ driver, context }: ObjectFinder, procedure: Procedure<A, R>, args: A): Answer<R> {
  return driver.call(procedure, args, context);
}

// An object that is gone has no tags, and nothing can happen to it any more.
const goneCodes: ReadonlySet<number> = new Set([ErrorCode.NoDomain, ErrorCode.NoNetwork]);

function readTags(
  finder: ObjectFinder,
  read: (finder: ObjectFinder) => Answer<{ readonly xml: string }>,
): Answer<readonly string[]> {
  return attempt(
    () => chain(read(finder), ({ xml }) => chain(parseXml(xml) as Answer<XmlElement>, tagsOf)),
    (error) => {
      if (error instanceof LibvirtError && goneCodes.has(error.code)) return [];
      throw error;
    },
  );
}

function once<T>(read: () => Answer<T>): () => Answer<T> {
  let value: { readonly answer: Answer<T> } | undefined;
  return () => {
    value ??= { answer: read() };
    return value.answer;
  };
}
