// A storage pool as its XML describes it: where its volumes come from, where they appear, how much fits.
import { ErrorCode, ErrorDomain, LibvirtError } from '@virtwire/rpc/error';
import { formatAdapter, parseAdapter, type StorageAdapter } from './storage-adapter.ts';
import {
  networkFileSystems,
  type StoragePoolOptions,
  type StoragePoolType,
  storagePoolOptions,
  storagePoolTypes,
} from './storage-formats.ts';
import { formatAuth, parseAuth, type StorageAuth } from './storage-secret.ts';
import {
  badAttribute,
  formatPermissions,
  formatYesNo,
  missingAttribute,
  noPermissions,
  parsePermissions,
  parseYesNo,
  sanitizePath,
  type StoragePermissions,
  storageUnsupported,
  storageXmlError,
} from './storage-values.ts';
import { parseUuid, randomUuid } from './uuid.ts';
import type { XmlElement } from './xml/element.ts';
import { parseXml } from './xml/parser.ts';
import { XmlWriter } from './xml/writer.ts';

/** A stretch of a disk that no partition uses. */
export interface StorageFreeExtent {
  start: bigint;
  end: bigint;
}

/** A disk, partition or target that a pool is made of. */
export interface StorageSourceDevice {
  path: string;
  /** Whether a `p` stands between disk and partition number; null when nothing is said. */
  partSeparator: boolean | null;
  /** Filled in by a driver, never read from XML. */
  freeExtents: StorageFreeExtent[];
}

/** Where the content of a pool comes from; lists are empty and fields null when nothing is said. */
export interface StoragePoolSource {
  hosts: { name: string; port: number | null }[];
  devices: StorageSourceDevice[];
  dir: string | null;
  adapter: StorageAdapter | null;
  name: string | null;
  /** iSCSI name of the initiator. */
  initiator: string | null;
  /** A format of the pool type, null when the type has none. */
  format: string | null;
  auth: StorageAuth | null;
  /** Version of the network file system's protocol. */
  protocolVersion: string | null;
  vendor: string | null;
  product: string | null;
}

/** A storage pool. */
export interface StoragePoolDef {
  type: StoragePoolType;
  name: string;
  uuid: string;
  /** Bytes; 0 until a driver has looked. XML that defines a pool never sets it. */
  capacity: bigint;
  /** Bytes in use. */
  allocation: bigint;
  /** Bytes that are free. */
  available: bigint;
  /** Whether copy-on-write is wanted for the files of the pool; null when nothing is said. */
  cow: boolean | null;
  source: StoragePoolSource;
  /** The directory where volumes appear; null for network pools, which have none. */
  targetPath: string | null;
  targetPermissions: StoragePermissions;
  /** How a refresh finds the allocation of a volume; null when nothing is said. */
  refreshAllocation: 'default' | 'capacity' | null;
}

/**
 * Reads the XML of a storage pool. A UUID is made up when it has none.
 *
 * @returns a promise when the document is malformed or unusual, see {@link parseXml}
 * @throws LibvirtError `XmlDetail`, `XmlError`, `ConfigUnsupported`, with libvirt's texts
 * @see virStoragePoolDefParseString
 */
export function parseStoragePool(
  xml: string,
  source = '(storage_pool_definition)',
): StoragePoolDef | Promise<StoragePoolDef> {
  const root = parseXml(xml, { source, root: 'pool', errorDomain: ErrorDomain.Storage });
  return root instanceof Promise ? root.then(parseStoragePoolElement) : parseStoragePoolElement(root);
}

