// Rules for elements of a domain definition that a row alone does not describe.
import { ErrorCode, ErrorDomain, LibvirtError } from '@virtwire/rpc/error';
import { shapeAddress } from './domain-address.ts';
import { shapeGraphics } from './domain-graphics.ts';
import { domainRows } from './domain-rows.ts';
import {
  domainError,
  domainValues,
  domainXmlError,
  parseInteger,
  scaledBytes,
  scaledKiB,
  unsupported,
} from './domain-values.ts';
import { domainNumbers, domainRequired, domainWords } from './domain-words.ts';
import { parseUuid } from './uuid.ts';
import { isMulticastMac, parseMac } from './mac-address.ts';
import { element, XmlElement } from './xml/element.ts';
import type { ElementRule, Shapes } from './xml/shape.ts';

/** An element without children that is still printed on two lines, as some of libvirt's are. */
export const openMark = { kind: 'comment', value: '', target: '' } as const;

/** A child of a memory kind, in KiB. */
const memorySize: ElementRule = (shaped, source) => {
  const text = source.text;
  if (text === '') return null;
  shaped.setAttribute('unit', 'KiB');
  shaped.nodes[0] = scaledKiB(text, source.attribute('unit'), `./${source.name}[1]`).toString();
  return shaped;
};

const page: ElementRule = (shaped) => {
  const size = shaped.attribute('size');
  if (size === null) throw domainXmlError("Missing required attribute 'size' in element 'page'");
  shaped.setAttribute('size', scaledKiB(size, shaped.attribute('unit'), './@size').toString());
  shaped.setAttribute('unit', 'KiB');
  reorderAttributes(shaped, ['size', 'unit', 'nodeset']);
  return shaped;
};

const vcpu: ElementRule = (shaped, source) => {
  const text = source.text;
  if (text === '') shaped.nodes.push('1');
  else if (!/^\s*\d{1,9}$/.test(text)) throw domainXmlError('maximum vcpus count must be an integer');
  else shaped.nodes[0] = String(Number(text));
  if (shaped.attribute('placement') === 'auto') shaped.setAttribute('cpuset', null);
  const current = shaped.attribute('current');
  if (current !== null) {
    if (!/^\d{1,9}$/.test(current)) throw domainXmlError('current vcpus count must be an integer');
    if (Number(current) > Number(shaped.text)) {
      throw unsupported('maximum vCPU count must not be less than current vCPU count');
    }
    shaped.setAttribute('current', current === shaped.text ? null : String(Number(current)));
  }
  return shaped;
};

const features: ElementRule = (shaped, source) => {
  const known = ` ${domainRows.features as string} async-teardown`;
  for (const child of source.children()) {
    if (!new RegExp(`\\s${child.name.replace(/[^\w-]/g, '')}[!=\\s]`).test(`${known} `)) {
      throw unsupported(`unexpected feature '${child.name}'`);
    }
  }
  return shaped;
};

const hyperv: ElementRule = (shaped) => {
  if (shaped.attribute('mode') === 'passthrough') shaped.nodes.splice(0, shaped.nodes.length, openMark);
  else if (shaped.nodes.length === 0) shaped.nodes.push(openMark);
  return shaped;
};

const cpu: ElementRule = (shaped, source) => {
  const mode = source.attribute('mode');
  if (mode !== null && !['custom', 'host-model', 'host-passthrough', 'maximum'].includes(mode)) {
    throw new LibvirtError(ErrorCode.ConfigUnsupported, `Invalid mode attribute '${mode}'`, {
      domain: ErrorDomain.Cpu,
    });
  }
  const cpuError = (detail: string): LibvirtError =>
    new LibvirtError(ErrorCode.XmlError, detail, { domain: ErrorDomain.Cpu });
  const model = shaped.child('model');
  const named = model !== null && model.text !== '';
  if (shaped.children('feature').some((feature) => !feature.attribute('name')))
    throw cpuError('Invalid CPU feature name');
  const custom = mode === null || mode === 'custom';
  if (custom && !named && shaped.child('feature') !== null) {
    throw cpuError('Non-empty feature list specified without CPU model');
  }
  if (custom) {
    shaped.setAttribute('mode', named ? 'custom' : null);
    shaped.setAttribute('match', named ? (source.attribute('match') ?? 'exact') : null);
    shaped.setAttribute('migratable', null);
    if (named) model.setAttribute('fallback', model.attribute('fallback') ?? 'allow');
    else removeChild(shaped, 'model');
  } else {
    shaped.setAttribute('match', null);
    if (mode === 'host-model') shaped.setAttribute('migratable', null);
    if (model !== null && (mode !== 'host-model' || model.attribute('fallback') !== 'forbid') && !named) {
      removeChild(shaped, 'model');
    }
    if (mode !== 'host-model') removeChild(shaped, 'model');
  }
  reorderAttributes(shaped, ['mode', 'match', 'check', 'migratable']);
  if (model !== null) reorderAttributes(model, ['fallback', 'vendor_id']);
  return shaped;
};

