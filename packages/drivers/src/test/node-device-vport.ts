// The virtual Fibre Channel port that the test driver makes when it is asked for one.
import { nodeDeviceEvents } from '@virtwire/protocol';
import { NodeDeviceEventLifecycleType as DeviceEvent } from '@virtwire/protocol/constants';
import { ErrorCode } from '@virtwire/rpc';
import { setText } from './domain-definition.ts';
import { testError } from './errors.ts';
import { TestNodeDevice } from './node-device-object.ts';
import type { TestState } from './state.ts';

/** The device that is copied, and what its copy is called, whatever was asked for. */
const model = 'scsi_host11';
const vport = 'scsi_host12';

/** Makes the port: a copy of scsi_host11 with other world wide names. A second one takes the place of the first. */
export function createVport(state: TestState, names: { readonly wwnn: string; readonly wwpn: string }): TestNodeDevice {
  const original = state.nodeDevices.get(model);
  if (original === undefined)
    throw testError(ErrorCode.InternalError, 'Library function returned error but did not set virError');
  const def = original.def.clone();
  def.name = vport;
  const host = def.fcHost;
  if (host !== null) {
    setText(host, 'wwnn', names.wwnn);
    setText(host, 'wwpn', names.wwpn);
  }
  const device = new TestNodeDevice(def);
  state.nodeDevices.set(vport, device);
  state.hub.publish(nodeDeviceEvents.lifecycle, { dev: { name: vport }, event: DeviceEvent.Created, detail: 0 });
  return device;
}

/** Takes the port away. @throws LibvirtError `NoNodeDevice` when there is none */
export function destroyVport(state: TestState): void {
  if (!state.nodeDevices.delete(vport)) {
    throw testError(ErrorCode.NoNodeDevice, `no node device with matching name '${vport}'`);
  }
  state.hub.publish(nodeDeviceEvents.lifecycle, { dev: { name: vport }, event: DeviceEvent.Deleted, detail: 0 });
}
