// A storage volume as its XML describes it: size, format, owner, and the image it is based on.
import { ErrorDomain } from '@virtwire/rpc/error';
import {
  type StorageFileFeature,
  type StorageFormats,
  type StoragePoolType,
  type StorageVolumeType,
  storageFileFeatures,
  storagePoolOptions,
  storageVolumeTypes,
} from './storage-formats.ts';
import { formatEncryption, parseEncryption, type StorageEncryption } from './storage-secret.ts';
import {
  formatPermissions,
  noPermissions,
  parseClusterSize,
  parsePermissions,
  parseStorageSize,
  type StoragePermissions,
  storageUnsupported,
  storageXmlError,
} from './storage-values.ts';
import type { XmlElement } from './xml/element.ts';
import { parseXml } from './xml/parser.ts';
import { XmlWriter } from './xml/writer.ts';

/** Times of a file in nanoseconds since 1970; null leaves one out. */
export interface StorageTimestamps {
  atime: bigint | null;
  mtime: bigint | null;
  ctime: bigint | null;
  /** Time of birth, 0 when the file system does not tell. */
  btime: bigint | null;
}

/** A file or device with its format; the volume itself or what it is based on. */
export interface StorageTarget {
  path: string | null;
  /** A format of the pool's volumes, null when they have none. */
  format: string | null;
  permissions: StoragePermissions;
  timestamps: StorageTimestamps | null;
  encryption: StorageEncryption | null;
  /** Version of the image format, `0.10` or `1.1` for qcow2. */
  compat: string | null;
  /** Bytes; 0 when nothing is said. */
  clusterSize: bigint;
  /** Null when nothing is said, which differs from an empty list. */
  features: StorageFileFeature[] | null;
}

/** A stretch of a device that a volume takes. */
export interface StorageExtent {
  path: string;
  start: bigint;
  end: bigint;
}

/** A storage volume. */
export interface StorageVolumeDef {
  type: StorageVolumeType;
  name: string;
  /** Unique name over all pools; filled in by the driver. */
  key: string | null;
  extents: StorageExtent[];
  /** Bytes that a guest sees. */
  capacity: bigint;
  /** Bytes taken from the pool. */
  allocation: bigint;
  /** True if the XML named the allocation instead of leaving it to be the capacity. */
  hasAllocation: boolean;
  /** Length of the file in bytes; printed unless 0, never read from XML. */
  physical: bigint;
  target: StorageTarget;
  /** The image beneath, null when there is none. */
  backingStore: StorageTarget | null;
  /** Whether copy-on-write is to be off for the file. */
  nocow: boolean;
}

/** What a volume's XML must say about its capacity: it always must, need not with a backing store, or need not at all. */
export type StorageCapacityRule = 'required' | 'optional-with-backing' | 'optional';

/** How volume XML is read. */
export interface ParseStorageVolumeOptions {
  /** `required` when left out. */
  capacity?: StorageCapacityRule;
}

/**
 * Reads the XML of a storage volume.
 *
 * @param poolType decides which formats there are
 * @returns a promise when the document is malformed or unusual, see {@link parseXml}
 * @throws LibvirtError `XmlDetail`, `XmlError`, `ConfigUnsupported`, `InvalidArg` (unit), `Overflow`, with libvirt's texts
 * @see virStorageVolDefParseString
 */
export function parseStorageVolume(
  poolType: StoragePoolType,
  xml: string,
  options: ParseStorageVolumeOptions = {},
): StorageVolumeDef | Promise<StorageVolumeDef> {
  const root = parseXml(xml, {
    source: '(storage_volume_definition)',
    root: 'volume',
    errorDomain: ErrorDomain.Storage,
  });
  return root instanceof Promise
    ? root.then((tree) => parseStorageVolumeElement(poolType, tree, options))
    : parseStorageVolumeElement(poolType, root, options);
}

/** Reads a `<volume>` element, see {@link parseStorageVolume}. */
export function parseStorageVolumeElement(
  poolType: StoragePoolType,
  root: XmlElement,
  options: ParseStorageVolumeOptions = {},
): StorageVolumeDef {
  const formats = storagePoolOptions[poolType].volumeFormats;
  const name = root.childText('name');
  if (name === null) throw storageXmlError('missing volume name element');
  const type = root.attribute('type') || 'file';
  if (!(storageVolumeTypes as readonly string[]).includes(type))
    throw storageUnsupported(`unknown volume type '${type}'`);
  const backingStore = parseBackingStore(root, formats);
  const capacity = parseCapacity(root, options.capacity ?? 'required', backingStore !== null);
  const allocation = root.childText('allocation');
  return {
    type: type as StorageVolumeType,
    name,
    key: root.childText('key'),
    extents: [],
    capacity,
    allocation: allocation === null ? capacity : parseStorageSize(allocation, root.path('allocation/@unit')),
    hasAllocation: allocation !== null,
    physical: 0n,
    target: parseTarget(root.child('target'), formats),
    backingStore,
    nocow: (root.child('target')?.child('nocow') ?? null) !== null,
  };
}

/**
 * Prints a storage volume as libvirt does.
 *
 * @see virStorageVolDefFormat
 */
