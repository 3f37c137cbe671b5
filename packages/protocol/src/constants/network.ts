// Constants of virtual networks and their ports.

/** Flags of virNetworkGetXMLDesc (`virNetworkXMLFlags`). */
export const NetworkXmlFlags = { Inactive: 1 } as const;

/** Flags of virConnectListAllNetworks (`virConnectListAllNetworksFlags`). */
export const ConnectListAllNetworksFlags = {
  Inactive: 1,
  Active: 2,
  Persistent: 4,
  Transient: 8,
  Autostart: 0x10,
  NoAutostart: 0x20,
} as const;

/** Flags of virNetworkCreateXMLFlags (`virNetworkCreateFlags`). */
export const NetworkCreateFlags = { Validate: 1 } as const;

/** Flags of virNetworkDefineXMLFlags (`virNetworkDefineFlags`). */
export const NetworkDefineFlags = { Validate: 1 } as const;

/** What virNetworkUpdate does with an element (`virNetworkUpdateCommand`). */
export const NetworkUpdateCommand = { None: 0, Modify: 1, Delete: 2, AddLast: 3, AddFirst: 4 } as const;

/** Parts of a network that virNetworkUpdate changes (`virNetworkUpdateSection`). */
export const NetworkUpdateSection = {
  None: 0,
  Bridge: 1,
  Domain: 2,
  Ip: 3,
  IpDhcpHost: 4,
  IpDhcpRange: 5,
  Forward: 6,
  ForwardInterface: 7,
  ForwardPf: 8,
  Portgroup: 9,
  DnsHost: 10,
  DnsTxt: 11,
  DnsSrv: 12,
} as const;

/** Flags of virNetworkUpdate (`virNetworkUpdateFlags`). */
export const NetworkUpdateFlags = { Current: 0, Live: 1, Config: 2 } as const;

/** What a lifecycle event of a network says (`virNetworkEventLifecycleType`). */
export const NetworkEventLifecycleType = { Defined: 0, Undefined: 1, Started: 2, Stopped: 3 } as const;

/** Ids of network events (`virNetworkEventID`). `MetadataChange` is newer than libvirt 9.0.0. */
export const NetworkEventId = { Lifecycle: 0, MetadataChange: 1 } as const;

/** Families of IP addresses (`virIPAddrType`). */
export const IpAddrType = { Ipv4: 0, Ipv6: 1 } as const;

/** Flags of virNetworkPortCreateXML (`virNetworkPortCreateFlags`). */
export const NetworkPortCreateFlags = { Reclaim: 1, Validate: 2 } as const;

/** Kinds of metadata of a network (`virNetworkMetadataType`). Newer than libvirt 9.0.0. */
export const NetworkMetadataType = { Description: 0, Title: 1, Element: 2 } as const;

/** Names of parameters of a network port (`VIR_NETWORK_PORT_BANDWIDTH_*`). */
export const NetworkPortBandwidthName = {
  InAverage: 'inbound.average',
  InPeak: 'inbound.peak',
  InBurst: 'inbound.burst',
  InFloor: 'inbound.floor',
  OutAverage: 'outbound.average',
  OutPeak: 'outbound.peak',
  OutBurst: 'outbound.burst',
} as const;