const numa: ElementRule = (shaped) => {
  const cells = shaped.children('cell');
  cells.forEach((cell, index) => {
    if (cell.attribute('id') === null) cell.attributes.unshift('id', String(index));
  });
  cells.sort((a, b) => Number(a.attribute('id')) - Number(b.attribute('id')));
  mirrorDistances(cells);
  const others = shaped.children().filter((child) => child.name !== 'cell');
  shaped.nodes.splice(0, shaped.nodes.length, ...cells, ...others);
  return shaped;
};

// A distance that only one of two cells states holds for both; a cell is 10 from itself (virDomainNumaDefNodeDistanceParseXML).
function mirrorDistances(cells: readonly XmlElement[]): void {
  const known = new Map<string, string>();
  for (const cell of cells) {
    for (const sibling of cell.child('distances')?.children('sibling') ?? []) {
      known.set(`${cell.attribute('id')}:${sibling.attribute('id')}`, sibling.attribute('value') ?? '');
    }
  }
  if (known.size === 0) return;
  for (const cell of cells) {
    const from = cell.attribute('id');
    const siblings: XmlElement[] = [];
    for (const other of cells) {
      const to = other.attribute('id');
      const value = known.get(`${from}:${to}`) ?? known.get(`${to}:${from}`) ?? (from === to ? '10' : undefined);
      if (value !== undefined) siblings.push(element('sibling', { id: to, value }));
    }
    const rest = cell.children().filter((child) => child.name !== 'distances');
    cell.nodes.splice(0, cell.nodes.length, element('distances', {}, siblings), ...rest);
  }
}

const cell: ElementRule = (shaped, source) => {
  const memory = source.attribute('memory');
  if (memory === null) throw domainXmlError("missing element or attribute './@memory'");
  shaped.setAttribute('memory', scaledKiB(memory, source.attribute('unit'), './@memory').toString());
  shaped.setAttribute('unit', 'KiB');
  reorderAttributes(shaped, ['id', 'cpus', 'memory', 'unit', 'memAccess', 'discard']);
  return shaped;
};

const clock: ElementRule = (shaped, source) => {
  const offset = source.attribute('offset') ?? 'utc';
  const keep: Record<string, string | null> = { offset };
  const adjustment = source.attribute('adjustment');
  if (offset === 'variable') {
    keep.adjustment = adjustment !== null && /^\s*[-+]?\d{1,18}$/.test(adjustment) ? String(Number(adjustment)) : '0';
    keep.basis = source.attribute('basis') ?? 'utc';
  } else if (offset === 'timezone') {
    keep.timezone = source.attribute('timezone');
    if (keep.timezone === null) throw domainXmlError("missing 'timezone' attribute for clock with offset='timezone'");
  } else if (offset === 'absolute') {
    keep.start = source.attribute('start');
    if (keep.start === null) {
      throw domainError(ErrorCode.InternalError, "missing 'start' attribute for clock with offset='absolute'");
    }
  } else if (adjustment) {
    if (adjustment !== 'reset' && !/^\s*[-+]?\d{1,18}$/.test(adjustment)) {
      throw domainXmlError(`unknown clock adjustment '${adjustment}'`);
    }
    if (adjustment === 'reset') keep.adjustment = adjustment;
    else Object.assign(keep, { offset: 'variable', adjustment: String(Number(adjustment)), basis: offset });
  }
  return element('clock', keep, shaped.nodes);
};

