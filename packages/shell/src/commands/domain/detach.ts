// detach-disk and detach-interface: take a device away that is named by its target or MAC address.
import type { XmlElement } from '@virtwire/conf';
import { command } from '../../command.ts';
import type { Shell } from '../../context.ts';
import { anyDomain } from '../../domain-option.ts';
import { attempt, fail } from '../../failure.ts';
import { findDomain } from '../../lookup.ts';
import { flag, text, word } from '../../option.ts';
import { checkModifyOptions, modifyFlags, modifyOptions } from './device.ts';

// VIR_DOMAIN_XML_INACTIVE, VIR_DOMAIN_AFFECT_CONFIG
const INACTIVE = 2;
const CONFIG = 2;

/** Gives the devices of one kind. */
export async function devicesOf(xml: string, kind: string): Promise<readonly XmlElement[]> {
  const { parseXml } = await import('@virtwire/conf');
  return (await parseXml(xml)).child('devices')?.children(kind) ?? [];
}

/** Gives a device as it stands in the document. */
export async function asWritten(xml: string, kind: string, index: number): Promise<string> {
  const { selectXml } = await import('../../xpath.ts');
  return selectXml(xml, `/domain/devices/${kind}[${index + 1}]`)[0] ?? '';
}

export const detachDisk = command({
  description: 'Takes a disk from the domain.',
  options: {
    domain: anyDomain,
    target: word('target of the disk'),
    ...modifyOptions,
    'print-xml': flag('print the XML instead of using it'),
  },
  async run(shell, args) {
    checkModifyOptions(args);
    const domain = await findDomain(shell, args.text('domain'));
    const target = args.text('target');
    const flags = await modifyFlags(domain, args);
    const text = await attempt(domain.getXmlDesc((flags & CONFIG) !== 0 ? INACTIVE : 0), null);
    const disks = await devicesOf(text, 'disk');
    if (disks.length === 0) fail('Failed to get disk information');
    const disk = disks.find(
      (each) =>
        each.path('target/@dev') === target ||
        each.path('source/@file') === target ||
        each.path('source/@dev') === target,
    );
    if (disk === undefined) fail(`No disk found whose source path or target is ${target}`);
    const xml = await asWritten(text, 'disk', disks.indexOf(disk));
    if (args.flag('print-xml')) {
      shell.print(xml);
      return;
    }
    const call = flags !== 0 || args.flag('current') ? domain.detachDeviceFlags(xml, flags) : domain.detachDevice(xml);
    await attempt(call, 'Failed to detach disk');
    shell.extra('Disk detached successfully\n');
  },
});

export const detachInterface = command({
  description: 'Takes a network interface from the domain.',
  options: {
    domain: anyDomain,
    type: word('its type'),
    mac: text('its MAC address'),
    ...modifyOptions,
    'print-xml': flag('print the XML instead of using it'),
  },
  async run(shell, args) {
    checkModifyOptions(args);
    const domain = await findDomain(shell, args.text('domain'));
    const type = args.text('type');
    const mac = args.text('mac');
    const flags = await modifyFlags(domain, args);
    const text = await attempt(domain.getXmlDesc((flags & CONFIG) !== 0 ? INACTIVE : 0), null);
    const all = await devicesOf(text, 'interface');
    const device = chooseInterface(shell, all, type, mac);
    const xml = await asWritten(text, 'interface', all.indexOf(device));
    if (args.flag('print-xml')) {
      shell.print(xml);
      return;
    }
    const call = flags !== 0 || args.flag('current') ? domain.detachDeviceFlags(xml, flags) : domain.detachDevice(xml);
    await attempt(call, 'Failed to detach interface');
    shell.extra('Interface detached successfully\n');
  },
});

// virsh says what is wrong, and then that the command has failed.
function chooseInterface(shell: Shell, all: readonly XmlElement[], type: string, mac: string | undefined): XmlElement {
  const give = (text: string): never => {
    shell.error(text);
    return fail('Failed to detach interface');
  };
  const found = all.filter((each) => each.attribute('type') === type);
  if (found.length === 0) give(`No interface found whose type is ${type}`);
  if (mac === undefined && found.length > 1) {
    give(`Domain has ${found.length} interfaces. Please specify which one to detach using --mac`);
  }
  const matching =
    mac === undefined ? found : found.filter((each) => each.path('mac/@address')?.toLowerCase() === mac.toLowerCase());
  if (matching.length > 1) {
    give(
      `Domain has multiple interfaces matching MAC address ${mac}. You must use detach-device and specify the device pci address to remove it.`,
    );
  }
  return matching[0] ?? give(`No interface with MAC address ${mac} was found`);
}
