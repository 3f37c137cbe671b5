// attach-disk and attach-interface: add a device that options describe.
import type { XmlWriter } from '@virtwire/conf';
import { command } from '../../command.ts';
import { oneOf } from '../../completers.ts';
import { anyDomain } from '../../domain-option.ts';
import { attempt, fail } from '../../failure.ts';
import { findDomain } from '../../lookup.ts';
import { flag, text, word } from '../../option.ts';
import { checkModifyOptions, modifyFlags, modifyOptions } from './device.ts';
import { parseRate } from './domiftune.ts';

export const attachDisk = command({
  description: 'Adds a disk to the domain.',
  options: {
    domain: anyDomain,
    source: word('file, device or other place of the disk', { mayBeEmpty: true }),
    target: word('its name in the guest, e.g. vdb'),
    targetbus: text('bus that it is on, e.g. virtio'),
    driver: text('driver of the disk'),
    subdriver: text('format of the disk'),
    iothread: text('I/O thread that serves it'),
    cache: text('how it is cached'),
    io: text('how its requests are made'),
    type: text('cdrom, floppy or disk', { complete: oneOf('cdrom', 'floppy', 'disk', 'lun') }),
    mode: text('readonly or shareable', { complete: oneOf('readonly', 'shareable') }),
    sourcetype: text('file, block or network', { complete: oneOf('file', 'block', 'network') }),
    serial: text('its serial number'),
    wwn: text('its world wide name'),
    alias: text('its alias'),
    rawio: flag('let the domain send raw commands'),
    address: text('its address in the guest'),
    multifunction: flag('its PCI address has several functions'),
    'print-xml': flag('print the XML instead of using it'),
    'source-protocol': text('protocol of a disk on the network'),
    'source-host-name': text('host of a disk on the network'),
    'source-host-transport': text('how to reach that host'),
    'source-host-socket': text('socket of that host'),
    ...modifyOptions,
  },
  optionAliases: { shareable: 'mode=shareable' },
  async run(shell, args) {
    checkModifyOptions(args);
    args.requires('source-host-name', 'source-protocol');
    args.requires('source-host-transport', 'source-protocol');
    args.requires('source-host-socket', 'source-protocol');
    const source = args.text('source');
    const target = args.text('target');
    const driver = args.text('driver');
    const subdriver = args.text('subdriver');
    const device = args.text('type');
    const mode = args.text('mode');
    const given = args.text('sourcetype');
    if (mode !== undefined && mode !== 'readonly' && mode !== 'shareable')
      fail(`No support for ${mode} in command 'attach-disk'`);
    const kinds = ['file', 'block', 'network'];
    if (given !== undefined && !kinds.includes(given)) fail(`Unknown source type: '${given}'`);
    const protocol = args.text('source-protocol');
    const kind = given ?? (protocol !== undefined ? 'network' : await kindOf(source));
    const { XmlWriter } = await import('@virtwire/conf');
    const writer = new XmlWriter();
    writer.open('disk', {
      type: kind,
      device,
      rawio: args.flag('rawio') ? 'yes' : undefined,
    });
    const cache = args.text('cache');
    const io = args.text('io');
    const iothread = args.text('iothread');
    if (
      driver !== undefined ||
      subdriver !== undefined ||
      cache !== undefined ||
      io !== undefined ||
      iothread !== undefined
    ) {
      writer.empty('driver', { name: driver, type: subdriver, iothread, cache, io });
    }
    writeSource(writer, kind, source, {
      protocol,
      name: args.text('source-host-name'),
      transport: args.text('source-host-transport'),
      socket: args.text('source-host-socket'),
    });
    writer.empty('target', { dev: target, bus: args.text('targetbus') });
    if (mode !== undefined) writer.empty(mode);
    const serial = args.text('serial');
    if (serial !== undefined) writer.leaf('serial', serial);
    const alias = args.text('alias');
    if (alias !== undefined) writer.empty('alias', { name: alias });
    const wwn = args.text('wwn');
    if (wwn !== undefined) writer.leaf('wwn', wwn);
    const address = args.text('address');
    if (address !== undefined) writer.empty('address', diskAddress(target, address, args.flag('multifunction')));
    const xml = writer.close().toString();
    if (args.flag('print-xml')) {
      shell.print(`${xml.trimEnd()}\n`);
      return;
    }
    const domain = await findDomain(shell, args.text('domain'));
    const flags = await modifyFlags(domain, args);
    const call = flags !== 0 || args.flag('current') ? domain.attachDeviceFlags(xml, flags) : domain.attachDevice(xml);
    await attempt(call, 'Failed to attach disk');
    shell.extra('Disk attached successfully\n');
  },
});

