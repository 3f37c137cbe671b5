// Flags of the calls about checkpoints.

/** Flags of virDomainCheckpointCreateXML (`virDomainCheckpointCreateFlags`). */
export const DomainCheckpointCreateFlags = { Redefine: 1, Quiesce: 2, RedefineValidate: 4 } as const;

/** Flags of virDomainCheckpointGetXMLDesc (`virDomainCheckpointXMLFlags`). */
export const DomainCheckpointXmlFlags = { Secure: 1, NoDomain: 2, Size: 4 } as const;

/** Flags of listing checkpoints (`virDomainCheckpointListFlags`). */
export const DomainCheckpointListFlags = { Roots: 1, Descendants: 1, Topological: 2, Leaves: 4, NoLeaves: 8 } as const;

/** Flags of virDomainCheckpointDelete (`virDomainCheckpointDeleteFlags`). */
export const DomainCheckpointDeleteFlags = { Children: 1, MetadataOnly: 2, ChildrenOnly: 4 } as const;
