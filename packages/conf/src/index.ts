// The public face of @virtwire/conf.
export {
  type ConfEntry,
  ConfFile,
  type ConfFileOptions,
  type ConfValue,
  MAX_CONF_FILE_BYTES,
  parseConfFile,
} from './conf-file.ts';
export { element, XmlElement, type XmlMark, type XmlNode } from './xml/element.ts';
export { parseBuiltInXml, parseXml, type ParseXmlOptions } from './xml/parser.ts';
export { dumpElement, escapeXml, formatElement, type XmlAttributes, XmlWriter } from './xml/writer.ts';
export { isMulticastMac, parseMac, randomMac } from './mac-address.ts';
export { maxUint64, parseUint32, parseUint64, scaleInteger, unitBytes } from './units.ts';
export { formatUuid, parseUuid, randomUuid } from './uuid.ts';
export { formatStorageConnectionCapabilities, formatStoragePoolCapabilities } from './storage-capabilities.ts';
export {
  type StorageFileFeature,
  type StoragePoolType,
  type StorageVolumeType,
  storageFileFeatures,
  storageFileFormats,
  storagePoolOptions,
  storagePoolTypes,
  storageVolumeTypes,
} from './storage-formats.ts';
export {
  formatStoragePool,
  parseStoragePool,
  parseStoragePoolElement,
  type StoragePoolDef,
  type StoragePoolSource,
} from './storage-pool.ts';
export { noPermissions, sanitizePath, type StoragePermissions } from './storage-values.ts';
export {
  formatStorageVolume,
  type ParseStorageVolumeOptions,
  parseStorageVolume,
  parseStorageVolumeElement,
  plainTarget,
  type StorageTarget,
  type StorageTimestamps,
  type StorageVolumeDef,
} from './storage-volume.ts';
export { formatCpuSet, parseCpuSet } from './cpu-set.ts';
export { type DomainDialect, testDialect } from './domain-dialect.ts';
export {
  DomainDef,
  type DomainDisk,
  type DomainInterface,
  type FormatDomainOptions,
  type MetadataKind,
  parseDomain,
} from './domain.ts';
export {
  type Capabilities,
  formatCapabilities,
  type GuestCapabilities,
  type HostCell,
  type HostCpu,
  type HostPages,
} from './capabilities.ts';
export { InterfaceDef, parseInterface } from './interface.ts';
export { classPrefix, formatIpv4, type IpAddress, ipBits, netmaskPrefix, parseIp } from './ip-address.ts';
export { NetworkDef, type NetworkIp, parseNetwork } from './network.ts';
export { NodeDeviceDef, nodeDeviceCapabilities, type ParseNodeDeviceOptions, parseNodeDevice } from './node-device.ts';