const idmapRange: ElementRule = (shaped) => {
  const values = ['start', 'target', 'count'].map((name) => shaped.attribute(name));
  if (values.some((value) => value === null || !/^\s*\d{1,10}$/.test(value))) {
    throw domainXmlError('invalid idmap start/target/count settings');
  }
  return shaped;
};

const bootmenu: ElementRule = (shaped) => {
  if (shaped.attribute('enable') !== 'yes') shaped.setAttribute('timeout', null);
  return shaped;
};

const acpiTable: ElementRule = (shaped) => {
  const type = shaped.attribute('type');
  if (type === null) throw domainXmlError('Missing acpi table type');
  if (type !== 'slic') throw domainXmlError(`Unknown acpi table type: ${type}`);
  return shaped;
};

const vsock: ElementRule = (shaped) => {
  if (shaped.child('cid') === null)
    insertBefore(shaped, element('cid', { auto: 'yes' }), ['driver', 'boot', 'alias', 'address']);
  return shaped;
};

const diskTarget: ElementRule = (shaped) => {
  if (shaped.attribute('rotation_rate') === '0') shaped.setAttribute('rotation_rate', null);
  return shaped;
};

const seclabel: ElementRule = (shaped, source) => {
  const type = source.attribute('type');
  if (type === 'static' && !source.childText('label')) throw domainXmlError('security label is missing');
  if (type === 'none') return element('seclabel', { type, model: source.attribute('model') });
  shaped.setAttribute('relabel', source.attribute('relabel') ?? (type === 'dynamic' ? 'yes' : 'no'));
  if (type === 'dynamic') {
    removeChild(shaped, 'label');
    removeChild(shaped, 'imagelabel');
  }
  return shaped;
};

const sysinfoOrder: Readonly<Record<string, readonly string[]>> = {
  bios: ['vendor', 'version', 'date', 'release'],
  system: ['manufacturer', 'product', 'version', 'serial', 'uuid', 'sku', 'family'],
  baseBoard: ['manufacturer', 'product', 'version', 'serial', 'asset', 'location'],
  chassis: ['manufacturer', 'version', 'serial', 'asset', 'sku'],
};

const sysinfoBlock: ElementRule = (shaped) => {
  const order = sysinfoOrder[shaped.name];
  if (order === undefined) return shaped;
  const entries = order.flatMap((name) =>
    shaped
      .children('entry')
      .filter((entry) => entry.attribute('name') === name)
      .slice(0, 1),
  );
  for (const entry of entries) {
    if (entry.attribute('name') !== 'uuid') continue;
    const uuid = parseUuid(entry.text);
    if (uuid === null) throw domainError(ErrorCode.InternalError, 'malformed <sysinfo> uuid element');
    entry.nodes[0] = uuid;
  }
  shaped.nodes.splice(0, shaped.nodes.length, ...entries);
  return shaped;
};

const firmware: ElementRule = (shaped) => {
  shaped.nodes.sort((a, b) => compareText((a as XmlElement).attribute('name'), (b as XmlElement).attribute('name')));
  return shaped;
};

const diskSource: ElementRule = (shaped) => {
  if (shaped.attribute('startupPolicy') === 'default') shaped.setAttribute('startupPolicy', null);
  for (const host of shaped.children('host')) {
    // iSCSI is the one protocol whose port libvirt writes down (virStorageSourceNetworkAssignDefaultPorts).
    if (shaped.attribute('protocol') === 'iscsi' && host.attribute('port') === null) host.setAttribute('port', '3260');
  }
  return shaped;
};

const disk: ElementRule = (shaped, source) => {
  const type = shaped.attribute('type');
  const place = source.child('source');
  if (type === 'network' && place !== null && place.attribute('protocol') === null) {
    throw new LibvirtError(ErrorCode.XmlError, "Missing required attribute 'protocol' in element 'source'", {
      domain: ErrorDomain.Xml,
    });
  }
  if (
    type === 'volume' &&
    place !== null &&
    (place.attribute('pool') === null) !== (place.attribute('volume') === null)
  ) {
    throw domainXmlError("'pool' and 'volume' must be specified together for 'pool' type source");
  }
  const device = shaped.attribute('device');
  if (device === 'cdrom' && shaped.child('readonly') === null) insertBefore(shaped, element('readonly'), afterReadonly);
  if (type === 'vhostuser') shaped.setAttribute('snapshot', shaped.attribute('snapshot') ?? 'no');
  else if (shaped.attribute('snapshot') === 'no' && shaped.child('readonly') !== null)
    shaped.setAttribute('snapshot', null);
  if (shaped.child('target')?.attribute('tray') === 'closed') shaped.child('target')?.setAttribute('tray', null);
  const backing = shaped.child('backingStore');
  if (backing !== null && shaped.child('source') === null) removeChild(shaped, 'backingStore');
  return shaped;
};

