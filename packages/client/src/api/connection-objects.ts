// What a connection has besides domains: networks, pools, devices, interfaces, secrets, filters; thin methods, one per libvirt call.
import { remote } from '@virtwire/protocol';
import { ConnectionHost } from './connection-host.ts';
import { Interface } from './interface.ts';
import { Network } from './network.ts';
import { NodeDevice } from './node-device.ts';
import { Nwfilter } from './nwfilter.ts';
import { NwfilterBinding } from './nwfilter-binding.ts';
import { Secret } from './secret.ts';
import type { CallOptions } from './session.ts';
import { StoragePool } from './storage-pool.ts';
import { StorageVolume } from './storage-volume.ts';

/** The part of {@link Connection} about what it has besides domains. */
export class ConnectionObjects extends ConnectionHost {
  // --- networks

  /** Lists networks. @param flags of ConnectListAllNetworksFlags, 0 for all @see virConnectListAllNetworks */
  async listAllNetworks(flags = 0, options?: CallOptions): Promise<Network[]> {
    const { nets } = await this.session.call(remote.connectListAllNetworks, { need_results: 1, flags }, options);
    return nets.map((net) => new Network(this.session, net));
  }

  /** Counts running networks. @see virConnectNumOfNetworks */
  async numOfNetworks(options?: CallOptions): Promise<number> {
    return (await this.session.call(remote.connectNumOfNetworks, {}, options)).num;
  }

  /** Lists the names of running networks. @param maxNames how many at most @see virConnectListNetworks */
  async listNetworks(maxNames: number, options?: CallOptions): Promise<readonly string[]> {
    return (await this.session.call(remote.connectListNetworks, { maxnames: maxNames }, options)).names;
  }

  /** Counts networks that do not run. @see virConnectNumOfDefinedNetworks */
  async numOfDefinedNetworks(options?: CallOptions): Promise<number> {
    return (await this.session.call(remote.connectNumOfDefinedNetworks, {}, options)).num;
  }

  /** Lists the names of networks that do not run. @param maxNames how many at most @see virConnectListDefinedNetworks */
  async listDefinedNetworks(maxNames: number, options?: CallOptions): Promise<readonly string[]> {
    return (await this.session.call(remote.connectListDefinedNetworks, { maxnames: maxNames }, options)).names;
  }

  /** Finds a network by its name. @throws LibvirtError `NoNetwork` @see virNetworkLookupByName */
  async lookupNetworkByName(name: string, options?: CallOptions): Promise<Network> {
    return new Network(this.session, (await this.session.call(remote.networkLookupByName, { name }, options)).net);
  }

  /** Finds a network by its UUID. @throws LibvirtError `NoNetwork` @see virNetworkLookupByUUID */
  async lookupNetworkByUuid(uuid: string, options?: CallOptions): Promise<Network> {
    return new Network(this.session, (await this.session.call(remote.networkLookupByUuid, { uuid }, options)).net);
  }

  /** Defines a network, or changes the definition. @see virNetworkDefineXML */
  async defineNetworkXml(xml: string, options?: CallOptions): Promise<Network> {
    return new Network(this.session, (await this.session.call(remote.networkDefineXml, { xml }, options)).net);
  }

  /** Defines a network, or changes the definition. @param flags of NetworkDefineFlags @see virNetworkDefineXMLFlags */
  async defineNetworkXmlFlags(xml: string, flags: number, options?: CallOptions): Promise<Network> {
    const { net } = await this.session.call(remote.networkDefineXmlFlags, { xml, flags }, options);
    return new Network(this.session, net);
  }

  /** Makes and starts a transient network. @see virNetworkCreateXML */
  async createNetworkXml(xml: string, options?: CallOptions): Promise<Network> {
    return new Network(this.session, (await this.session.call(remote.networkCreateXml, { xml }, options)).net);
  }

  /** Makes and starts a transient network. @param flags of NetworkCreateFlags @see virNetworkCreateXMLFlags */
  async createNetworkXmlFlags(xml: string, flags: number, options?: CallOptions): Promise<Network> {
    const { net } = await this.session.call(remote.networkCreateXmlFlags, { xml, flags }, options);
    return new Network(this.session, net);
  }

  // --- storage

  /** Lists storage pools. @param flags of ConnectListAllStoragePoolsFlags, 0 for all @see virConnectListAllStoragePools */
  async listAllStoragePools(flags = 0, options?: CallOptions): Promise<StoragePool[]> {
    const { pools } = await this.session.call(remote.connectListAllStoragePools, { need_results: 1, flags }, options);
    return pools.map((pool) => new StoragePool(this.session, pool));
  }

