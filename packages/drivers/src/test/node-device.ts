// Calls about the devices of the host.
import { type NodeDeviceDef, parseNodeDevice } from '@virtwire/conf';
import { nodeDeviceEvents } from '@virtwire/protocol';
import {
  ConnectListAllNodeDeviceFlags as ListFlags,
  NodeDeviceEventLifecycleType as DeviceEvent,
} from '@virtwire/protocol/constants';
import { ErrorCode, ErrorDomain, LibvirtError } from '@virtwire/rpc';
import type { DriverHandlers } from '../define.ts';
import { chain } from './chain.ts';
import { checkFlags, testError } from './errors.ts';
import type { TestNodeDevice } from './node-device-object.ts';
import { createVport } from './node-device-vport.ts';
import type { TestState } from './state.ts';

// Capabilities in the order of virNodeDevCapType, whose flags they are.
const capabilityFlags: Readonly<Record<string, number>> = {
  system: ListFlags.CapSystem,
  pci: ListFlags.CapPciDev,
  usb_device: ListFlags.CapUsbDev,
  usb: ListFlags.CapUsbInterface,
  net: ListFlags.CapNet,
  scsi_host: ListFlags.CapScsiHost,
  scsi_target: ListFlags.CapScsiTarget,
  scsi: ListFlags.CapScsi,
  storage: ListFlags.CapStorage,
  fc_host: ListFlags.CapFcHost,
  vports: ListFlags.CapVports,
  scsi_generic: ListFlags.CapScsiGeneric,
  drm: ListFlags.CapDrm,
  mdev_types: ListFlags.CapMdevTypes,
  mdev: ListFlags.CapMdev,
  ccw: ListFlags.CapCcwDev,
  css: ListFlags.CapCssDev,
  vdpa: ListFlags.CapVdpa,
  ap_card: ListFlags.CapApCard,
  ap_queue: ListFlags.CapApQueue,
  ap_matrix: ListFlags.CapApMatrix,
  vpd: ListFlags.CapVpd,
};
// Whether a device is active is newer than libvirt's test driver: it refuses what virsh 9 asks.
const listFlagsMask = Object.values(capabilityFlags).reduce((all, flag) => all | flag, 0);

/** Answers the calls about node devices. */
export function nodeDeviceHandlers(state: TestState): DriverHandlers {
  const byName = (name: string): TestNodeDevice => {
    const device = state.nodeDevices.get(name);
    if (device === undefined) throw testError(ErrorCode.NoNodeDevice, `no node device with matching name '${name}'`);
    return device;
  };
  const has = (device: TestNodeDevice, capability: string | null) => capability === null || device.has(capability);
  const names = (capability: string | null) =>
    [...state.nodeDevices.values()].filter((device) => has(device, capability)).map((device) => device.name);

  return {
    nodeNumOfDevices: ({ cap, flags }) => {
      checkFlags(flags, 0, 'testNodeNumOfDevices');
      return { num: names(cap).length };
    },
    nodeListDevices: ({ cap, maxnames, flags }) => {
      checkFlags(flags, 0, 'testNodeListDevices');
      return { names: names(cap).slice(0, maxnames) };
    },
    connectListAllNodeDevices: ({ need_results, flags }) => {
      checkFlags(flags, listFlagsMask, 'testConnectListAllNodeDevices');
      const wanted = Object.keys(capabilityFlags).filter((name) => (flags & (capabilityFlags[name] ?? 0)) !== 0);
      const devices = [...state.nodeDevices.values()]
        .filter((device) => wanted.length === 0 || wanted.some((capability) => has(device, capability)))
        .map((device) => ({ name: device.name }));
      return { devices: need_results === 0 ? [] : devices, ret: devices.length };
    },
    nodeDeviceLookupByName: ({ name }) => ({ dev: { name: byName(name).name } }),
    nodeDeviceGetXmlDesc: ({ name, flags }) => {
      checkFlags(flags, 0, 'testNodeDeviceGetXMLDesc');
      return { xml: byName(name).def.format() };
    },
    // The C library asks the driver only for devices that it found itself; one without a parent answers null.
    nodeDeviceGetParent: ({ name }) => ({ parentName: byName(name).parent }),
    nodeDeviceNumOfCaps: ({ name }) => ({ num: byName(name).capabilities.length }),
    nodeDeviceListCaps: ({ name, maxnames }) => ({ names: byName(name).capabilities.slice(0, maxnames) }),
    nodeDeviceCreateXml: ({ xml_desc, flags }) => {
      checkFlags(flags, 0, 'testNodeDeviceCreateXML');
      return chain(parseNodeDevice(xml_desc, { create: true }), (wanted) => {
        const wwns = wanted.wwns();
        if (!hasParent(state, wanted)) {
          throw deviceError("Could not find parent device for 'new device'");
        }
        return { dev: { name: createVport(state, wwns).name } };
      });
    },
    nodeDeviceDestroy: ({ name }) => {
      const device = byName(name);
      // Devices that are no Fibre Channel host are left alone without a word, as libvirt's test driver does.
      if (device.def.fcHost === null) return {};
      if (device.parent === null || !state.nodeDevices.has(device.parent)) {
        throw testError(ErrorCode.InternalError, `cannot find parent '${device.parent ?? '(null)'}' definition`);
      }
      state.nodeDevices.delete(name);
      state.hub.publish(nodeDeviceEvents.lifecycle, { dev: { name }, event: DeviceEvent.Deleted, detail: 0 });
      return {};
    },
  };
}

// A parent is named outright or by its world wide names; without any, one that makes virtual ports will do.
function hasParent(state: TestState, wanted: NodeDeviceDef): boolean {
  if (wanted.parent !== null) return state.nodeDevices.has(wanted.parent);
  const { wwnn, wwpn, fabricWwn } = wanted.parentNames;
  return [...state.nodeDevices.values()].some((device) => {
    const host = device.def.fcHost;
    if (host === null) return false;
    if (wwnn !== null && wwpn !== null) return host.childText('wwnn') === wwnn && host.childText('wwpn') === wwpn;
    if (fabricWwn !== null) return host.childText('fabric_wwn') === fabricWwn;
    return device.has('vports');
  });
}

function deviceError(detail: string): LibvirtError {
  return new LibvirtError(ErrorCode.InternalError, detail, { domain: ErrorDomain.Nodedev });
}