// Without a word virsh looks at the file, if it is on this host.
async function kindOf(source: string): Promise<string> {
  const { stat } = await import('node:fs/promises');
  try {
    return (await stat(source)).isBlockDevice() ? 'block' : 'file';
  } catch {
    return 'file';
  }
}

interface NetworkHost {
  readonly protocol: string | undefined;
  readonly name: string | undefined;
  readonly transport: string | undefined;
  readonly socket: string | undefined;
}

function writeSource(writer: XmlWriter, kind: string, source: string, host: NetworkHost): void {
  if (kind !== 'network') {
    writer.empty('source', kind === 'block' ? { dev: source } : { file: source });
    return;
  }
  const { protocol, name, transport, socket } = host;
  const attributes = { protocol, name: source };
  if (name === undefined && transport === undefined && socket === undefined) {
    writer.empty('source', attributes);
    return;
  }
  const [, hostName, port] = /^(.*):(\d+)$/.exec(name ?? '') ?? [undefined, name, undefined];
  writer.open('source', attributes);
  writer.empty('host', { transport, name: hostName, port, socket });
  writer.close();
}

// An address: its type, a colon, numbers with a character between, as pci:0000.00.0a.0.
interface AddressKind {
  /** Value of the attribute `type`. */
  readonly type: string;
  /** Base of its numbers. */
  readonly base: 10 | 16;
  /** Names of the numbers, with the digits that they are written with; hexadecimal when there are any. */
  readonly numbers: Readonly<Record<string, number>>;
}
const drive: AddressKind = { type: 'drive', base: 10, numbers: { controller: 0, bus: 0, unit: 0 } };
const ADDRESSES: Readonly<Record<string, AddressKind>> = {
  pci: { type: 'pci', base: 16, numbers: { domain: 4, bus: 2, slot: 2, function: 1 } },
  usb: { type: 'usb', base: 10, numbers: { bus: 0, port: 0 } },
  ccw: { type: 'ccw', base: 16, numbers: { cssid: 2, ssid: 1, devno: 4 } },
  scsi: drive,
  sata: drive,
  ide: drive,
};

// What addresses a disk may have, by the first two letters of its target; others may have any.
const ADDRESSES_OF_TARGETS: Readonly<Record<string, { readonly names: readonly string[]; readonly failure: string }>> =
  {
    vd: { names: ['pci', 'ccw'], failure: 'expecting a pci:0000.00.00.00 or ccw:00.0.0000 address.' },
    sd: {
      names: ['scsi', 'usb', 'sata'],
      failure: 'expecting a scsi:00.00.00 or usb:00.00 or sata:00.00.00 address.',
    },
    hd: { names: ['ide'], failure: 'expecting an ide:00.00.00 address.' },
  };

function diskAddress(target: string, text: string, multifunction: boolean): Record<string, string | undefined> {
  const colon = text.indexOf(':');
  const name = text.slice(0, colon);
  const kind = Object.hasOwn(ADDRESSES, name) ? ADDRESSES[name] : undefined;
  if (kind === undefined) fail('Invalid address.');
  const attributes: Record<string, string | undefined> = { type: kind.type };
  // As strtoul reads them; what follows the last one is not looked at.
  const number = kind.base === 16 ? /\s*\+?((?:0x)?[\da-f]+)./iy : /\s*\+?(\d+)./y;
  const rest = `${text.slice(colon + 1)}.`;
  for (const [attribute, digits] of Object.entries(kind.numbers)) {
    const value = Number.parseInt(number.exec(rest)?.[1] ?? '', kind.base);
    if (!(value <= 0xffff_ffff)) fail('Invalid address.');
    attributes[attribute] = digits === 0 ? String(value) : `0x${value.toString(16).padStart(digits, '0')}`;
  }
  const prefix = target.slice(0, 2);
  const wanted = Object.hasOwn(ADDRESSES_OF_TARGETS, prefix) ? ADDRESSES_OF_TARGETS[prefix] : undefined;
  if (wanted !== undefined && !wanted.names.includes(name)) fail(wanted.failure);
  return name === 'pci' && multifunction ? { ...attributes, multifunction: 'on' } : attributes;
}

// virDomainNetType, as far as virsh makes them
const INTERFACE_TYPES = ['network', 'bridge', 'direct', 'hostdev', 'vhostuser'];
const SOURCE_MODES = ['server', 'client'];