  /** Counts running pools. @see virConnectNumOfStoragePools */
  async numOfStoragePools(options?: CallOptions): Promise<number> {
    return (await this.session.call(remote.connectNumOfStoragePools, {}, options)).num;
  }

  /** Lists the names of running pools. @param maxNames how many at most @see virConnectListStoragePools */
  async listStoragePools(maxNames: number, options?: CallOptions): Promise<readonly string[]> {
    return (await this.session.call(remote.connectListStoragePools, { maxnames: maxNames }, options)).names;
  }

  /** Counts pools that do not run. @see virConnectNumOfDefinedStoragePools */
  async numOfDefinedStoragePools(options?: CallOptions): Promise<number> {
    return (await this.session.call(remote.connectNumOfDefinedStoragePools, {}, options)).num;
  }

  /** Lists the names of pools that do not run. @param maxNames how many at most @see virConnectListDefinedStoragePools */
  async listDefinedStoragePools(maxNames: number, options?: CallOptions): Promise<readonly string[]> {
    return (await this.session.call(remote.connectListDefinedStoragePools, { maxnames: maxNames }, options)).names;
  }

  /** Finds a pool by its name. @throws LibvirtError `NoStoragePool` @see virStoragePoolLookupByName */
  async lookupStoragePoolByName(name: string, options?: CallOptions): Promise<StoragePool> {
    const { pool } = await this.session.call(remote.storagePoolLookupByName, { name }, options);
    return new StoragePool(this.session, pool);
  }

  /** Finds a pool by its UUID. @throws LibvirtError `NoStoragePool` @see virStoragePoolLookupByUUID */
  async lookupStoragePoolByUuid(uuid: string, options?: CallOptions): Promise<StoragePool> {
    const { pool } = await this.session.call(remote.storagePoolLookupByUuid, { uuid }, options);
    return new StoragePool(this.session, pool);
  }

  /** Finds the pool of a volume. @throws LibvirtError `NoStoragePool` @see virStoragePoolLookupByVolume */
  async lookupStoragePoolByVolume(volume: StorageVolume, options?: CallOptions): Promise<StoragePool> {
    const { pool } = await this.session.call(remote.storagePoolLookupByVolume, { vol: volume.ref }, options);
    return new StoragePool(this.session, pool);
  }

  /** Finds a pool by where it shows on the host. @throws LibvirtError `NoStoragePool` @see virStoragePoolLookupByTargetPath */
  async lookupStoragePoolByTargetPath(path: string, options?: CallOptions): Promise<StoragePool> {
    const { pool } = await this.session.call(remote.storagePoolLookupByTargetPath, { path }, options);
    return new StoragePool(this.session, pool);
  }

  /** Defines a pool, or changes the definition. @param flags of StoragePoolDefineFlags @see virStoragePoolDefineXML */
  async defineStoragePoolXml(xml: string, flags = 0, options?: CallOptions): Promise<StoragePool> {
    const { pool } = await this.session.call(remote.storagePoolDefineXml, { xml, flags }, options);
    return new StoragePool(this.session, pool);
  }

  /** Makes and starts a transient pool. @param flags of StoragePoolCreateFlags @see virStoragePoolCreateXML */
  async createStoragePoolXml(xml: string, flags = 0, options?: CallOptions): Promise<StoragePool> {
    const { pool } = await this.session.call(remote.storagePoolCreateXml, { xml, flags }, options);
    return new StoragePool(this.session, pool);
  }

  /** Gives what could become pools of a type, as XML. @param sourceSpec XML or null @see virConnectFindStoragePoolSources */
  async findStoragePoolSources(
    type: string,
    sourceSpec: string | null = null,
    flags = 0,
    options?: CallOptions,
  ): Promise<string> {
    const args = { type, srcSpec: sourceSpec, flags };
    return (await this.session.call(remote.connectFindStoragePoolSources, args, options)).xml;
  }

  /** Finds a volume by its key. @throws LibvirtError `NoStorageVol` @see virStorageVolLookupByKey */
  async lookupStorageVolumeByKey(key: string, options?: CallOptions): Promise<StorageVolume> {
    const { vol } = await this.session.call(remote.storageVolLookupByKey, { key }, options);
    return new StorageVolume(this.session, vol);
  }

  /** Finds a volume by its path on the host. @throws LibvirtError `NoStorageVol` @see virStorageVolLookupByPath */
  async lookupStorageVolumeByPath(path: string, options?: CallOptions): Promise<StorageVolume> {
    const { vol } = await this.session.call(remote.storageVolLookupByPath, { path }, options);
    return new StorageVolume(this.session, vol);
  }

  // --- devices and interfaces of the host

