// What is allowed in the `<forward>` of a network.
import { ErrorCode } from '@virtwire/rpc/error';
import { networkError, unsupported, xmlError } from './network-error.ts';
import type { XmlElement } from './xml/element.ts';

/**
 * Checks driver, ports of NAT, and the devices of a network.
 *
 * @throws LibvirtError as libvirt refuses them
 * @see virNetworkForwardDefParseXML
 */
export function checkForward(forward: XmlElement | null, name: string): void {
  if (forward === null) return;
  const driver = forward.path('driver/@name');
  if (driver !== null && !['kvm', 'vfio', 'xen'].includes(driver)) {
    throw unsupported(`Unknown forward <driver name='${driver}'/> in network ${name}`);
  }
  for (const nat of forward.children('nat').slice(0, 1)) checkNat(nat, name);
  const devices = new Set<string>();
  const attribute = forward.attribute('dev');
  for (const [index, each] of forward.children('interface').entries()) {
    const device = each.attribute('dev');
    if (device === null) {
      throw xmlError(`Missing required dev attribute in <forward> <interface> element of network ${name}`);
    }
    if (index === 0 && attribute !== null && attribute !== device) {
      throw xmlError(`<forward dev='${attribute}'> must match first <interface dev='${device}'/> in network ${name}`);
    }
    if (devices.has(device)) throw xmlError(`interface '${device}' can only be listed once in network ${name}`);
    devices.add(device);
  }
  const functions = forward.children('pf');
  if (functions.length > 1) throw xmlError(`Only one <pf> element is allowed in <forward> of network ${name}`);
  if (functions.some((each) => each.attribute('dev') === null)) {
    throw xmlError(`Missing required dev attribute in <pf> element of network '${name}'`);
  }
}

function checkNat(nat: XmlElement, name: string): void {
  const where = `in <nat> in <forward> in network ${name}`;
  const ports = nat.children('port');
  if (ports.length > 1) throw xmlError(`Only one <port> element is allowed ${where}`);
  for (const which of ['start', 'end']) {
    if (ports.some((port) => !/^\s*\d{1,10}$/.test(port.attribute(which) ?? ''))) {
      throw networkError(ErrorCode.XmlDetail, `Missing or invalid '${which}' attribute in <port> ${where}`);
    }
  }
}
