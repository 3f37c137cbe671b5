// Procedures about the network interfaces of the host.
import { array, int, procedure, uint } from '@virtwire/rpc';
import { INTERFACE_LIST_MAX } from '../limits.ts';
import { NonnullInterface, text } from '../types.ts';

/** Network interfaces of the host and changes to them that can be rolled back. */
// biome-ignore format: a table reads better with a row in one to three lines.
export const interfaceRows = {
  connectNumOfInterfaces: procedure(126, () => [{}, { num: int },
    { acl: ['connect:search_interfaces'], aclFilter: ['interface:getattr'], priority: 'high',
      api: 'virConnectNumOfInterfaces' }]),
  connectListInterfaces: procedure(127, () => [{ maxnames: int }, { names: array(text, INTERFACE_LIST_MAX) },
    { acl: ['connect:search_interfaces'], aclFilter: ['interface:getattr'], priority: 'high',
      api: 'virConnectListInterfaces' }]),
  interfaceLookupByName: procedure(128, () => [{ name: text }, { iface: NonnullInterface },
    { acl: ['interface:getattr'], priority: 'high', api: 'virInterfaceLookupByName' }]),
  interfaceLookupByMacString: procedure(129, () => [{ mac: text }, { iface: NonnullInterface },
    { acl: ['interface:getattr'], priority: 'high', api: 'virInterfaceLookupByMACString' }]),
  interfaceGetXmlDesc: procedure(130, () => [{ iface: NonnullInterface, flags: uint }, { xml: text },
    { acl: ['interface:read'], api: 'virInterfaceGetXMLDesc' }]),
  interfaceDefineXml: procedure(131, () => [{ xml: text, flags: uint }, { iface: NonnullInterface },
    { acl: ['interface:write', 'interface:save'], needsWrite: 'always', priority: 'high',
      api: 'virInterfaceDefineXML' }]),
  interfaceUndefine: procedure(132, () => [{ iface: NonnullInterface }, {},
    { acl: ['interface:delete'], needsWrite: 'always', priority: 'high', api: 'virInterfaceUndefine' }]),
  interfaceCreate: procedure(133, () => [{ iface: NonnullInterface, flags: uint }, {},
    { acl: ['interface:start'], needsWrite: 'always', api: 'virInterfaceCreate' }]),
  interfaceDestroy: procedure(134, () => [{ iface: NonnullInterface, flags: uint }, {},
    { acl: ['interface:stop'], needsWrite: 'always', priority: 'high', api: 'virInterfaceDestroy' }]),
  connectNumOfDefinedInterfaces: procedure(137, () => [{}, { num: int },
    { acl: ['connect:search_interfaces'], aclFilter: ['interface:getattr'], priority: 'high',
      api: 'virConnectNumOfDefinedInterfaces' }]),
  connectListDefinedInterfaces: procedure(138, () => [{ maxnames: int }, { names: array(text, INTERFACE_LIST_MAX) },
    { acl: ['connect:search_interfaces'], aclFilter: ['interface:getattr'], priority: 'high',
      api: 'virConnectListDefinedInterfaces' }]),
  interfaceIsActive: procedure(156, () => [{ iface: NonnullInterface }, { active: int },
    { acl: ['interface:read'], priority: 'high', api: 'virInterfaceIsActive' }]),
  /** From here to a commit, a rollback or a reboot, changes can be undone. */
  interfaceChangeBegin: procedure(220, () => [{ flags: uint }, {},
    { acl: ['connect:interface_transaction'], needsWrite: 'always', api: 'virInterfaceChangeBegin' }]),
  interfaceChangeCommit: procedure(221, () => [{ flags: uint }, {},
    { acl: ['connect:interface_transaction'], needsWrite: 'always', api: 'virInterfaceChangeCommit' }]),
  interfaceChangeRollback: procedure(222, () => [{ flags: uint }, {},
    { acl: ['connect:interface_transaction'], needsWrite: 'always', api: 'virInterfaceChangeRollback' }]),
  connectListAllInterfaces: procedure(284, () => [{ need_results: int, flags: uint },
    { ifaces: array(NonnullInterface, INTERFACE_LIST_MAX), ret: uint },
    { acl: ['connect:search_interfaces'], aclFilter: ['interface:getattr'], priority: 'high',
      api: 'virConnectListAllInterfaces' }]),
};
