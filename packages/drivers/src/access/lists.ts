// Answers that list or count objects: what the client may not see is left out, and is not counted.
import { type NonnullNetwork, type NonnullStoragePool, remote } from '@virtwire/protocol';
import { type Answer, type Args, LibvirtError, type Procedure } from '@virtwire/rpc';
import { attempt, chain, eachAtOnce } from './chain.ts';
import { ask, objectOf, type ObjectFinder } from './objects.ts';
import type { AccessKind, AccessObject } from './policy.ts';
import type { Values } from './subject.ts';

/** Says whether an object may be seen. */
export type Sees = (object: AccessObject) => Answer<boolean>;

/** Makes a call whose answer lists objects, and leaves out those that may not be seen. */
export type ListCall = (finder: ObjectFinder, args: Values, sees: Sees) => Answer<Values>;

/** The calls whose answers are filtered, by name. */
export const listCalls: ReadonlyMap<string, ListCall> = new Map<string, ListCall>([
  references(remote.connectListAllDomains, 'domains', 'domain'),
  references(remote.connectListAllNetworks, 'nets', 'network'),
  references(remote.connectListAllStoragePools, 'pools', 'storage_pool'),
  references(remote.connectListAllNodeDevices, 'devices', 'node_device'),
  references(remote.connectListAllInterfaces, 'ifaces', 'interface'),
  references(remote.connectListAllSecrets, 'secrets', 'secret'),
  references(remote.connectListAllNwfilters, 'filters', 'nwfilter'),
  references(remote.connectListAllNwfilterBindings, 'bindings', 'nwfilter_binding'),
  references(remote.networkListAllPorts, 'ports', 'network_port'),
  references(remote.storagePoolListAllVolumes, 'vols', 'storage_vol'),

  names(remote.connectListDomains, 'ids', 'maxids', domainById),
  names(remote.connectListDefinedDomains, 'names', 'maxnames', domainByName),
  names(remote.connectListNetworks, 'names', 'maxnames', networkByName),
  names(remote.connectListDefinedNetworks, 'names', 'maxnames', networkByName),
  names(remote.connectListStoragePools, 'names', 'maxnames', poolByName),
  names(remote.connectListDefinedStoragePools, 'names', 'maxnames', poolByName),
  names(remote.storagePoolListVolumes, 'names', 'maxnames', volumeByName),
  names(remote.nodeListDevices, 'names', 'maxnames', nodeDeviceByName),
  names(remote.connectListInterfaces, 'names', 'maxnames', interfaceByName),
  names(remote.connectListDefinedInterfaces, 'names', 'maxnames', interfaceByName),
  names(remote.connectListSecrets, 'uuids', 'maxuuids', secretByUuid),
  names(remote.connectListNwfilters, 'names', 'maxnames', nwfilterByName),

  count(remote.connectNumOfDomains, remote.connectListDomains, 'ids', 'maxids', domainById),
  count(remote.connectNumOfDefinedDomains, remote.connectListDefinedDomains, 'names', 'maxnames', domainByName),
  count(remote.connectNumOfNetworks, remote.connectListNetworks, 'names', 'maxnames', networkByName),
  count(remote.connectNumOfDefinedNetworks, remote.connectListDefinedNetworks, 'names', 'maxnames', networkByName),
  count(remote.connectNumOfStoragePools, remote.connectListStoragePools, 'names', 'maxnames', poolByName),
  count(remote.connectNumOfDefinedStoragePools, remote.connectListDefinedStoragePools, 'names', 'maxnames', poolByName),
  count(remote.storagePoolNumOfVolumes, remote.storagePoolListVolumes, 'names', 'maxnames', volumeByName),
  count(remote.nodeNumOfDevices, remote.nodeListDevices, 'names', 'maxnames', nodeDeviceByName),
  count(remote.connectNumOfInterfaces, remote.connectListInterfaces, 'names', 'maxnames', interfaceByName),
  count(
    remote.connectNumOfDefinedInterfaces,
    remote.connectListDefinedInterfaces,
    'names',
    'maxnames',
    interfaceByName,
  ),
  count(remote.connectNumOfSecrets, remote.connectListSecrets, 'uuids', 'maxuuids', secretByUuid),
  count(remote.connectNumOfNwfilters, remote.connectListNwfilters, 'names', 'maxnames', nwfilterByName),

  [
    remote.connectGetAllDomainStats.name,
    (finder, args, sees) =>
      chain(
        ask(finder, remote.connectGetAllDomainStats, args as Args<typeof remote.connectGetAllDomainStats>),
        ({ retStats }) =>
          chain(
            visible(retStats, ({ dom }) => objectOf(finder, 'domain', dom), sees),
            (kept) => ({ retStats: kept }),
          ),
      ),
  ],
]);

/** More than any list on the wire may hold, so that what is left out makes no room for what is not. */
const ALL_DEVICES = 65_536;
const ALL = 16_384;

