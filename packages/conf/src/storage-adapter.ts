// The SCSI or Fibre Channel adapter that a pool of type scsi is behind.
import { ErrorCode, LibvirtError } from '@virtwire/rpc/error';
import { badAttribute, formatYesNo, parseYesNo, storageXmlError } from './storage-values.ts';
import type { XmlElement } from './xml/element.ts';
import type { XmlWriter } from './xml/writer.ts';

/** An adapter named by its host, or found by the PCI address of its parent. */
export interface ScsiHostAdapter {
  type: 'scsi_host';
  name: string | null;
  parent: { uniqueId: number; domain: number; bus: number; slot: number; function: number } | null;
}

/** A virtual Fibre Channel port; all but `managed` are names as written. */
export interface FibreChannelAdapter {
  type: 'fc_host';
  parent: string | null;
  parentWwnn: string | null;
  parentWwpn: string | null;
  parentFabricWwn: string | null;
  managed: boolean | null;
  wwnn: string;
  wwpn: string;
}

/** The adapter of a pool. */
export type StorageAdapter = ScsiHostAdapter | FibreChannelAdapter;

/** Reads `<adapter>`. @param node null when the XML has none @throws LibvirtError `XmlError` */
export function parseAdapter(node: XmlElement | null): StorageAdapter {
  if (node === null) throw storageXmlError('missing storage pool source adapter');
  const type = node.attribute('type');
  if (type === 'fc_host') return parseFibreChannel(node);
  if (type === 'scsi_host') return parseScsiHost(node);
  if (type !== null) throw badAttribute(node, 'type');
  if (['wwnn', 'wwpn', 'parent'].some((name) => node.attribute(name) !== null)) {
    throw storageXmlError("Use of 'wwnn', 'wwpn', and 'parent' attributes requires use of the adapter 'type'");
  }
  if (node.child('parentaddr') !== null) {
    throw storageXmlError("Use of 'parent' element requires use of the adapter 'type'");
  }
  const name = node.attribute('name');
  if (name === null) throw storageXmlError('missing storage pool source adapter');
  return { type: 'scsi_host', name, parent: null };
}

/** Prints `<adapter>`. */
export function formatAdapter(writer: XmlWriter, adapter: StorageAdapter): void {
  if (adapter.type === 'fc_host') {
    writer.empty('adapter', {
      type: adapter.type,
      parent: adapter.parent,
      parent_wwnn: adapter.parentWwnn,
      parent_wwpn: adapter.parentWwpn,
      parent_fabric_wwn: adapter.parentFabricWwn,
      managed: formatYesNo(adapter.managed),
      wwnn: adapter.wwnn,
      wwpn: adapter.wwpn,
    });
    return;
  }
  const { parent } = adapter;
  if (parent === null) {
    writer.empty('adapter', { type: adapter.type, name: adapter.name });
    return;
  }
  writer.open('adapter', { type: adapter.type });
  writer.open('parentaddr', { unique_id: parent.uniqueId });
  writer.empty('address', {
    domain: hex(parent.domain, 4),
    bus: hex(parent.bus, 2),
    slot: hex(parent.slot, 2),
    function: hex(parent.function, 1),
  });
  writer.close().close();
}

function parseScsiHost(node: XmlElement): ScsiHostAdapter {
  const name = node.attribute('name');
  const parentNode = node.child('parentaddr');
  const parent = parentNode === null ? null : parseParent(parentNode);
  if (name !== null && parent !== null) {
    throw storageXmlError("Both 'name' and 'parent' cannot be specified for the 'scsi_host' adapter");
  }
  if (name === null && parent === null) {
    throw storageXmlError("Either 'name' or 'parent' must be specified for the 'scsi_host' adapter");
  }
  return { type: 'scsi_host', name, parent };
}

function parseParent(node: XmlElement): NonNullable<ScsiHostAdapter['parent']> {
  const address = node.child('address');
  if (address === null) throw storageXmlError('Missing scsi_host PCI address element');
  const part = (attribute: string, limit: number) => {
    const text = address.attribute(attribute);
    if (text === null) return 0;
    const value = /^(0x[0-9a-f]+|\d+)$/i.test(text) ? Number(text) : Number.NaN;
    if (!(value <= limit)) throw badAttribute(address, attribute, 'Expected non-negative integer value');
    return value;
  };
  const place = {
    domain: part('domain', 0xffff),
    bus: part('bus', 0xff),
    slot: part('slot', 0x1f),
    function: part('function', 7),
  };
  const uniqueId = node.attribute('unique_id');
  if (uniqueId === null || !/^\d{1,9}$/.test(uniqueId)) {
    throw storageXmlError("Missing or invalid scsi adapter 'unique_id' value");
  }
  return { uniqueId: Number(uniqueId), ...place };
}

function parseFibreChannel(node: XmlElement): FibreChannelAdapter {
  const managed = parseYesNo(node, 'managed');
  const wwnn = node.attribute('wwnn');
  const wwpn = node.attribute('wwpn');
  if (wwnn === null || wwpn === null) {
    throw storageXmlError("'wwnn' and 'wwpn' must be specified for adapter type 'fchost'");
  }
  const parentWwnn = node.attribute('parent_wwnn');
  const parentWwpn = node.attribute('parent_wwpn');
  const parentFabricWwn = node.attribute('parent_fabric_wwn');
  checkWwn(wwnn);
  checkWwn(wwpn);
  if (parentWwnn !== null && parentWwpn === null) {
    throw storageXmlError(`when providing parent_wwnn='${parentWwnn}', the parent_wwpn must also be provided`);
  }
  if (parentWwpn !== null && parentWwnn === null) {
    throw storageXmlError(`when providing parent_wwpn='${parentWwpn}', the parent_wwnn must also be provided`);
  }
  for (const wwn of [parentWwnn, parentWwpn, parentFabricWwn]) if (wwn !== null) checkWwn(wwn);
  const parent = node.attribute('parent');
  return { type: 'fc_host', parent, parentWwnn, parentWwpn, parentFabricWwn, managed, wwnn, wwpn };
}

function checkWwn(wwn: string): void {
  if (!/^(0x)?[0-9a-f]{16}$/i.test(wwn)) throw new LibvirtError(ErrorCode.InternalError, `Malformed wwn: ${wwn}`);
}

function hex(value: number, digits: number): string {
  return `0x${value.toString(16).padStart(digits, '0')}`;
}
