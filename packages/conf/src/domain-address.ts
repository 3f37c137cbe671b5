// The addresses of devices: one row a type, with the number format libvirt prints.
import { ErrorCode, LibvirtError } from '@virtwire/rpc/error';
import { parseInteger, domainError, unsupported } from './domain-values.ts';
import { element, type XmlElement } from './xml/element.ts';
import { xmlError } from './xml/shape.ts';

interface Part {
  readonly name: string;
  /** Hexadecimal digits; 0 for decimal, -1 for text. */
  readonly digits: number;
  readonly limit?: number;
  /** Printed as zero when absent. */
  readonly always: boolean;
}

const hex = (name: string, digits: number, limit?: number): Part =>
  limit === undefined ? { name, digits, always: true } : { name, digits, limit, always: true };
const number = (name: string): Part => ({ name, digits: 0, always: true });
const optional = (name: string, digits: number): Part => ({ name, digits, always: false });

const pci = [hex('domain', 4, 0xffff), hex('bus', 2, 0xff), hex('slot', 2, 0x1f), hex('function', 1, 7)];

const types: Readonly<Record<string, readonly Part[]>> = {
  pci,
  drive: [number('controller'), number('bus'), number('target'), number('unit')],
  'virtio-serial': [number('controller'), number('bus'), optional('port', 0)],
  ccid: [number('controller'), number('slot')],
  usb: [number('bus'), optional('port', -1)],
  'spapr-vio': [optional('reg', 8)],
  'virtio-s390': [],
  ccw: [optional('cssid', 1), optional('ssid', 1), optional('devno', 4)],
  'virtio-mmio': [],
  isa: [optional('iobase', 1), optional('irq', 1)],
  dimm: [number('slot'), optional('base', 1)],
  unassigned: [],
};

/**
 * A device's `<address>` in the form libvirt prints.
 *
 * @returns null for an address that says nothing (`virtio-serial` on no controller, an unset PCI address)
 * @throws LibvirtError `InternalError` without a type, `ConfigUnsupported` for an unknown one, `XmlError` for numbers
 * that are malformed or out of range
 * @see virDomainDeviceAddressParseXML
 */
export function shapeAddress(source: XmlElement): XmlElement {
  const type = source.attribute('type');
  if (type === null) throw domainError(ErrorCode.InternalError, 'No type specified for device address');
  const parts = Object.hasOwn(types, type) ? types[type] : undefined;
  if (parts === undefined) throw unsupported(`unknown address type '${type}'`);
  const shaped = element('address', { type });
  // `<address type='pci'/>` asks for a PCI address without naming one.
  if (type === 'pci' && !pci.some((part) => source.attribute(part.name) !== null)) return shaped;
  for (const part of parts) {
    const text = source.attribute(part.name);
    if (text === null && !part.always) continue;
    shaped.setAttribute(part.name, formatPart(part, text ?? '0', type));
  }
  if (type === 'pci') {
    shaped.setAttribute('multifunction', source.attribute('multifunction'));
    const zpci = source.child('zpci');
    if (zpci !== null) {
      const uid = formatPart(hex('uid', 4), zpci.attribute('uid') ?? '0', type);
      const fid = formatPart(hex('fid', 8), zpci.attribute('fid') ?? '0', type);
      shaped.nodes.push(element('zpci', { uid, fid }));
    }
  }
  return shaped;
}

function formatPart(part: Part, text: string, type: string): string {
  if (part.digits < 0) return text;
  const value = parseInteger(text);
  if (value === null) {
    throw xmlError(
      `Invalid value for attribute '${part.name}' in element 'address': '${text}'. Expected non-negative integer value`,
    );
  }
  if (type === 'pci' && part.limit !== undefined && value > part.limit) {
    const shown = `0x${value.toString(16)}`;
    throw new LibvirtError(
      ErrorCode.XmlError,
      `Invalid PCI address ${part.name}='${shown}', must be <= 0x${part.limit.toString(16).toUpperCase()}`,
    );
  }
  return part.digits === 0 ? String(value) : `0x${value.toString(16).padStart(part.digits, '0')}`;
}