const afterReadonly = [
  'shareable',
  'transient',
  'serial',
  'wwn',
  'vendor',
  'product',
  'encryption',
  'boot',
  'alias',
  'master',
  'rom',
  'acpi',
  'address',
];

const backingStore: ElementRule = (shaped, source) => {
  if (source.children().length > 0) shaped.setAttribute('type', source.attribute('type') ?? 'file');
  return shaped;
};

const iotune: ElementRule = (shaped) => {
  shaped.nodes.splice(0, shaped.nodes.length, ...shaped.children().filter((child) => child.text !== '0'));
  return shaped;
};

const shmemSize: ElementRule = (shaped) => {
  const bytes = scaledBytes(shaped.text, shaped.attribute('unit'), './size[1]', 1n << 20n);
  return element('size', { unit: 'M' }, [String(bytes >> 20n)]);
};

const filesystemSource: ElementRule = (shaped) => {
  const usage = shaped.attribute('usage');
  if (usage !== null) {
    shaped.setAttribute('usage', scaledKiB(usage, shaped.attribute('units') ?? 'KiB', './source/@usage').toString());
    shaped.setAttribute('units', 'KiB');
  }
  return shaped;
};

const mac: ElementRule = (shaped, source) => {
  const text = source.attribute('address');
  if (text === null) return null;
  const address = parseMac(text);
  if (address === null) throw domainXmlError(`unable to parse mac address '${text}'`);
  if (isMulticastMac(address)) throw domainXmlError(`expected unicast mac address, found multicast '${text}'`);
  shaped.setAttribute('address', address);
  return shaped;
};

const netInterface: ElementRule = (shaped, source) => {
  const type = source.attribute('type') ?? 'user';
  if (source.attribute('type') === null) shaped.attributes.unshift('type', type);
  const given = source.child('source');
  if (
    given === null &&
    [
      'network',
      'bridge',
      'direct',
      'internal',
      'hostdev',
      'vhostuser',
      'mcast',
      'server',
      'client',
      'udp',
      'vdpa',
    ].includes(type)
  ) {
    throw domainXmlError(`interface type='${type}' requires a 'source' element`);
  }
  const model = shaped.path('model/@type');
  if (model !== null && !/^[A-Za-z0-9_-]+$/.test(model)) {
    throw domainError(ErrorCode.InvalidArg, 'Model name contains invalid characters');
  }
  const mtu = shaped.path('mtu/@size');
  if (mtu !== null && !/^\d+$/.test(mtu)) throw domainXmlError('malformed mtu size');
  const target = shaped.child('target');
  const device = target?.attribute('dev') ?? null;
  // Names of this form are made anew at each start, so the definition does not keep them.
  const generated = type === 'direct' ? /^(?:macvtap|macvlan)/ : /^vnet/;
  if (target !== null && device !== null && generated.test(device)) {
    target.setAttribute('dev', null);
    if (target.attributes.length === 0) removeChild(shaped, 'target');
  }
  if (type === 'hostdev') {
    // The driver that takes over the device stands before the source.
    const driver = shaped.child('driver');
    if (driver !== null) {
      removeChild(shaped, 'driver');
      shaped.nodes.splice(shaped.child('mac') === null ? 0 : 1, 0, driver);
    }
  }
  return shaped;
};

const interfaceIp: ElementRule = (shaped) => {
  const address = shaped.attribute('address') ?? '';
  if (shaped.attribute('family') === null) shaped.setAttribute('family', address.includes(':') ? 'ipv6' : 'ipv4');
  reorderAttributes(shaped, ['address', 'family', 'prefix', 'peer']);
  return shaped;
};

