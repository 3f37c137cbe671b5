// Procedures and events of virtual networks and their ports.
import { array, event, int, optional, procedure, uint, uuid } from '@virtwire/rpc';
import {
  NETWORK_DHCP_LEASES_MAX,
  NETWORK_LIST_MAX,
  NETWORK_PORT_LIST_MAX,
  NETWORK_PORT_PARAMETERS_MAX,
} from '../limits.ts';
import { NetworkDhcpLease, NonnullNetwork, NonnullNetworkPort, optionalText, text, TypedParam } from '../types.ts';

// Changing the stored definition, alone or beside the running object, needs a permission of its own.
const writeAndSave = [
  'network:write',
  'network:save:!VIR_NETWORK_UPDATE_AFFECT_CONFIG|VIR_NETWORK_UPDATE_AFFECT_LIVE',
  'network:save:VIR_NETWORK_UPDATE_AFFECT_CONFIG',
];

/** Virtual networks, their leases, metadata, ports and events. */
// biome-ignore format: a table reads better with a row in one to three lines.
export const networkRows = {
  // Listing and lookup
  connectListDefinedNetworks: procedure(36, () => [{ maxnames: int }, { names: array(text, NETWORK_LIST_MAX) },
    { acl: ['connect:search_networks'], aclFilter: ['network:getattr'], priority: 'high',
      api: 'virConnectListDefinedNetworks' }]),
  connectListNetworks: procedure(38, () => [{ maxnames: int }, { names: array(text, NETWORK_LIST_MAX) },
    { acl: ['connect:search_networks'], aclFilter: ['network:getattr'], priority: 'high',
      api: 'virConnectListNetworks' }]),
  networkLookupByName: procedure(46, () => [{ name: text }, { net: NonnullNetwork },
    { acl: ['network:getattr'], priority: 'high', api: 'virNetworkLookupByName' }]),
  networkLookupByUuid: procedure(47, () => [{ uuid }, { net: NonnullNetwork },
    { acl: ['network:getattr'], priority: 'high', api: 'virNetworkLookupByUUID' }]),
  connectNumOfDefinedNetworks: procedure(50, () => [{}, { num: int },
    { acl: ['connect:search_networks'], aclFilter: ['network:getattr'], priority: 'high',
      api: 'virConnectNumOfDefinedNetworks' }]),
  connectNumOfNetworks: procedure(52, () => [{}, { num: int },
    { acl: ['connect:search_networks'], aclFilter: ['network:getattr'], priority: 'high',
      api: 'virConnectNumOfNetworks' }]),
  connectListAllNetworks: procedure(283, () => [{ need_results: int, flags: uint },
    { nets: array(NonnullNetwork, NETWORK_LIST_MAX), ret: uint },
    { acl: ['connect:search_networks'], aclFilter: ['network:getattr'], priority: 'high',
      api: 'virConnectListAllNetworks' }]),

  // Definition, life cycle and state
  networkCreate: procedure(39, () => [{ net: NonnullNetwork }, {},
    { acl: ['network:start'], needsWrite: 'always', api: 'virNetworkCreate' }]),
  networkCreateXml: procedure(40, () => [{ xml: text }, { net: NonnullNetwork },
    { acl: ['network:write', 'network:start'], needsWrite: 'always', api: 'virNetworkCreateXML' }]),
  networkDefineXml: procedure(41, () => [{ xml: text }, { net: NonnullNetwork },
    { acl: ['network:write', 'network:save'], needsWrite: 'always', priority: 'high', api: 'virNetworkDefineXML' }]),
  networkDestroy: procedure(42, () => [{ net: NonnullNetwork }, {},
    { acl: ['network:stop'], needsWrite: 'always', priority: 'high', api: 'virNetworkDestroy' }]),
  networkGetXmlDesc: procedure(43, () => [{ net: NonnullNetwork, flags: uint }, { xml: text },
    { acl: ['network:read'], priority: 'high', api: 'virNetworkGetXMLDesc' }]),
  networkGetAutostart: procedure(44, () => [{ net: NonnullNetwork }, { autostart: int },
    { acl: ['network:read'], priority: 'high', api: 'virNetworkGetAutostart' }]),
  networkGetBridgeName: procedure(45, () => [{ net: NonnullNetwork }, { name: text },
    { acl: ['network:read'], priority: 'high', api: 'virNetworkGetBridgeName' }]),
  networkSetAutostart: procedure(48, () => [{ net: NonnullNetwork, autostart: int }, {},
    { acl: ['network:write'], needsWrite: 'always', priority: 'high', api: 'virNetworkSetAutostart' }]),
  networkUndefine: procedure(49, () => [{ net: NonnullNetwork }, {},
    { acl: ['network:delete'], needsWrite: 'always', priority: 'high', api: 'virNetworkUndefine' }]),
  networkIsActive: procedure(152, () => [{ net: NonnullNetwork }, { active: int },
    { acl: ['network:read'], priority: 'high', api: 'virNetworkIsActive' }]),
  networkIsPersistent: procedure(153, () => [{ net: NonnullNetwork }, { persistent: int },
    { acl: ['network:read'], priority: 'high', api: 'virNetworkIsPersistent' }]),
  networkUpdate: procedure(291,
    () => [{ net: NonnullNetwork, command: uint, section: uint, parentIndex: int, xml: text, flags: uint }, {},
    { acl: writeAndSave, needsWrite: 'always', priority: 'high', api: 'virNetworkUpdate' }]),
  /** `expirytime` in seconds since the epoch; `need_results` 0 = only the count. */
  networkGetDhcpLeases: procedure(341, () => [{ net: NonnullNetwork, mac: optionalText, need_results: int, flags: uint },
    { leases: array(NetworkDhcpLease, NETWORK_DHCP_LEASES_MAX), ret: uint },
    { acl: ['network:read'], api: 'virNetworkGetDHCPLeases' }]),
  networkDefineXmlFlags: procedure(432, () => [{ xml: text, flags: uint }, { net: NonnullNetwork },
    { acl: ['network:write', 'network:save'], needsWrite: 'always', priority: 'high',
      api: 'virNetworkDefineXMLFlags' }]),
  networkCreateXmlFlags: procedure(437, () => [{ xml: text, flags: uint }, { net: NonnullNetwork },
    { acl: ['network:write', 'network:start'], needsWrite: 'always', priority: 'high',
      api: 'virNetworkCreateXMLFlags' }]),
  /** Since libvirt 9.7. */
  networkSetMetadata: procedure(444,
    () => [{ network: NonnullNetwork, type: int, metadata: optionalText, key: optionalText, uri: optionalText, flags: uint },
    {},
    { acl: writeAndSave, needsWrite: 'always', api: 'virNetworkSetMetadata' }]),
  /** Since libvirt 9.7. */
  networkGetMetadata: procedure(445, () => [{ network: NonnullNetwork, type: int, uri: optionalText, flags: uint },
    { metadata: text },
    { acl: ['network:read'], api: 'virNetworkGetMetadata' }]),

  // Ports
  networkListAllPorts: procedure(404, () => [{ network: NonnullNetwork, need_results: int, flags: uint },
    { ports: array(NonnullNetworkPort, NETWORK_PORT_LIST_MAX), ret: uint },
    { acl: ['network:search_ports'], aclFilter: ['network_port:getattr'], priority: 'high',
      api: 'virNetworkListAllPorts' }]),
  networkPortLookupByUuid: procedure(405, () => [{ network: NonnullNetwork, uuid }, { port: NonnullNetworkPort },
    { acl: ['network_port:getattr'], priority: 'high', api: 'virNetworkPortLookupByUUID' }]),
  networkPortCreateXml: procedure(406, () => [{ network: NonnullNetwork, xml: text, flags: uint },
    { port: NonnullNetworkPort },
    { acl: ['network_port:create'], needsWrite: 'always', api: 'virNetworkPortCreateXML' }]),
  networkPortGetParameters: procedure(407, () => [{ port: NonnullNetworkPort, nparams: int, flags: uint },
    { params: array(TypedParam, NETWORK_PORT_PARAMETERS_MAX), nparams: int },
    { acl: ['network_port:read'], api: 'virNetworkPortGetParameters' }]),
  networkPortSetParameters: procedure(408,
    () => [{ port: NonnullNetworkPort, params: array(TypedParam, NETWORK_PORT_PARAMETERS_MAX), flags: uint }, {},
    { acl: ['network_port:write'], needsWrite: 'always', api: 'virNetworkPortSetParameters' }]),
  networkPortGetXmlDesc: procedure(409, () => [{ port: NonnullNetworkPort, flags: uint }, { xml: text },
    { acl: ['network_port:read'], api: 'virNetworkPortGetXMLDesc' }]),
  networkPortDelete: procedure(410, () => [{ port: NonnullNetworkPort, flags: uint }, {},
    { acl: ['network_port:delete'], needsWrite: 'always', api: 'virNetworkPortDelete' }]),

  // Events
  connectNetworkEventRegisterAny: procedure(313, () => [{ eventID: int, net: optional(NonnullNetwork) }, { callbackID: int },
    { acl: ['connect:search_networks'], aclFilter: ['network:getattr'], priority: 'high',
      api: 'virConnectNetworkEventRegisterAny' }]),
  connectNetworkEventDeregisterAny: procedure(314, () => [{ callbackID: int }, {},
    { acl: ['connect:read'], priority: 'high', api: 'virConnectNetworkEventDeregisterAny' }]),
  networkEventLifecycle: event(315, () => [{ callbackID: int, net: NonnullNetwork, event: int, detail: int }]),
  /** Since libvirt 9.7. */
  networkEventCallbackMetadataChange: event(446,
    () => [{ callbackID: int, net: NonnullNetwork, type: int, nsuri: optionalText }]),
};
