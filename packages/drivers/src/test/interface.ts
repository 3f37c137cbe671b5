// Calls about the interfaces of the host.
import { parseInterface } from '@virtwire/conf';
import { ConnectListAllInterfacesFlags as ListFlags, InterfaceDefineFlags } from '@virtwire/protocol/constants';
import { ErrorCode } from '@virtwire/rpc';
import type { DriverHandlers } from '../define.ts';
import { chain } from './chain.ts';
import { checkFlags, operationInvalid, testError } from './errors.ts';
import { TestInterface } from './interface-object.ts';
import type { TestState } from './state.ts';

/** Puts an interface into the state; one of that name gets the new definition and stays as active as it was. */
export function addInterface(state: TestState, found: TestInterface): TestInterface {
  const known = state.interfaces.get(found.name);
  if (known === undefined) {
    state.interfaces.set(found.name, found);
    return found;
  }
  known.def = found.def;
  return known;
}

/** Answers the calls about host interfaces. */
export function interfaceHandlers(state: TestState): DriverHandlers {
  const byName = (name: string): TestInterface => {
    const found = state.interfaces.get(name);
    if (found === undefined) throw testError(ErrorCode.NoInterface, `no interface with matching name '${name}'`);
    return found;
  };
  const names = (active: boolean) =>
    [...state.interfaces.values()].filter((i) => i.active === active).map((i) => i.name);
  const setActive = (name: string, active: boolean) => {
    const found = byName(name);
    if (found.active === active) throw operationInvalid(null);
    found.active = active;
    return {};
  };

  return {
    connectNumOfInterfaces: () => ({ num: names(true).length }),
    connectListInterfaces: ({ maxnames }) => ({ names: names(true).slice(0, maxnames) }),
    connectNumOfDefinedInterfaces: () => ({ num: names(false).length }),
    connectListDefinedInterfaces: ({ maxnames }) => ({ names: names(false).slice(0, maxnames) }),
    connectListAllInterfaces: ({ need_results, flags }) => {
      checkFlags(flags, ListFlags.Active | ListFlags.Inactive, 'testConnectListAllInterfaces');
      const ifaces = [...state.interfaces.values()]
        .filter((i) => flags === 0 || (flags & (i.active ? ListFlags.Active : ListFlags.Inactive)) !== 0)
        .map((i) => i.ref);
      return { ifaces: need_results === 0 ? [] : ifaces, ret: ifaces.length };
    },
    interfaceLookupByName: ({ name }) => ({ iface: byName(name).ref }),
    interfaceLookupByMacString: ({ mac }) => {
      const found = [...state.interfaces.values()].filter((i) => i.mac.toLowerCase() === mac.toLowerCase());
      const [only] = found;
      if (only === undefined) throw testError(ErrorCode.NoInterface, `no interface with matching mac '${mac}'`);
      if (found.length > 1) throw testError(ErrorCode.MultipleInterfaces, null);
      // The address is given back as it was asked for.
      return { iface: { name: only.name, mac } };
    },
    interfaceIsActive: ({ iface }) => ({ active: byName(iface.name).active ? 1 : 0 }),
    interfaceGetXmlDesc: ({ iface, flags }) => {
      checkFlags(flags, 0, 'testInterfaceGetXMLDesc');
      return { xml: byName(iface.name).def.format() };
    },
    interfaceDefineXml: ({ xml, flags }) => {
      checkFlags(flags, InterfaceDefineFlags.Validate, 'testInterfaceDefineXML');
      return chain(parseInterface(xml), (def) => ({ iface: addInterface(state, new TestInterface(def)).ref }));
    },
    interfaceUndefine: ({ iface }) => {
      state.interfaces.delete(byName(iface.name).name);
      return {};
    },
    interfaceCreate: ({ iface, flags }) => {
      checkFlags(flags, 0, 'testInterfaceCreate');
      return setActive(iface.name, true);
    },
    interfaceDestroy: ({ iface, flags }) => {
      checkFlags(flags, 0, 'testInterfaceDestroy');
      return setActive(iface.name, false);
    },
    interfaceChangeBegin: ({ flags }) => {
      checkFlags(flags, 0, 'testInterfaceChangeBegin');
      if (state.interfaceBackup !== null) throw operationInvalid('there is another transaction running.');
      // Definitions only: what comes back is inactive.
      state.interfaceBackup = new Map([...state.interfaces].map(([name, i]) => [name, new TestInterface(i.def)]));
      return {};
    },
    interfaceChangeCommit: ({ flags }) => {
      checkFlags(flags, 0, 'testInterfaceChangeCommit');
      if (state.interfaceBackup === null) throw operationInvalid('no transaction running, nothing to be committed.');
      state.interfaceBackup = null;
      return {};
    },
    interfaceChangeRollback: ({ flags }) => {
      checkFlags(flags, 0, 'testInterfaceChangeRollback');
      if (state.interfaceBackup === null) throw operationInvalid('no transaction running, nothing to rollback.');
      state.interfaces = state.interfaceBackup;
      state.interfaceBackup = null;
      return {};
    },
  };
}
