// Fills a test hypervisor from an inventory: the built-in one, or a file.
import {
  InterfaceDef,
  NetworkDef,
  NodeDeviceDef,
  parseBuiltInXml,
  parseStoragePoolElement,
  parseStorageVolumeElement,
  parseXml,
  type XmlElement,
} from '@virtwire/conf';
import { DomainState } from '@virtwire/protocol/constants';
import { type Answer, ErrorCode, ErrorDomain, LibvirtError } from '@virtwire/rpc';
import { builtinInventory } from './builtin.ts';
import { chain } from './chain.ts';
import { assignDefinition } from './domain-define.ts';
import { start } from './domain-run.ts';
import { DomainTwins } from './domain-twins.ts';
import { testError } from './errors.ts';
import { readFileText } from './file.ts';
import { addInterface } from './interface.ts';
import { TestInterface } from './interface-object.ts';
import { addNetwork } from './network.ts';
import { defaultCells } from './node.ts';
import { TestNodeDevice } from './node-device-object.ts';
import { readNodeInfo } from './node-xml.ts';
import { snapshotOf } from './snapshot-xml.ts';
import { type TestHost, TestState } from './state.ts';
import { addPool } from './storage-pool.ts';
import { checkTaints, mayTaint } from './taint.ts';

const testNamespace = 'http://libvirt.org/schemas/domain/test/1.0';

/** A hypervisor with the built-in inventory. */
export function loadBuiltin(host: TestHost): TestState {
  const state = new TestState(host);
  state.cells = defaultCells();
  fill(state, parseBuiltInXml(builtinInventory));
  return state;
}

/**
 * A hypervisor with the inventory of a file, and of the files that it names.
 *
 * @throws LibvirtError `XmlError` or `XmlDetail` when a file cannot be read, else what its parts are refused with
 */
export function loadFile(host: TestHost, path: string): Answer<TestState> {
  return chain(readXmlFile(host, path), (root) => {
    if (root.name !== 'node') throw testError(ErrorCode.XmlError, "Root element is not 'node'");
    return chain(include(host, root, path), () => {
      const state = new TestState(host);
      fill(state, root);
      return state;
    });
  });
}

function readXmlFile(host: TestHost, path: string): Answer<XmlElement> {
  return chain(readFileText(host, path), (text) => {
    if (text === null) throw testError(ErrorCode.XmlError, `failed to parse xml document '${path}'`);
    return parseXml(text, { source: path, errorDomain: ErrorDomain.Test });
  });
}

const includable = new Set(['domain', 'network', 'interface', 'pool', 'volume', 'device', 'test:domainsnapshot']);

// An element with a `file` stands for the root of that file, which lies beside the inventory unless its path is absolute.
function include(host: TestHost, parent: XmlElement, path: string): Answer<void> {
  const pending: Promise<void>[] = [];
  parent.children().forEach((child) => {
    if (!includable.has(child.name)) return;
    const file = child.attribute('file');
    if (file === null) {
      const inner = child.name === 'pool' || child.name === 'domain' ? include(host, child, path) : undefined;
      if (inner instanceof Promise) pending.push(inner);
      return;
    }
    const target = file.startsWith('/') ? file : `${path.slice(0, path.lastIndexOf('/') + 1)}${file}`;
    const replaced = chain(readXmlFile(host, target), (root) => {
      parent.nodes[parent.nodes.indexOf(child)] = root;
    });
    if (replaced instanceof Promise) pending.push(replaced);
  });
  return pending.length === 0 ? undefined : Promise.all(pending).then(() => undefined);
}

function fill(state: TestState, root: XmlElement): void {
  readNodeInfo(root, state.node);
  const twins = new DomainTwins();
  for (const element of root.children('domain')) loadDomain(state, element, twins);
  for (const element of root.children('network')) {
    const network = addNetwork(state, NetworkDef.fromElement(element), false);
    network.active = true;
  }
  for (const element of root.children('interface')) {
    addInterface(state, new TestInterface(InterfaceDef.fromElement(element))).active = true;
  }
  for (const element of root.children('pool')) loadPool(state, element);
  for (const element of root.children('device')) {
    const device = new TestNodeDevice(NodeDeviceDef.fromElement(element));
    state.nodeDevices.set(device.name, device);
  }
  state.users = (root.child('auth')?.children('user') ?? []).map((user) => {
    if (user.text === '') throw testError(ErrorCode.XmlError, 'missing username in /node/auth/user field');
    return { name: user.text, password: user.attribute('password') };
  });
}

function loadDomain(state: TestState, element: XmlElement, twins: DomainTwins): void {
  const own = element.children().filter((child) => child.namespace === testNamespace);
  const extra = (name: string) => own.filter((child) => child.localName === name);
  const runState = readRunState(extra('runstate')[0]?.text);
  const transient = extra('transient').length > 0;
  const hasManagedSave = extra('hasmanagedsave').length > 0;
  const definition = twins.definition(element);
  if (transient && runState === DomainState.Shutoff) {
    throw testError(ErrorCode.XmlError, "transient domain cannot have runstate 'shutoff'");
  }
  if (hasManagedSave && runState !== DomainState.Shutoff) {
    throw testError(ErrorCode.XmlError, "domain with managedsave data can only have runstate 'shutoff'");
  }
  const { domain } = assignDefinition(state, definition, false);
  const snapshots = element.children().filter((child) => child.localName === 'domainsnapshot');
  for (const snapshot of snapshots) {
    const found = snapshotOf(snapshot, domain, true);
    domain.snapshots.set(found);
    if (snapshot.childText('active') !== '1') continue;
    if (domain.snapshots.current !== null) {
      throw testError(ErrorCode.InternalError, 'more than one snapshot claims to be active');
    }
    domain.snapshots.current = found;
  }
  domain.persistent = !transient;
  if (runState !== DomainState.Shutoff) start(state, domain);
  domain.hasManagedSave = hasManagedSave;
  domain.state = runState;
  domain.reason = 0;
  if (mayTaint(element)) checkTaints(domain);
}

function readRunState(text: string | undefined): number {
  if (text === undefined || text.trim() === '') return DomainState.Running;
  if (!/^\s*\d+\s*$/.test(text)) throw testError(ErrorCode.XmlError, 'invalid runstate');
  const number = Number(text);
  if (number > DomainState.Pmsuspended) {
    throw testError(ErrorCode.XmlError, `runstate '${number}' out of range'`);
  }
  return number;
}

function loadPool(state: TestState, element: XmlElement): void {
  const pool = addPool(state, parseStoragePoolElement(element), { live: false });
  pool.active = true;
  for (const volume of element.children('volume')) {
    pool.addVolume(parseStorageVolumeElement(pool.def.type, volume));
  }
}

/** The refusal of an inventory that wants a user name and password, for a caller that brings none. */
export function missingCredentials(): LibvirtError {
  return new LibvirtError(ErrorCode.InvalidArg, 'Missing authentication credentials', { domain: ErrorDomain.Test });
}
