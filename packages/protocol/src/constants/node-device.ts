// Constants of node devices.

/** Flags of virConnectListAllNodeDevices (`virConnectListAllNodeDeviceFlags`). `CapCcwgroupDev`, `CapCcwgroupMember`, `Persistent`, `Transient` are newer than libvirt 9.0.0. */
export const ConnectListAllNodeDeviceFlags = {
  CapSystem: 1,
  CapPciDev: 2,
  CapUsbDev: 4,
  CapUsbInterface: 8,
  CapNet: 0x10,
  CapScsiHost: 0x20,
  CapScsiTarget: 0x40,
  CapScsi: 0x80,
  CapStorage: 0x100,
  CapFcHost: 0x200,
  CapVports: 0x400,
  CapScsiGeneric: 0x800,
  CapDrm: 0x1000,
  CapMdevTypes: 0x2000,
  CapMdev: 0x4000,
  CapCcwDev: 0x8000,
  CapCssDev: 0x10000,
  CapVdpa: 0x20000,
  CapApCard: 0x40000,
  CapApQueue: 0x80000,
  CapApMatrix: 0x100000,
  CapVpd: 0x200000,
  Inactive: 0x40000000,
  Active: 0x80000000,
  CapCcwgroupDev: 0x400000,
  CapCcwgroupMember: 0x800000,
  Persistent: 0x10000000,
  Transient: 0x20000000,
} as const;

/** Flags of virNodeDeviceCreateXML (`virNodeDeviceCreateXMLFlags`). */
export const NodeDeviceCreateXmlFlags = { Validate: 1 } as const;

/** Flags of virNodeDeviceDefineXML (`virNodeDeviceDefineXMLFlags`). */
export const NodeDeviceDefineXmlFlags = { Validate: 1 } as const;

/** Ids of node device events (`virNodeDeviceEventID`). */
export const NodeDeviceEventId = { Lifecycle: 0, Update: 1 } as const;

/** What a lifecycle event of a node device says (`virNodeDeviceEventLifecycleType`). */
export const NodeDeviceEventLifecycleType = { Created: 0, Deleted: 1, Defined: 2, Undefined: 3 } as const;

/** Flags of virNodeDeviceUpdate (`virNodeDeviceUpdateFlags`). Newer than libvirt 9.0.0. */
export const NodeDeviceUpdateFlags = { Current: 0, Live: 1, Config: 2 } as const;

/** Flags of virNodeDeviceGetXMLDesc (`virNodeDeviceXMLFlags`). Newer than libvirt 9.0.0. */
export const NodeDeviceXmlFlags = { Inactive: 1 } as const;
