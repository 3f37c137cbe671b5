// Flags of the calls about host interfaces.

/** Flags of virConnectListAllInterfaces (`virConnectListAllInterfacesFlags`). */
export const ConnectListAllInterfacesFlags = { Inactive: 1, Active: 2 } as const;

/** Flags of virInterfaceGetXMLDesc (`virInterfaceXMLFlags`). */
export const InterfaceXmlFlags = { Inactive: 1 } as const;

/** Flags of virInterfaceDefineXML (`virInterfaceDefineFlags`). */
export const InterfaceDefineFlags = { Validate: 1 } as const;