const interfaceRoute: ElementRule = (shaped) => {
  if (shaped.attribute('address') === null) {
    throw new LibvirtError(
      ErrorCode.XmlError,
      'guest interface: Missing required address attribute in route definition',
      { domain: ErrorDomain.Network },
    );
  }
  return shaped;
};

/** The bodies that all character devices have in common: sources, and a protocol only where there is one. */
const chardev: ElementRule = (shaped, source) => {
  const type = source.attribute('type') ?? 'pty';
  if (shaped.attribute('type') === null && source.name !== 'redirdev') shaped.attributes.unshift('type', type);
  const sources = shaped.children('source');
  const first = sources[0] ?? null;
  if (['file', 'dev', 'pipe'].includes(type) && !first?.attribute('path')) {
    throw domainError(ErrorCode.InternalError, 'Missing source path attribute for char device');
  }
  if (type === 'tcp' && !first?.attribute('host')) {
    throw domainError(ErrorCode.InternalError, 'Missing source host attribute for char device');
  }
  shapeSources(shaped, type, sources);
  const protocol = shaped.child('protocol');
  removeChild(shaped, 'protocol');
  if (type === 'tcp') {
    const after = shaped.nodes.findIndex((node) => node instanceof XmlElement && node.name !== 'source');
    const written = element('protocol', { type: protocol?.attribute('type') ?? 'raw' });
    shaped.nodes.splice(after < 0 ? shaped.nodes.length : after, 0, written);
  }
  return shaped;
};

function shapeSources(shaped: XmlElement, type: string, sources: readonly XmlElement[]): void {
  for (const one of sources) {
    if (type === 'tcp') one.setAttribute('mode', one.attribute('mode') ?? 'connect');
    if (type === 'tcp' || type === 'udp') reorderAttributes(one, ['mode', 'host', 'service', 'tls']);
  }
  let kept: XmlElement[] = sources.slice(0, 1);
  if (type === 'udp') {
    const bound = sources.filter((one) => one.attribute('mode') === 'bind');
    const connected = sources.filter((one) => (one.attribute('mode') ?? 'connect') === 'connect');
    for (const one of connected) {
      one.setAttribute('mode', 'connect');
      reorderAttributes(one, ['mode', 'host', 'service']);
    }
    kept = [...bound.slice(0, 1), ...connected.slice(0, 1)];
  }
  const rest = shaped.children().filter((child) => child.name !== 'source');
  const texts = shaped.nodes.filter((node) => typeof node === 'string');
  shaped.nodes.splice(0, shaped.nodes.length, ...kept, ...rest, ...texts);
}

const channel: ElementRule = (shaped, source) => {
  if (!source.child('target')?.attribute('type'))
    throw domainXmlError('target type must be specified for channel device');
  return chardev(shaped, source);
};

const redirdev: ElementRule = (shaped, source) => {
  chardev(shaped, source);
  if (shaped.nodes.length === 0) shaped.nodes.push(openMark);
  return shaped;
};

const smartcard: ElementRule = (shaped, source) =>
  shaped.attribute('mode') === 'passthrough' ? chardev(shaped, source) : shaped;

const rngBackend: ElementRule = (shaped, source) => {
  const model = source.attribute('model');
  if (model === null) throw domainXmlError('missing RNG device backend model');
  if (model === 'egd' && source.attribute('type') === null) throw domainXmlError('missing EGD backend type');
  if (model === 'random') {
    if (shaped.text === '') shaped.nodes.push('/dev/random');
    return shaped;
  }
  shaped.nodes.splice(0, shaped.nodes.length, ...shaped.children());
  if (model !== 'egd') return shaped;
  return chardev(shaped, source);
};

const usbdev: ElementRule = (shaped) => {
  const widths: Readonly<Record<string, number>> = { class: 2, vendor: 4, product: 4 };
  for (const [name, width] of Object.entries(widths)) {
    const value = parseInteger(shaped.attribute(name) ?? '');
    if (value !== null) shaped.setAttribute(name, `0x${value.toString(16).toUpperCase().padStart(width, '0')}`);
  }
  return shaped;
};

const input: ElementRule = (shaped) => {
  if (shaped.attribute('type') === null) throw domainError(ErrorCode.InternalError, 'missing input device type');
  return shaped;
};

