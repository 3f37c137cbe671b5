// What each kind of event hands to its reader: a handle instead of the wire's reference, the other fields as they are.
import type {
  domainEvents,
  EventType,
  networkEvents,
  nodeDeviceEvents,
  secretEvents,
  storagePoolEvents,
  TypedParam,
} from '@virtwire/protocol';
import { Domain } from './domain.ts';
import type { DomainRef } from './domain-handle.ts';
import { Network, type NetworkRef } from './network.ts';
import { NodeDevice } from './node-device.ts';
import { Secret, type SecretRef } from './secret.ts';
import type { Session } from './session.ts';
import { StoragePool, type StoragePoolRef } from './storage-pool.ts';
import { readTypedParameters, type TypedParameters } from './typed-parameters.ts';

type Payload<E> = E extends EventType<infer T> ? T : never;
type Params<T> = T extends { readonly params: unknown } ? { readonly params: TypedParameters } : unknown;

/** A domain event; its fields besides `domain` have the names of the wire. */
export type DomainEvent<K extends keyof typeof domainEvents> = { readonly domain: Domain } & Readonly<
  Omit<Payload<(typeof domainEvents)[K]>, 'dom' | 'params'>
> &
  Params<Payload<(typeof domainEvents)[K]>>;

/** A network event. */
export type NetworkEvent<K extends keyof typeof networkEvents> = { readonly network: Network } & Readonly<
  Omit<Payload<(typeof networkEvents)[K]>, 'net'>
>;

/** A storage pool event. */
export type StoragePoolEvent<K extends keyof typeof storagePoolEvents> = { readonly pool: StoragePool } & Readonly<
  Omit<Payload<(typeof storagePoolEvents)[K]>, 'pool'>
>;

/** A node device event. */
export type NodeDeviceEvent<K extends keyof typeof nodeDeviceEvents> = { readonly device: NodeDevice } & Readonly<
  Omit<Payload<(typeof nodeDeviceEvents)[K]>, 'dev'>
>;

/** A secret event. */
export type SecretEvent<K extends keyof typeof secretEvents> = { readonly secret: Secret } & Readonly<
  Omit<Payload<(typeof secretEvents)[K]>, 'secret'>
>;

/** Makes a domain event from its payload. */
export function readDomainEvent<K extends keyof typeof domainEvents>(
  session: Session,
  payload: unknown,
): DomainEvent<K> {
  const { dom, ...rest } = payload as { dom: DomainRef; params?: TypedParam[] };
  const params = rest.params === undefined ? undefined : { params: readTypedParameters(rest.params) };
  return { domain: new Domain(session, dom), ...rest, ...params } as unknown as DomainEvent<K>;
}

/** Makes a network event from its payload. */
export function readNetworkEvent<K extends keyof typeof networkEvents>(
  session: Session,
  payload: unknown,
): NetworkEvent<K> {
  const { net, ...rest } = payload as { net: NetworkRef };
  return { network: new Network(session, net), ...rest } as unknown as NetworkEvent<K>;
}

/** Makes a storage pool event from its payload. */
export function readStoragePoolEvent<K extends keyof typeof storagePoolEvents>(
  session: Session,
  payload: unknown,
): StoragePoolEvent<K> {
  const { pool, ...rest } = payload as { pool: StoragePoolRef };
  return { pool: new StoragePool(session, pool), ...rest } as unknown as StoragePoolEvent<K>;
}

/** Makes a node device event from its payload. */
export function readNodeDeviceEvent<K extends keyof typeof nodeDeviceEvents>(
  session: Session,
  payload: unknown,
): NodeDeviceEvent<K> {
  const { dev, ...rest } = payload as { dev: { name: string } };
  return { device: new NodeDevice(session, dev), ...rest } as unknown as NodeDeviceEvent<K>;
}

/** Makes a secret event from its payload. */
export function readSecretEvent<K extends keyof typeof secretEvents>(
  session: Session,
  payload: unknown,
): SecretEvent<K> {
  const { secret, ...rest } = payload as { secret: SecretRef };
  return { secret: new Secret(session, secret), ...rest } as unknown as SecretEvent<K>;
}
