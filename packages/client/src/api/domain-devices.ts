// The devices of a domain: adding, changing, removing, their counters and limits; thin methods, one per libvirt call.
import { remote, typedParams } from '@virtwire/protocol';
import { DomainBlocks } from './domain-blocks.ts';
import type { TypedParameterInput } from './domain-resources.ts';
import type { CallOptions } from './session.ts';
import { readTypedParameters, STRING_OKAY, type TypedParameters } from './typed-parameters.ts';

/** Counters of a network interface; -1n where the hypervisor has none. */
export interface InterfaceStats {
  readonly receivedBytes: bigint;
  readonly receivedPackets: bigint;
  readonly receiveErrors: bigint;
  readonly receiveDrops: bigint;
  readonly sentBytes: bigint;
  readonly sentPackets: bigint;
  readonly sendErrors: bigint;
  readonly sendDrops: bigint;
}

/** The part of {@link Domain} about its devices. */
export class DomainDevices extends DomainBlocks {
  /** Adds a device to the running domain. @see virDomainAttachDevice */
  async attachDevice(xml: string, options?: CallOptions): Promise<void> {
    await this.session.call(remote.domainAttachDevice, { dom: this.ref, xml }, options);
  }

  /** Adds a device. @param flags of DomainDeviceModifyFlags @see virDomainAttachDeviceFlags */
  async attachDeviceFlags(xml: string, flags: number, options?: CallOptions): Promise<void> {
    await this.session.call(remote.domainAttachDeviceFlags, { dom: this.ref, xml, flags }, options);
  }

  /** Takes a device from the running domain. @see virDomainDetachDevice */
  async detachDevice(xml: string, options?: CallOptions): Promise<void> {
    await this.session.call(remote.domainDetachDevice, { dom: this.ref, xml }, options);
  }

  /** Takes a device away. @param flags of DomainDeviceModifyFlags @see virDomainDetachDeviceFlags */
  async detachDeviceFlags(xml: string, flags: number, options?: CallOptions): Promise<void> {
    await this.session.call(remote.domainDetachDeviceFlags, { dom: this.ref, xml, flags }, options);
  }

  /** Takes the device of this alias away. @param flags of DomainDeviceModifyFlags @see virDomainDetachDeviceAlias */
  async detachDeviceAlias(alias: string, flags = 0, options?: CallOptions): Promise<void> {
    await this.session.call(remote.domainDetachDeviceAlias, { dom: this.ref, alias, flags }, options);
  }

  /** Changes a device. @param flags of DomainDeviceModifyFlags @see virDomainUpdateDeviceFlags */
  async updateDeviceFlags(xml: string, flags = 0, options?: CallOptions): Promise<void> {
    await this.session.call(remote.domainUpdateDeviceFlags, { dom: this.ref, xml, flags }, options);
  }

  /** Gives the counters of a network interface. @param device its target or MAC address @see virDomainInterfaceStats */
  async interfaceStats(device: string, options?: CallOptions): Promise<InterfaceStats> {
    const stats = await this.session.call(remote.domainInterfaceStats, { dom: this.ref, device }, options);
    return {
      receivedBytes: stats.rx_bytes,
      receivedPackets: stats.rx_packets,
      receiveErrors: stats.rx_errs,
      receiveDrops: stats.rx_drop,
      sentBytes: stats.tx_bytes,
      sentPackets: stats.tx_packets,
      sendErrors: stats.tx_errs,
      sendDrops: stats.tx_drop,
    };
  }

  /** Gives the bandwidth of a network interface. @param device its target or MAC address @param flags of DomainModificationImpact @see virDomainGetInterfaceParameters */
  async getInterfaceParameters(device: string, flags = 0, options?: CallOptions): Promise<TypedParameters> {
    const args = { dom: this.ref, device, nparams: MAX_INTERFACE_PARAMETERS, flags: flags | STRING_OKAY };
    return readTypedParameters((await this.session.call(remote.domainGetInterfaceParameters, args, options)).params);
  }

  /** Changes the bandwidth of a network interface. @param flags of DomainModificationImpact @see virDomainSetInterfaceParameters */
  async setInterfaceParameters(
    device: string,
    params: TypedParameterInput,
    flags = 0,
    options?: CallOptions,
  ): Promise<void> {
    const args = { dom: this.ref, device, params: typedParams(params), flags };
    await this.session.call(remote.domainSetInterfaceParameters, args, options);
  }
}

// REMOTE_DOMAIN_INTERFACE_PARAMETERS_MAX of the protocol.
const MAX_INTERFACE_PARAMETERS = 16;