export function formatStorageVolume(volume: StorageVolumeDef): string {
  const writer = new XmlWriter();
  writer.open('volume', { type: volume.type });
  writer.leaf('name', volume.name).leaf('key', volume.key);
  formatExtents(writer, volume.extents);
  writer.leaf('capacity', volume.capacity, { unit: 'bytes' });
  writer.leaf('allocation', volume.allocation, { unit: 'bytes' });
  if (volume.physical !== 0n) writer.leaf('physical', volume.physical, { unit: 'bytes' });
  formatTarget(writer, 'target', volume.target);
  if (volume.backingStore !== null) formatTarget(writer, 'backingStore', volume.backingStore);
  return writer.close().toString();
}

/** A target that says nothing but its path and format. */
export function plainTarget(path: string | null, format: string | null): StorageTarget {
  return {
    path,
    format,
    permissions: noPermissions(),
    timestamps: null,
    encryption: null,
    compat: null,
    clusterSize: 0n,
    features: null,
  };
}

function parseCapacity(root: XmlElement, rule: StorageCapacityRule, backed: boolean): bigint {
  const capacity = root.childText('capacity');
  if (capacity !== null) return parseStorageSize(capacity, root.path('capacity/@unit'));
  if (rule === 'optional' || (rule === 'optional-with-backing' && backed)) return 0n;
  throw storageXmlError('missing capacity element');
}

function parseBackingStore(root: XmlElement, formats: StorageFormats | null): StorageTarget | null {
  const node = root.child('backingStore');
  const path = node?.childText('path') ?? null;
  if (node === null || path === null) return null;
  const store = plainTarget(path, parseFormat(node, formats));
  store.permissions = parsePermissions(node.child('permissions'));
  return store;
}

function parseTarget(node: XmlElement | null, formats: StorageFormats | null): StorageTarget {
  if (node === null) return plainTarget(null, formats?.preset ?? null);
  const target = plainTarget(node.childText('path'), parseFormat(node, formats));
  target.permissions = parsePermissions(node.child('permissions'));
  const encryption = node.child('encryption');
  if (encryption !== null) target.encryption = parseEncryption(encryption);
  target.compat = node.childText('compat');
  if (target.compat !== null && !/^\s*\+?\d{1,9}\.\s*\+?\d{1,9}$/.test(target.compat)) {
    throw storageXmlError("forbidden characters in 'compat' attribute");
  }
  const clusterSize = node.childText('clusterSize');
  if (clusterSize !== null) target.clusterSize = parseClusterSize(clusterSize, node.path('clusterSize/@unit'));
  const features = node.child('features');
  if (features !== null) {
    target.compat ??= '1.1';
    target.features = parseFeatures(features);
  }
  return target;
}

function parseFormat(node: XmlElement, formats: StorageFormats | null): string | null {
  if (formats === null) return null;
  const format = node.path('format/@type');
  if (format === null) return formats.preset;
  if (!formats.names.includes(format) || formats.refused.includes(format)) {
    throw storageUnsupported(`unknown volume format type ${format}`);
  }
  return format;
}

function parseFeatures(node: XmlElement): StorageFileFeature[] {
  const named = node.children().map((child) => child.name);
  for (const name of named) {
    if (!(storageFileFeatures as readonly string[]).includes(name))
      throw storageUnsupported(`unsupported feature ${name}`);
  }
  return storageFileFeatures.filter((feature) => named.includes(feature));
}

function formatExtents(writer: XmlWriter, extents: readonly StorageExtent[]): void {
  if (extents.length === 0) return;
  writer.open('source');
  let path: string | null = null;
  for (const extent of extents) {
    if (extent.path !== path) {
      if (path !== null) writer.close();
      writer.open('device', { path: extent.path });
      path = extent.path;
    }
    writer.empty('extent', { start: extent.start, end: extent.end });
  }
  writer.close().close();
}

function formatTarget(writer: XmlWriter, name: string, target: StorageTarget): void {
  writer.open(name).leaf('path', target.path);
  if (target.format !== null) writer.empty('format', { type: target.format });
  formatPermissions(writer, target.permissions);
  if (target.timestamps !== null) formatTimestamps(writer, target.timestamps);
  if (target.encryption !== null) formatEncryption(writer, target.encryption);
  writer.leaf('compat', target.compat);
  if (target.clusterSize > 0n) writer.leaf('clusterSize', target.clusterSize, { unit: 'B' });
  if (target.features !== null) {
    if (target.features.length === 0) {
      writer.empty('features');
    } else {
      writer.open('features');
      for (const feature of target.features) writer.empty(feature);
      writer.close();
    }
  }
  writer.close();
}

function formatTimestamps(writer: XmlWriter, times: StorageTimestamps): void {
  writer.open('timestamps');
  for (const name of ['atime', 'mtime', 'ctime', 'btime'] as const) {
    const time = times[name];
    if (time === null) continue;
    const nanoseconds = time % 1_000_000_000n;
    const seconds = time / 1_000_000_000n;
    writer.leaf(name, nanoseconds === 0n ? seconds : `${seconds}.${String(nanoseconds).padStart(9, '0')}`);
  }
  writer.close();
}