function references(procedure: Procedure, field: string, kind: AccessKind): [string, ListCall] {
  return [
    procedure.name,
    (finder, args, sees) =>
      // A mere count, too, needs the objects.
      chain(ask(finder, procedure, { ...args, need_results: 1 }), (answer: Values) => {
        const pool = args['pool'] as NonnullStoragePool | undefined;
        const parent = pool === undefined ? undefined : objectOf(finder, 'storage_pool', pool);
        return chain(
          visible(answer[field] as unknown[], (ref) => objectOf(finder, kind, ref, parent), sees),
          (kept) => ({ ...answer, [field]: args['need_results'] === 0 ? [] : kept, ret: kept.length }),
        );
      }),
  ];
}

/** Finds what an entry of a list of names means; throws when it is gone by then. */
type Named = (finder: ObjectFinder, name: never, args: Values) => Answer<AccessObject>;

function names(procedure: Procedure, field: string, limit: string, find: Named): [string, ListCall] {
  return [
    procedure.name,
    (finder, args, sees) => {
      const most = args[limit] as number;
      if (most <= 0) return ask(finder, procedure, args) as Answer<Values>;
      return chain(visibleNames(finder, procedure, { field, limit, find }, args, sees), (kept) => ({
        [field]: kept.slice(0, most),
      }));
    },
  ];
}

function count(procedure: Procedure, list: Procedure, field: string, limit: string, find: Named): [string, ListCall] {
  return [
    procedure.name,
    (finder, args, sees) =>
      chain(visibleNames(finder, list, { field, limit, find }, args, sees), (kept) => ({ num: kept.length })),
  ];
}

interface NameList {
  readonly field: string;
  readonly limit: string;
  readonly find: Named;
}

function visibleNames(
  finder: ObjectFinder,
  list: Procedure,
  { field, limit, find }: NameList,
  args: Values,
  sees: Sees,
): Answer<unknown[]> {
  const all = list === remote.nodeListDevices ? ALL_DEVICES : ALL;
  return chain(ask(finder, list, { ...args, [limit]: all }), (answer: Values) =>
    chain(
      eachAtOnce(answer[field] as unknown[], (name) =>
        attempt(
          () => chain(find(finder, name as never, args), sees),
          // It has gone since it was listed.
          (error) => {
            if (error instanceof LibvirtError) return false;
            throw error;
          },
        ),
      ),
      (seen) => (answer[field] as unknown[]).filter((_, index) => seen[index]),
    ),
  );
}

function visible<T>(items: readonly T[], objectFor: (item: T) => AccessObject, sees: Sees): Answer<T[]> {
  return chain(
    eachAtOnce(items, (item) => sees(objectFor(item))),
    (seen) => items.filter((_, index) => seen[index]),
  );
}

function domainById(finder: ObjectFinder, id: number): Answer<AccessObject> {
  return chain(ask(finder, remote.domainLookupById, { id }), ({ dom }) => objectOf(finder, 'domain', dom));
}

function domainByName(finder: ObjectFinder, name: string): Answer<AccessObject> {
  return chain(ask(finder, remote.domainLookupByName, { name }), ({ dom }) => objectOf(finder, 'domain', dom));
}

function networkByName(finder: ObjectFinder, name: string): Answer<AccessObject> {
  return chain(ask(finder, remote.networkLookupByName, { name }), ({ net }: { readonly net: NonnullNetwork }) =>
    objectOf(finder, 'network', net),
  );
}

function poolByName(finder: ObjectFinder, name: string): Answer<AccessObject> {
  return chain(ask(finder, remote.storagePoolLookupByName, { name }), ({ pool }) =>
    objectOf(finder, 'storage_pool', pool),
  );
}

function volumeByName(finder: ObjectFinder, name: string, args: Values): Answer<AccessObject> {
  const pool = args['pool'] as NonnullStoragePool;
  return chain(ask(finder, remote.storageVolLookupByName, { pool, name }), ({ vol }) =>
    objectOf(finder, 'storage_vol', vol, objectOf(finder, 'storage_pool', pool)),
  );
}

function nodeDeviceByName(finder: ObjectFinder, name: string): Answer<AccessObject> {
  return objectOf(finder, 'node_device', { name });
}

function interfaceByName(finder: ObjectFinder, name: string): Answer<AccessObject> {
  return chain(ask(finder, remote.interfaceLookupByName, { name }), ({ iface }) =>
    objectOf(finder, 'interface', iface),
  );
}

function secretByUuid(finder: ObjectFinder, uuid: string): Answer<AccessObject> {
  return chain(ask(finder, remote.secretLookupByUuid, { uuid }), ({ secret }) => objectOf(finder, 'secret', secret));
}

function nwfilterByName(finder: ObjectFinder, name: string): Answer<AccessObject> {
  return chain(ask(finder, remote.nwfilterLookupByName, { name }), ({ nwfilter }) =>
    objectOf(finder, 'nwfilter', nwfilter),
  );
}