/** Reads a `<pool>` element, see {@link parseStoragePool}. */
export function parseStoragePoolElement(root: XmlElement): StoragePoolDef {
  const type = parseType(root);
  const options = storagePoolOptions[type];
  const sourceNode = root.child('source');
  const source = sourceNode === null ? emptySource(options) : parseSource(sourceNode, type, options);
  const has = (part: StoragePoolOptions['parts'][number]) => options.parts.includes(part);

  const name = root.childText('name') ?? (has('name') ? source.name : null);
  if (name === null) throw storageXmlError('missing pool source name element');
  if (name.includes('/')) throw storageXmlError(`name ${name} cannot contain '/'`);
  const uuidText = root.childText('uuid');
  const uuid = uuidText === null ? randomUuid() : parseUuid(uuidText);
  if (uuid === null) throw storageXmlError('malformed uuid element');
  const cow = parseCow(root, type);

  if (has('host') && source.hosts.length === 0) throw storageXmlError('missing storage pool source host name');
  if (has('dir') && source.dir === null) throw storageXmlError('missing storage pool source path');
  if (has('name')) source.name ??= name;
  if (has('adapter')) source.adapter = parseAdapter(sourceNode?.child('adapter') ?? null);
  if (options.parts.length === 1 && has('device') && source.devices.length === 0) {
    throw storageXmlError('missing storage pool source device name');
  }

  let targetPath: string | null = null;
  let targetPermissions = noPermissions();
  if (!has('network')) {
    targetPath = sanitizePath(parseTargetPath(root, type, source));
    targetPermissions = parsePermissions(root.child('target')?.child('permissions') ?? null);
  }
  if (type === 'iscsi-direct' && source.initiator === null) throw storageUnsupported('missing initiator IQN');
  const refreshAllocation = parseRefresh(root);
  return {
    type,
    name,
    uuid,
    capacity: 0n,
    allocation: 0n,
    available: 0n,
    cow,
    source,
    targetPath,
    targetPermissions,
    refreshAllocation,
  };
}

/**
 * Prints a storage pool as libvirt does.
 *
 * @param indent how many blanks stand before its lines
 * @see virStoragePoolDefFormat
 */
export function formatStoragePool(pool: StoragePoolDef, indent = 0): string {
  const writer = new XmlWriter(indent);
  writer.open('pool', { type: pool.type });
  writer.leaf('name', pool.name).leaf('uuid', pool.uuid);
  writer.leaf('capacity', pool.capacity, { unit: 'bytes' });
  writer.leaf('allocation', pool.allocation, { unit: 'bytes' });
  writer.leaf('available', pool.available, { unit: 'bytes' });
  if (pool.cow !== null)
    writer
      .open('features')
      .empty('cow', { state: formatYesNo(pool.cow) })
      .close();
  formatSource(writer, pool.source, storagePoolOptions[pool.type]);
  if (!storagePoolOptions[pool.type].parts.includes('network')) {
    writer.open('target').leaf('path', pool.targetPath);
    formatPermissions(writer, pool.targetPermissions);
    writer.close();
  }
  if (pool.refreshAllocation !== null) {
    writer.open('refresh').empty('volume', { allocation: pool.refreshAllocation }).close();
  }
  return writer.close().toString();
}

function parseType(root: XmlElement): StoragePoolType {
  const type = root.attribute('type');
  if (type === null) throw missingAttribute(root, 'type');
  if (!(storagePoolTypes as readonly string[]).includes(type)) throw badAttribute(root, 'type');
  return type as StoragePoolType;
}

function parseCow(root: XmlElement, type: StoragePoolType): boolean | null {
  const node = root.child('features')?.child('cow');
  const cow = node ? parseYesNo(node, 'state') : null;
  if (cow !== null && type !== 'fs' && type !== 'dir') {
    throw new LibvirtError(ErrorCode.NoSupport, "cow feature may only be used for 'fs' and 'dir' pools", {
      domain: ErrorDomain.Storage,
    });
  }
  return cow;
}

function parseTargetPath(root: XmlElement, type: StoragePoolType, source: StoragePoolSource): string {
  if (type === 'logical') return `/dev/${source.name}`;
  if (type === 'zfs') return `/dev/zvol/${source.name}`;
  const path = root.path('target/path');
  if (path === null) throw storageXmlError('missing storage pool target path');
  return path;
}

function parseRefresh(root: XmlElement): StoragePoolDef['refreshAllocation'] {
  const allocation = root.path('refresh/volume/@allocation');
  if (allocation === null || allocation === 'default' || allocation === 'capacity') return allocation;
  throw storageUnsupported(`unknown storage pool volume refresh allocation type ${allocation}`);
}

