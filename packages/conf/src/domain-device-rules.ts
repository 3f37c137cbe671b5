// Rules for devices that a row alone does not describe.
import { ErrorCode, ErrorDomain, LibvirtError } from '@virtwire/rpc/error';
import { shapeAddress } from './domain-address.ts';
import { shapeGraphics } from './domain-graphics.ts';
import { domainError, domainXmlError, parseInteger, scaledBytes, scaledKiB, unsupported } from './domain-values.ts';
import { isMulticastMac, parseMac } from './mac-address.ts';
import { insertBefore, openMark, removeChild, reorderAttributes } from './xml/edit.ts';
import { element, XmlElement } from './xml/element.ts';
import type { ElementRule } from './xml/shape.ts';

const vsock: ElementRule = (shaped) => {
  if (shaped.child('cid') === null)
    insertBefore(shaped, element('cid', { auto: 'yes' }), ['driver', 'boot', 'alias', 'address']);
  return shaped;
};

const diskTarget: ElementRule = (shaped) => {
  if (shaped.attribute('rotation_rate') === '0') shaped.setAttribute('rotation_rate', null);
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

/** The rules by row. */
export const deviceRules: Readonly<Record<string, ElementRule>> = {
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
  vsock,
  'disk-target': diskTarget,
  controller,
  boot: deviceBoot,
  graphics: shapeGraphics,
  address: (_, source) => shapeAddress(source),
};