  /** Lists devices. @param flags of ConnectListAllNodeDeviceFlags, 0 for all @see virConnectListAllNodeDevices */
  async listAllNodeDevices(flags = 0, options?: CallOptions): Promise<NodeDevice[]> {
    const { devices } = await this.session.call(remote.connectListAllNodeDevices, { need_results: 1, flags }, options);
    return devices.map((device) => new NodeDevice(this.session, device));
  }

  /** Finds a device by its name. @throws LibvirtError `NoNodeDevice` @see virNodeDeviceLookupByName */
  async lookupNodeDeviceByName(name: string, options?: CallOptions): Promise<NodeDevice> {
    const { dev } = await this.session.call(remote.nodeDeviceLookupByName, { name }, options);
    return new NodeDevice(this.session, dev);
  }

  /** Finds a SCSI adapter by its world wide names. @throws LibvirtError `NoNodeDevice` @see virNodeDeviceLookupSCSIHostByWWN */
  async lookupScsiHostByWwn(wwnn: string, wwpn: string, flags = 0, options?: CallOptions): Promise<NodeDevice> {
    const { dev } = await this.session.call(remote.nodeDeviceLookupScsiHostByWwn, { wwnn, wwpn, flags }, options);
    return new NodeDevice(this.session, dev);
  }

  /** Makes a virtual device. @see virNodeDeviceCreateXML */
  async createNodeDeviceXml(xml: string, flags = 0, options?: CallOptions): Promise<NodeDevice> {
    const { dev } = await this.session.call(remote.nodeDeviceCreateXml, { xml_desc: xml, flags }, options);
    return new NodeDevice(this.session, dev);
  }

  /** Defines a virtual device. @see virNodeDeviceDefineXML */
  async defineNodeDeviceXml(xml: string, flags = 0, options?: CallOptions): Promise<NodeDevice> {
    const { dev } = await this.session.call(remote.nodeDeviceDefineXml, { xml_desc: xml, flags }, options);
    return new NodeDevice(this.session, dev);
  }

  /** Lists interfaces. @param flags of ConnectListAllInterfacesFlags, 0 for all @see virConnectListAllInterfaces */
  async listAllInterfaces(flags = 0, options?: CallOptions): Promise<Interface[]> {
    const { ifaces } = await this.session.call(remote.connectListAllInterfaces, { need_results: 1, flags }, options);
    return ifaces.map((iface) => new Interface(this.session, iface));
  }

  /** Finds an interface by its name. @throws LibvirtError `NoInterface` @see virInterfaceLookupByName */
  async lookupInterfaceByName(name: string, options?: CallOptions): Promise<Interface> {
    const { iface } = await this.session.call(remote.interfaceLookupByName, { name }, options);
    return new Interface(this.session, iface);
  }

  /** Finds an interface by its MAC address. @throws LibvirtError `NoInterface` @see virInterfaceLookupByMACString */
  async lookupInterfaceByMacString(mac: string, options?: CallOptions): Promise<Interface> {
    const { iface } = await this.session.call(remote.interfaceLookupByMacString, { mac }, options);
    return new Interface(this.session, iface);
  }

  /** Defines an interface, or changes the definition. @see virInterfaceDefineXML */
  async defineInterfaceXml(xml: string, flags = 0, options?: CallOptions): Promise<Interface> {
    const { iface } = await this.session.call(remote.interfaceDefineXml, { xml, flags }, options);
    return new Interface(this.session, iface);
  }

  /** Keeps the interfaces as they are now, to come back to them. @see virInterfaceChangeBegin */
  async beginInterfaceChange(flags = 0, options?: CallOptions): Promise<void> {
    await this.session.call(remote.interfaceChangeBegin, { flags }, options);
  }

  /** Makes the changes since the beginning final. @see virInterfaceChangeCommit */
  async commitInterfaceChange(flags = 0, options?: CallOptions): Promise<void> {
    await this.session.call(remote.interfaceChangeCommit, { flags }, options);
  }

  /** Takes the changes since the beginning back. @see virInterfaceChangeRollback */
  async rollbackInterfaceChange(flags = 0, options?: CallOptions): Promise<void> {
    await this.session.call(remote.interfaceChangeRollback, { flags }, options);
  }

  // --- secrets and network filters

  /** Counts secrets. @see virConnectNumOfSecrets */
  async numOfSecrets(options?: CallOptions): Promise<number> {
    return (await this.session.call(remote.connectNumOfSecrets, {}, options)).num;
  }

  /** Lists secrets. @param flags of ConnectListAllSecretsFlags, 0 for all @see virConnectListAllSecrets */
  async listAllSecrets(flags = 0, options?: CallOptions): Promise<Secret[]> {
    const { secrets } = await this.session.call(remote.connectListAllSecrets, { need_results: 1, flags }, options);
    return secrets.map((secret) => new Secret(this.session, secret));
  }