export const attachInterface = command({
  description: 'Adds a network interface to the domain.',
  options: {
    domain: anyDomain,
    type: word('network, bridge, direct, hostdev or vhostuser', { complete: oneOf(...INTERFACE_TYPES) }),
    source: word('network, bridge, device or PCI address that it is on'),
    target: text('its name on the host'),
    mac: text('its MAC address'),
    script: text('script that sets it up'),
    model: text('its model'),
    alias: text('its alias'),
    inbound: text('what it may receive: average[,peak[,burst[,floor]]]'),
    outbound: text('what it may send: average[,peak[,burst]]'),
    ...modifyOptions,
    'print-xml': flag('print the XML instead of using it'),
    managed: flag('let libvirt take the device from the host and give it back'),
    'source-mode': text('how a direct interface works', {
      complete: oneOf('vepa', 'bridge', 'private', 'passthrough'),
    }),
  },
  async run(shell, args) {
    checkModifyOptions(args);
    const type = args.text('type');
    const source = args.text('source');
    if (!INTERFACE_TYPES.includes(type)) fail(`No support for ${type} in command 'attach-interface'`);
    const sourceMode = args.text('source-mode');
    if (sourceMode !== undefined && !SOURCE_MODES.includes(sourceMode)) fail(`Invalid source mode: ${sourceMode}`);
    if (type === 'vhostuser' && sourceMode === undefined) fail('source-mode is mandatory');
    const inbound = args.text('inbound');
    const outbound = args.text('outbound');
    const rates = [
      ['inbound', inbound === undefined ? null : rate('inbound', inbound)],
      ['outbound', outbound === undefined ? null : rate('outbound', outbound)],
    ] as const;
    const { XmlWriter } = await import('@virtwire/conf');
    const writer = new XmlWriter();
    const managed = args.flag('managed');
    writer.open('interface', { type, managed: managed && type === 'hostdev' ? 'yes' : undefined });
    if (type === 'network') writer.empty('source', { network: source });
    else if (type === 'bridge') writer.empty('source', { bridge: source });
    else if (type === 'vhostuser') writer.empty('source', { type: 'unix', path: source, mode: sourceMode });
    else if (type === 'direct') writer.empty('source', { dev: source });
    else {
      writer.open('source');
      writer.empty('address', hostdevAddress(source));
      writer.close();
    }
    const target = args.text('target');
    if (target !== undefined) writer.empty('target', { dev: target });
    const mac = args.text('mac');
    if (mac !== undefined) writer.empty('mac', { address: mac });
    const script = args.text('script');
    if (script !== undefined) writer.empty('script', { path: script });
    const model = args.text('model');
    if (model !== undefined) writer.empty('model', { type: model });
    const alias = args.text('alias');
    if (alias !== undefined) writer.empty('alias', { name: alias });
    if (inbound !== undefined || outbound !== undefined) {
      writer.open('bandwidth');
      for (const [direction, value] of rates)
        if (value !== null && value['average'] !== '0') writer.empty(direction, value);
      writer.close();
    }
    const xml = writer.close().toString();
    if (args.flag('print-xml')) {
      shell.print(xml);
      return;
    }
    const domain = await findDomain(shell, args.text('domain'));
    const flags = await modifyFlags(domain, args);
    const call = flags !== 0 || args.flag('current') ? domain.attachDeviceFlags(xml, flags) : domain.attachDevice(xml);
    await attempt(call, 'Failed to attach interface');
    shell.extra('Interface attached successfully\n');
  },
});

function rate(direction: 'inbound' | 'outbound', given: string): Record<string, string | undefined> {
  const { average, peak, burst, floor } = parseRate(given);
  if (average === 0 && floor === 0) {
    fail(direction === 'inbound' ? 'either inbound average or floor is mandatory' : 'outbound average is mandatory');
  }
  if (direction === 'outbound' && floor !== 0) fail('outbound floor is unsupported yet');
  const set = (value: number) => (value === 0 ? undefined : String(value));
  return { average: String(average), peak: set(peak), burst: set(burst), floor: set(floor) };
}

function hostdevAddress(source: string): Record<string, string> {
  const match = /^([0-9a-f]+):([0-9a-f]+):([0-9a-f]+)\.([0-9a-f])$/i.exec(source);
  if (match === null) fail(`cannot parse pci address '${source}' for network interface`);
  const [, domain = '0', bus = '0', slot = '0', fn = '0'] = match;
  return {
    type: 'pci',
    domain: `0x${domain.padStart(4, '0')}`,
    bus: `0x${bus.padStart(2, '0')}`,
    slot: `0x${slot.padStart(2, '0')}`,
    function: `0x${fn}`,
  };
}