const watchdog: ElementRule = (shaped) => {
  if (shaped.attribute('model') === null)
    throw domainError(ErrorCode.InternalError, 'watchdog must contain model name');
  return shaped;
};

const rng: ElementRule = (shaped, source) => {
  if (shaped.attribute('model') === null) throw domainXmlError('missing RNG device model');
  if (source.children('backend').length !== 1) throw domainXmlError('only one RNG backend is supported');
  return shaped;
};

const tpm: ElementRule = (shaped, source) => {
  if (source.child('backend') === null) throw domainXmlError('missing TPM device backend');
  return shaped;
};

const shmem: ElementRule = (shaped) => {
  if (shaped.attribute('name') === null) throw domainXmlError("shmem element must contain 'name' attribute");
  return shaped;
};

const lease: ElementRule = (shaped) => {
  if (shaped.child('key') === null) throw domainXmlError("Missing 'key' element for lease");
  return shaped;
};

const filesystem: ElementRule = (shaped) => {
  const source = shaped.child('source');
  const place = source === null ? undefined : source.attributes.find((_, index) => index % 2 === 1);
  if (place === undefined) throw domainError(ErrorCode.NoSource, null);
  if (shaped.child('target') === null) throw domainError(ErrorCode.NoTarget, place);
  return shaped;
};

const hostdev: ElementRule = (shaped, source) => {
  const mode = shaped.attribute('mode');
  const type = source.attribute('type');
  if (mode === 'subsystem') {
    if (type === null) throw domainXmlError('missing source address type');
    if (!['usb', 'pci', 'scsi', 'scsi_host', 'mdev'].includes(type)) {
      throw unsupported(`unknown host device source address type '${type}'`);
    }
  } else {
    shaped.setAttribute('managed', null);
  }
  if (source.child('source') === null) throw domainXmlError('Missing <source> element in hostdev device');
  return shaped;
};

const cputune: ElementRule = (shaped) => {
  for (const child of shaped.children()) {
    if (child.attributes.length > 0 || child.nodes.length !== 1 || typeof child.nodes[0] !== 'string') continue;
    if (!/^\s*-?\d{1,19}$/.test(child.text)) throw domainXmlError(`can't parse cputune ${child.name} value`);
  }
  return shaped;
};

const controllerModels: Readonly<Record<string, string>> = {
  scsi: 'auto buslogic lsilogic lsisas1068 vmpvscsi ibmvscsi virtio-scsi lsisas1078 virtio-transitional virtio-non-transitional ncr53c90 dc390 am53c974',
  usb: 'piix3-uhci piix4-uhci ehci ich9-ehci1 ich9-uhci1 ich9-uhci2 ich9-uhci3 vt82c686b-uhci pci-ohci nec-xhci qusb1 qusb2 qemu-xhci none',
  pci: 'pci-root pcie-root pci-bridge dmi-to-pci-bridge pcie-to-pci-bridge pcie-root-port pcie-switch-upstream-port pcie-switch-downstream-port pci-expander-bus pcie-expander-bus',
  ide: 'piix3 piix4 ich6',
  'virtio-serial': 'virtio virtio-transitional virtio-non-transitional',
  isa: '',
};

const controller: ElementRule = (shaped) => {
  const index = shaped.attribute('index');
  if (index !== null && !/^\s*-?\d{1,9}$/.test(index)) {
    throw new LibvirtError(
      ErrorCode.XmlError,
      `Invalid value for attribute 'index' in element 'controller': '${index}'. Expected integer value`,
      { domain: ErrorDomain.Xml },
    );
  }
  const model = shaped.attribute('model');
  // Only the root of a PCI tree has a hole.
  if (model !== 'pci-root' && model !== 'pcie-root') removeChild(shaped, 'pcihole64');
  const models = controllerModels[shaped.attribute('type') ?? 'ide'];
  if (model !== null && models !== undefined && !models.split(' ').includes(model)) {
    throw unsupported(`Unknown model type '${model}'`);
  }
  return shaped;
};

const deviceBoot: ElementRule = (shaped) => {
  const order = shaped.attribute('order');
  if (order === '0') {
    throw new LibvirtError(
      ErrorCode.XmlError,
      "Invalid value for attribute 'order' in element 'boot': Zero is not permitted",
      {
        domain: ErrorDomain.Xml,
      },
    );
  }
  return shaped;
};

