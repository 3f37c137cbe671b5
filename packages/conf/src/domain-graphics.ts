// The <graphics> element: ports, the listen list and the legacy listen attribute that mirrors it.
import { ErrorCode } from '@virtwire/rpc/error';
import { domainError } from './domain-values.ts';
import { element, type XmlElement } from './xml/element.ts';

/**
 * Brings graphics into libvirt's form.
 *
 * @param shaped the element in row order
 * @returns it with port, autoport, listen and socket as virDomainGraphicsDefFormat prints them for an inactive guest
 * @throws LibvirtError `InternalError` for a port that is no number
 */
export function shapeGraphics(shaped: XmlElement): XmlElement {
  const type = shaped.attribute('type');
  if (type === 'vnc' || type === 'spice' || type === 'rdp') {
    let listens = listenElements(shaped, type);
    // SPICE without any port listens nowhere: it is reached through file descriptors only.
    if (type === 'spice' && !hasPorts(shaped)) {
      listens = listens.map((listen) => (usesPort(listen) ? element('listen', { type: 'none' }) : listen));
      shaped.setAttribute('listen', null);
    }
    shapePorts(shaped, type, listens);
    const others = shaped.children().filter((child) => child.name !== 'listen');
    shaped.nodes.length = 0;
    shaped.nodes.push(...listens, ...others);
  } else {
    for (const name of ['port', 'tlsPort', 'autoport', 'listen', 'passwd', 'socket', 'websocket']) {
      shaped.setAttribute(name, null);
    }
  }
  return shaped;
}

function hasPorts(shaped: XmlElement): boolean {
  const given = [shaped.attribute('port'), shaped.attribute('tlsPort')];
  return shaped.attribute('autoport') !== null || given.some((port) => port !== null && port !== '0');
}

function usesPort(listen: XmlElement): boolean {
  return listen.attribute('type') === 'address' || listen.attribute('type') === 'network';
}

// Old documents name the address (or the socket) in an attribute; new ones have <listen>. Both are printed.
function listenElements(shaped: XmlElement, type: string): XmlElement[] {
  let listens = shaped.children('listen').map((child) => shapeListen(child));
  const legacySocket = type === 'vnc' ? shaped.attribute('socket') : null;
  const legacyListen = shaped.attribute('listen');
  if (listens.length === 0) {
    if (legacySocket !== null) listens = [element('listen', { type: 'socket', socket: legacySocket })];
    else listens = [element('listen', { type: 'address', address: legacyListen || null })];
  } else {
    const first = listens[0] as XmlElement;
    if (legacyListen && first.attribute('type') === 'address' && first.attribute('address') === null) {
      first.setAttribute('address', legacyListen);
    }
  }
  const first = listens[0] as XmlElement;
  const kind = first.attribute('type');
  shaped.setAttribute('listen', kind === 'address' ? first.attribute('address') : null);
  shaped.setAttribute('socket', kind === 'socket' && type === 'vnc' ? first.attribute('socket') : null);
  reorder(shaped);
  return listens;
}

function shapeListen(source: XmlElement): XmlElement {
  const type = source.attribute('type');
  return element('listen', {
    type,
    address: type === 'address' ? source.attribute('address') : null,
    network: type === 'network' ? source.attribute('network') : null,
    socket: type === 'socket' ? source.attribute('socket') : null,
  });
}

function shapePorts(shaped: XmlElement, type: string, listens: readonly XmlElement[]): void {
  const givenPort = shaped.attribute('port');
  const port = parsePort(givenPort, type);
  const tlsPort = type === 'spice' ? parsePort(shaped.attribute('tlsPort'), type) : null;
  let autoport = shaped.attribute('autoport') === 'yes';
  const usesPorts = listens[0] !== undefined && usesPort(listens[0]);
  if (type === 'rdp' && port === null) autoport = true;
  // No port (or the legacy -1) means that one is chosen at start.
  if (type === 'vnc' && (port === null || port === -1)) autoport = autoport || givenPort === null || port === -1;
  if (type === 'spice' && port === -1 && (tlsPort === -1 || tlsPort === null)) autoport = true;
  let shownPort: string | null = port === null || port === 0 ? null : String(port);
  let shownTlsPort: string | null = tlsPort === null || tlsPort === 0 ? null : String(tlsPort);
  if (type === 'vnc') {
    if (autoport) shownPort = '-1';
  } else if (type === 'rdp') {
    // Port 0 is what RDP shows while the real one is not known.
    shownPort = autoport || port === null ? '0' : String(port);
  } else if (autoport) {
    shownPort = null;
    shownTlsPort = null;
  }
  const shownAutoport = type === 'rdp' && !autoport ? null : autoport ? 'yes' : 'no';
  const websocket = shaped.attribute('websocket');
  shaped.setAttribute('port', usesPorts ? shownPort : null);
  shaped.setAttribute('tlsPort', usesPorts ? shownTlsPort : null);
  const silentSpice = type === 'spice' && !autoport && port === null && tlsPort === null;
  shaped.setAttribute('autoport', usesPorts && !silentSpice ? shownAutoport : null);
  shaped.setAttribute('websocket', usesPorts && type === 'vnc' && websocket !== '0' ? websocket : null);
  reorder(shaped);
}

const order = [
  'type',
  'port',
  'tlsPort',
  'autoport',
  'websocket',
  'socket',
  'listen',
  'keymap',
  'sharePolicy',
  'powerControl',
  'defaultMode',
  'replaceUser',
  'multiUser',
  'passwd',
  'passwdValidTo',
  'connected',
];

function reorder(shaped: XmlElement): void {
  const values = new Map<string, string>();
  for (let i = 0; i < shaped.attributes.length; i += 2) {
    values.set(shaped.attributes[i] as string, shaped.attributes[i + 1] as string);
  }
  shaped.attributes.length = 0;
  for (const name of order) {
    const value = values.get(name);
    if (value !== undefined) shaped.attributes.push(name, value);
  }
}

function parsePort(text: string | null, type: string): number | null {
  if (text === null) return null;
  if (!/^\s*[-+]?\d{1,9}$/.test(text)) {
    throw domainError(ErrorCode.InternalError, `cannot parse ${type} port ${text}`);
  }
  return Number(text);
}
