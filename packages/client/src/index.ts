// The public face of the client library.
// libvirt's constants: VIR_DOMAIN_RUNNING is DomainState.Running.
export * from '@virtwire/protocol/constants';
export { type ConnectStage, ErrorCode, ErrorDomain, ErrorLevel, LibvirtError } from '@virtwire/rpc';
export { type Chunk, type ChunkSource, Download, Hole, Upload } from './api/byte-stream.ts';
export type { CloseReason, ConnectionClosed } from './api/closed.ts';
export { DomainCheckpoint, type DomainCheckpointRef } from './api/checkpoint.ts';
export {
  Connection,
  type ConnectionFacts,
  type DomainEventOptions,
  type DomainStatsRecord,
  type NetworkEventOptions,
  type NodeDeviceEventOptions,
  type SecretEventOptions,
  type StoragePoolEventOptions,
} from './api/connection.ts';
export { type CpuMap, type HypervisorCpuChoice, type NodeInfo } from './api/connection-host.ts';
export {
  Domain,
  type DomainControlInfo,
  type DomainInfo,
  type DomainJobInfo,
  type DomainJobStats,
  type DomainStateInfo,
} from './api/domain.ts';
export type { BlockInfo, BlockJobInfo, BlockStats } from './api/domain-blocks.ts';
export type { InterfaceStats } from './api/domain-devices.ts';
export type { GuestFileSystem, GuestInterface, Screenshot } from './api/domain-guest.ts';
export type { DomainRef } from './api/domain-handle.ts';
export type { IothreadInfo, TypedParameterInput, VcpuInfo } from './api/domain-resources.ts';
export type { TypedValue } from '@virtwire/protocol';
export { DEFAULT_EVENT_QUEUE, type EventOptions, EventStream } from './api/event-stream.ts';
export type { DomainEvent, NetworkEvent, NodeDeviceEvent, SecretEvent, StoragePoolEvent } from './api/events.ts';
export { Interface, type InterfaceRef } from './api/interface.ts';
export { type DhcpLease, Network, type NetworkRef } from './api/network.ts';
export { NetworkPort, type NetworkPortRef } from './api/network-port.ts';
export { NodeDevice } from './api/node-device.ts';
export { Nwfilter, type NwfilterRef } from './api/nwfilter.ts';
export { NwfilterBinding, type NwfilterBindingRef } from './api/nwfilter-binding.ts';
export { Secret, type SecretRef } from './api/secret.ts';
export type { CallOptions } from './api/session.ts';
export { DomainSnapshot, type DomainSnapshotRef } from './api/snapshot.ts';
export { StoragePool, type StoragePoolInfo, type StoragePoolRef } from './api/storage-pool.ts';
export {
  type DownloadOptions,
  StorageVolume,
  type StorageVolumeInfo,
  type StorageVolumeRef,
  type TransferOptions,
  type UploadOptions,
} from './api/storage-volume.ts';
export { TypedParameters, type TypedParameterValue } from './api/typed-parameters.ts';
export { connect } from './connect.ts';
export type { CredentialCallback, CredentialContext, CredentialKind, CredentialRequest } from './credentials.ts';
export { explain, faultOf } from './diagnosis/explain.ts';
export type { Evidence, Fault, FaultFacts, Situation } from './diagnosis/fault.ts';
export { faults } from './diagnosis/faults.ts';
export type { ConnectOptions, KeepaliveOptions } from './open.ts';
export type { LinkBack, LostSubscription, ReconnectOptions } from './reconnect.ts';
export { type ConnectionUri, formatUri, parseUri, type UriQueryParameter } from './uri.ts';
export type { CallContext, Driver, DriverFactory } from '@virtwire/protocol';
