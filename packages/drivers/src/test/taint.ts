// What makes a domain of the test driver look strange, so that it is told to who asks for messages.
import type { XmlElement } from '@virtwire/conf';
import type { TestDomain } from './domain-object.ts';

/** Whether it is worth looking closer at a `<domain>`; quick, so that large inventories open quickly. */
export function mayTaint(domain: XmlElement): boolean {
  const devices = domain.child('devices')?.children() ?? [];
  return (
    domain.child('cpu') !== null ||
    domain.path('os/dtb') !== null ||
    devices.some(
      (device) =>
        device.attribute('rawio') !== null ||
        device.attribute('device') === 'cdrom' ||
        (device.name === 'interface' && device.child('script') !== null),
    )
  );
}

/** Notes taints and deprecated parts; done when an inventory is read, as in libvirt's test driver. */
export function checkTaints(domain: TestDomain): void {
  const { root } = domain.def;
  const taints = new Set<string>();
  const deprecations: string[] = [];
  for (const { element, device, type, source } of domain.def.disks) {
    if (element.attribute('rawio') === 'yes') taints.add('running with undesirable elevated privileges');
    if (device === 'cdrom' && type === 'block' && source !== null) taints.add('CDROM passthrough');
  }
  for (const hostdev of domain.def.devices('hostdev')) {
    const scsi = hostdev.attribute('mode') === 'subsystem' && hostdev.attribute('type') === 'scsi';
    if (scsi && hostdev.attribute('rawio') === 'yes') taints.add('running with undesirable elevated privileges');
  }
  if (domain.def.interfaces.some(({ element }) => element.child('script') !== null))
    taints.add('use of host shell scripts');
  const cpu = root.child('cpu');
  if (cpu?.attribute('mode') === 'custom' && cpu.childText('model') === 'Deprecated-Test') {
    taints.add('use of deprecated configuration settings');
    deprecations.push('CPU model Deprecated-Test');
  }
  if (root.path('os/dtb') !== null) taints.add('custom device tree blob used');
  domain.taints = [...taints];
  domain.deprecations = deprecations;
}
