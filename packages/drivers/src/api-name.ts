// What a procedure is called in the C library, and which part of libvirt its refusals are filed under.
import type { EventObject } from '@virtwire/protocol';
import { ErrorDomain, type Procedure } from '@virtwire/rpc';

/**
 * The C function of a procedure, as libvirt writes it into error texts.
 *
 * The internal migration steps have no public function; libvirt names them by the same rule.
 */
export function apiName(procedure: Procedure): string {
  return procedure.api ?? `vir${procedure.name.charAt(0).toUpperCase()}${procedure.name.slice(1)}`;
}

const eventApis: Readonly<Record<EventObject, string>> = {
  domain: 'virConnectDomainEventRegisterAny',
  network: 'virConnectNetworkEventRegisterAny',
  storagePool: 'virConnectStoragePoolEventRegisterAny',
  nodeDevice: 'virConnectNodeDeviceEventRegisterAny',
  secret: 'virConnectSecretEventRegisterAny',
  monitor: 'virConnectDomainQemuMonitorEventRegister',
};

/** The C function that subscribes to events of a kind of object. */
export function eventApiName(object: EventObject): string {
  return eventApis[object];
}

// The C library files its entry points by source file; the first match wins. Measured on libvirt 9.0.0: whatever has no
// kind of its own (nodes, connections, domains) is filed under "Domain".
const domains: readonly (readonly [RegExp, number])[] = [
  [/^virDomain(\w*Snapshot|ListAllSnapshots)/, ErrorDomain.DomainSnapshot],
  [/^virDomain(Checkpoint|ListAllCheckpoints)/, ErrorDomain.DomainCheckpoint],
  [/^vir(Domain(Qemu|Lxc)|ConnectDomainQemu)/, ErrorDomain.None],
  [/^virDomain/, ErrorDomain.Domain],
  [/^virConnect\w*StoragePool|^virStorage/, ErrorDomain.Storage],
  [/NodeDevice|^virNodeNumOfDevices|^virNodeListDevices/, ErrorDomain.Nodedev],
  [/NWFilter/, ErrorDomain.Nwfilter],
  [/Network/, ErrorDomain.Network],
  [/Interface/, ErrorDomain.Interface],
  [/Secret/, ErrorDomain.Secret],
];

/** The error domain of refusals that name the C function `api`. */
export function apiErrorDomain(api: string): number {
  return domains.find(([pattern]) => pattern.test(api))?.[1] ?? ErrorDomain.Domain;
}