function emptySource(options: StoragePoolOptions): StoragePoolSource {
  return {
    hosts: [],
    devices: [],
    dir: null,
    adapter: null,
    name: null,
    initiator: null,
    format: options.poolFormats?.preset ?? null,
    auth: null,
    protocolVersion: null,
    vendor: null,
    product: null,
  };
}

function parseSource(node: XmlElement, type: StoragePoolType, options: StoragePoolOptions): StoragePoolSource {
  const source = emptySource(options);
  source.name = node.childText('name');
  if (type === 'rbd' && source.name === null) throw storageXmlError("element 'name' is mandatory for RBD pool");
  const format = node.path('format/@type');
  if (options.poolFormats !== null && format !== null) {
    if (!options.poolFormats.names.includes(format)) throw storageUnsupported(`unknown pool format type ${format}`);
    source.format = format;
  }
  source.hosts = node.children('host').map(parseHost);
  source.initiator = node.path('initiator/iqn/@name');
  source.devices = node.children('device').map(parseDevice);
  const dir = node.path('dir/@path');
  source.dir = dir !== null ? sanitizePath(dir) : type === 'gluster' ? '/' : null;
  const auth = node.child('auth');
  if (auth !== null) source.auth = parseAuth(auth);
  source.protocolVersion = parseProtocol(node, source.format, options);
  source.vendor = node.path('vendor/@name');
  source.product = node.path('product/@name');
  return source;
}

function parseHost(node: XmlElement): { name: string; port: number | null } {
  const name = node.attribute('name');
  if (name === null) throw storageXmlError('missing storage pool host name');
  const port = node.attribute('port');
  if (port === null) return { name, port: null };
  if (!/^\s*[+-]?\d{1,10}$/.test(port) || Math.abs(Number(port)) > 0x7fffffff) {
    throw badAttribute(node, 'port', 'Expected integer value');
  }
  return { name, port: Number(port) || null };
}

function parseDevice(node: XmlElement): StorageSourceDevice {
  const path = node.attribute('path');
  if (path === null) throw storageXmlError('missing storage pool source device path');
  return { path, partSeparator: parseYesNo(node, 'part_separator'), freeExtents: [] };
}

// libvirt compares the number of the pool's own format with those of nfs and auto, whatever the pool type.
function parseProtocol(node: XmlElement, format: string | null, options: StoragePoolOptions): string | null {
  const version = node.path('protocol/@ver');
  if (version === null) return null;
  const number = format === null ? 0 : (options.poolFormats?.names.indexOf(format) ?? 0);
  if (number > 1) {
    throw storageUnsupported(
      `storage pool protocol ver unsupported for pool type '${networkFileSystems[number] ?? '(null)'}'`,
    );
  }
  return version;
}

function formatSource(writer: XmlWriter, source: StoragePoolSource, options: StoragePoolOptions): void {
  const has = (part: StoragePoolOptions['parts'][number]) => options.parts.includes(part);
  writer.open('source');
  if (has('host')) for (const { name, port } of source.hosts) writer.empty('host', { name, port });
  if (has('device')) for (const device of source.devices) formatDevice(writer, device);
  if (has('dir') && source.dir !== null) writer.empty('dir', { path: source.dir });
  if (has('adapter') && source.adapter !== null) formatAdapter(writer, source.adapter);
  if (has('name')) writer.leaf('name', source.name);
  if (has('initiator') && source.initiator !== null) {
    writer.open('initiator').empty('iqn', { name: source.initiator }).close();
  }
  if (source.format !== null) writer.empty('format', { type: source.format });
  if (source.auth !== null) formatAuth(writer, source.auth);
  if (source.protocolVersion !== null) writer.empty('protocol', { ver: source.protocolVersion });
  if (source.vendor !== null) writer.empty('vendor', { name: source.vendor });
  if (source.product !== null) writer.empty('product', { name: source.product });
  writer.close();
}

function formatDevice(writer: XmlWriter, device: StorageSourceDevice): void {
  const attributes = { path: device.path, part_separator: formatYesNo(device.partSeparator) };
  if (device.freeExtents.length === 0) {
    writer.empty('device', attributes);
    return;
  }
  writer.open('device', attributes);
  for (const { start, end } of device.freeExtents) writer.empty('freeExtent', { start, end });
  writer.close();
}