  /** Finds a secret by its UUID. @throws LibvirtError `NoSecret` @see virSecretLookupByUUID */
  async lookupSecretByUuid(uuid: string, options?: CallOptions): Promise<Secret> {
    return new Secret(this.session, (await this.session.call(remote.secretLookupByUuid, { uuid }, options)).secret);
  }

  /** Finds a secret by what it is for. @param usageType of SecretUsageType @see virSecretLookupByUsage */
  async lookupSecretByUsage(usageType: number, usageId: string, options?: CallOptions): Promise<Secret> {
    const args = { usageType, usageID: usageId };
    return new Secret(this.session, (await this.session.call(remote.secretLookupByUsage, args, options)).secret);
  }

  /** Defines a secret, or changes the definition. @param flags of SecretDefineFlags @see virSecretDefineXML */
  async defineSecretXml(xml: string, flags = 0, options?: CallOptions): Promise<Secret> {
    return new Secret(this.session, (await this.session.call(remote.secretDefineXml, { xml, flags }, options)).secret);
  }

  /** Counts network filters. @see virConnectNumOfNWFilters */
  async numOfNwfilters(options?: CallOptions): Promise<number> {
    return (await this.session.call(remote.connectNumOfNwfilters, {}, options)).num;
  }

  /** Lists network filters. @see virConnectListAllNWFilters */
  async listAllNwfilters(flags = 0, options?: CallOptions): Promise<Nwfilter[]> {
    const { filters } = await this.session.call(remote.connectListAllNwfilters, { need_results: 1, flags }, options);
    return filters.map((nwfilter) => new Nwfilter(this.session, nwfilter));
  }

  /** Finds a network filter by its name. @throws LibvirtError `NoNwfilter` @see virNWFilterLookupByName */
  async lookupNwfilterByName(name: string, options?: CallOptions): Promise<Nwfilter> {
    const { nwfilter } = await this.session.call(remote.nwfilterLookupByName, { name }, options);
    return new Nwfilter(this.session, nwfilter);
  }

  /** Finds a network filter by its UUID. @throws LibvirtError `NoNwfilter` @see virNWFilterLookupByUUID */
  async lookupNwfilterByUuid(uuid: string, options?: CallOptions): Promise<Nwfilter> {
    const { nwfilter } = await this.session.call(remote.nwfilterLookupByUuid, { uuid }, options);
    return new Nwfilter(this.session, nwfilter);
  }

  /** Defines a network filter, or changes the definition. @see virNWFilterDefineXML */
  async defineNwfilterXml(xml: string, options?: CallOptions): Promise<Nwfilter> {
    const { nwfilter } = await this.session.call(remote.nwfilterDefineXml, { xml }, options);
    return new Nwfilter(this.session, nwfilter);
  }

  /** Defines a network filter, or changes the definition. @param flags of NWFilterDefineFlags @see virNWFilterDefineXMLFlags */
  async defineNwfilterXmlFlags(xml: string, flags: number, options?: CallOptions): Promise<Nwfilter> {
    const { nwfilter } = await this.session.call(remote.nwfilterDefineXmlFlags, { xml, flags }, options);
    return new Nwfilter(this.session, nwfilter);
  }

  /** Lists what network filters are bound to. @see virConnectListAllNWFilterBindings */
  async listAllNwfilterBindings(flags = 0, options?: CallOptions): Promise<NwfilterBinding[]> {
    const args = { need_results: 1, flags };
    const { bindings } = await this.session.call(remote.connectListAllNwfilterBindings, args, options);
    return bindings.map((binding) => new NwfilterBinding(this.session, binding));
  }

  /** Finds what a network filter is bound to by its port. @throws LibvirtError `NoNwfilterBinding` @see virNWFilterBindingLookupByPortDev */
  async lookupNwfilterBindingByPortDev(name: string, options?: CallOptions): Promise<NwfilterBinding> {
    const { nwfilter } = await this.session.call(remote.nwfilterBindingLookupByPortDev, { name }, options);
    return new NwfilterBinding(this.session, nwfilter);
  }

  /** Binds a network filter to a port. @param flags of NWFilterBindingCreateFlags @see virNWFilterBindingCreateXML */
  async createNwfilterBindingXml(xml: string, flags = 0, options?: CallOptions): Promise<NwfilterBinding> {
    const { nwfilter } = await this.session.call(remote.nwfilterBindingCreateXml, { xml, flags }, options);
    return new NwfilterBinding(this.session, nwfilter);
  }
}
