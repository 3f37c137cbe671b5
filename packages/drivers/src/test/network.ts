// Calls about networks.
import { type NetworkDef, parseNetwork } from '@virtwire/conf';
import { networkEvents } from '@virtwire/protocol';
import {
  ConnectListAllNetworksFlags as ListFlags,
  NetworkDefineFlags,
  NetworkEventLifecycleType as NetworkEvent,
  NetworkUpdateFlags,
} from '@virtwire/protocol/constants';
import { ErrorCode } from '@virtwire/rpc';
import type { DriverHandlers } from '../define.ts';
import { chain } from './chain.ts';
import { checkFlags, operationInvalid, testError } from './errors.ts';
import { networkError } from './network-error.ts';
import { TestNetwork } from './network-object.ts';
import { updateNetwork } from './network-update.ts';
import type { TestState } from './state.ts';

/**
 * Puts a network into the state.
 *
 * @param live true when it is to run: one that runs already is refused
 * @see virNetworkObjAssignDef
 */
export function addNetwork(state: TestState, def: NetworkDef, live: boolean): TestNetwork {
  const added = new TestNetwork(def);
  const same = state.networks.byUuid(added.uuid);
  if (same !== undefined) {
    if (same.name !== added.name) {
      throw networkError(ErrorCode.OperationFailed, `network '${same.name}' is already defined with uuid ${same.uuid}`);
    }
    if (live && same.active) {
      throw networkError(ErrorCode.OperationInvalid, `network is already active as '${same.name}'`);
    }
    // A definition of a network that runs would count from its next start on, but the test driver never looks at it.
    if (!same.active) same.def = def;
    return same;
  }
  const named = state.networks.byName(added.name);
  if (named !== undefined) {
    throw networkError(ErrorCode.OperationFailed, `network '${added.name}' already exists with uuid ${named.uuid}`);
  }
  state.networks.add(added);
  return added;
}

/** Answers the calls about networks. */
export function networkHandlers(state: TestState): DriverHandlers {
  const byName = (name: string): TestNetwork => networkByName(state, name);
  const byUuid = (uuid: string): TestNetwork => {
    const network = state.networks.byUuid(uuid);
    if (network === undefined) throw testError(ErrorCode.NoNetwork, `no network with matching uuid '${uuid}'`);
    return network;
  };
  const names = (active: boolean) => [...state.networks.values()].filter((n) => n.active === active).map((n) => n.name);
  const publish = (network: TestNetwork, event: number) =>
    state.hub.publish(networkEvents.lifecycle, { net: network.ref, event, detail: 0 });
  const define = (xml: string, flags: number) => {
    checkFlags(flags, NetworkDefineFlags.Validate, 'testNetworkDefineXMLFlags');
    return chain(parseNetwork(xml), (def) => {
      const network = addNetwork(state, def, false);
      network.persistent = true;
      publish(network, NetworkEvent.Defined);
      return { net: network.ref };
    });
  };
  const create = (xml: string, flags: number) => {
    checkFlags(flags, NetworkDefineFlags.Validate, 'testNetworkCreateXMLFlags');
    return chain(parseNetwork(xml), (def) => {
      const known = state.networks.size;
      const network = addNetwork(state, def, true);
      if (state.networks.size > known) network.persistent = false;
      network.active = true;
      publish(network, NetworkEvent.Started);
      return { net: network.ref };
    });
  };

  return {
    connectNumOfNetworks: () => ({ num: names(true).length }),
    connectListNetworks: ({ maxnames }) => ({ names: names(true).slice(0, maxnames) }),
    connectNumOfDefinedNetworks: () => ({ num: names(false).length }),
    connectListDefinedNetworks: ({ maxnames }) => ({ names: names(false).slice(0, maxnames) }),
    connectListAllNetworks: ({ need_results, flags }) => {
      checkFlags(flags, listFlagsMask, 'testConnectListAllNetworks');
      const nets = [...state.networks.values()].filter((network) => matches(network, flags)).map((n) => n.ref);
      return { nets: need_results === 0 ? [] : nets, ret: nets.length };
    },
    networkLookupByName: ({ name }) => ({ net: byName(name).ref }),
    networkLookupByUuid: ({ uuid }) => ({ net: byUuid(uuid).ref }),
    networkIsActive: ({ net }) => ({ active: byUuid(net.uuid).active ? 1 : 0 }),
    networkIsPersistent: ({ net }) => ({ persistent: byUuid(net.uuid).persistent ? 1 : 0 }),
    networkDefineXml: ({ xml }) => define(xml, 0),
    networkDefineXmlFlags: ({ xml, flags }) => define(xml, flags),
    networkCreateXml: ({ xml }) => create(xml, 0),
    networkCreateXmlFlags: ({ xml, flags }) => create(xml, flags),
    networkUndefine: ({ net }) => {
      const network = byName(net.name);
      if (network.active) throw operationInvalid(`Network '${net.name}' is still running`);
      publish(network, NetworkEvent.Undefined);
      state.networks.remove(network);
      return {};
    },
    networkCreate: ({ net }) => {
      const network = byName(net.name);
      if (network.active) throw operationInvalid(`Network '${net.name}' is already running`);
      network.active = true;
      publish(network, NetworkEvent.Started);
      return {};
    },
    networkDestroy: ({ net }) => {
      const network = byName(net.name);
      network.active = false;
      publish(network, NetworkEvent.Stopped);
      if (!network.persistent) state.networks.remove(network);
      return {};
    },
    networkUpdate: ({ net, command, section, parentIndex, xml, flags }) => {
      checkFlags(flags, NetworkUpdateFlags.Live | NetworkUpdateFlags.Config, 'testNetworkUpdate');
      const network = byUuid(net.uuid);
      return chain(updateNetwork(network, { command, section, parentIndex, xml, flags }), () => ({}));
    },
    networkGetXmlDesc: ({ net, flags }) => {
      checkFlags(flags, 0, 'testNetworkGetXMLDesc');
      return { xml: byName(net.name).def.format() };
    },
    networkGetBridgeName: ({ net }) => {
      const network = byName(net.name);
      const bridge = network.def.bridge;
      if (bridge === null) {
        throw testError(ErrorCode.InternalError, `network '${network.name}' does not have a bridge name.`);
      }
      return { name: bridge };
    },
    networkGetAutostart: ({ net }) => ({ autostart: byName(net.name).autostart ? 1 : 0 }),
    networkSetAutostart: ({ net, autostart }) => {
      byName(net.name).autostart = autostart !== 0;
      return {};
    },
  };
}

/** Finds a network by name. */
export function networkByName(state: TestState, name: string): TestNetwork {
  const network = state.networks.byName(name);
  if (network === undefined) throw testError(ErrorCode.NoNetwork, `no network with matching name '${name}'`);
  return network;
}

const listFlagsMask = Object.values(ListFlags).reduce((all, flag) => all | flag, 0);

const filters: readonly (readonly [number, number, (network: TestNetwork) => boolean])[] = [
  [ListFlags.Active, ListFlags.Inactive, (network) => network.active],
  [ListFlags.Persistent, ListFlags.Transient, (network) => network.persistent],
  [ListFlags.Autostart, ListFlags.NoAutostart, (network) => network.autostart],
];

function matches(network: TestNetwork, flags: number): boolean {
  return filters.every(([yes, no, test]) => (flags & (yes | no)) === 0 || (flags & (test(network) ? yes : no)) !== 0);
}