/** How many KiB of video memory a model has when none are stated (virDomainVideoDefaultRAM). */
const videoRam: Readonly<Record<string, number>> = {
  vga: 16384,
  cirrus: 16384,
  vmvga: 16384,
  bochs: 16384,
  xen: 4096,
  parallels: 8192,
  vbox: 8192,
  qxl: 65536,
};

/**
 * Fills in what a video model has by default.
 *
 * @see virDomainVideoModelDefParseXML
 */
export function completeVideoModel(model: XmlElement): void {
  const type = model.attribute('type') ?? '';
  const ram = videoRam[type];
  if (type === 'qxl' && model.attribute('ram') === null) model.setAttribute('ram', '65536');
  const vram = model.attribute('vram');
  // vga memory is a power of two.
  if (vram !== null && (type === 'vga' || type === 'qxl')) model.setAttribute('vram', String(powerOfTwo(Number(vram))));
  else if (vram === null && ram !== undefined) model.setAttribute('vram', String(ram));
  if (type === 'none') model.setAttribute('heads', null);
  else if (model.attribute('heads') === null) model.setAttribute('heads', '1');
  reorderAttributes(model, ['type', 'ram', 'vram', 'vram64', 'vgamem', 'heads', 'primary', 'blob']);
}

function powerOfTwo(value: number): number {
  let power = 1;
  while (power < value && power < 2 ** 31) power *= 2;
  return power;
}

/** Puts attributes in the given order; those that are not named go last, as they stood. */
export function reorderAttributes(shaped: XmlElement, order: readonly string[]): void {
  const list = shaped.attributes;
  const pairs: [string, string][] = [];
  for (let i = 0; i < list.length; i += 2) pairs.push([list[i] as string, list[i + 1] as string]);
  const rank = (name: string): number => (order.includes(name) ? order.indexOf(name) : order.length);
  pairs.sort((a, b) => rank(a[0]) - rank(b[0]));
  list.splice(0, list.length, ...pairs.flat());
}

/** Takes away the child elements of one name. */
export function removeChild(parent: XmlElement, name: string): void {
  const kept = parent.nodes.filter((node) => !(node instanceof XmlElement && node.name === name));
  parent.nodes.splice(0, parent.nodes.length, ...kept);
}

/** Puts a child in front of the first child that has one of the given names, or last. */
export function insertBefore(parent: XmlElement, child: XmlElement, names: readonly string[]): void {
  const at = parent.nodes.findIndex((node) => node instanceof XmlElement && names.includes(node.name));
  parent.nodes.splice(at < 0 ? parent.nodes.length : at, 0, child);
}

function compareText(a: string | null, b: string | null): number {
  return (a ?? '') < (b ?? '') ? -1 : (a ?? '') > (b ?? '') ? 1 : 0;
}

/** Everything that is known about the form of a domain definition. */
export const domainShapes: Shapes = {
  rows: domainRows,
  values: domainValues,
  words: domainWords,
  required: domainRequired,
  numbers: domainNumbers,
  elements: {
    memory: memorySize,
    currentMemory: memorySize,
    maxMemory: memorySize,
    page,
    vcpu,
    features,
    hyperv,
    cpu,
    numa,
    cell,
    clock,
    seclabel,
    'sysinfo-block': sysinfoBlock,
    firmware,
    disk,
    'disk-source': diskSource,
    backingStore,
    iotune,
    'shmem-size': shmemSize,
    'filesystem-source': filesystemSource,
    mac,
    interface: netInterface,
    'interface-ip': interfaceIp,
    'interface-route': interfaceRoute,
    serial: chardev,
    parallel: chardev,
    console: chardev,
    channel,
    redirdev,
    smartcard,
    'rng-backend': rngBackend,
    usbdev,
    input,
    watchdog,
    rng,
    tpm,
    shmem,
    lease,
    filesystem,
    hostdev,
    cputune,
    uid: idmapRange,
    gid: idmapRange,
    bootmenu,
    table: acpiTable,
    vsock,
    'disk-target': diskTarget,
    controller,
    boot: deviceBoot,
    graphics: shapeGraphics,
    address: (_, source) => shapeAddress(source),
  },
};
